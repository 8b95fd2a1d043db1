"""Hand one message to one gateway: apprise's hundred services, gammu's spool, a browser's push service.

A carrier either returns, and the gateway has taken the message, or raises
:class:`NotSentError` with one word that says why. Nothing that it raises or logs holds a
part of an address: addresses are full of passwords. It knows no ledger: it runs in a thread
of its own, because a gateway may hang (:mod:`entente_node.notifications.post`).
"""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from entente_node.notifications import gammu, push, reach
from entente_node.notifications.reach import Reach

if TYPE_CHECKING:
    from apprise import AppriseAsset

CONNECT: Final = 10.0
READ: Final = 15.0
"""Seconds that a gateway may take to be reached, and to say something."""
_loading: Final = threading.Lock()
"""apprise loads its plugins when the first address comes: in one thread."""
_STATUS: Final = re.compile(r"error=(\d{3})\b")


class Why(StrEnum):
    """Why a message was not sent."""

    UNKNOWN_ADDRESS = "unknown-address"
    """No service is known for this address, or it is incomplete."""
    REFUSED = "refused"
    """The gateway did not take it."""
    NO_CONNECTION = "no-connection"
    NO_ANSWER = "no-answer"
    """The gateway did not answer in time."""
    SPOOL = "spool"
    """gammu's folder cannot be written."""
    NETWORK = "network"
    """gammu has taken it, and its telephone could not send it."""
    BARRED = "barred"
    """Its address leads where this node does not go."""
    GONE = "gone"
    """The browser has unsubscribed."""
    ENDED = "ended"
    """What it was about had ended before it could be sent."""
    TOO_OLD = "too-old"
    """A reply or a test that nobody waits for any more."""
    FAULT = "fault"
    """A fault of the program; the log has it."""


class NotSentError(Exception):
    """The message was not taken. ``status`` is the gateway's answer, where it gave one."""

    def __init__(self, why: Why, status: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.status = status

    @property
    def word(self) -> str:
        """What is kept of it: ``refused:401``."""
        return f"{self.why}:{self.status}" if self.status else str(self.why)


@dataclass(frozen=True)
class Message:
    """One message, ready to go."""

    words: str
    subject: str = ""
    link: str = ""
    number: str = ""
    serial: int = 0
    """The delivery: the same message is not put twice into a spool."""
    tried: int = 1
    """Which try of it this is."""
    lasts: int = 3600
    """Seconds for which it is of use."""
    subscription: push.Subscription | None = None
    reach: Reach = field(default_factory=Reach)
    """Where it may go."""


def send(url: str, message: Message) -> None:
    """Hand the message over. Raises NotSentError."""
    try:
        if url.startswith(gammu.SCHEME):
            gammu.put(url, message.number, message.words, message.serial, message.tried)
        elif url.startswith(push.SCHEME):
            _push(message)
        else:
            _apprise(url, message)
    except gammu.SpoolError:
        raise NotSentError(Why.SPOOL) from None


def _push(message: Message) -> None:
    if message.subscription is None:
        raise NotSentError(Why.GONE)
    if not push.is_known_service(message.subscription.endpoint, message.subscription.services):
        raise NotSentError(Why.BARRED)  # it was known when the browser was subscribed
    payload = push.payload(message.words, message.subject, message.link)
    own = reach.hosts_in(message.subscription.endpoint) & set(message.subscription.services)
    with reach.watched(message.reach, own) as watch:
        try:
            status = push.send(message.subscription, payload, lasts=message.lasts, timeout=(CONNECT, READ))
        except push.UnreachableError:
            raise NotSentError(Why.BARRED if watch.barred else Why.NO_CONNECTION) from None
    if status in push.GONE:
        raise NotSentError(Why.GONE, status)
    if status not in push.TAKEN:
        raise NotSentError(Why.REFUSED, status)


def _apprise(url: str, message: Message) -> None:
    with _listening() as heard:
        plugin = _plugin(url)
        if plugin is None:
            raise NotSentError(Why.UNKNOWN_ADDRESS)
        plugin.socket_connect_timeout = min(plugin.socket_connect_timeout * 2, CONNECT)
        plugin.socket_read_timeout = READ
        title = message.subject if plugin.title_maxlen > 0 and not message.number else ""
        with reach.watched(message.reach, _hosts_in(url, plugin)) as watch:
            try:
                taken = plugin.notify(body=message.words, title=title, body_format="text")
            except Exception:  # noqa: BLE001  as in _plugin
                taken = False
    if not taken:
        raise NotSentError(Why.BARRED) if watch.barred else _why(heard)


def is_known(url: str) -> bool:
    """Whether this is an address that something can be sent to."""
    with _listening():
        return _plugin(url) is not None


def hosts_of(url: str) -> set[str]:
    """The hosts that apprise would call for an address, as it has read it: it reads some otherwise than browsers do."""
    with _listening():
        return _hosts_of(_plugin(url))


def _hosts_in(url: str, plugin: Any) -> set[str]:
    try:
        return reach.hosts_in(url, _hosts_of(plugin))
    except ValueError:
        return set()  # then it spells out nothing


def _hosts_of(plugin: Any) -> set[str]:
    held = vars(plugin) if plugin is not None else {}
    return {
        value for name, value in held.items() if isinstance(value, str) and re.search("host|server|url", name)
    }


def _plugin(url: str) -> Any:
    """What apprise makes of an address; None where it makes nothing of it."""
    from apprise import Apprise

    with _loading, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what its plugins import
        try:
            return Apprise.instantiate(url, asset=_asset(), suppress_exceptions=True)
        except Exception:  # noqa: BLE001  a plugin may raise anything about an address, with the address in it
            return None


def _why(heard: list[str]) -> NotSentError:
    said = "\n".join(heard)
    status = _STATUS.search(said)
    if status:
        return NotSentError(Why.REFUSED, int(status[1]))
    if re.search(r"onnection|ocket|imeout", said):
        return NotSentError(Why.NO_CONNECTION)
    return NotSentError(Why.REFUSED)


@cache
def _asset() -> AppriseAsset:
    """How apprise behaves here: it writes no file, makes no key, loads no plugin of anybody's, names us only."""
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="Entente",
        app_desc="Entente",
        app_url="",
        async_mode=False,
        pem_autogen=False,
        secure_logging=True,
        storage_mode="memory",
        plugin_paths=[],
    )


class _Ear(logging.Handler):
    """Hears what apprise says in this thread, and lets nobody else hear it: it may name an address."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.here = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        heard: list[str] | None = getattr(self.here, "heard", None)
        if heard is not None and len(heard) < 50:  # noqa: PLR2004  enough to find a reason in
            heard.append(record.getMessage()[:300])


@cache
def _ear() -> _Ear:
    import apprise  # noqa: F401  it gives its logger a handler when it is imported

    ear = _Ear()
    log = logging.getLogger("apprise")
    log.handlers[:] = [ear]
    log.propagate = False
    log.setLevel(logging.DEBUG)
    return ear


@contextmanager
def _listening() -> Iterator[list[str]]:
    ear = _ear()
    heard: list[str] = []
    ear.here.heard = heard
    try:
        yield heard
    finally:
        ear.here.heard = None

"""What a channel is for, which addresses it may have, and how these are shown: masked.

An address is what apprise takes (``mailtos://user:password@…``), ``gammu:FOLDER``, or
``push:``. On the desk only addresses of the network are accepted, and none that ends on this
machine: whoever may write a rota shall not write files with it, nor knock on the doors that
are open to the node alone. The command takes both: who runs it owns the machine. Where an
address leads is asked again when something is sent (:mod:`entente_node.notifications.reach`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from entente.errors import StoreError
from entente.node import Node
from entente.records.alert import SEVERITIES, Alert
from entente.records.base import PURPOSES, Record
from entente_node.duty.mandates import walls_of
from entente_node.duty.models import Call, Level
from entente_node.folder import Config, Folder
from entente_node.ledger.wall import Gate, Wall
from entente_node.notifications import carriers, gammu, push, reach
from entente_node.notifications.models import Channel
from entente_node.notifications.reach import Reach

SEVERITY_CHOICES: Final = ("Extreme", "Severe", "Moderate", "Minor")
_LIKE_MODERATE: Final = SEVERITIES.index("Moderate")
"""A record of a kind without severities, such as an incident, counts as one of these."""
_HOSTED: Final = frozenset(
    {"json", "jsons", "form", "forms", "xml", "xmls", "mailto", "mailtos", "signal", "signals"}
    | {"gotify", "gotifys", "smpp", "smpps", "matrix", "matrixs"}
)
"""Schemes after which a host is named, and no secret: there it is shown."""
_HERE_ONLY: Final = frozenset(
    {
        "dbus",
        "qt",
        "kde",
        "glib",
        "gnome",
        "macosx",
        "windows",
        "syslog",
        "rsyslog",
        "blink1",
        "gammu",
        "push",
    }
    | {"growl", "apprise", "apprises"}
)
"""What the desk does not take: it ends on this machine, or hands on to a configuration elsewhere."""
LONGEST_ADDRESS: Final = 1_000
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_SUFFIX: Final = 8
"""Digits of a national number in Mali, in Niger and in most of their neighbours."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a service may be told of: what its mandates open, under the agreement that a record came through."""

    wall: Wall

    def opens(self, gate: Gate, channel: Channel, purpose: str) -> bool:
        """Whether a record with this gate and purpose may be told of over the channel."""
        return self.wall.opens(gate) and (not channel.purposes or purpose in channel.purposes)


def scope_of(node: Node, service: str) -> Scope:
    """The scope of one of our services."""
    return Scope(walls_of(node).get(service, Wall()))


def is_grave_enough(channel: Channel, record: Record | None) -> bool:
    """Whether the channel wants what is this severe. What nobody could judge passes every filter."""
    if not channel.severity_from or record is None:
        return True
    rank = SEVERITIES.index(record.severity) if isinstance(record, Alert) else _LIKE_MODERATE
    if rank == SEVERITIES.index("Unknown"):
        return True
    return rank <= SEVERITIES.index(channel.severity_from)


def quiet_until(channel: Channel, now: datetime, zone: tzinfo) -> datetime | None:
    """When the quiet hours that hold now will end; None where none hold. They may pass midnight."""
    begins, ends = channel.quiet_from, channel.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    local = now.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    within = begins <= clock < ends if begins < ends else clock >= begins or clock < ends
    if not within:
        return None
    day = local.date() if clock < ends else local.date() + timedelta(days=1)
    return datetime.combine(day, ends, zone).astimezone(UTC)


def breaks_through(record: Record | None) -> bool:
    """Whether it passes before everything else, and in quiet hours too."""
    return isinstance(record, Alert) and record.severity == "Extreme"


def wakes(call: Call | None, record: Record | None) -> bool:
    """Whether a call is told in quiet hours: what is extreme; and, to those above, what nobody answered in its time.

    When it comes to them nobody else is left: only what is known to be moderate or minor may wait then.
    """
    if breaks_through(record):
        return True
    above = call is not None and call.level == Level.ESCALATION
    return above and isinstance(record, Alert) and record.severity not in {"Moderate", "Minor"}


def config() -> Config | None:
    """What ``node.toml`` says; None where there is no node's folder."""
    try:
        return Folder(Path(settings.NODE)).config
    except StoreError:
        return None


def address() -> str:
    """What links begin with: ``https://…`` without a slash at its end; empty where ``node.toml`` has none."""
    found = config()
    return found.address.rstrip("/") if found else ""


def reach_of_node() -> Reach:
    """Where this node goes to deliver a message, as ``node.toml`` says."""
    found = config()
    return Reach.of(found.gateways if found else ())


def push_services() -> tuple[str, ...]:
    """Push services besides the browsers' own, as ``node.toml`` names them."""
    found = config()
    return found.push_services if found else ()


def push_key() -> Path:
    """The node's key for web push."""
    return Path(settings.NODE) / "keys" / "push.pem"


def shown(channel: Channel) -> str:
    """The address without anything secret, and the last digits of the number."""
    number = f"…{channel.number[-2:]}" if channel.number else ""
    return " ".join(part for part in (masked(channel.url), number) if part)


def masked(url: str) -> str:
    """An address for people's eyes: what kind of service, on which host where that is no secret."""
    if url.startswith(gammu.SCHEME):
        return "gammu"
    if url.startswith(push.SCHEME):
        return "push"
    scheme = url.partition(":")[0].lower()
    if not re.fullmatch(r"[a-z][a-z0-9]{0,19}", scheme):
        return "…"
    try:
        host = urlsplit(url).hostname if scheme in _HOSTED else None
    except ValueError:
        host = None
    return f"{scheme}://{host}" if host else f"{scheme}://…"


def check_address(url: str, *, by_desk: bool) -> None:
    """Whether a channel may have this address. Raises StoreError, which does not repeat it."""
    scheme = url.partition(":")[0].lower()
    if url.startswith(gammu.SCHEME):
        _check_spool(url, by_desk=by_desk)
        return
    if by_desk and (scheme in _HERE_ONLY or "://" not in url):
        raise StoreError(
            "this address is not one that the desk takes: who runs the node adds it with the command"
        )
    _check_where(url, by_desk=by_desk)
    if not carriers.is_known(url):
        raise _not_understood()


def _check_spool(url: str, *, by_desk: bool) -> None:
    found = config()
    allowed = found.gammu if found else ""
    if by_desk and (not allowed or url != f"{gammu.SCHEME}{allowed}"):
        raise StoreError("this node has no telephone: who runs it names its folder in node.toml")
    if not gammu.folder(url).is_absolute() or not gammu.folder(url).is_dir():
        raise StoreError("the folder of gammu's outgoing messages is not there")


def check_number(text: str) -> str:
    """A telephone number as E.164, from what somebody typed; empty stays empty. Raises StoreError."""
    typed = re.sub(r"[\s().-]", "", text)
    typed = f"+{typed[2:]}" if typed.startswith("00") else typed
    if typed and not _NUMBER.fullmatch(typed):
        raise StoreError("{number} is not a telephone number with its country: +223…", number=text[:40])
    return typed


def is_same_number(held: str, sender: str) -> bool:
    """Whether a message's sender is this number: gateways leave the plus or the country away, or write a 0 for it."""
    ours = re.sub(r"[^0-9]", "", held)
    theirs = re.sub(r"[^0-9]", "", sender)
    theirs = theirs.removeprefix("00")
    if min(len(ours), len(theirs)) < _SUFFIX:
        return False
    return ours.endswith(theirs) or (len(theirs) > _SUFFIX and ours.endswith(theirs.removeprefix("0")))


def check_purposes(chosen: list[str]) -> list[str]:
    """Purposes in their order. Raises StoreError for a word that is none."""
    for one in chosen:
        if one not in PURPOSES:
            raise StoreError("{purpose} is not a purpose", purpose=one[:40])
    return [one for one in PURPOSES if one in chosen]


def check_quiet(begins: str, ends: str) -> tuple[time | None, time | None]:
    """Quiet hours as ``22:00`` and ``05:30``, both or neither. Raises StoreError."""
    if not begins and not ends:
        return None, None
    try:
        return time.fromisoformat(begins), time.fromisoformat(ends)
    except ValueError:
        raise StoreError("quiet hours have a beginning and an end, such as 22:00 and 05:30") from None


def refused_function(function: str) -> StoreError:
    """What is said of a function that the service has not."""
    return StoreError(
        "the service has no function {function}: the rota names its functions", function=function[:64]
    )


def check(channel: Channel) -> None:
    """The rules between a channel's fields, and their lengths. Raises StoreError."""
    if channel.url.startswith(gammu.SCHEME) and not channel.number:
        raise StoreError("a channel over gammu needs the telephone number that it reaches")
    try:
        channel.full_clean(exclude=["url"])
    except ValidationError as error:
        raise StoreError(
            "the channel cannot be kept: {reason}", reason="; ".join(f"{name}" for name in error.message_dict)
        ) from None
    if not channel.url or len(channel.url) > LONGEST_ADDRESS:
        raise _not_understood()


def languages() -> Mapping[str, str]:
    """The languages that messages are written in."""
    return dict(settings.LANGUAGES)


def _check_where(url: str, *, by_desk: bool) -> None:
    """Whether the node goes where the address leads: asked again when something is sent. Raises StoreError."""
    rule = reach_of_node()
    try:
        hosts = reach.hosts_in(url, carriers.hosts_of(url))
    except ValueError:
        raise _not_understood() from None
    found = [ip for host in hosts for ip in reach.leads_to(host)]
    written = () if by_desk else reach.spelled(hosts)
    barred = [ip for ip in found if not rule.allows(ip) and not any(ip in one for one in written)]
    if by_desk and any(reach.is_here(ip) for ip in barred):
        raise StoreError("this address ends on this machine: who runs the node adds it with the command")
    if any(reach.is_here(ip) for ip in barred):
        raise StoreError("this name leads to this machine: write its address instead, such as 127.0.0.1")
    if barred:
        raise StoreError(
            "this node does not go to that network: node.toml names those that it goes to (gateways)"
        )


def _not_understood() -> StoreError:
    return StoreError("this address is not understood: no service is known for it, or it is incomplete")

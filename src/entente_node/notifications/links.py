"""A link that acknowledges: opened as often as one likes, pressed once.

The token is 128 random bits, in the message and nowhere else: the ledger has its SHA-256.
It is bound to the call that the message was about, and so to one record, one service and
one function; it is worthless once that call has ended (somebody answered, the duty was
handed over) or its time is over. Opening it changes nothing: messengers and mail scanners
open links before people do.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from entente_node.directory.here import node
from entente_node.duty import answers, rota
from entente_node.duty.models import Call, Level
from entente_node.notifications.models import Delivery, Link

SHORTEST: Final = timedelta(hours=2)
LONGEST: Final = timedelta(hours=12)
KEPT: Final = timedelta(days=7)
"""After its end, a link still says for so long what became of it."""
TOKEN_BYTES: Final = 16
_DAY: Final = timedelta(days=1)


class Standing(StrEnum):
    """What a link can do now."""

    GOOD = "good"
    USED = "used"
    """It, or another of the same call, was pressed; or the call was answered in another way."""
    EXPIRED = "expired"
    RELIEVED = "relieved"
    """Another function has the duty now, and was called itself."""


@dataclass(frozen=True)
class Opened:
    """A link that exists, and what it can do."""

    link: Link
    call: Call
    standing: Standing


def make(delivery: Delivery, now: datetime, alias: str = "default") -> str:
    """A new link for a delivery of a call: its token, which is kept nowhere."""
    token = urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).rstrip(b"=").decode("ascii")
    call = delivery.call
    due = call.deadline if call is not None and call.deadline is not None else now
    until = min(max(due, now + SHORTEST), now + LONGEST)
    Link.objects.using(alias).create(hash=_hash(token), delivery=delivery, expires_at=until)
    return token


def opened(token: str, now: datetime) -> Opened | None:
    """The link of a token; None where there is none."""
    link = (
        Link.objects.filter(hash=_hash(token)).select_related("delivery__call", "delivery__channel").first()
    )
    call = link.call if link is not None else None
    if link is None or call is None:
        return None
    if link.used_at is not None or call.ended_at is not None:
        return Opened(link, call, Standing.USED)
    if _is_over(link, now):
        return Opened(link, call, Standing.EXPIRED)
    return Opened(link, call, Standing.GOOD if is_still_called(call, now) else Standing.RELIEVED)


def _is_over(link: Link, now: datetime) -> bool:
    """Whether its time has passed, or never was: no link is made for so long but by a clock that stood ahead."""
    if node().is_clock_held():
        return False
    return link.is_expired(now) or link.expires_at > now + LONGEST + _DAY


def is_still_called(call: Call, now: datetime) -> bool:
    """Whether the function of a call may still answer it: who was relieved of the duty may not."""
    if call.ended_at is not None:
        return False
    if call.level not in {Level.DUTY, Level.BACKUP} or node().is_clock_held():
        return True
    duty = rota.on_duty(call.service, now)
    return duty is None or call.function in {duty.function, duty.backup, *duty.escalation}


def press(token: str, now: datetime) -> Opened | None:
    """Acknowledge what the link is about; the standing says GOOD to the one caller that did.

    Once: the ledger takes one acknowledgement of our side, which ends the call and with it every
    link of the call; of two that press at the same moment the second is refused. Raises EntenteError
    where it was answered in the meantime, or may not be: then nothing has changed.
    """
    found = opened(token, now)
    if found is None or found.standing != Standing.GOOD:
        return found
    answers.acknowledge(found.call.code, found.call.service, found.call.function)
    Link.objects.filter(pk=found.link.pk).update(used_at=now)
    return found


def tidy(now: datetime, alias: str = "default") -> None:
    """Forget links that were over long ago."""
    Link.objects.using(alias).filter(expires_at__lt=now - KEPT).delete()


def _hash(token: str) -> bytes:
    return sha256(b"entente.acknowledge\n" + token.encode("utf-8", "replace")).digest()

"""How each partner stands: what it has received of ours, when it was heard, what is wrong.

Read from the heads of the journals alone, so a page costs a few rows however much is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from entente.errors import MalformedError
from entente.journal.checkpoint import Checkpoint
from entente.signing import cosignature_time, parse_note
from entente_node.ledger.models import POSITION_BITS, Channel, Entry, Journal, Trouble

SILENT_AFTER: Final = timedelta(minutes=15)
"""Heard less recently than this, a line is said to be silent; a courier's heartbeat is half a minute."""

Level = Literal["stopped", "never", "silent", "waiting", "whole"]


@dataclass(frozen=True, slots=True)
class Head:
    """One journal with what is wrong in it."""

    journal: Journal
    quarantined: int
    troubles: int

    @property
    def is_whole(self) -> bool:
        """Whether its recipient has receipted all of it."""
        return self.journal.receipted >= self.journal.size

    @property
    def checkpoint(self) -> Checkpoint | None:
        """What the newest checkpoint says, or the receipt, whose text is one; verified when it was kept."""
        signed = self.journal.checkpoint or self.journal.receipt
        if signed is None:
            return None
        try:
            return Checkpoint.parse(parse_note(bytes(signed)).text)
        except MalformedError:
            return None

    @property
    def receipted_at(self) -> int | None:
        """When the newest receipt was signed, by its signer's clock; Unix seconds."""
        if self.journal.receipt is None:
            return None
        try:
            note = parse_note(bytes(self.journal.receipt))
            return max((cosignature_time(line) for line in note.signatures), default=None)
        except MalformedError:
            return None


@dataclass(frozen=True, slots=True)
class Line:
    """One partner under one agreement."""

    agreement: str
    partner: str
    heard_at: datetime | None
    tried_at: datetime | None
    failure: str
    level: Level
    heads: tuple[Head, ...]

    @property
    def holds_all(self) -> bool:
        """Whether the partner has receipted all that we sent."""
        return all(head.is_whole for head in self.heads if head.journal.ours)

    @property
    def wrong(self) -> bool:
        """Whether people have to look at it."""
        return self.level == "stopped" or any(head.quarantined or head.troubles for head in self.heads)


def lines(now: datetime) -> list[Line]:
    """Every channel, worst first."""
    found = [_line(channel, now) for channel in Channel.objects.order_by("agreement", "partner")]
    order: list[Level] = ["stopped", "silent", "waiting", "never", "whole"]
    return sorted(found, key=lambda line: order.index(line.level))


def _line(channel: Channel, now: datetime) -> Line:
    journals = Journal.objects.filter(agreement=channel.agreement).order_by("-ours", "-lane", "origin")
    heads = tuple(
        _head(journal) for journal in journals if channel.partner in {journal.sender, journal.recipient}
    )
    return Line(
        agreement=channel.agreement,
        partner=channel.partner,
        heard_at=channel.heard_at,
        tried_at=channel.tried_at,
        failure=channel.failure,
        level=_level(channel, heads, now),
        heads=heads,
    )


def _level(channel: Channel, heads: tuple[Head, ...], now: datetime) -> Level:
    if any(head.journal.stopped for head in heads):
        return "stopped"
    if channel.heard_at is None:
        return "never"
    if abs(now - channel.heard_at) > SILENT_AFTER:  # or by a clock that stood ahead
        return "silent"
    return "whole" if all(head.is_whole for head in heads if head.journal.ours) else "waiting"


def _head(journal: Journal) -> Head:
    first = journal.pk << POSITION_BITS
    quarantined = 0
    if not journal.ours:
        mine = Entry.objects.filter(position__gte=first, position__lt=first + (1 << POSITION_BITS))
        quarantined = mine.exclude(quarantine="").count()
    troubles = Trouble.objects.filter(origin=journal.origin).count() if journal.ours else 0
    return Head(journal=journal, quarantined=quarantined, troubles=troubles)

"""Agreements, channels, quarantine and troubles: what a node knows of its lines to its partners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from entente.store.journals import Kept


@dataclass(frozen=True, slots=True)
class VersionState:
    """One version of an agreement as it is kept: signed note, adopt note, when that arrived."""

    agreement: str
    version: int
    digest: bytes
    note: bytes
    adopt: bytes | None
    adopted_at: datetime | None


class StatementState(NamedTuple):
    """A key statement as it is kept; ``digest`` is the hexadecimal SHA-256 of its text."""

    party: str
    serial: int
    digest: str
    note: bytes


@dataclass(frozen=True, slots=True)
class ChannelState:
    """One partner under one agreement; see the columns of ``ledger.Channel``."""

    agreement: str
    partner: str
    sent: int
    seen: int
    confirmed: int
    notes_sent_in: int | None
    decided: int
    heard_at: datetime | None
    tried_at: datetime | None
    failure: str


class Quarantined(NamedTuple):
    """An entry that is held and not shown: its key, and since when (Unix seconds)."""

    entry: int
    kept: Kept
    since: int


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """An entry that one side could not take: never its values."""

    origin: str
    index: int
    reason: str


class Lines(Protocol):
    """The ledger's part for what is agreed with partners, and how far the line to each has come."""

    def versions(self) -> list[VersionState]:
        """Every version held, oldest first."""
        ...

    def put_version(self, version: VersionState) -> None:
        """Keep a version, or what has changed of it (signatures, the adopt note)."""
        ...

    def statements(self, party: str) -> list[StatementState]:
        """The key statements of a party, ours or a partner's, oldest first."""
        ...

    def put_statement(self, statement: StatementState) -> None:
        """Keep a key statement beside those held; the same one twice is one."""
        ...

    def channel(self, agreement: str, partner: str) -> ChannelState:
        """The channel; begun, deciding from the records filed from now on, where there is none."""
        ...

    def next_sequence(self, agreement: str, partner: str) -> int:
        """One more than ever given; durable before it is returned."""
        ...

    def update_channel(self, agreement: str, partner: str, **changes: object) -> None:
        """Change columns of the channel; ``seen`` and ``confirmed`` never go down."""
        ...

    def quarantined(self, agreement: str, partner: str, limit: int) -> list[tuple[TroubleRow, int | None]]:
        """What of the partner's we could not take, while it has not seen that we said so.

        With the pouch in which we first said so: those first, so that a later pouch repeats all of
        an earlier one that may be lost; then what was never said, oldest first.
        """
        ...

    def troubles_sent(self, troubles: Sequence[TroubleRow], sequence: int) -> None:
        """A pouch of this sequence reports these troubles for the first time."""
        ...

    def quarantined_entries(self, origin: str) -> list[Quarantined]:
        """What of a partner's journal is held and not shown, oldest first."""
        ...

    def release_from_quarantine(self, entries: Sequence[int]) -> None:
        """These entries are admitted now; the caller makes their records visible in the same transaction."""
        ...

    def blank(self, entries: Sequence[tuple[int, bytes]]) -> None:
        """Take payload and salt from entries (key, the entry's own bytes), which stay."""
        ...

    def put_troubles(self, troubles: Sequence[TroubleRow], at: datetime) -> None:
        """What the partner could not take of ours."""
        ...

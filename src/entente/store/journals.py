"""Journals: their heads, entries, batches, receipts, and what a pouch adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from entente.journal.entry import Row
from entente.journal.tree import Frontier
from entente.records.base import Lane

LANES: Final[tuple[Lane, ...]] = ("urgent", "routine")


class Kept(NamedTuple):
    """One entry of a journal as it is kept; salt and payload are None once erased."""

    row: Row
    salt: bytes | None
    payload: bytes | None
    erased: bytes | None
    quarantine: str


@dataclass(frozen=True, slots=True)
class JournalState:
    """The head of one journal, ours or a partner's; see the columns of ``ledger.Journal``."""

    origin: str
    agreement: str
    sender: str
    recipient: str
    lane: str
    ours: bool
    frontier: Frontier
    released_at: str
    checkpoint: bytes | None
    receipt: bytes | None
    receipted: int
    receipt_sent_in: int | None
    claimed: int | None
    base: Frontier
    stopped: str

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self.frontier.size


@dataclass(frozen=True, slots=True)
class BatchState:
    """One append that no receipt covers yet: its seed and the tree after it."""

    start: int
    count: int
    seed: bytes | None
    after: Frontier

    @property
    def end(self) -> int:
        """The size of the journal after it."""
        return self.start + self.count


@dataclass(frozen=True, slots=True)
class Extension:
    """What one pouch adds to our copy of a partner's journal."""

    origin: str
    expected: int
    rows: Sequence[Row]
    which: Sequence[int]
    salts: Sequence[bytes | None]
    payloads: Sequence[bytes | None]
    erased: Sequence[bytes | None]
    quarantines: Sequence[str]
    """Why an entry is not shown; empty for one that is."""
    arrived_at: int
    released_at: str
    after: Frontier
    checkpoint: bytes
    receipt: bytes


class Journals(Protocol):
    """The ledger's part for journals, ours and the partners'."""

    def journal(self, origin: str) -> JournalState | None:
        """The head of a journal."""
        ...

    def journals(self, agreement: str | None = None, partner: str | None = None) -> list[JournalState]:
        """The heads of the journals between us and the partner, urgent before routine."""
        ...

    def entries(self, origin: str, start: int, count: int, *, most_bytes: int | None = None) -> list[Kept]:
        """Entries of a journal, in order; fewer once their payloads come to ``most_bytes``, but one at least."""
        ...

    def batches(self, origin: str) -> list[BatchState]:
        """The appends to one of our journals that no receipt covers yet, in order."""
        ...

    def put_receipt(self, origin: str, size: int, receipt: bytes) -> None:
        """A partner holds our journal up to ``size``: keep its receipt, destroy the seeds that it covers."""
        ...

    def claim(self, origin: str, size: int) -> None:
        """What the partner's newest pouch says that it holds of our journal."""
        ...

    def receive(self, extension: Extension) -> list[int]:
        """Extend our copy of a partner's journal; gives the entries' keys. ConflictError."""
        ...

    def receipts_sent(self, origins: Sequence[str], sequence: int) -> None:
        """A pouch of this sequence carries the receipts of these journals, for the first time at this size."""
        ...

    def stop(self, origin: str, why: str) -> None:
        """A fork or a shrink: the journal stops, the evidence is kept, people decide."""
        ...

"""Release: what is to be decided, what went out, what was withheld and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from entente.journal.entry import Row
from entente.journal.tree import Frontier
from entente.store.sums import Addend


class Filed(NamedTuple):
    """A local record as it is kept: what release reads."""

    id: int
    body: bytes
    confirmed: bool
    filed_at: int


@dataclass(frozen=True, slots=True)
class Sent:
    """One of our records as it went to one recipient."""

    agreement: str
    recipient: str
    origin: str
    index: int
    payload: bytes
    released_at: str


class Refusal(NamedTuple):
    """A decision not to release, or not yet."""

    record: int
    article: str
    message: str
    values: str
    later: bool
    not_before: int | None


@dataclass(frozen=True, slots=True)
class Append:
    """What one release adds to one of our journals."""

    origin: str
    expected: int
    rows: Sequence[Row]
    which: Sequence[int]
    salts: Sequence[bytes]
    payloads: Sequence[bytes]
    records: Sequence[int | None]
    """The local record of each entry; None for a sum of several."""
    seed: bytes | None
    after: Frontier
    released_at: str


class Releases(Protocol):
    """The ledger's part for release."""

    def undecided(self, agreement: str, partner: str, limit: int) -> list[Filed]:
        """Local records not yet decided for the partner, in the order of filing."""
        ...

    def due(self, agreement: str, partner: str, now: int, limit: int) -> list[Filed]:
        """Local records to decide again: their delay has passed, their text was confirmed, or functions decided."""
        ...

    def release(
        self,
        agreement: str,
        partner: str,
        *,
        decided: int,
        expected_decided: int,
        appends: Sequence[Append],
        refusals: Sequence[Refusal],
        settled: Sequence[int],
        addends: Sequence[Addend] = (),
        approvals: tuple[int, int] | None = None,
        followed: Sequence[str] = (),
        now: int,
    ) -> None:
        """Write one step of releasing: entries, refusals, and how far it has come. ConflictError.

        ``approvals`` is the mark that they had when it was decided. Our pictures of the records
        ``followed`` that stayed because those did are due.
        """
        ...

    def append(self, append: Append) -> None:
        """Append to one of our journals. ConflictError."""
        ...

    def sent(self, record: int) -> list[Sent]:
        """What went out of a local record, in order; not what has been erased since."""
        ...

    def refusals(self, record: int) -> list[tuple[str, str, Refusal]]:
        """What was not released of a record: (agreement, recipient, why)."""
        ...

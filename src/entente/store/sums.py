"""What a node asks of its ledger for records that leave added up (:mod:`entente.policy.aggregate`).

A *sum* is one cell of one article's grid for one recipient; an *addend* is a local record that
leaves in it; a *part* is a set of records that go into the same sums, added up once and closed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from entente.policy.aggregate import Closed, Group


class Addend(NamedTuple):
    """A record that was decided to leave in a sum, which is due at an instant (Unix seconds)."""

    record: int
    group: Group
    due: int


def line(agreement: str, recipient: str) -> str:
    """One recipient under one agreement, in one word: an agreement's id has no space."""
    return f"{agreement} {recipient}"


class Open(NamedTuple):
    """A record in no closed part: the sums that it goes into, and the lines on which it leaves by itself."""

    record: int
    sums: tuple[int, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SumState:
    """A sum, and what was last told of it."""

    id: int
    group: Group
    due: int
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class PartState:
    """A closed part; ``kin`` names what its records have in common: the sums and the lines."""

    id: int
    kin: str
    sums: tuple[int, ...]
    closed: Closed


class Closing(NamedTuple):
    """A part to close: with these records, in place of another if it was blind."""

    kin: str
    sums: tuple[int, ...]
    lines: tuple[str, ...]
    closed: Closed
    records: Sequence[int]
    replaces: int | None


class Held(NamedTuple):
    """Records that wait on, with message and values (JSON) of the reason."""

    sums: tuple[int, ...]
    records: Sequence[int]
    message: str
    values: str


@dataclass(frozen=True, slots=True)
class AddedUp:
    """Where one of our records leaves added up: ``records`` are in the sum so far, ``closed`` if it is among them.

    ``payload`` is what last left of the sum, ``hidden`` which of its numbers are kept back.
    """

    group: Group
    due: int
    records: int
    closed: bool
    hidden: frozenset[str]
    payload: bytes | None

    def goes_to(self, agreement: str, recipient: str) -> bool:
        """Whether it is a sum for this recipient under this agreement."""
        return (self.group.agreement, self.group.recipient) == (agreement, recipient)


class Sums(Protocol):
    """The ledger's part for sums."""

    def counted(self, agreement: str, recipient: str, records: Collection[int]) -> set[int]:
        """Those of the records that are in a closed part which nobody knew to leave on this line too."""
        ...

    def recall(self, agreement: str, version: int) -> None:
        """What waits in a sum of another version of the agreement is decided again."""
        ...

    def due_sums(self, now: int) -> dict[int, SumState]:
        """The sums of which the window has ended and that have addends nobody has looked at."""
        ...

    def open_addends(self, sums: Collection[int]) -> list[Open]:
        """The records in no closed part that go into any of these sums."""
        ...

    def sums(self, ids: Collection[int]) -> dict[int, SumState]:
        """The sums of these ids."""
        ...

    def parts(self, sums: Collection[int]) -> list[PartState]:
        """The closed parts of any of the sums."""
        ...

    def newest_part(self) -> int:
        """The id of the newest closed part, 0 without any: whether another process closed one meanwhile."""
        ...

    def bodies(self, records: Sequence[int]) -> Iterator[bytes]:
        """The bytes of local records."""
        ...

    def close(
        self,
        closings: Sequence[Closing],
        held: Sequence[Held],
        *,
        looked_at: Collection[int],
        expected_newest: int,
    ) -> None:
        """Close parts, say why what is held waits, and note which sums were looked at. ConflictError."""
        ...

    def untold_sums(
        self, agreement: str, recipient: str, version: int, now: int, limit: int
    ) -> list[SumState]:
        """The due sums of this version with a part that the recipient has not been told of."""
        ...

    def tell(self, sums: Sequence[int], origin: str, first: int) -> None:
        """The entries of the journal from ``first`` on tell these sums, in order. ConflictError if told before."""
        ...

    def nothing_to_tell(self, sums: Sequence[int]) -> None:
        """What is new in these sums changes nothing that may be known."""
        ...

    def added_up(self, record: int) -> list[AddedUp]:
        """The sums that a local record leaves in."""
        ...

"""What a pouch holds, as values: columns of bytes, never an object for each record.

A section is a stretch of one journal, cut into runs. The receiver computes each entry from
salt, payload and row, and compares the root; nothing here looks inside a payload, a signed
note or an entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from entente.journal.entry import Row
from entente.signing import Note
from entente.wire import MAX_INTEGER

FORMAT: Final = 1
"""The number of the format in the header frame."""

# \Z, not $: the latter also fits before a newline at the end.
_ORIGIN: Final = r"^[a-z0-9.-]+(/[a-z0-9.-]+){4}\Z"

Size = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
OriginText = Annotated[str, Meta(pattern=_ORIGIN, max_length=255)]
"""``<from>/<agreement>/<to>/<lane>/<generation>``; what its parts mean is the journal's business."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """Entries of one batch whose seed lives: ``salts = expand_salts(seed, first, count)``."""

    seed: bytes
    first: int
    which: bytes
    payloads: list[bytes]

    @property
    def count(self) -> int:
        """Entries in the run."""
        return len(self.payloads)


@dataclass(frozen=True, slots=True)
class Explicit:
    """Entries with their salts; ``which[i]`` is the row of entry i in the section's table."""

    which: bytes
    salts: list[bytes]
    payloads: list[bytes]

    @property
    def count(self) -> int:
        """Entries in the run."""
        return len(self.payloads)


@dataclass(frozen=True, slots=True)
class Erased:
    """Entries whose payload is gone: the leaves themselves."""

    entries: list[bytes]

    @property
    def count(self) -> int:
        """Entries in the run."""
        return len(self.entries)


Run = Seeded | Explicit | Erased


@dataclass(frozen=True, slots=True)
class Section:
    """Entries ``start`` to ``start + count`` of the journal ``origin``, in runs."""

    origin: str
    start: int
    rows: tuple[Row, ...]
    runs: tuple[Run, ...]

    @property
    def count(self) -> int:
        """Entries in all runs."""
        return sum(run.count for run in self.runs)

    @property
    def end(self) -> int:
        """The size of the journal once this section is in it."""
        return self.start + self.count


class Trouble(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of the other side that was quarantined: where and why, never a value of it."""

    journal: OriginText
    index: Size
    reason: Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=64)]


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first frame: what the sender holds, and how many frames of each sort follow, in this order."""

    format: int
    have: dict[OriginText, Size]
    seen: Size
    answer: bool
    notes: Size
    sections: Size
    checkpoints: Size
    receipts: Size
    erasures: Size
    troubles: Size


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in one pouch. ``have`` chooses where sending starts; only receipts prove holding.

    ``seen`` is the highest sequence seen from the other side; ``answer`` says that a pouch in
    return is wanted, and a pouch that only acknowledges wants none. The bytes of notes,
    checkpoints, receipts and erasures are signed notes, not verified here.
    """

    have: Mapping[str, int] = field(default_factory=dict)
    seen: int = 0
    answer: bool = True
    notes: tuple[bytes, ...] = ()
    sections: tuple[Section, ...] = ()
    checkpoints: tuple[bytes, ...] = ()
    receipts: tuple[bytes, ...] = ()
    erasures: tuple[bytes, ...] = ()
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom, to whom, under which agreement; sequences count from 1 and never repeat."""

    sender: str
    recipient: str
    agreement: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A pouch that was sealed to us and can be read, by a sender who is not yet known to be one."""

    envelope: Envelope
    note: Note
    body: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What one pouch may cost, in bytes unless said; each is checked before anything is allocated."""

    sealed: int = 16 << 20
    note: int = 16 << 10
    """The signed note around the body: room for many signatures that we do not know."""
    window: int = 8 << 20
    """zstd's working memory: what RFC 8878 asks every reader to offer, and no more."""
    plain: int = 64 << 20
    """The frames, decompressed."""
    frames: int = 10_000
    """Number of frames."""
    header: int = 256 << 10
    """The header frame; ``have`` grows by a line for each generation of each lane."""
    entries: int = 250_000
    """Number of journal entries, over all sections."""


LIMITS: Final = Limits()
"""What everybody starts from: a writer keeps within these, whoever reads."""

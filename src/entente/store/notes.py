"""Signed notes about records: kept with their records, owed to the partners that have these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class NoteState(NamedTuple):
    """A signed note about a record, as it is kept.

    ``subject`` is the record's code, ``digest`` the SHA-256 of the note's text (two records may
    have one text), ``held`` when each line was first held here: Unix seconds by the name of its key.
    """

    agreement: str
    subject: str
    digest: bytes
    note: bytes
    held: Mapping[str, int]


class Notes(Protocol):
    """The ledger's part for signed notes about records."""

    def notes(self, digest: bytes) -> list[NoteState]:
        """The signed notes that have this text."""
        ...

    def put_note(self, note: NoteState, *, seen_by: str | None = None) -> None:
        """Keep a note, or its new lines: each partner that has the record is owed it, but ``seen_by``."""
        ...

    def notes_owed(self, agreement: str, partner: str, limit: int) -> list[tuple[NoteState, int | None]]:
        """The notes that the partner has not said it has seen, about records that it has; what was sent first.

        With the pouch that first carried each as it is now.
        """
        ...

    def notes_sent(self, notes: Sequence[NoteState], partner: str, sequence: int) -> None:
        """A pouch of this sequence carries these notes, for the first time as they are now."""
        ...

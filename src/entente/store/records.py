"""Records and dossiers: what can be shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

from entente.records.base import Record
from entente.records.times import parse_at
from entente.store.audience import EVERYBODY


class Header(NamedTuple):
    """The typed header of one record, local or received: one row of what can be shown.

    0 and 1, empty text and 0 stand for what a database calls false, true and null: sqlite3 takes
    integers and text as they are, and asks of every bool and None whether it is to be adapted.
    """

    party: str
    local: int
    kind: str
    code: str
    at: str
    starts: int
    place: str
    service: str
    purpose: str
    tlp: str
    about: str
    audience: int
    body: bytes | Literal[""]
    entry: int
    confirmed: int
    filed_at: int


def header_of(
    record: Record,
    *,
    party: str,
    audience: int,
    filed_at: int,
    body: bytes | Literal[""] = "",
    entry: int = 0,
    confirmed: bool = False,
) -> Header:
    """The header of a record: of a local one with its ``body``, of a received one with its ``entry``."""
    place = record.place
    # By position: every record passes here, and names would cost as much as all the rest.
    return Header(
        party,
        1 if body else 0,
        record.kind(),
        record.code or "",
        record.at,
        _starts(record.at),
        "" if place is None else place.code or "",
        record.service,
        record.purpose,
        record.tlp,
        record.about or "",
        audience,
        body,
        entry,
        1 if confirmed else 0,
        filed_at,
    )


@lru_cache(maxsize=16_384)
def _starts(at: str) -> int:
    """Unix seconds of the start of ``at``; a batch of flows says the same few instants again and again."""
    return int(parse_at(at)[0].timestamp())


@dataclass(frozen=True, slots=True)
class Shown:
    """A record with its bytes, local or received: what list, show and the dossier read."""

    id: int
    party: str
    local: bool
    body: bytes
    filed_at: int
    withdrawn_at: int | None
    origin: str | None
    index: int | None
    confirmed: bool
    audience: int = 0


class DossierRow(NamedTuple):
    """A dossier as it is kept, with who sees it whole: who sees every answer that is a step in it."""

    code: str
    record: int
    state: str
    steps: bytes
    opened_at: int
    moved_at: int
    audience: int = EVERYBODY
    """The mandates that open each of those answers, as bits."""
    highest: int = 0
    """The highest marking of one of them, as its rank."""


class Records(Protocol):
    """The ledger's part for what can be shown."""

    def add_records(self, headers: Sequence[Header]) -> list[int]:
        """Make records visible: the one ``apply`` of local and received ones. ConflictError on a code that is taken."""
        ...

    def put_words(self, rows: Sequence[tuple[int, str]]) -> None:
        """What records are found by, as (record, words): gone when the record is withdrawn or erased."""
        ...

    def codes_taken(self, codes: Collection[str]) -> set[str]:
        """Those of the codes that a record here has."""
        ...

    def codes_known_to(self, agreement: str, partner: str, codes: Collection[str]) -> set[str]:
        """Those of the codes whose record went to the partner, or came from it."""
        ...

    def shown(self, code: str) -> Shown | None:
        """The record of this code."""
        ...

    def filed(self, number: int) -> Shown | None:
        """The local record of this number."""
        ...

    def records_of(self, kinds: Collection[str]) -> list[Shown]:
        """The records of these kinds that are not withdrawn, oldest first: of kinds of which there are few."""
        ...

    def answers_to(self, code: str) -> list[Shown]:
        """The records about this code that may say something of its state, oldest first."""
        ...

    def pictures_of(self, code: str) -> list[Shown]:
        """The parts of our own pictures of this record, without those that were withdrawn, oldest first."""
        ...

    def confirm(self, record: int) -> None:
        """A person has read the free text of a local record and confirms that it may leave."""
        ...

    def withdraw(self, code: str, at: int) -> None:
        """Mark a record withdrawn: it is no longer shown as a fact, and signed notes about it are gone."""
        ...

    def keep_original(self, record: int, media_type: str, data: bytes) -> None:
        """Keep what was imported, byte for byte; it never leaves."""
        ...

    def original(self, record: int) -> tuple[str, bytes] | None:
        """Media type and bytes of what the record was imported from."""
        ...

    def put_dossiers(self, rows: Sequence[DossierRow]) -> None:
        """Write dossiers, new or moved."""
        ...

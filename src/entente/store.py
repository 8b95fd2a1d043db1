"""What a node asks of its ledger and of its carriers: two protocols, synchronous, in bulk.

The Store keeps bytes and typed headers; it decides nothing. Whatever must be whole or
absent is written between ``with store.transaction():`` and its end; no signature, hash or
network belongs inside. Writers that read before they write say what they read
(``expected``): the Store refuses with ConflictError when another process was faster,
and the caller begins again from what is there now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal, NamedTuple, Protocol

from entente.approvals import Approvals
from entente.errors import StoreError
from entente.journal.entry import Row
from entente.journal.tree import Frontier
from entente.records.base import PURPOSES, Lane, Purpose, Record
from entente.records.times import parse_at
from entente.sums import Addend, Sums

MOST_IN_A_TRANSACTION: Final = 5_000
"""Records in one transaction: a web write still waits little behind it (DESIGN.md section 3)."""


class ConflictError(StoreError):
    """Another process wrote what this one had read: begin again."""


def audience_of(purposes: Iterable[Purpose]) -> int:
    """The mandates that open a record, as bits: the wall is one comparison of integers."""
    return sum(1 << PURPOSES.index(purpose) for purpose in set(purposes))


AUDIENCE: Final[dict[Purpose, int]] = {purpose: audience_of((purpose,)) for purpose in PURPOSES}
"""The audience of one purpose."""

OBSERVERS: Final = 1 << len(PURPOSES)
"""The bit beside the mandates: an article grants the record to the agreement's observers."""

EVERYBODY: Final = (1 << 15) - 1
"""Every bit of an audience: where answers are intersected, the beginning."""


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


class Filed(NamedTuple):
    """A local record as it is kept: what release reads."""

    id: int
    body: bytes
    confirmed: bool
    filed_at: int


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


class Kept(NamedTuple):
    """One entry of a journal as it is kept; salt and payload are None once erased."""

    row: Row
    salt: bytes | None
    payload: bytes | None
    erased: bytes | None
    quarantine: str


class Quarantined(NamedTuple):
    """An entry that is held and not shown: its key, and since when (Unix seconds)."""

    entry: int
    kept: Kept
    since: int


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


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """An entry that one side could not take: never its values."""

    origin: str
    index: int
    reason: str


class Store(Sums, Approvals, Protocol):
    """The ledger, as the core sees it."""

    def transaction(self) -> AbstractContextManager[None]:
        """Whole or absent, durable at its end; takes the write lock at once."""
        ...

    # Agreements

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

    # Channels

    def channel(self, agreement: str, partner: str) -> ChannelState:
        """The channel; begun, deciding from the records filed from now on, where there is none."""
        ...

    def next_sequence(self, agreement: str, partner: str) -> int:
        """One more than ever given; durable before it is returned."""
        ...

    def update_channel(self, agreement: str, partner: str, **changes: object) -> None:
        """Change columns of the channel; ``seen`` and ``confirmed`` never go down."""
        ...

    # Records

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

    # Release

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

    # Journals

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

    # Troubles

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


class Transport(Protocol):
    """A carrier of pouches to one partner."""

    def send(self, pouch: bytes) -> bytes | None:
        """Deliver a pouch; the reply is a pouch, or None. Raises TransportError."""
        ...


LANES: Final[tuple[Lane, ...]] = ("urgent", "routine")

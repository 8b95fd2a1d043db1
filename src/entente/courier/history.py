"""The sections of a pouch against the histories that are held: all hashing, nothing written.

Each section is one extension of one journal. What does not lead from what is held to what the
sender signed is a fork: both signed checkpoints are named, so that the caller keeps them and
the journal stops. What repeats what is held is old news only while it repeats it exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from entente.courier.office import Office
from entente.courier.outbound import entries_of, frontier_at
from entente.errors import EntenteError, ForkError, JournalError, MalformedError, SignatureError
from entente.journal.checkpoint import Checkpoint, Origin, sign_checkpoint, verify_checkpoint
from entente.journal.entry import Row, check_entry, entries, expand_salts
from entente.journal.journal import extend
from entente.journal.receipt import verify_receipt
from entente.journal.tree import EMPTY, Frontier
from entente.pouch import Contents, Envelope, Erased, Explicit, Section, Seeded
from entente.signing import VerifierKey, parse_note
from entente.store import JournalState

T = TypeVar("T")

_GENERATION: Final = 1
"""A generation ends only by recovery (PROTOCOL.md section 9); until then there is the first."""

_Signed = tuple[Checkpoint, bytes]
"""A verified checkpoint, and the note that it came in."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A section as columns, in order of its entries; None where an entry is erased."""

    which: list[int]
    salts: list[bytes | None]
    payloads: list[bytes | None]
    erased: list[bytes | None]

    def after(self, skip: int) -> Columns:
        """Without the first ``skip`` entries."""
        return Columns(self.which[skip:], self.salts[skip:], self.payloads[skip:], self.erased[skip:])


@dataclass(frozen=True, slots=True)
class Growth:
    """A section that extends what is held: the new entries, and the tree with them."""

    origin: str
    held: JournalState | None
    rows: tuple[Row, ...]
    columns: Columns
    after: Frontier
    checkpoint: Checkpoint
    signed: bytes

    @property
    def size(self) -> int:
        """How much is held before it."""
        return self.held.size if self.held else 0


@dataclass(frozen=True, slots=True)
class Stop:
    """Two histories of one journal, with both signatures."""

    origin: str
    error: JournalError
    held: bytes
    other: bytes

    @property
    def evidence(self) -> str:
        """What is kept: the reason in one line, then the two signed notes."""
        return "\n".join([str(self.error), self.held.decode("utf-8"), self.other.decode("utf-8")])


@dataclass(frozen=True, slots=True)
class History:
    """What the sections and checkpoints of one pouch come to."""

    growths: list[Growth]
    stops: list[Stop]
    gaps: int
    """Sections that begin beyond what is held."""


def read_history(
    office: Office, envelope: Envelope, contents: Contents, logs: Sequence[VerifierKey]
) -> History:
    """Every signature and every root of a pouch's sections, verified.

    Raises SignatureError or MalformedError: then the pouch is refused. A fork refuses nothing
    but its own journal.
    """
    signed: dict[tuple[str, int], _Signed] = {}
    stops: dict[str, Stop] = {}
    for data in contents.checkpoints:
        checkpoint = any_of(logs, partial(verify_checkpoint, parse_note(data)))
        other = signed.setdefault((checkpoint.origin, checkpoint.size), (checkpoint, data))
        if other[0].root != checkpoint.root and _is_between(envelope, checkpoint.origin):
            stops[checkpoint.origin] = Stop(checkpoint.origin, _two_roots(checkpoint), other[1], data)
    growths: dict[str, Growth] = {}
    gaps = 0
    for section in contents.sections:
        held = _held(office, section.origin)
        if held and held.stopped:
            continue  # people decide
        if section.start > (held.size if held else 0):
            gaps += 1  # what lies between is on its way, or ``have`` in our next pouch asks for it
            continue
        try:
            growth = _growth(office, section, held, signed[section.origin, section.end])
        except JournalError as error:
            ours = held.checkpoint if held else None
            stops.setdefault(
                section.origin,
                Stop(section.origin, error, ours or b"", signed[section.origin, section.end][1]),
            )
        else:
            if growth is not None:
                growths.setdefault(section.origin, growth)
    sections = {(section.origin, section.end) for section in contents.sections}
    for key in signed.keys() - sections:
        stop = _against_held(office, envelope, *signed[key])
        if stop is not None:
            stops.setdefault(stop.origin, stop)
    return History(
        growths=[growth for growth in growths.values() if growth.origin not in stops],
        stops=list(stops.values()),
        gaps=gaps,
    )


def _held(office: Office, origin: str) -> JournalState | None:
    if Origin.parse(origin).generation != _GENERATION:
        raise MalformedError("the journal {origin} is of a generation that is not open", origin=origin)
    return office.store.journal(origin)


def _growth(office: Office, section: Section, held: JournalState | None, signed: _Signed) -> Growth | None:
    """The extension; None where nothing is new. Raises JournalError for another history."""
    checkpoint, data = signed
    columns = _columns(section)
    size = held.size if held else 0
    if held and section.end < size:
        # Compared with the entries held, not with the whole tree: a pouch that somebody recorded
        # and sends again must not cost us more than it holds.
        kept = office.store.entries(section.origin, section.start, section.count)
        if _leaves(section.rows, columns) != entries_of(kept):
            raise ForkError(
                "{origin}: the entries {start} to {end} are not those held here",
                origin=section.origin,
                start=section.start,
                end=section.end,
            )
        return None
    fresh = columns.after(size - section.start)
    leaves = _leaves(section.rows, fresh)
    after = extend(held.frontier if held else EMPTY, leaves, checkpoint)
    if not leaves:
        return None
    return Growth(section.origin, held, section.rows, fresh, after, checkpoint, data)


def _against_held(office: Office, envelope: Envelope, checkpoint: Checkpoint, data: bytes) -> Stop | None:
    """A checkpoint that came alone: of a size that is held, it must have the root that is held."""
    held = office.store.journal(checkpoint.origin) if _is_between(envelope, checkpoint.origin) else None
    if held is None or held.stopped or checkpoint.size > held.size:
        return None  # people decide; or an announcement: receipted when reached
    if frontier_at(office.store, held, checkpoint.size).root() == checkpoint.root:
        return None
    return Stop(checkpoint.origin, _two_roots(checkpoint), held.checkpoint or b"", data)


def _is_between(envelope: Envelope, origin: str) -> bool:
    parts = Origin.parse(origin)
    return (parts.sender, parts.agreement, parts.recipient, parts.generation) == (
        envelope.sender,
        envelope.agreement,
        envelope.recipient,
        _GENERATION,
    )


def _two_roots(checkpoint: Checkpoint) -> ForkError:
    return ForkError(
        "{origin}: two roots were signed for {size} entries", origin=checkpoint.origin, size=checkpoint.size
    )


def _columns(section: Section) -> Columns:
    columns = Columns([], [], [], [])
    for run in section.runs:
        count = run.count
        match run:
            case Seeded():
                columns.which.extend(run.which)
                columns.salts.extend(expand_salts(run.seed, run.first, count))
                columns.payloads.extend(run.payloads)
                columns.erased.extend([None] * count)
            case Explicit():
                columns.which.extend(run.which)
                columns.salts.extend(run.salts)
                columns.payloads.extend(run.payloads)
                columns.erased.extend([None] * count)
            case Erased():
                columns.which.extend([-1] * count)
                columns.salts.extend([None] * count)
                columns.payloads.extend([None] * count)
                columns.erased.extend(run.entries)
    return columns


def _leaves(rows: Sequence[Row], columns: Columns) -> list[bytes]:
    if not any(columns.erased):
        salts = [salt for salt in columns.salts if salt is not None]
        payloads = [payload for payload in columns.payloads if payload is not None]
        return entries(rows, columns.which, salts, payloads)
    leaves = []
    for which, salt, payload, erased in zip(
        columns.which, columns.salts, columns.payloads, columns.erased, strict=True
    ):
        if erased is not None:
            check_entry(erased)
            leaves.append(erased)
        elif salt is not None and payload is not None:
            leaves.extend(entries(rows, [which], [salt], [payload]))
    return leaves


@dataclass(frozen=True, slots=True)
class Receipts:
    """What the receipts of one pouch come to: new ones, and roots that are not ours."""

    taken: list[tuple[str, int, bytes]]
    stops: list[Stop]
    problems: list[EntenteError]


def read_receipts(
    office: Office, envelope: Envelope, receipts: Iterable[bytes], keys: Sequence[VerifierKey]
) -> Receipts:
    """Which receipts prove what of our journals. None of them refuses the pouch."""
    found = Receipts([], [], [])
    for data in receipts:
        try:
            checkpoint = any_of(keys, partial(verify_receipt, parse_note(data))).checkpoint
            journal = _receipted(office, envelope, checkpoint)
        except EntenteError as error:
            found.problems.append(error)
            continue
        if journal is None:
            continue
        ours = Checkpoint(
            journal.origin, checkpoint.size, frontier_at(office.store, journal, checkpoint.size).root()
        )
        if ours.root == checkpoint.root:
            found.taken.append((journal.origin, checkpoint.size, data))
        else:
            # Either the partner says what is not so, or our ledger is not the one that sent this.
            other = ForkError(
                "{origin}: a receipt names a root that is not ours at {size} entries",
                origin=journal.origin,
                size=checkpoint.size,
            )
            mine = sign_checkpoint(ours, office.keys.log).to_bytes()
            found.stops.append(Stop(journal.origin, other, mine, data))
    return found


def _receipted(office: Office, envelope: Envelope, checkpoint: Checkpoint) -> JournalState | None:
    """Our journal that a verified receipt is for; None where the receipt is not news."""
    journal = office.store.journal(checkpoint.origin)
    if (
        journal is None
        or not journal.ours
        or (journal.recipient, journal.agreement) != (envelope.sender, envelope.agreement)
        or checkpoint.size > journal.size
    ):
        raise JournalError("a receipt for {origin}, which we did not send so far", origin=checkpoint.origin)
    return None if checkpoint.size <= journal.receipted else journal


def any_of(keys: Sequence[VerifierKey], verify: Callable[[VerifierKey], T]) -> T:
    """What the first key that fits verifies: a partner's key may differ between two versions."""
    failure: SignatureError | None = None
    for key in keys:
        try:
            return verify(key)
        except SignatureError as error:
            failure = failure or error
    raise failure or SignatureError("there is no key to verify with")

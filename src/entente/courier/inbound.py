"""Read one pouch: parse, authenticate, check, persist; only then may anything be answered.

The order is the protection. Nothing is decompressed before its sender is known to be a
partner; nothing is looked at before the partner's own signature over the new root
verifies; and then no entry refuses the pouch: what this version does not understand, or
the agreement does not allow, is kept, not shown, and reported (PROTOCOL.md section 6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from entente.apply import apply
from entente.courier.admission import Admission, Admitted
from entente.courier.office import Office
from entente.courier.outbound import frontier_at
from entente.courier.quarantine import blank_withdrawn, reconsider
from entente.errors import (
    EntenteError,
    ForkError,
    JournalError,
    MalformedError,
    MisaddressedError,
    ReflectedError,
    SignatureError,
    UnknownKeyError,
)
from entente.journal.checkpoint import Checkpoint, Origin, verify_checkpoint
from entente.journal.entry import Row, check_entry, entries, expand_salts
from entente.journal.journal import extend
from entente.journal.receipt import sign_receipt, verify_receipt
from entente.journal.tree import EMPTY
from entente.pouch import (
    Contents,
    Envelope,
    Erased,
    Explicit,
    Limits,
    Section,
    Seeded,
    Wrapped,
    open_introduction,
    open_pouch,
    unwrap,
)
from entente.records import Withdrawal
from entente.signing import VerifierKey, parse_note
from entente.store import Extension, JournalState, TroubleRow

T = TypeVar("T")

_GENERATION: Final = 1
"""A generation ends only by recovery (PROTOCOL.md section 9); until then there is the first."""
_AGREEMENT: Final = "entente.v1/agreement"
_ADOPT: Final = "entente.v1/adopt"


@dataclass(slots=True)
class Read:
    """What reading one pouch did."""

    envelope: Envelope
    fresh: bool = True
    """Its sequence is newer than any seen: its ``have`` and troubles counted."""
    answer: bool = False
    """The sender asks for a pouch in return."""
    received: int = 0
    quarantined: int = 0
    receipts: int = 0
    agreements: int = 0
    """Notes that brought a new version, a signature or an adoption."""
    gaps: int = 0
    """Sections that begin beyond what is held: the same pouch is worth reading again later."""
    problems: list[EntenteError] = field(default_factory=list)
    """What was refused inside a pouch that is genuine: a fork, a note that cannot be kept."""

    @property
    def sender(self) -> str:
        """Who wrote it."""
        return self.envelope.sender

    @property
    def agreement(self) -> str:
        """Under which agreement."""
        return self.envelope.agreement

    @property
    def sequence(self) -> int:
        """Its number among the sender's pouches."""
        return self.envelope.sequence

    @property
    def changed(self) -> bool:
        """Anything at all was new."""
        return bool(self.received or self.receipts or self.agreements)


@dataclass(frozen=True, slots=True)
class _Arrival:
    agreement: str
    extension: Extension
    admitted: Admitted


@dataclass(frozen=True, slots=True)
class _Columns:
    """A section as columns, in order of its entries; None where an entry is erased."""

    which: list[int]
    salts: list[bytes | None]
    payloads: list[bytes | None]
    erased: list[bytes | None]


def read(office: Office, sealed: bytes, *, limits: Limits | None = None) -> Read:
    """Open a pouch and keep what it brings. Idempotent: the same pouch twice changes nothing.

    Raises SealError, MalformedError, SignatureError, PouchError: then nothing was kept and
    nothing may be answered.
    """
    limits = limits or Limits()
    # 1. Sealed to us, within limits, and addressed to us by somebody else.
    wrapped = unwrap(sealed, identities=office.keys.seal, limits=limits)
    envelope = wrapped.envelope
    me = office.keys.party
    if envelope.sender == me:
        raise ReflectedError("this pouch is our own, number {sequence}", sequence=envelope.sequence)
    if envelope.recipient != me:
        raise MisaddressedError(
            "this pouch is sealed to {us} and addressed to {them}", us=me, them=envelope.recipient
        )
    # 2. Signed by a log key that our own authority signed for, before anything is decompressed.
    keys = office.register.keys_of(envelope.agreement, envelope.sender)
    if not keys:
        return _introduction(office, wrapped)
    contents = open_pouch(wrapped, keys=[key.log for key in keys], limits=limits)

    result = Read(envelope, answer=contents.answer)
    # 3. Notes first: sections may cite the version that they bring into force.
    _notes(office, envelope, contents.notes, result)
    # 4. Each section is one extension of one journal, hashed and checked before anything is written.
    checkpoints = _checkpoints(contents, [key.log for key in keys])
    arrivals = _arrivals(office, envelope, contents.sections, checkpoints, result)
    # 5. Receipts for our journals prove themselves.
    receipts = _receipts(office, envelope, contents.receipts, [key.receipts for key in keys], result)
    # 6. The pouch is applied whole or not at all.
    with office.store.transaction():
        for arrival in arrivals:
            positions = office.store.receive(arrival.extension)
            apply(office.store, arrival.admitted.headers(positions))
        for origin, size, data in receipts:
            office.store.put_receipt(origin, size, data)
        _conversation(office, envelope, contents, result)
    if result.agreements:
        reconsider(office)
    _forget_withdrawn(office, arrivals)
    result.receipts = len(receipts)
    for arrival in arrivals:
        result.received += len(arrival.admitted.records)
        result.quarantined += sum(1 for reason in arrival.admitted.quarantines if reason)
    return result


def _forget_withdrawn(office: Office, arrivals: Iterable[_Arrival]) -> None:
    for arrival in arrivals:
        codes = [r.about for _, r, _ in arrival.admitted.records if isinstance(r, Withdrawal) and r.about]
        if codes:
            for journal in office.store.journals(arrival.agreement, arrival.admitted.sender):
                if not journal.ours:
                    blank_withdrawn(office, journal, codes)


def _introduction(office: Office, wrapped: Wrapped) -> Read:
    """First contact: notes that our own authority signed may come from somebody unknown, nothing else."""
    result = Read(wrapped.envelope, fresh=False)
    _notes(office, wrapped.envelope, open_introduction(wrapped), result)
    if not result.agreements:
        raise UnknownKeyError("no agreement held here names {sender}", sender=wrapped.envelope.sender)
    result.answer = True
    return result


def _notes(office: Office, envelope: Envelope, notes: Sequence[bytes], result: Read) -> None:
    register = office.register
    kept = None
    before = {(v.note, v.adopt) for v in office.store.versions()}
    for data in notes:
        try:
            kind = parse_note(data).text.split("\n", 1)[0]
            if kind == _AGREEMENT:
                kept = None
                kept = register.keep(data, agreement=envelope.agreement)
            elif kind == _ADOPT and kept is not None:
                kept = register.adopt(kept, data)
            else:
                raise MalformedError("a note of an unknown type came with the pouch")
        except EntenteError as error:
            result.problems.append(error)
    held = [v for v in office.store.versions() if v.agreement == envelope.agreement]
    result.agreements = len({(v.note, v.adopt) for v in held} - before)
    theirs = set(notes)
    if theirs and all(v.note in theirs and v.adopt in theirs | {None} for v in held):
        # The partner has all that we have: it needs none of it from us.
        office.store.channel(envelope.agreement, envelope.sender)
        office.store.update_channel(envelope.agreement, envelope.sender, notes_sent_in=0)


def _checkpoints(
    contents: Contents, logs: Sequence[VerifierKey]
) -> dict[tuple[str, int], tuple[Checkpoint, bytes]]:
    """The checkpoints of a pouch, verified, by origin and size."""
    found = {}
    for data in contents.checkpoints:
        checkpoint = _any_of(logs, partial(verify_checkpoint, parse_note(data)))
        found[checkpoint.origin, checkpoint.size] = (checkpoint, data)
    return found


def _arrivals(
    office: Office,
    envelope: Envelope,
    sections: Iterable[Section],
    checkpoints: Mapping[tuple[str, int], tuple[Checkpoint, bytes]],
    result: Read,
) -> list[_Arrival]:
    arrivals: dict[str, _Arrival] = {}
    for section in sections:
        arrival = _arrival(office, envelope, section, checkpoints, result)
        if arrival is not None:
            arrivals.setdefault(section.origin, arrival)
    return list(arrivals.values())


def _arrival(
    office: Office,
    envelope: Envelope,
    section: Section,
    checkpoints: Mapping[tuple[str, int], tuple[Checkpoint, bytes]],
    result: Read,
) -> _Arrival | None:
    origin = Origin.parse(section.origin)
    if origin.generation != _GENERATION:
        raise MalformedError(
            "the journal {origin} is of a generation that is not open", origin=section.origin
        )
    checkpoint, signed = checkpoints[section.origin, section.end]
    held = office.store.journal(section.origin)
    size = held.size if held else 0
    if (held and held.stopped) or section.end < size:
        return None  # people decide; or old news
    if section.start > size:
        result.gaps += 1  # what lies between is on its way, or ``have`` in our next pouch asks for it
        return None
    columns = _columns(section, skip=size - section.start)
    leaves = _leaves(section.rows, columns)
    try:
        after = extend(held.frontier if held else EMPTY, leaves, checkpoint)
    except JournalError as error:
        _stop(office, section.origin, held, signed, error)
        result.problems.append(error)
        return None
    if not leaves:
        return None
    now = office.clock()
    admission = Admission(
        office,
        sender=envelope.sender,
        recipient=envelope.recipient,
        agreement=envelope.agreement,
        now=now,
        since=held.released_at if held else "",
    )
    admitted = admission.admit(section.rows, columns.which, columns.payloads)
    extension = Extension(
        origin=section.origin,
        expected=size,
        rows=section.rows,
        which=columns.which,
        salts=columns.salts,
        payloads=columns.payloads,
        erased=columns.erased,
        quarantines=admitted.quarantines,
        released_at=admitted.released_at,
        arrived_at=admitted.arrived_at,
        after=after,
        checkpoint=signed,
        receipt=sign_receipt(checkpoint, office.keys.receipts, int(now.timestamp())).to_bytes(),
    )
    return _Arrival(envelope.agreement, extension, admitted)


def _columns(section: Section, *, skip: int) -> _Columns:
    which: list[int] = []
    salts: list[bytes | None] = []
    payloads: list[bytes | None] = []
    erased: list[bytes | None] = []
    for run in section.runs:
        count = run.count
        match run:
            case Seeded():
                which.extend(run.which)
                salts.extend(expand_salts(run.seed, run.first, count))
                payloads.extend(run.payloads)
                erased.extend([None] * count)
            case Explicit():
                which.extend(run.which)
                salts.extend(run.salts)
                payloads.extend(run.payloads)
                erased.extend([None] * count)
            case Erased():
                which.extend([-1] * count)
                salts.extend([None] * count)
                payloads.extend([None] * count)
                erased.extend(run.entries)
    return _Columns(which[skip:], salts[skip:], payloads[skip:], erased[skip:])


def _leaves(rows: Sequence[Row], columns: _Columns) -> list[bytes]:
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


def _stop(office: Office, origin: str, held: JournalState | None, signed: bytes, error: EntenteError) -> None:
    """Two histories: keep both signed checkpoints, stop the journal, let people decide."""
    ours = (held.checkpoint or b"").decode("utf-8") if held else ""
    with office.store.transaction():
        office.store.stop(origin, "\n".join([str(error), ours, signed.decode("utf-8")]))


def _receipts(
    office: Office, envelope: Envelope, receipts: Iterable[bytes], keys: Sequence[VerifierKey], result: Read
) -> list[tuple[str, int, bytes]]:
    found = []
    for data in receipts:
        try:
            checkpoint = _receipt(office, envelope, data, keys)
        except EntenteError as error:
            result.problems.append(error)
        else:
            if checkpoint is not None:
                found.append((checkpoint.origin, checkpoint.size, data))
    return found


def _receipt(
    office: Office, envelope: Envelope, data: bytes, keys: Sequence[VerifierKey]
) -> Checkpoint | None:
    """What a receipt says, once it is proved; None where we know it already."""
    checkpoint = _any_of(keys, partial(verify_receipt, parse_note(data))).checkpoint
    journal = office.store.journal(checkpoint.origin)
    if (
        journal is None
        or not journal.ours
        or journal.recipient != envelope.sender
        or checkpoint.size > journal.size
    ):
        raise JournalError("a receipt for {origin}, which we did not send so far", origin=checkpoint.origin)
    if checkpoint.size <= journal.receipted:
        return None
    if frontier_at(office.store, journal, checkpoint.size).root() != checkpoint.root:
        raise ForkError("a receipt for {origin} names a root that is not ours", origin=checkpoint.origin)
    return checkpoint


def _any_of(keys: Sequence[VerifierKey], verify: Callable[[VerifierKey], T]) -> T:
    """What the first key that fits verifies: a partner's key may differ between two versions."""
    failure: SignatureError | None = None
    for key in keys:
        try:
            return verify(key)
        except SignatureError as error:
            failure = failure or error
    raise failure or SignatureError("there is no key to verify with")


def _conversation(office: Office, envelope: Envelope, contents: Contents, result: Read) -> None:
    """What the newest pouch says of the line: ``have``, ``seen``, troubles. An older one does not count."""
    store = office.store
    channel = store.channel(envelope.agreement, envelope.sender)
    result.fresh = envelope.sequence > channel.seen
    if not result.fresh:
        return
    now = office.clock()
    ours = {j.origin: j for j in store.journals(envelope.agreement, envelope.sender) if j.ours}
    for origin, journal in ours.items():
        store.claim(origin, min(contents.have.get(origin, 0), journal.size))
    troubles = [TroubleRow(t.journal, t.index, t.reason) for t in contents.troubles if t.journal in ours]
    store.put_troubles(troubles, now)
    store.update_channel(
        envelope.agreement,
        envelope.sender,
        seen=envelope.sequence,
        confirmed=min(contents.seen, channel.sent),
        heard_at=now,
        failure="",
    )

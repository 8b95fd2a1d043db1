"""Read one pouch: parse, authenticate, check, persist; only then may anything be answered.

The order is the protection. Nothing is decompressed before its sender is known to be a
partner; nothing is written before every signature in the pouch and every root verifies; and
then no entry refuses the pouch: what this version does not understand, or the agreement
does not allow, is kept, not shown, and reported (PROTOCOL.md section 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from entente.agreements.document import Party, authority_key
from entente.agreements.statements import read_statement
from entente.apply import apply
from entente.courier.admission import Admission, Admitted
from entente.courier.history import Growth, History, Stop, any_of, read_history, read_receipts
from entente.courier.notes import Intake, take
from entente.courier.office import Office
from entente.courier.quarantine import blank_withdrawn, reconsider
from entente.errors import (
    EntenteError,
    MisaddressedError,
    ReflectedError,
    StoreError,
    UnknownKeyError,
)
from entente.journal.receipt import sign_receipt
from entente.pouch import (
    INTRODUCTION,
    Contents,
    Envelope,
    Limits,
    Wrapped,
    open_introduction,
    open_pouch,
    unwrap,
)
from entente.records import Withdrawal
from entente.signing import VerifierKey, parse_note
from entente.store import ConflictError, Extension, TroubleRow

_TRIES: Final = 50


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
    """Notes that brought a new version, a signature, an adoption or new keys."""
    signatures: int = 0
    """Signatures under a communiqué that were new."""
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
        return bool(self.received or self.receipts or self.agreements or self.signatures)


@dataclass(frozen=True, slots=True)
class _Arrival:
    agreement: str
    extension: Extension
    admitted: Admitted


def read(office: Office, sealed: bytes, *, limits: Limits | None = None) -> Read:
    """Open a pouch and keep what it brings. Idempotent: the same pouch twice changes nothing.

    Raises SealError, MalformedError, SignatureError, PouchError: then nothing was kept and
    nothing may be answered. StoreError: the ledger is too busy, and the pouch welcome later.
    """
    for _ in range(_TRIES):
        try:
            return _read(office, sealed, limits or Limits())
        except ConflictError:
            continue  # another process extended the same journal: begin again from what is there now
    raise StoreError("the ledger is too busy to take the pouch; try again")


def _read(office: Office, sealed: bytes, limits: Limits) -> Read:
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
    try:
        contents = open_pouch(wrapped, keys=[key.log for key in keys], limits=limits)
    except UnknownKeyError:
        return _introduction(office, wrapped)

    result = Read(envelope, answer=contents.answer)
    # 3. Every signature and every root. From here on nothing refuses the pouch.
    history = read_history(office, envelope, contents, [key.log for key in keys])
    result.gaps = history.gaps
    # 4. Notes before records, which may cite the version that the notes bring into force.
    intake = Intake(office, envelope)
    _notes(intake, contents.notes, result)
    if result.agreements:
        reconsider(office)
    # 5. Each record against the agreement.
    arrivals = _arrivals(office, envelope, history)
    # 6. Receipts for our journals prove themselves.
    receipts = read_receipts(office, envelope, contents.receipts, [key.receipts for key in keys])
    # 7. The rest of the pouch is applied whole or not at all.
    stops = [*history.stops, *receipts.stops]
    with office.store.transaction():
        for arrival in arrivals:
            positions = office.store.receive(arrival.extension)
            apply(office.store, arrival.admitted.headers(positions))
        for origin, size, data in receipts.taken:
            office.store.put_receipt(origin, size, data)
        for stop in stops:
            # Two histories: both signatures are kept, the journal stops, people decide.
            office.store.stop(stop.origin, stop.evidence)
        _conversation(office, envelope, contents, result)
    _forget_withdrawn(office, arrivals)
    # 8. Notes about records: now whatever they are about is here.
    result.problems += take(intake, contents.notes, first=False)
    result.signatures = intake.signatures
    _count(result, arrivals, stops)
    result.receipts = len(receipts.taken)
    result.problems += receipts.problems
    return result


def _count(result: Read, arrivals: Iterable[_Arrival], stops: Iterable[Stop]) -> None:
    for arrival in arrivals:
        result.received += len(arrival.admitted.records)
        result.quarantined += sum(1 for reason in arrival.admitted.quarantines if reason)
    result.problems += [stop.error for stop in stops]


def _forget_withdrawn(office: Office, arrivals: Iterable[_Arrival]) -> None:
    for arrival in arrivals:
        codes = [r.about for _, r, _ in arrival.admitted.records if isinstance(r, Withdrawal) and r.about]
        if codes:
            for journal in office.store.journals(arrival.agreement, arrival.admitted.sender):
                if not journal.ours:
                    blank_withdrawn(office, journal, codes)


def _introduction(office: Office, wrapped: Wrapped) -> Read:
    """First contact: notes that our own authority signed may come from somebody unknown, nothing else.

    The notes must name the sender as a party, with the key that signed the pouch: who only has a
    copy of an agreement is still a stranger.
    """
    envelope = wrapped.envelope
    notes = open_introduction(wrapped)
    parties = [party for note in notes if (party := _sender_in(office, note, envelope)) is not None]
    logs = [VerifierKey.parse(party.keys.log) for party in parties]
    authorities = [authority_key(party) for party in parties]
    logs += [log for note in notes for log in _logs_stated(office, note, envelope.sender, authorities)]
    if not logs:
        raise UnknownKeyError("no agreement held here names {sender}", sender=envelope.sender)
    open_pouch(wrapped, keys=logs, limits=INTRODUCTION)
    result = Read(envelope, fresh=False, answer=True)
    _notes(Intake(office, envelope), notes, result)
    return result


def _sender_in(office: Office, note: bytes, envelope: Envelope) -> Party | None:
    """The sender in an agreement that the register would keep; None for any other note."""
    try:
        signed = office.register.acceptable(note, agreement=envelope.agreement)
    except EntenteError:
        return None
    return signed.agreement.party(envelope.sender)


def _logs_stated(
    office: Office, note: bytes, sender: str, authorities: Sequence[VerifierKey]
) -> list[VerifierKey]:
    """The log key in a statement that the sender's authority signed; none in any other note."""
    try:
        pinned = [*authorities, office.register.authority_of(sender)]
    except EntenteError:
        pinned = list(authorities)
    try:
        stated = any_of(pinned, partial(read_statement, parse_note(note)))
    except EntenteError:
        return []
    return [stated.log] if stated.statement.party == sender else []


def _notes(intake: Intake, notes: Sequence[bytes], result: Read) -> None:
    """The notes that records may cite; the others are taken after the records."""
    office, envelope = intake.office, intake.envelope
    before = {(v.note, v.adopt) for v in office.store.versions()}
    result.problems += take(intake, notes, first=True)
    held = [v for v in office.store.versions() if v.agreement == envelope.agreement]
    result.agreements = len({(v.note, v.adopt) for v in held} - before) + intake.stated
    theirs = set(notes)
    ours = office.store.statements(office.keys.party)
    if theirs and not ours and all(v.note in theirs and v.adopt in theirs | {None} for v in held):
        # The partner has all that we have: it needs none of it from us.
        office.store.channel(envelope.agreement, envelope.sender)
        office.store.update_channel(envelope.agreement, envelope.sender, notes_sent_in=0)


def _arrivals(office: Office, envelope: Envelope, history: History) -> list[_Arrival]:
    """What of each journal's new entries may be shown; the receipt is signed, not yet given."""
    now = office.clock()
    claimed: set[str] = set()
    return [_arrival(office, envelope, growth, now, claimed) for growth in history.growths]


def _arrival(
    office: Office, envelope: Envelope, growth: Growth, now: datetime, claimed: set[str]
) -> _Arrival:
    admission = Admission(
        office,
        sender=envelope.sender,
        recipient=envelope.recipient,
        agreement=envelope.agreement,
        now=now,
        since=growth.held.released_at if growth.held else "",
        claimed=claimed,
    )
    columns = growth.columns
    admitted = admission.admit(growth.rows, columns.which, columns.payloads)
    extension = Extension(
        origin=growth.origin,
        expected=growth.size,
        rows=growth.rows,
        which=columns.which,
        salts=columns.salts,
        payloads=columns.payloads,
        erased=columns.erased,
        quarantines=admitted.quarantines,
        released_at=admitted.released_at,
        arrived_at=admitted.arrived_at,
        after=growth.after,
        checkpoint=growth.signed,
        receipt=sign_receipt(growth.checkpoint, office.keys.receipts, int(now.timestamp())).to_bytes(),
    )
    return _Arrival(envelope.agreement, extension, admitted)


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
    troubles = [
        TroubleRow(t.journal, t.index, t.reason)
        for t in contents.troubles
        if t.journal in ours and t.index < ours[t.journal].size
    ]
    store.put_troubles(troubles, now)
    store.update_channel(
        envelope.agreement,
        envelope.sender,
        seen=envelope.sequence,
        confirmed=min(contents.seen, channel.sent),
        heard_at=now,
        failure="",
    )

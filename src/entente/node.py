"""The facade of one node: file, release, exchange, answer, explain, verify.

Everything that the command, the desk and ``serve`` do, they do through here; this module
reads clock and entropy from what it is given and raises only EntenteError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from entente import audit, dossier, windows
from entente.agreements.document import Signed, agreement_text, parse_draft, read_note
from entente.agreements.statements import CurrentKeys, LastGood, Revoked, make_statement
from entente.agreements.steps import make_adopt, sign
from entente.apply import apply
from entente.audit import Verification
from entente.courier import exchange as exchanges
from entente.courier import inbound, outbound, quarantine
from entente.courier.exchange import Exchanged, Pace
from entente.courier.inbound import Read
from entente.courier.keys import Keys
from entente.courier.office import Office
from entente.courier.outbound import Written
from entente.dossier import Deadlines, Dossier
from entente.errors import AgreementError, RecordError, StoreError
from entente.policy import Approval, Decision, Explanation, Policy
from entente.pouch import Envelope, unwrap
from entente.records import Message, Record, Withdrawal, decode, encode, validated
from entente.records.base import TLP_RANK
from entente.records.codes import check_code, new_code
from entente.records.message import Step
from entente.records.times import instant, parse_at
from entente.recourse import Recourses
from entente.register import Register
from entente.release import Released, is_target_known, known_targets
from entente.response import article_for
from entente.sealing import recipient_of
from entente.signing import SigningKey, VerifierKey
from entente.store import AUDIENCE, ConflictError, Sent, Shown, Store, Transport, VersionState, header_of
from entente.sums import AddedUp
from entente.talks import Talks

_TRIES: Final = 50
_CODE_ENTROPY: Final = 8


@dataclass(frozen=True, slots=True)
class Filing:
    """A record as it was filed: its number on this node, and the record with its code."""

    id: int
    record: Record


@dataclass(frozen=True, slots=True)
class Ruling:
    """What would happen now to a record, for one recipient."""

    agreement: str
    recipient: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a record would or would not go to one recipient; ``sent`` once it has gone."""

    agreement: str
    recipient: str
    explanation: Explanation
    sent: Sent | None
    added_up: AddedUp | None = None
    """For a filed record that leaves added up: in which sum, and what is known of it."""

    @property
    def payload(self) -> bytes | None:
        """Byte for byte what the recipient gets, or has got; None where nothing leaves.

        Of what waits, what it would get now: for whoever is asked to confirm.
        """
        if self.sent is not None:
            return self.sent.payload
        released = self.explanation.released
        return encode(released) if released is not None else None


@dataclass(frozen=True, slots=True)
class Proof:
    """One entry of one journal, and the text of the ``.tlog-proof`` file that proves it."""

    origin: str
    index: int
    text: str
    entry: bytes


class Node:
    """One authority's node, over its keys and its ledger."""

    def __init__(
        self, keys: Keys, store: Store, *, clock: Callable[[], datetime], entropy: Callable[[int], bytes]
    ) -> None:
        self.keys = keys
        self.store = store
        self.clock = clock
        self.entropy = entropy
        self.register = Register(store, keys.party, keys.authority, clock)
        self._office = Office(keys, store, self.register, clock, entropy)
        self.talks = Talks(self._office)
        self.recourses = Recourses(self._office)

    # Agreements

    def sign(self, agreement: str | bytes, authority: SigningKey) -> bytes:
        """Add our authority's line to a draft (JSON or text) or a signed note, and keep it: its keys are now pinned."""
        document: str | Signed
        if isinstance(agreement, bytes):
            document = read_note(agreement)
        elif agreement.lstrip().startswith("{"):
            document = agreement_text(parse_draft(agreement))
        else:
            document = agreement
        note = sign(document, authority, now=self.clock()).to_bytes()
        self._check_own_keys(read_note(note))
        self.register.keep(note)
        return note

    def _check_own_keys(self, signed: Signed) -> None:
        """What we sign names the keys that this node works with: else nobody could reach it, or check it."""
        party = signed.agreement.party(self.keys.party)
        if party is None:
            return
        ours = party.keys
        if (
            ours.log != str(self.keys.log.verifier)
            or ours.receipts != str(self.keys.receipts.verifier)
            or ours.seal not in {recipient_of(secret) for secret in self.keys.seal}
        ):
            raise AgreementError(
                "the agreement names other keys for {party} than this node has", party=party.id
            )

    def adopt(self, note: bytes, authority: SigningKey) -> VersionState:
        """As the proposer, bring a version that all have signed into force, and keep both notes."""
        signed = read_note(note)
        adopt = make_adopt(signed, self.keys.party, authority)
        return self.register.adopt(self.register.keep(note), adopt.to_bytes())

    def state_keys(
        self, keys: CurrentKeys, authority: SigningKey, *, revoked: Sequence[Revoked] = ()
    ) -> bytes:
        """Say which keys of everyday work are ours from now on: signed, kept, and owed to every partner."""
        before = self.register.newest_statement(self.keys.party)
        note = make_statement(self.keys.party, keys, authority, before, revoked).to_bytes()
        self.register.keep_statement(note)
        return note

    def last_good(self, log: VerifierKey) -> Revoked:
        """A log key of ours that is not to be believed any more, with where each journal stood until now."""
        journals = [
            LastGood(journal.origin, journal.size, journal.frontier.root().hex())
            for journal in self.store.journals()
            if journal.ours
        ]
        return Revoked(str(log), tuple(journals))

    def partners(self) -> list[tuple[str, str]]:
        """Every (agreement, partner) that an agreement held here names."""
        return list(self.register.channels())

    # Records

    def file(
        self,
        records: Sequence[Record],
        *,
        confirmed: bool = False,
        checked: bool = False,
        originals: Sequence[tuple[str, bytes] | None] = (),
    ) -> list[Filing]:
        """File records: they get their codes, become visible here, and wait to be decided.

        All or nothing, in one transaction: give at most 5,000. ``confirmed``: a person has read
        their free text and confirms that it may leave. ``checked``: each was just read from bytes, with
        its kind's rules, and is not held to them a second time. ``originals``: media type and bytes of what
        each was imported from; it stays here. Raises RecordError or ConflictError.
        """
        for record in records:
            self.check(record, checked=checked)
        for _ in range(_TRIES):
            try:
                return self._file(records, originals, confirmed=confirmed)
            except ConflictError:
                if all(record.code for record in records if record.spoken):
                    raise
        raise StoreError("no free code was found for the record; try again")

    def check(self, record: Record, *, checked: bool = False) -> None:
        """Whether this node may file the record, but for its code. Raises RecordError, StoreError.

        ``checked``: its kind's own rules were looked at when it was read.
        """
        if record.is_released:
            raise RecordError(
                "a record that carries an article was released already; it cannot be filed here"
            )
        if record.code is not None and not record.code.startswith(f"{self.keys.short}-"):
            raise RecordError(
                "the code {code} does not begin with {short}", code=record.code, short=self.keys.short
            )
        if not checked:
            record.check()
        if record.answers and record.about:
            self._check_answer(record, record.about)

    def _check_answer(self, record: Record, about: str) -> None:
        """A reply has its target's purpose and at least its marking (DESIGN.md section 5)."""
        target = self._shown(about)
        answered = decode(target.body)
        if record.purpose != answered.purpose:
            raise RecordError(
                "an answer to {code} has its purpose, {purpose}: a purpose never changes",
                code=about,
                purpose=answered.purpose,
            )
        if TLP_RANK[record.tlp] < TLP_RANK[answered.tlp]:
            raise RecordError("an answer to {code} is marked {tlp} at least", code=about, tlp=answered.tlp)
        if isinstance(record, Withdrawal) and not target.local:
            raise RecordError(
                "{code} is a record of {party}: only its author withdraws it", code=about, party=target.party
            )

    def _file(
        self, records: Sequence[Record], originals: Sequence[tuple[str, bytes] | None], *, confirmed: bool
    ) -> list[Filing]:
        now = int(self.clock().timestamp())
        coded = self._with_codes(records)
        items = [
            (
                header_of(
                    record,
                    party=self.keys.party,
                    audience=self._audience_of(record),
                    filed_at=now,
                    body=encode(record),
                    confirmed=confirmed,
                ),
                record,
            )
            for record in coded
        ]
        with self.store.transaction():
            ids = apply(self.store, items)
            for id_, original in zip(ids, originals, strict=False):
                if original is not None:
                    self.store.keep_original(id_, *original)
        return [Filing(id_, record) for id_, record in zip(ids, coded, strict=True)]

    def _audience_of(self, record: Record) -> int:
        """Who sees it here: the mandates for its purpose; of an answer, whoever sees what it answers."""
        if record.about and record.answers:
            return self._shown(record.about).audience
        return AUDIENCE[record.purpose]

    def _with_codes(self, records: Sequence[Record]) -> list[Record]:
        wanting = sum(1 for record in records if record.spoken and record.code is None)
        if not wanting:
            return list(records)
        found: dict[str, None] = {}
        for _ in range(_TRIES):
            more = {
                new_code(self.keys.short, self.entropy(_CODE_ENTROPY)) for _ in range(wanting - len(found))
            }
            found.update(dict.fromkeys(more - self.store.codes_taken(more)))
            if len(found) == wanting:
                break
        else:
            raise StoreError("no free code was found for the record; try again")
        codes = iter(found)
        return [
            msgspec.structs.replace(record, code=next(codes))
            if record.spoken and record.code is None
            else record
            for record in records
        ]

    def answer(
        self,
        code: str,
        *,
        service: str,
        step: Step | None = None,
        text: str | None = None,
        to: str | None = None,
        function: str | None = None,
    ) -> Filing:
        """A message about a record: its purpose, its marking, addressed to its author unless ``to`` says otherwise.

        ``function`` is that of the service that says so. The words were written to be sent: they need no
        second confirmation.
        """
        return self.file(
            [self.answer_to(code, service=service, step=step, text=text, to=to, function=function)],
            confirmed=True,
        )[0]

    def answer_to(
        self,
        code: str,
        *,
        service: str,
        step: Step | None = None,
        text: str | None = None,
        to: str | None = None,
        function: str | None = None,
    ) -> Message:
        """The message that :meth:`answer` files: nothing is written."""
        shown = self._shown(code)
        target = decode(shown.body)
        message = Message(
            at=instant(self.clock()),
            service=service,
            purpose=target.purpose,
            tlp=target.tlp,
            about=target.code,
            to_party=to or self._counterpart(shown),
            step=step,
            function=function,
            text=text,
        )
        validated(message)
        return message

    def _counterpart(self, shown: Shown) -> str:
        """Whom an answer goes to: the author; for our own record, the one partner that got it."""
        if not shown.local:
            return shown.party
        partners = list(dict.fromkeys(sent.recipient for sent in self.store.sent(shown.id)))
        if not partners:
            raise RecordError(
                "nobody has received {code} yet: name the party that the message is for",
                code=shown_code(shown),
            )
        if len(partners) > 1:
            raise RecordError(
                "{code} went to {parties}: name the one that the message is for",
                code=shown_code(shown),
                parties=", ".join(partners),
            )
        return partners[0]

    def withdraw(self, code: str, reason: str, *, service: str) -> Filing:
        """Take one of our records back, on both sides."""
        target = decode(self._shown(code).body)
        withdrawal = Withdrawal(
            at=instant(self.clock()),
            service=service,
            purpose=target.purpose,
            tlp=target.tlp,
            about=target.code,
            reason=reason,  # type: ignore[arg-type]  # validated in the next line
        )
        return self.file([validated(withdrawal)])[0]

    def confirm(self, code: str) -> None:
        """A person has read the free text of our record and confirms that it may leave."""
        shown = self._shown(code)
        if not shown.local:
            raise RecordError(
                "{code} is a record of {party}; there is nothing to confirm", code=code, party=shown.party
            )
        with self.store.transaction():
            self.store.confirm(shown.id)

    def show(self, code: str) -> Shown | None:
        """The record of a code that somebody typed or said."""
        return self.store.shown(check_code(code))

    def _shown(self, code: str) -> Shown:
        shown = self.show(code)
        if shown is None:
            raise StoreError("there is no record {code} here", code=code)
        return shown

    def dossier(self, code: str) -> Dossier:
        """A record and all that answers it, folded from what is held now. Raises StoreError."""
        shown = self._shown(code)
        root = decode(shown.body)
        answers = [(answer.party, decode(answer.body)) for answer in self.store.answers_to(root.code or "")]
        return dossier.fold(root, shown.party, dossier.opened_at(root, shown.filed_at), answers)

    def deadlines(self, code: str) -> Deadlines:
        """By when the agreement wants this record acknowledged and acted on."""
        shown = self._shown(code)
        agreements = [policy.standing.signed.agreement for policy in self.register.policies()]
        article = article_for(agreements, decode(shown.body), shown.party)
        folded = self.dossier(code)
        released = [sent.released_at for sent in self.store.sent(shown.id)] if shown.local else []
        if released:
            # Time runs from the instant that both sides know, not from when we wrote it down.
            folded = msgspec.structs.replace(folded, opened_at=min(released))
        return dossier.deadlines(folded, article)

    # Decision

    def rulings(self, record: Record, *, confirmed: bool = False) -> list[Ruling]:
        """What would happen to the record now, for every recipient of every agreement in force."""
        return self.rulings_of([record], confirmed=confirmed)[0]

    def rulings_of(self, records: Sequence[Record], *, confirmed: bool = False) -> list[list[Ruling]]:
        """The same for many records, in their order: the ledger is asked once for all of them."""
        now = self.clock()
        found: list[list[Ruling]] = [[] for _ in records]
        for policy in self.register.policies():
            agreement = policy.standing.signed.agreement
            for party in agreement.parties:
                if party.id == self.keys.party:
                    continue
                known = known_targets(self._office, policy, party.id, records)
                for record, rulings in zip(records, found, strict=True):
                    decision = policy.decide(
                        record.naming_only(known),
                        sender=self.keys.party,
                        recipient=party.id,
                        now=now,
                        confirmed=confirmed,
                        target_known=is_target_known(record, known),
                    )
                    rulings.append(Ruling(agreement.id, party.id, decision))
        return found

    def explain(self, code: str) -> list[Explained]:
        """Why one of our records would or would not leave, recipient by recipient, article by article.

        What has left is explained as of the instant of its release, under the version that
        decided. Raises StoreError, RecordError for a partner's record.
        """
        shown = self._shown(code)
        if not shown.local:
            raise RecordError(
                "{code} is a record of {party}: what leaves is explained by its author",
                code=code,
                party=shown.party,
            )
        return self._explain(decode(shown.body), shown)

    def explain_record(self, record: Record, *, confirmed: bool = False) -> list[Explained]:
        """The same for a record that is not filed: nothing is written."""
        if record.spoken and record.code is None:
            record = msgspec.structs.replace(
                record, code=new_code(self.keys.short, self.entropy(_CODE_ENTROPY))
            )
        return self._explain(record, None, confirmed=confirmed)

    def _explain(self, record: Record, shown: Shown | None, *, confirmed: bool = False) -> list[Explained]:
        sent = {(s.agreement, s.recipient): s for s in (self.store.sent(shown.id) if shown else [])}
        found = []
        for policy in self.register.policies():
            agreement = policy.standing.signed.agreement
            for party in agreement.parties:
                if party.id != self.keys.party:
                    gone = sent.get((agreement.id, party.id))
                    found.append(self._explain_to(policy, party.id, record, shown, gone, confirmed=confirmed))
        return found

    def _explain_to(
        self,
        policy: Policy,
        recipient: str,
        record: Record,
        shown: Shown | None,
        gone: Sent | None,
        *,
        confirmed: bool,
    ) -> Explained:
        now = self.clock()
        agreement = policy.standing.signed.agreement.id
        approvals = self._approvals(agreement, recipient, shown, gone)
        if gone is not None:
            released = decode(gone.payload)
            now = parse_at(released.released_at or instant(now))[0]
            version = int((released.article or "0#").partition("#")[0])
            policy = self.register.of_version(agreement, version) or policy
        known = known_targets(self._office, policy, recipient, [record])
        explanation = policy.explain(
            record.naming_only(known),
            sender=self.keys.party,
            recipient=recipient,
            now=now,
            confirmed=confirmed or gone is not None or (shown is not None and shown.confirmed),
            target_known=is_target_known(record, known),
            approvals=approvals,
        )
        added_up = None
        if shown is not None and explanation.decision.reason.slug == "window":
            added_up = next(
                (one for one in self.sums_of(shown.id) if one.goes_to(agreement, recipient)), None
            )
        return Explained(agreement, recipient, explanation, gone, added_up)

    def _approvals(
        self, agreement: str, recipient: str, shown: Shown | None, gone: Sent | None
    ) -> Sequence[Approval]:
        """Who has decided on a record; of one that has left, who is named in it."""
        if shown is None:
            return ()
        if gone is None:
            return self.store.approvals(agreement, recipient, [shown.id]).get(shown.id, ())
        left = decode(gone.payload)
        found = []
        for title in left.released_by:
            service, _, function = title.partition("/")
            found.append(Approval(article=left.article or "", service=service, function=function, by=title))
        return found

    def sums_of(self, record: int) -> list[AddedUp]:
        """The sums that one of our filed records leaves in, by its number here: flows have no code."""
        return self.store.added_up(record)

    def explain_filed(self, number: int) -> list[Explained]:
        """As :meth:`explain`, for a record without a code, by its number here. Raises StoreError."""
        filed = self.store.filed(number)
        if filed is None:
            raise StoreError("there is no record of number {number} here", number=number)
        return self._explain(decode(filed.body), filed)

    def release(self) -> list[Released]:
        """Decide, reduce and append to the journals whatever is due, for every recipient."""
        return windows.release_all(self._office)

    # Exchange

    def write_pouch(self, agreement: str, partner: str, *, poll: bool = False) -> Written | None:
        """A pouch for a partner, or None when there is nothing to say; see :func:`entente.courier.outbound.write`."""
        return outbound.write(self._office, agreement, partner, poll=poll)

    def stick(self, agreement: str, partner: str) -> Iterator[Written]:
        """The pouches to carry by hand: everything that the partner has not receipted, in order."""
        after: dict[str, int] = {}
        introduced = False
        while True:
            written = outbound.write(
                self._office, agreement, partner, after=after, introduced=introduced, poll=not introduced
            )
            if written is None:
                return
            yield written
            introduced = True
            after.update(written.ends)
            if not written.more:
                return

    def envelope(self, sealed: bytes) -> Envelope:
        """Who says to have written a pouch, and its number, so that several are read in order. Not yet trusted."""
        return unwrap(sealed, identities=self.keys.seal).envelope

    def read_pouch(self, sealed: bytes) -> Read:
        """Open a pouch and keep what it brings; see :func:`entente.courier.inbound.read`."""
        return inbound.read(self._office, sealed)

    def exchange(
        self,
        agreement: str,
        partner: str,
        transport: Transport,
        *,
        pace: Pace | None = None,
        poll: bool = True,
        progress: Callable[[Exchanged], None] | None = None,
    ) -> Exchanged:
        """One exchange with a partner, until both sides are quiet."""
        return exchanges.exchange(
            self._office, agreement, partner, transport, pace=pace, poll=poll, progress=progress
        )

    def reconsider(self) -> int:
        """Decide again what is in quarantine: this version, or its agreements, may know more now."""
        return quarantine.reconsider(self._office)

    def tidy(self) -> int:
        """What time has ended: quarantine is blanked after 30 days."""
        return quarantine.blank_old(self._office)

    # Proof

    def verify(self) -> Iterator[Verification]:
        """Every journal held here, recomputed from its entries."""
        return audit.verify(self._office)

    def prove(self, code: str) -> list[Proof]:
        """What proves to a third party that a record is in a journal: once for each journal that it is in."""
        shown = self._shown(code)
        where = [(sent.origin, sent.index) for sent in self.store.sent(shown.id)]
        if shown.origin is not None and shown.index is not None:
            where.append((shown.origin, shown.index))
        return [Proof(origin, index, *audit.prove(self._office, origin, index)) for origin, index in where]

    def export(self, origin: str) -> Iterator[tuple[str, bytes]]:
        """One journal as a tlog-tiles log, file by file, the checkpoint last."""
        return audit.export(self._office, origin)


def shown_code(shown: Shown) -> str:
    """The code of a record that is shown."""
    return decode(shown.body).code or ""

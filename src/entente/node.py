"""The facade of one node: file, release, exchange, answer, explain, verify.

Everything that the command, the desk and ``serve`` do, they do through here, and each is done in a
module of its own, by the name that stands in the line. Clock and entropy are given; only EntenteError
is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from entente import answers, audit, filing, rulings, signatory, windows
from entente.agreements.statements import CurrentKeys, Revoked
from entente.audit import Proof, Verification
from entente.courier import exchange as exchanges
from entente.courier import inbound, outbound, quarantine
from entente.courier.exchange import Exchanged, Pace
from entente.courier.inbound import Read
from entente.courier.keys import Keys
from entente.courier.office import Office
from entente.courier.outbound import Written
from entente.dossier import Deadlines, Dossier
from entente.filing import Filing
from entente.pouch import Envelope, unwrap
from entente.records import Message, Record
from entente.records.codes import check_code
from entente.records.message import Step
from entente.records.withdrawal import Reason
from entente.recourse import Recourses
from entente.register import Register
from entente.release import Released
from entente.rulings import Explained, Ruling
from entente.signing import SigningKey, VerifierKey
from entente.store import Shown, Store, Transport, VersionState
from entente.store.sums import AddedUp
from entente.talks import Talks


class Node:
    """One authority's node, over its keys and its ledger."""

    def __init__(
        self,
        keys: Keys,
        store: Store,
        *,
        clock: Callable[[], datetime],
        entropy: Callable[[int], bytes],
        is_clock_held: Callable[[], bool] = lambda: False,
    ) -> None:
        """``is_clock_held`` says that nobody believes the clock: :mod:`entente.clock`."""
        self.keys = keys
        self.store = store
        self.clock = clock
        self.entropy = entropy
        self.is_clock_held = is_clock_held
        self.register = Register(store, keys.party, keys.authority, clock)
        self._office = Office(keys, store, self.register, clock, entropy, is_clock_held)
        self.talks = Talks(self._office)
        self.recourses = Recourses(self._office)

    # Agreements

    def sign(self, agreement: str | bytes, authority: SigningKey) -> bytes:
        """Add our authority's line to a draft (JSON or text) or a signed note, and keep it: its keys are now pinned."""
        return signatory.sign(self._office, agreement, authority)

    def adopt(self, note: bytes, authority: SigningKey) -> VersionState:
        """As the proposer, bring a version that all have signed into force, and keep both notes."""
        return signatory.adopt(self._office, note, authority)

    def state_keys(
        self, keys: CurrentKeys, authority: SigningKey, *, revoked: Sequence[Revoked] = ()
    ) -> bytes:
        """Say which keys of everyday work are ours from now on: signed, kept, and owed to every partner."""
        return signatory.state_keys(self._office, keys, authority, revoked=revoked)

    def last_good(self, log: VerifierKey) -> Revoked:
        """A log key of ours that is not to be believed any more, with where each journal stood until now."""
        return signatory.last_good(self._office, log)

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
        return filing.file(self._office, records, confirmed=confirmed, checked=checked, originals=originals)

    def check(self, record: Record, *, checked: bool = False) -> None:
        """Whether this node may file the record, but for its code: see :meth:`file`. Raises RecordError, StoreError."""
        filing.check(self._office, record, checked=checked)

    def confirm(self, code: str) -> None:
        """A person has read the free text of our record and confirms that it may leave."""
        filing.confirm(self._office, code)

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
        message = self.answer_to(code, service=service, step=step, text=text, to=to, function=function)
        return self.file([message], confirmed=True)[0]

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
        return answers.message(
            self._office, code, service=service, step=step, text=text, to=to, function=function
        )

    def withdraw(self, code: str, reason: Reason, *, service: str) -> Filing:
        """Take one of our records back, on both sides."""
        return self.file([answers.withdrawal(self._office, code, reason, service=service)])[0]

    def show(self, code: str) -> Shown | None:
        """The record of a code that somebody typed or said."""
        return self.store.shown(check_code(code))

    def dossier(self, code: str) -> Dossier:
        """A record and all that answers it, folded from what is held now. Raises StoreError."""
        return answers.dossier(self._office, code)

    def deadlines(self, code: str) -> Deadlines:
        """By when the agreement wants this record acknowledged and acted on."""
        return answers.deadlines(self._office, code)

    # Decision

    def rulings(self, record: Record, *, confirmed: bool = False) -> list[Ruling]:
        """What would happen to the record now, for every recipient of every agreement in force."""
        return self.rulings_of([record], confirmed=confirmed)[0]

    def rulings_of(self, records: Sequence[Record], *, confirmed: bool = False) -> list[list[Ruling]]:
        """The same for many records, in their order: the ledger is asked once for all of them."""
        return rulings.rulings_of(self._office, records, confirmed=confirmed)

    def explain(self, code: str) -> list[Explained]:
        """Why one of our records would or would not leave, recipient by recipient, article by article.

        What has left is explained as of the instant of its release, under the version that
        decided. Raises StoreError, RecordError for a partner's record.
        """
        return rulings.explain(self._office, code)

    def explain_record(self, record: Record, *, confirmed: bool = False) -> list[Explained]:
        """The same for a record that is not filed: nothing is written."""
        return rulings.explain_record(self._office, filing.coded(self._office, record), confirmed=confirmed)

    def explain_filed(self, number: int) -> list[Explained]:
        """As :meth:`explain`, for a record without a code, by its number here. Raises StoreError."""
        return rulings.explain_filed(self._office, number)

    def sums_of(self, record: int) -> list[AddedUp]:
        """The sums that one of our filed records leaves in, by its number here: flows have no code."""
        return self.store.added_up(record)

    def release(self) -> list[Released]:
        """Decide, reduce and append to the journals whatever is due, for every recipient."""
        return windows.release_all(self._office)

    # Exchange

    def write_pouch(self, agreement: str, partner: str, *, poll: bool = False) -> Written | None:
        """A pouch for a partner, or None when there is nothing to say; see :func:`entente.courier.outbound.write`."""
        return outbound.write(self._office, agreement, partner, poll=poll)

    def stick(self, agreement: str, partner: str) -> Iterator[Written]:
        """The pouches to carry by hand: everything that the partner has not receipted, in order."""
        return outbound.stick(self._office, agreement, partner)

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
        """What time has ended: quarantine is blanked after 30 days; nothing while the clock is held."""
        return quarantine.blank_old(self._office)

    # Proof

    def verify(self) -> Iterator[Verification]:
        """Every journal held here, recomputed from its entries."""
        return audit.verify(self._office)

    def prove(self, code: str) -> list[Proof]:
        """What proves to a third party that a record is in a journal: once for each journal that it is in."""
        return audit.prove(self._office, code)

    def export(self, origin: str) -> Iterator[tuple[str, bytes]]:
        """One journal as a tlog-tiles log, file by file, the checkpoint last."""
        return audit.export(self._office, origin)

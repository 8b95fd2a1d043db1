"""What of a verified section may be shown: everything else is kept, not shown, and reported.

The signature says that the partner sent it; the agreement says whether it may. Each record
is checked against the article and the version that it cites, at the instant that it states
(PROTOCOL.md sections 6 and 11). A reason is a slug that the partner may know; after ": "
stands what only this side reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from entente.agreements.document import Exceptional, Share
from entente.courier.office import Office
from entente.errors import EntenteError
from entente.journal.entry import Row
from entente.policy import Policy
from entente.records import Record, Withdrawal, decode
from entente.records.base import TLP_RANK
from entente.records.times import instant, parse_at
from entente.store import OBSERVERS, Header, audience_of, header_of

MOST_AHEAD: Final = timedelta(hours=24)
"""How far ahead of our clock an entry may say that it was released (PROTOCOL.md section 11)."""


_LAST: Final = "9999-12-31T23:59:59Z"

_Cited = tuple[Policy | None, tuple[Row, int] | None]


@dataclass(frozen=True, slots=True)
class Admitted:
    """A section after the check: a reason for each entry, the records that may be shown."""

    quarantines: list[str]
    records: list[tuple[int, Record, int]]
    """(position in the section, record, audience)"""
    sender: str
    arrived_at: int
    released_at: str
    """The last instant of release in the journal, now."""

    def headers(self, entries: Sequence[int]) -> list[tuple[Header, Record]]:
        """What ``apply`` takes, once the ledger has said under which keys the entries are kept."""
        return [
            (
                header_of(
                    record,
                    party=self.sender,
                    audience=audience,
                    filed_at=self.arrived_at,
                    entry=entries[position],
                ),
                record,
            )
            for position, record, audience in self.records
        ]


class Admission:
    """Checks the payloads of one section, in order."""

    def __init__(
        self,
        office: Office,
        *,
        sender: str,
        recipient: str,
        agreement: str,
        now: datetime,
        since: str = "",
        claimed: set[str] | None = None,
    ) -> None:
        """``since`` is the last instant in the journal; ``claimed`` the codes of the pouch's other sections."""
        self._office = office
        self._sender = sender
        self._recipient = recipient
        self._agreement = agreement
        self._now = now
        self._last = since
        self._claimed = set() if claimed is None else claimed
        # Who does not believe the own clock cannot say that a partner's is ahead of it.
        self._is_held = office.is_clock_held()
        self._latest = _LAST if self._is_held else instant(now + MOST_AHEAD)
        self._policies: dict[int, Policy | None] = {}
        self._cited: dict[tuple[str | None, type[Record], str], _Cited] = {}

    def admit(self, rows: Sequence[Row], which: Sequence[int], payloads: Sequence[bytes | None]) -> Admitted:
        """Check every payload; an entry that is erased has nothing to show and nothing to report."""
        quarantines = [""] * len(payloads)
        records: list[tuple[int, Record, int]] = []
        for position, payload in enumerate(payloads):
            if payload is None:
                continue
            try:
                record = decode(payload)
            except EntenteError:
                quarantines[position] = "not-understood"
                continue
            reason, audience = self._judge(record, rows[which[position]])
            if reason:
                quarantines[position] = reason
            else:
                records.append((position, record, audience))
        self._refuse_pointers(records, quarantines)
        self._refuse_codes(records, quarantines)
        shown = [self._as_its_target(item, records) for item in records if not quarantines[item[0]]]
        return Admitted(quarantines, shown, self._sender, int(self._now.timestamp()), self._last)

    def _as_its_target(
        self, item: tuple[int, Record, int], records: Sequence[tuple[int, Record, int]]
    ) -> tuple[int, Record, int]:
        """What passes without an article is seen by whoever sees what it is about, and by nobody else."""
        position, record, audience = item
        if not record.passes_always or record.about is None:
            return item
        beside = [of for _, one, of in records if one.code == record.about]
        target = None if beside else self._office.store.shown(record.about)
        return position, record, beside[0] if beside else target.audience if target else audience

    def _judge(self, record: Record, row: Row) -> tuple[str, int]:
        """A reason, or an empty one and the audience."""
        if record.released_at is None:
            return "not-released", 0
        key = (record.article, record.__class__, record.purpose)
        found = self._cited.get(key)
        if found is None:
            found = self._cited[key] = self._citation(record)
        policy, cited = found
        if policy is None:
            return "version-not-held", 0
        released_at = _utc(record.released_at)
        if released_at < self._last or released_at > self._latest:
            return "released-at-out-of-order", 0
        self._last = released_at
        now = parse_at(released_at)[0] if self._is_held else self._now
        reason = policy.admits(record, sender=self._sender, recipient=self._recipient, now=now)
        if reason is not None:
            return f"not-admitted: {reason}", 0
        if cited is None or cited[0] != row:
            return "row-does-not-fit", 0
        return "", cited[1]

    def _policy_for(self, record: Record) -> Policy | None:
        """The version that a record cites; for one that passes without an article, the newest."""
        version = int(record.article.partition("#")[0]) if record.article else 0
        if version not in self._policies:
            register, agreement = self._office.register, self._agreement
            self._policies[version] = (
                register.of_version(agreement, version) if version else register.newest(agreement)
            )
        return self._policies[version]

    def _citation(self, record: Record) -> _Cited:
        """The policy that the record cites, the row that it gives an entry of this kind, and who may see it."""
        policy = self._policy_for(record)
        return policy, None if policy is None else row_and_audience(policy, record)

    def _refuse_codes(self, records: Sequence[tuple[int, Record, int]], quarantines: list[str]) -> None:
        """A code is said on the phone: it means one record, and begins with its author's short name."""
        spoken = [(position, record.code) for position, record, _ in records if record.spoken]
        if not spoken:
            return
        prefix = self._prefix()
        taken = self._claimed
        taken |= self._office.store.codes_taken([code for _, code in spoken if code])
        for position, code in spoken:
            if quarantines[position]:
                continue
            if code is None:
                quarantines[position] = "without-a-code"
            elif not code.startswith(prefix):
                quarantines[position] = "code-of-another-party"
            elif code in taken:
                quarantines[position] = "code-taken"
            else:
                taken.add(code)

    def _refuse_pointers(self, records: Sequence[tuple[int, Record, int]], quarantines: list[str]) -> None:
        """What answers, revises or withdraws must point where the sender may point.

        Its own records, or those of ours that went to it: whoever heard another code has no say
        in that dossier. Only its author withdraws a record.
        """
        pointing = [(position, record) for position, record, _ in records if record.about or record.revises]
        if not pointing:
            return
        prefix = self._prefix()
        codes = {code for _, record in pointing for code in (record.about, record.revises) if code}
        others = {code for code in codes if not code.startswith(prefix)}
        known = self._office.store.codes_known_to(self._agreement, self._sender, others) if others else set()
        beside = {record.code: record for _, record, _ in records if record.code}
        for position, record in pointing:
            mine = others.intersection((record.about, record.revises))
            if isinstance(record, Withdrawal) and mine:
                quarantines[position] = "not-the-author"
            elif not mine <= known:
                quarantines[position] = "target-not-shared"
            elif record.answers and record.about and not self._fits(record, beside.get(record.about)):
                quarantines[position] = "answer-does-not-fit"

    def _fits(self, answer: Record, beside: Record | None) -> bool:
        """A reply has its target's purpose and at least its marking (DESIGN.md section 5).

        The marking under which ours went out: an article may raise it, so of the sender's own
        record we do not know how it was marked at home.
        """
        if beside is not None:
            return answer.purpose == beside.purpose
        target = self._office.store.shown(answer.about or "")
        if target is None:
            return True  # one of the sender's own that is not shown here
        record = decode(target.body)
        if answer.purpose != record.purpose:
            return False
        if not target.local:
            return True
        went = [
            decode(sent.payload).tlp
            for sent in self._office.store.sent(target.id)
            if (sent.agreement, sent.recipient) == (self._agreement, self._sender)
        ]
        return all(TLP_RANK[answer.tlp] >= TLP_RANK[tlp] for tlp in (record.tlp, *went))

    def _prefix(self) -> str:
        for policy in self._policies.values():
            party = policy.standing.signed.agreement.party(self._sender) if policy else None
            if party is not None:
                return f"{party.short}-"
        return "\n"  # no version is held that names the sender: no code begins so


def row_and_audience(policy: Policy, record: Record) -> tuple[Row, int] | None:
    """What the article that a released record cites says of its entry: family and retention, and who may see it.

    What passes without an article is kept as long as anything that it may concern.
    """
    if record.passes_always:
        articles = policy.standing.signed.agreement.articles
        openings = [one for one in articles if isinstance(one, Share | Exceptional)]
        longest = max((one.retention_days for one in openings), default=1)
        return Row(k=record.family, r=f"P{longest}D"), audience_of((record.purpose,))
    share = policy.article(record.article or "")
    if share is None:
        return None
    audience = audience_of(share.recipients or (record.purpose,))
    if isinstance(share, Share) and share.observers:
        audience |= OBSERVERS
    return Row(k=record.family, r=f"P{share.retention_days}D"), audience


def _utc(text: str) -> str:
    return text if text.endswith("Z") else instant(parse_at(text)[0])

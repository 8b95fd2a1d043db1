"""Release: decide every local record for every recipient, reduce it, append it to a journal.

The one door out. A step takes at most 5,000 records of one partner: they are decoded,
decided, reduced, salted and hashed first; then entries, refusals and how far it has come are
written in one transaction. When another process was faster, the step is done again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from entente.courier.admission import row_and_audience
from entente.courier.office import Office
from entente.errors import LimitError
from entente.journal.checkpoint import Origin
from entente.journal.entry import Row, entries, expand_salts
from entente.journal.tree import EMPTY, leaf_hashes
from entente.policy import TEMPLATES, Approval, Decision, Outcome, Policy
from entente.records import Record, encode, reread
from entente.records.base import Lane
from entente.records.times import instant, parse_at
from entente.store import LANES, MOST_IN_A_TRANSACTION, Append, ConflictError, Filed, JournalState, Refusal
from entente.store.sums import Addend

_MOST_CONFLICTS: Final = 20


@dataclass(slots=True)
class Released:
    """What one run did for one recipient."""

    agreement: str
    recipient: str
    released: int = 0
    withheld: int = 0
    later: int = 0

    @property
    def total(self) -> int:
        """Records decided."""
        return self.released + self.withheld + self.later


@dataclass(slots=True)
class Outgoing:
    """What one step appends to one lane."""

    journal: JournalState | None
    released_at: datetime
    rows: dict[Row, int] = field(default_factory=dict)
    which: list[int] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    records: list[int | None] = field(default_factory=list)


def release(office: Office) -> list[Released]:
    """Release whatever is due, for every recipient of every agreement in force."""
    return [
        _release_to(office, policy, party.id)
        for policy in office.register.policies()
        for party in policy.standing.signed.agreement.parties
        if party.id != office.keys.party
    ]


def _release_to(office: Office, policy: Policy, recipient: str) -> Released:
    agreement = policy.standing.signed.agreement.id
    done = Released(agreement, recipient)
    conflicts = 0
    while True:
        try:
            more = _step(office, policy, recipient, done)
        except ConflictError:
            # The other process releases the same records: after a while, leave them to it.
            conflicts += 1
            if conflicts > _MOST_CONFLICTS:
                return done
            continue
        if not more:
            return done


def _step(office: Office, policy: Policy, recipient: str, done: Released) -> bool:
    """One step; whether there may be more to decide at once."""
    store = office.store
    agreement = policy.standing.signed.agreement.id
    now = office.clock()
    seconds = int(now.timestamp())
    channel = store.channel(agreement, recipient)
    mark = store.approvals_mark()
    # While nobody believes the clock, no delay ends: only what somebody confirmed or decided is looked at again.
    due = store.due(agreement, recipient, 0 if office.is_clock_held() else seconds, MOST_IN_A_TRANSACTION)
    fresh = store.undecided(agreement, recipient, MOST_IN_A_TRANSACTION - len(due))
    if not due and not fresh:
        return False
    filed = due + fresh
    counted = store.counted(agreement, recipient, [item.id for item in filed])
    stays = [_counted(item.id) for item in filed if item.id in counted]
    if stays:
        filed = [item for item in filed if item.id not in counted]
    lanes = {lane: outgoing(office, agreement, recipient, lane, now) for lane in LANES}
    approvals = store.approvals(agreement, recipient, [item.id for item in filed]) if mark[0] else {}
    refusals, addends = _decide_all(office, policy, recipient, filed, lanes, approvals=approvals)
    refusals += stays
    appends = [
        append_of(office, agreement, recipient, lane, out) for lane, out in lanes.items() if out.payloads
    ]
    followed = _followed(due, lanes.values())
    with store.transaction():
        store.release(
            agreement,
            recipient,
            decided=fresh[-1].id if fresh else channel.decided,
            expected_decided=channel.decided,
            appends=appends,
            refusals=refusals,
            settled=[item.id for item in due],
            addends=addends,
            approvals=mark,
            followed=followed,
            now=seconds,
        )
    done.released += sum(len(out.payloads) for out in lanes.values())
    done.later += sum(1 for refusal in refusals if refusal.later)
    done.withheld += sum(1 for refusal in refusals if not refusal.later)
    return bool(followed) or len(due) + len(fresh) >= MOST_IN_A_TRANSACTION


def _followed(due: Sequence[Filed], lanes: Iterable[Outgoing]) -> list[str]:
    """The codes of what stayed before and leaves now: pictures of these that stayed with them follow."""
    if not due:
        return []
    leaving = {record for out in lanes for record in out.records}
    codes = (reread(item.body).code for item in due if item.id in leaving)
    return [code for code in codes if code]


def outgoing(office: Office, agreement: str, recipient: str, lane: str, now: datetime) -> Outgoing:
    """What a step is about to append to the lane of a recipient: nothing yet."""
    journal = office.store.journal(origin_of(office, agreement, recipient, lane))
    # released_at never decreases along a journal, whatever the clock does.
    last = parse_at(journal.released_at)[0] if journal and journal.released_at else now
    return Outgoing(journal, max(now, last))


def origin_of(office: Office, agreement: str, recipient: str, lane: str) -> str:
    """The origin of our journal for a recipient and a lane."""
    return str(Origin(office.keys.party, agreement, recipient, lane, 1))


def _decide_all(
    office: Office,
    policy: Policy,
    recipient: str,
    filed: Sequence[Filed],
    lanes: Mapping[Lane, Outgoing],
    *,
    approvals: Mapping[int, tuple[Approval, ...]],
) -> tuple[list[Refusal], list[Addend]]:
    """Put what leaves into its lane; back comes what stays, with its reason, and what leaves added up."""
    me = office.keys.party
    refusals: list[Refusal] = []
    addends: list[Addend] = []
    rows: dict[tuple[type[Record], str | None], Row] = {}
    records = [reread(item.body) for item in filed]
    known = known_targets(office, policy, recipient, records)
    for item, filed_record in zip(filed, records, strict=True):
        record = filed_record.naming_only(known)
        out = lanes[record.lane]
        decision = policy.decide(
            record,
            sender=me,
            recipient=recipient,
            now=out.released_at,
            confirmed=item.confirmed,
            target_known=is_target_known(record, known),
            approvals=approvals.get(item.id, ()),
        )
        if decision.outcome is not Outcome.RELEASE:
            group = policy.group(record, decision, recipient) if decision.outcome is Outcome.LATER else None
            if group is not None and decision.not_before is not None:
                addends.append(Addend(item.id, group, int(decision.not_before.timestamp())))
                # It waits for its window: nothing is to be decided again then.
                decision = msgspec.structs.replace(decision, not_before=None)
            refusals.append(_refusal(item.id, decision))
            continue
        try:
            reduced = policy.generalise(record, decision, out.released_at)
            payload = encode(reduced)
        except LimitError:
            refusals.append(_too_large(item.id, decision))
            continue
        said = (record.__class__, decision.article)
        row = rows.get(said) or rows.setdefault(said, _row(policy, reduced))
        out.which.append(out.rows.setdefault(row, len(out.rows)))
        out.payloads.append(payload)
        out.records.append(item.id)
        if record.code:
            known.add(record.code)
    return refusals, addends


def known_targets(office: Office, policy: Policy, recipient: str, records: Iterable[Record]) -> set[str]:
    """Which records that these point to went to the recipient, or came from it."""
    codes = {code for record in records for code in record.pointers}
    return (
        office.store.codes_known_to(policy.standing.signed.agreement.id, recipient, codes) if codes else set()
    )


def is_target_known(record: Record, known: set[str]) -> bool:
    """The recipient knows what this record is about and what it revises."""
    return all(code in known for code in (record.about, record.revises) if code)


def _row(policy: Policy, record: Record) -> Row:
    found = row_and_audience(policy, record)
    if found is None:
        raise ValueError("a decision cites an article that its agreement does not have")
    return found[0]


def append_of(office: Office, agreement: str, recipient: str, lane: str, out: Outgoing) -> Append:
    """Salt, commit and hash: no database is waiting meanwhile."""
    count = len(out.payloads)
    # A batch of one has a random salt; the others are expanded from one seed, which travels instead of them.
    seed = office.entropy(32) if count > 1 else None
    salts = expand_salts(seed, 0, count) if seed else [office.entropy(16)]
    frontier = out.journal.frontier if out.journal else EMPTY
    rows = list(out.rows)
    return Append(
        origin=origin_of(office, agreement, recipient, lane),
        expected=frontier.size,
        rows=rows,
        which=out.which,
        salts=salts,
        payloads=out.payloads,
        records=out.records,
        seed=seed,
        after=frontier.extend(leaf_hashes(entries(rows, out.which, salts, out.payloads))),
        released_at=instant(out.released_at),
    )


def _refusal(record: int, decision: Decision) -> Refusal:
    not_before = decision.not_before
    return Refusal(
        record=record,
        article=decision.article or "",
        message=decision.reason.message,
        values=json.dumps(dict(decision.reason.values), default=str, ensure_ascii=False, sort_keys=True),
        later=decision.outcome is Outcome.LATER,
        not_before=int(not_before.timestamp()) if not_before else None,
    )


def _counted(record: int) -> Refusal:
    return Refusal(record, "", TEMPLATES["counted"], "{}", later=False, not_before=None)


def _too_large(record: int, decision: Decision) -> Refusal:
    message = "reduced to its form, the record is still too large for one payload"
    return Refusal(record, decision.article or "", message, "{}", later=False, not_before=None)

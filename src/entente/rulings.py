"""What would happen to a record now, recipient by recipient, and why: nothing is decided or written here.

The decision itself is the policy's (:mod:`entente.policy`), and takes effect at the next release. What
has left is explained as of the instant of its release, under the version that decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entente.courier.office import Office
from entente.errors import RecordError, StoreError
from entente.policy import Approval, Decision, Explanation, Outcome, Policy
from entente.policy.reasons import reason
from entente.records import Record, decode, encode
from entente.records.times import instant, parse_at
from entente.release import is_target_known, known_targets
from entente.store import Sent, Shown
from entente.store.sums import AddedUp


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


def rulings_of(office: Office, records: Sequence[Record], *, confirmed: bool = False) -> list[list[Ruling]]:
    """What would happen to each record now, for every recipient of every agreement in force."""
    now = office.clock()
    found: list[list[Ruling]] = [[] for _ in records]
    for policy, recipient in _recipients(office):
        known = known_targets(office, policy, recipient, records)
        for record, rulings in zip(records, found, strict=True):
            decision = policy.decide(
                record.naming_only(known),
                sender=office.keys.party,
                recipient=recipient,
                now=now,
                confirmed=confirmed,
                target_known=is_target_known(record, known),
            )
            rulings.append(Ruling(policy.standing.signed.agreement.id, recipient, decision))
    return found


def explain(office: Office, code: str) -> list[Explained]:
    """Why one of our records would or would not leave. Raises StoreError, RecordError for a partner's record."""
    shown = office.record(code)
    if not shown.local:
        raise RecordError(
            "{code} is a record of {party}: what leaves is explained by its author",
            code=code,
            party=shown.party,
        )
    return explain_record(office, decode(shown.body), shown)


def explain_filed(office: Office, number: int) -> list[Explained]:
    """The same for a record without a code, by its number here. Raises StoreError."""
    filed = office.store.filed(number)
    if filed is None:
        raise StoreError("there is no record of number {number} here", number=number)
    return explain_record(office, decode(filed.body), filed)


def explain_record(
    office: Office, record: Record, shown: Shown | None = None, *, confirmed: bool = False
) -> list[Explained]:
    """The same for a record that is filed, as ``shown``, or that is not."""
    sent = {(s.agreement, s.recipient): s for s in (office.store.sent(shown.id) if shown else [])}
    return [
        _explain_to(
            office,
            policy,
            recipient,
            record=record,
            shown=shown,
            gone=sent.get((policy.standing.signed.agreement.id, recipient)),
            confirmed=confirmed,
        )
        for policy, recipient in _recipients(office)
    ]


def _recipients(office: Office) -> list[tuple[Policy, str]]:
    """Every recipient of every agreement in force, with the policy that decides."""
    return [
        (policy, party.id)
        for policy in office.register.policies()
        for party in policy.standing.signed.agreement.parties
        if party.id != office.keys.party
    ]


def _explain_to(
    office: Office,
    policy: Policy,
    recipient: str,
    *,
    record: Record,
    shown: Shown | None,
    gone: Sent | None,
    confirmed: bool,
) -> Explained:
    now = office.clock()
    agreement = policy.standing.signed.agreement.id
    if gone is None and shown is not None and shown.withdrawn_at is not None:
        # Asked before the policy, which knows no ledger: what was withdrawn is not decided any more.
        stays = Decision(outcome=Outcome.WITHHOLD, reason=reason("withdrawn"))
        return Explained(agreement, recipient, Explanation(stays, (), None), None)
    approvals = _approvals(office, agreement, recipient, shown, gone)
    if gone is not None:
        released = decode(gone.payload)
        now = parse_at(released.released_at or instant(now))[0]
        version = int((released.article or "0#").partition("#")[0])
        policy = office.register.of_version(agreement, version) or policy
    known = known_targets(office, policy, recipient, [record])
    explanation = policy.explain(
        record.naming_only(known),
        sender=office.keys.party,
        recipient=recipient,
        now=now,
        confirmed=confirmed or gone is not None or (shown is not None and shown.confirmed),
        target_known=is_target_known(record, known),
        approvals=approvals,
    )
    added_up = None
    if shown is not None and explanation.decision.reason.slug == "window":
        sums = office.store.added_up(shown.id)
        added_up = next((one for one in sums if one.goes_to(agreement, recipient)), None)
    return Explained(agreement, recipient, explanation, gone, added_up)


def _approvals(
    office: Office, agreement: str, recipient: str, shown: Shown | None, gone: Sent | None
) -> Sequence[Approval]:
    """Who has decided on a record; of one that has left, who is named in it."""
    if shown is None:
        return ()
    if gone is None:
        return office.store.approvals(agreement, recipient, [shown.id]).get(shown.id, ())
    left = decode(gone.payload)
    found = []
    for title in left.released_by:
        service, _, function = title.partition("/")
        found.append(Approval(article=left.article or "", service=service, function=function, by=title))
    return found

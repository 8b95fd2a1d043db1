"""Who may have what, why, in which form; and what the other side may send us.

It guarantees: by default nothing leaves; every decision has its reason and, where one gave it,
its article; what leaves holds nothing that the article's form does not allow; what arrives and
could not have left is not admitted. It knows no clock and no storage: the moment, whether a
person confirmed and whether the target went are arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from entente.agreements.document import Opening
from entente.agreements.steps import Standing
from entente.errors import AgreementError
from entente.places import Place, place_of
from entente.policy.admits import Admitter
from entente.policy.aggregate import Group
from entente.policy.approvals import Approval, as_if_two, deciders
from entente.policy.decide import Decider, Decision, Outcome
from entente.policy.explain import Explanation, Recourse, Verdict, verdicts
from entente.policy.generalise import Reducer
from entente.policy.reasons import OPENED, TEMPLATES, Reason
from entente.policy.terms import Terms
from entente.records.base import Record
from entente.records.times import coarsen_at

__all__ = [
    "TEMPLATES",
    "Approval",
    "Decision",
    "Explanation",
    "Group",
    "Outcome",
    "Policy",
    "Reason",
    "Recourse",
    "Verdict",
]


class Policy:
    """One version of an agreement, as one node holds it. AgreementError if its text has errors."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self._terms = Terms(standing)
        self._reducer = Reducer(self._terms)
        self._decider = Decider(self._terms, self._reducer)
        self._admitter = Admitter(self._terms, self._reducer)

    def decide(
        self,
        record: Record,
        *,
        sender: str,
        recipient: str,
        now: datetime,
        confirmed: bool,
        target_known: bool,
        approvals: Sequence[Approval] = (),
    ) -> Decision:
        """What happens to a record of the sender, for one recipient. The order: entente.policy.decide.

        Args:
            record: as it was filed, checked by its kind.
            sender: the party that filed it.
            recipient: the party that may get it.
            now: the moment of the decision, aware; UTC is fastest.
            confirmed: a person has confirmed the free text of this record for sharing.
            target_known: whatever ``about`` and ``revises`` point at was released to this recipient. Of
                lists of references the caller leaves only what it knows (:meth:`Record.naming_only`).
            approvals: the functions that have decided on this record for this recipient, in the order in
                which they did; two of them release by an exceptional article.

        Raises RecordError for a time that cannot be read.
        """
        return self._decider.decide(
            record,
            sender=sender,
            recipient=recipient,
            now=now,
            confirmed=confirmed,
            target_known=target_known,
            approvals=approvals,
        )

    def generalise(self, record: Record, decision: Decision, now: datetime) -> Record:
        """The record exactly as it leaves by a decision to release it; ``now`` becomes ``released_at``.

        Raises AgreementError for any other decision: what waits or stays has no released form.
        """
        if decision.outcome is not Outcome.RELEASE or decision.form is None:
            raise AgreementError("this was not released: {reason}", reason=decision.reason)
        return self._reducer.reduce(record, decision.form, decision.article, now, decision.released_by)

    def admits(self, record: Record, *, sender: str, recipient: str, now: datetime) -> Reason | None:
        """The first reason to quarantine a record that came from the sender, or None: it is admitted.

        Args:
            record: as it came, decoded and checked by its kind.
            sender: the party whose journal it is in.
            recipient: this node's party.
            now: this node's clock, aware.
        """
        return self._admitter.admits(record, sender=sender, recipient=recipient, now=now)

    def explain(
        self,
        record: Record,
        *,
        sender: str,
        recipient: str,
        now: datetime,
        confirmed: bool,
        target_known: bool,
        approvals: Sequence[Approval] = (),
    ) -> Explanation:
        """The decision, what each article says, and what would leave; arguments as :meth:`decide`."""
        decision = self.decide(
            record,
            sender=sender,
            recipient=recipient,
            now=now,
            confirmed=confirmed,
            target_known=target_known,
            approvals=approvals,
        )
        released = None
        # By an article that adds up, nothing of the record leaves that anybody could show beforehand.
        if decision.form is not None and decision.form.aggregate is None:
            released = self._reducer.reduce(
                record, decision.form, decision.article, now, decision.released_by
            )
        said = verdicts(
            self._terms, record, sender=sender, recipient=recipient, decision=decision, approvals=approvals
        )
        return Explanation(
            decision=decision,
            verdicts=tuple(said),
            released=released,
            recourses=tuple(
                Recourse(
                    article=article,
                    functions=self._terms.functions(article, sender, record.purpose),
                    decided=deciders(self._terms, article, sender, record, approvals),
                    decision=self.decide(
                        record,
                        sender=sender,
                        recipient=recipient,
                        now=now,
                        confirmed=confirmed,
                        target_known=target_known,
                        approvals=as_if_two(self._terms, article, sender, record),
                    ),
                )
                for article in self._decider.exceptions(record, sender, recipient)
            )
            if decision.reason.slug in OPENED
            else (),
        )

    def group(self, record: Record, decision: Decision, recipient: str) -> Group | None:
        """What the record leaves in by a decision of an article that adds up; None for any other decision."""
        form = decision.form
        if decision.article is None or form is None or form.aggregate is None:
            return None
        place = self._reducer.place(record.place, form) if record.place is not None else None
        return Group(
            agreement=self._terms.agreement.id,
            recipient=recipient,
            article=decision.article,
            kind=record.kind(),
            purpose=record.purpose,
            place=(place.code or "") if place is not None else "",
            window=coarsen_at(record.at, form.aggregate.window, self._terms.time_zone),
            by=tuple(getattr(record, name, None) for name in form.aggregate.by),
        )

    def place(self, code: str) -> Place | None:
        """The place that an area of this version's list is."""
        area = self._terms.areas.get(code)
        return place_of(area) if area is not None else None

    def article(self, citation: str) -> Opening | None:
        """The share or exceptional article that a citation ``<version>#<id>`` names, if it is of this version."""
        return self._terms.opening(citation)

    def visible_to(self, record: Record, party: str) -> tuple[str, ...]:
        """The services of a party that may see a record.

        A record that came: those to whom the article that it cites opens it; none for an article that
        this version does not have. One that was filed here, and what passes without an article: those
        with a mandate for its purpose.
        """
        if record.article is None:
            return self._terms.mandated(party, record.purpose)
        share = self._terms.opening(record.article)
        if share is None or party not in self._terms.parties:
            return ()
        return self._terms.services(share, party, record)

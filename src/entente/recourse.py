"""What two functions decide together: that a record leaves under an exceptional article.

One door for the desk and the command. It refuses whatever could not take effect, so that nobody
is led to believe that a record is on its way: the article must fit the record, something that the
article may open must keep it, and the function must be one of the article's. The decision itself
is made where every other is, at the next release (:mod:`entente.policy.decide`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entente.approvals import Approved
from entente.courier.office import Office
from entente.errors import RecordError, StoreError
from entente.policy import Approval, Explanation, Outcome, Policy, Recourse
from entente.records import decode
from entente.records.codes import check_code
from entente.release import is_target_known, known_targets
from entente.store import Shown

LONGEST_WHY: Final = 2_000
"""Characters of the reason that stays on this node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """After an approval, or after one was taken back: which functions have decided, and whether it suffices."""

    article: str
    recipient: str
    functions: tuple[str, ...]
    enough: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is decided on: one of our records, for one recipient, under one article of one agreement."""

    code: str
    agreement: str
    recipient: str
    article: str
    """The article's id in the version that is in force: ``22``, not its citation."""


class Recourses:
    """Takes the decisions of functions, and takes them back."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def approve(self, matter: Matter, *, service: str, function: str, by: str, why: str) -> Decided:
        """One function decides that the record may leave; the second one makes it due.

        Args:
            matter: the record, the recipient and the article.
            service: the service of ours that the function belongs to.
            function: its slug, as the article names it.
            by: the account that decides; it stays here. Nobody decides twice, under whatever function.
            why: in words; they stay here.

        Raises RecordError where the decision could not take effect, StoreError for what is not here.
        """
        words = why.strip()
        if not words:
            raise RecordError("say why: the reason stays on this node")
        if len(words) > LONGEST_WHY:
            raise RecordError("the reason is too long: at most {count} characters", count=LONGEST_WHY)
        if not by:
            raise RecordError("an account decides: name it")
        store = self._office.store
        with store.transaction():
            shown, policy = self._record(matter)
            recourse = self._recourse(matter, policy, shown)
            approval = Approval(
                article=f"{policy.standing.signed.agreement.version}#{matter.article}",
                service=service,
                function=function,
                by=by,
            )
            if approval.title not in {one.title for one in recourse.functions}:
                raise RecordError(
                    "article {article} does not name {function} among those who decide on this record",
                    article=matter.article,
                    function=approval.title,
                )
            self._check_other(matter, shown, approval)
            now = int(self._office.clock().timestamp())
            store.approve(Approved(shown.id, matter.agreement, matter.recipient, approval, words, now))
            return self._decided(matter, policy, shown)

    def retract(self, matter: Matter, *, service: str, function: str) -> Decided:
        """A function takes its decision back, while the record has not left.

        Raises RecordError where it has left, StoreError where there is nothing to take back.
        """
        store = self._office.store
        with store.transaction():
            shown, policy = self._record(matter)
            for one in store.approved(shown.id):
                approval = one.approval
                if (one.agreement, one.recipient) == (matter.agreement, matter.recipient) and (
                    approval.article.partition("#")[2],
                    approval.service,
                    approval.function,
                ) == (matter.article, service, function):
                    store.retract(one)
                    return self._decided(matter, policy, shown)
        raise StoreError(
            "{function} has not decided on {code}: there is nothing to take back",
            function=f"{service}/{function}",
            code=matter.code,
        )

    def explain(self, policy: Policy, shown: Shown, recipient: str) -> Explanation:
        """The decision on a record of ours for a recipient as it is now, with the approvals that it has."""
        office = self._office
        record = decode(shown.body)
        known = known_targets(office, policy, recipient, [record])
        agreement = policy.standing.signed.agreement.id
        return policy.explain(
            record.naming_only(known),
            sender=office.keys.party,
            recipient=recipient,
            now=office.clock(),
            confirmed=shown.confirmed,
            target_known=is_target_known(record, known),
            approvals=office.store.approvals(agreement, recipient, [shown.id]).get(shown.id, ()),
        )

    def _record(self, matter: Matter) -> tuple[Shown, Policy]:
        """The record, which has not left, and the agreement, which is in force."""
        code = check_code(matter.code)
        shown = self._office.store.shown(code)
        if shown is None:
            raise StoreError("there is no record {code} here", code=code)
        if not shown.local:
            raise RecordError(
                "{code} is a record of {party}: only its author releases it", code=code, party=shown.party
            )
        if shown.withdrawn_at is not None:
            raise RecordError("{code} was withdrawn", code=code)
        gone = self._office.store.sent(shown.id)
        if any((one.agreement, one.recipient) == (matter.agreement, matter.recipient) for one in gone):
            raise RecordError(
                "{code} has left for {party}: what has left cannot be called back, only withdrawn",
                code=code,
                party=matter.recipient,
            )
        for policy in self._office.register.policies():
            if policy.standing.signed.agreement.id == matter.agreement:
                return shown, policy
        raise StoreError("no agreement {agreement} is in force here", agreement=matter.agreement)

    def _recourse(self, matter: Matter, policy: Policy, shown: Shown) -> Recourse:
        """The article, where two functions' decision would let the record leave. RecordError says why not."""
        explanation = self.explain(policy, shown, matter.recipient)
        said = [one.reasons[0] for one in explanation.verdicts if one.article == matter.article]
        why = said[0] if said else explanation.decision.reason
        for recourse in explanation.recourses:
            if recourse.article.id == matter.article:
                if recourse.decision.outcome is not Outcome.WITHHOLD:
                    return recourse
                why = recourse.decision.reason
        raise RecordError(
            "article {article} cannot release {code}: {reason}",
            article=matter.article,
            code=matter.code,
            reason=why,
        )

    def _check_other(self, matter: Matter, shown: Shown, approval: Approval) -> None:
        """Nobody decides twice: another function, and another account."""
        before = self._office.store.approvals(matter.agreement, matter.recipient, [shown.id])
        for one in before.get(shown.id, ()):
            if one.article != approval.article:
                continue
            if one.title == approval.title:
                raise RecordError("{function} has decided already", function=approval.title)
            if one.by == approval.by:
                raise RecordError(
                    "this account has decided already, as {function}: the second decision is another person's",
                    function=one.title,
                )

    def _decided(self, matter: Matter, policy: Policy, shown: Shown) -> Decided:
        explanation = self.explain(policy, shown, matter.recipient)
        by = explanation.decision.released_by
        for recourse in explanation.recourses:
            if recourse.article.id == matter.article:
                by = recourse.decided
        return Decided(
            article=matter.article,
            recipient=matter.recipient,
            functions=by,
            enough=explanation.decision.outcome is Outcome.RELEASE,
        )

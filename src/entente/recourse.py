"""What two functions decide together: that a record leaves under an exceptional article.

One door for the desk and the command. It refuses whatever could not take effect, so that nobody
is led to believe that a record is on its way: the article must fit the record, something that the
article may open must keep it, and the function must be one of the article's. The decision itself
is made where every other is, at the next release (:mod:`entente.policy.decide`).

Pictures of the record go along if the two have looked at them: each names those that it saw, and
its decision is kept for every part of them. A picture that one of the two did not see stays, until
that one has decided on it as well; a picture that a share article lets leave follows by that article,
as any picture does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from entente.courier.office import Office
from entente.errors import RecordError, StoreError
from entente.policy import Approval, Decision, Explanation, Outcome, Policy, Reason, Recourse
from entente.records import Attachment, decode
from entente.records.attachment import joined, same
from entente.records.codes import check_code
from entente.release import is_target_known, known_targets
from entente.store import Shown
from entente.store.approvals import Approved

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """One picture of ours of a record, and what becomes of it for one recipient once that has the record."""

    name: str
    """Its SHA-256."""
    parts: tuple[int, ...]
    """The numbers of its parts here."""
    decision: Decision
    """As it stands now, once the recipient has the record."""
    reason: Reason
    """Why it leaves or does not; where two functions could decide and something else is missing, that."""
    functions: tuple[str, ...]
    """Those that have decided on it by the article."""
    takes_two: bool
    """It leaves once two functions have decided on it by the article, and not before."""
    has_left: bool

    @property
    def leaves(self) -> bool:
        """It leaves, or has left: by an article for pictures, or because two have decided."""
        return self.has_left or self.decision.outcome is Outcome.RELEASE


class Recourses:
    """Takes the decisions of functions, and takes them back."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def approve(
        self,
        matter: Matter,
        *,
        service: str,
        function: str,
        by: str,
        why: str,
        pictures: Collection[str] = (),
    ) -> Decided:
        """One function decides that the record may leave; the second one makes it due.

        Args:
            matter: the record, the recipient and the article.
            service: the service of ours that the function belongs to.
            function: its slug, as the article names it.
            by: the account that decides; it stays here. Nobody decides twice, under whatever function.
            why: in words; they stay here.
            pictures: the pictures of the record that were looked at and go along, each by its SHA-256. Where
                the record has left, or the function has decided on it, the decision is on these alone.

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
            approval = Approval(
                article=f"{policy.standing.signed.agreement.version}#{matter.article}",
                service=service,
                function=function,
                by=by,
            )
            on_pictures = bool(pictures) and (
                self._has_left(matter, shown.id) or approval in self._approvals(matter, shown)
            )
            meant: list[int] = []
            if not on_pictures:
                self._check_not_left(matter, shown)
                self._check_named(self._recourse(matter, policy, shown), matter, approval)
                self._check_other(matter, shown.id, approval)
                meant.append(shown.id)
            chosen = self._chosen(matter, policy, pictures)
            for one in chosen:
                self._check_picture(matter, policy, one, approval)
                meant.extend(one.parts)
            now = int(self._office.clock().timestamp())
            for record in meant:
                store.approve(Approved(record, matter.agreement, matter.recipient, approval, words, now))
            if on_pictures:
                return self._decided_on(matter, policy, pictures)
            return self._decided(matter, policy, shown)

    def retract(
        self, matter: Matter, *, service: str, function: str, pictures: Collection[str] = ()
    ) -> Decided:
        """A function takes its decision back, on the record and its pictures, or on these pictures alone.

        Raises RecordError for what has left, StoreError where there is nothing to take back.
        """
        store = self._office.store
        with store.transaction():
            shown, policy = self._record(matter)
            found = self._pictures(matter, policy)
            if not pictures:
                self._check_not_left(matter, shown)
            elif any(one.has_left for one in found if one.name in pictures):
                raise RecordError(
                    "{code} has left for {party}: what has left cannot be called back, only withdrawn",
                    code=matter.code,
                    party=matter.recipient,
                )
            meant = [] if pictures else [shown.id]
            meant += [part for one in found if not pictures or one.name in pictures for part in one.parts]
            taken = [
                one
                for record in meant
                for one in store.approved(record)
                if (one.agreement, one.recipient) == (matter.agreement, matter.recipient)
                and (one.approval.article.partition("#")[2], one.approval.service, one.approval.function)
                == (matter.article, service, function)
            ]
            if not taken or (not pictures and taken[0].record != shown.id):
                raise StoreError(
                    "{function} has not decided on {code}: there is nothing to take back",
                    function=f"{service}/{function}",
                    code=matter.code,
                )
            for one in taken:
                store.retract(one)
            if pictures:
                return self._decided_on(matter, policy, pictures)
            return self._decided(matter, policy, shown)

    def pictures(self, matter: Matter) -> list[Along]:
        """Our pictures of the record, oldest first, and which of them go along: what a function has to look at.

        Raises RecordError, StoreError as :meth:`approve` does for what is no matter to be decided.
        """
        return self._pictures(matter, self._record(matter)[1])

    def explain(
        self, policy: Policy, shown: Shown, recipient: str, *, with_target: bool = False
    ) -> Explanation:
        """The decision on a record of ours for a recipient as it is now, with the approvals that it has.

        ``with_target``: as if what it answers were there.
        """
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
            target_known=with_target or is_target_known(record, known),
            approvals=office.store.approvals(agreement, recipient, [shown.id]).get(shown.id, ()),
        )

    def _record(self, matter: Matter) -> tuple[Shown, Policy]:
        """The record, which is ours and stands, and the agreement, which is in force."""
        code = check_code(matter.code)
        shown = self._office.record(code)
        if not shown.local:
            raise RecordError(
                "{code} is a record of {party}: only its author releases it", code=code, party=shown.party
            )
        if shown.withdrawn_at is not None:
            raise RecordError("{code} was withdrawn", code=code)
        for policy in self._office.register.policies():
            if policy.standing.signed.agreement.id == matter.agreement:
                return shown, policy
        raise StoreError("no agreement {agreement} is in force here", agreement=matter.agreement)

    def _has_left(self, matter: Matter, record: int) -> bool:
        gone = self._office.store.sent(record)
        return any((one.agreement, one.recipient) == (matter.agreement, matter.recipient) for one in gone)

    def _check_not_left(self, matter: Matter, shown: Shown) -> None:
        if self._has_left(matter, shown.id):
            raise RecordError(
                "{code} has left for {party}: what has left cannot be called back, only withdrawn",
                code=matter.code,
                party=matter.recipient,
            )

    def _pictures(self, matter: Matter, policy: Policy) -> list[Along]:
        groups: dict[tuple[object, ...], list[tuple[Shown, Attachment]]] = {}
        for one in self._office.store.pictures_of(check_code(matter.code)):
            part = decode(one.body)
            if isinstance(part, Attachment):
                groups.setdefault(same(part), []).append((one, part))
        return [
            self._along(matter, policy, parts)
            for parts in groups.values()
            if joined(part for _row, part in parts) is not None
        ]

    def _along(self, matter: Matter, policy: Policy, parts: list[tuple[Shown, Attachment]]) -> Along:
        # What stays of one part stays of all: a picture leaves whole or not at all.
        said = [self.explain(policy, row, matter.recipient, with_target=True) for row, _part in parts]
        first = next((one for one in said if one.decision.outcome is not Outcome.RELEASE), said[0])
        ways = [one for one in first.recourses if one.article.id == matter.article]
        missing = next((one.decision for one in ways if one.decision.outcome is Outcome.LATER), None)
        return Along(
            name=parts[0][1].sha256,
            parts=tuple(row.id for row, _part in parts),
            decision=first.decision,
            reason=(first.decision if missing is None else missing).reason,
            functions=first.decision.released_by or (ways[0].decided if ways else ()),
            takes_two=any(one.decision.outcome is Outcome.RELEASE for one in ways),
            has_left=all(self._has_left(matter, row.id) for row, _part in parts),
        )

    def _chosen(self, matter: Matter, policy: Policy, pictures: Collection[str]) -> list[Along]:
        """The pictures of these names; those that leave anyway need no decision. RecordError for any other."""
        if not pictures:
            return []
        found = {one.name: one for one in self._pictures(matter, policy)}
        chosen = []
        for name in dict.fromkeys(pictures):
            one = found.get(name)
            if one is None:
                raise RecordError("there is no picture {name} of {code}", name=name[:20], code=matter.code)
            if one.takes_two:
                chosen.append(one)
            elif not one.leaves:
                raise RecordError(
                    "the picture {name} does not go along: {reason}", name=name[:20], reason=one.reason
                )
        return chosen

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

    def _check_named(self, recourse: Recourse, matter: Matter, approval: Approval) -> None:
        if approval.title not in {one.title for one in recourse.functions}:
            raise RecordError(
                "article {article} does not name {function} among those who decide on this record",
                article=matter.article,
                function=approval.title,
            )

    def _check_picture(self, matter: Matter, policy: Policy, one: Along, approval: Approval) -> None:
        """As for a record: a function that the article names, and nobody twice."""
        for part in one.parts:
            filed = self._office.store.filed(part)
            if filed is None:
                continue
            for recourse in self.explain(policy, filed, matter.recipient, with_target=True).recourses:
                if recourse.article.id == matter.article:
                    self._check_named(recourse, matter, approval)
            self._check_other(matter, part, approval)

    def _approvals(self, matter: Matter, shown: Shown) -> tuple[Approval, ...]:
        found = self._office.store.approvals(matter.agreement, matter.recipient, [shown.id])
        return found.get(shown.id, ())

    def _check_other(self, matter: Matter, record: int, approval: Approval) -> None:
        """Nobody decides twice: another function, and another account."""
        before = self._office.store.approvals(matter.agreement, matter.recipient, [record])
        for one in before.get(record, ()):
            if one.article != approval.article:
                continue
            if one.title == approval.title:
                raise RecordError("{function} has decided already", function=approval.title)
            if one.by == approval.by:
                raise RecordError(
                    "this account has decided already, as {function}: the second decision is another person's",
                    function=one.title,
                )

    def _decided_on(self, matter: Matter, policy: Policy, pictures: Collection[str]) -> Decided:
        chosen = [one for one in self._pictures(matter, policy) if one.name in pictures]
        return Decided(
            article=matter.article,
            recipient=matter.recipient,
            functions=chosen[0].functions if chosen else (),
            enough=all(one.leaves for one in chosen),
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

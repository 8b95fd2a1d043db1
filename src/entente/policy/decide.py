"""Who may have what: one decision for one record and one recipient, by default deny.

The order, each step with its reason:

 1. both are parties, and two different ones; the record is not one that came from elsewhere,
    and is not addressed to another party
 2. a kind that passes in every state leaves now, unless what it answers never went there
 3. the agreement is in force
 4. the place lies in the zone; a kind that must have a place has one
 5. no withhold article applies: any that does decides; and the service that filed it has a mandate
    for its purpose
 6. the first share article, in document order, that fits; none: it stays
 7. an answer leaves only where its target went; other pointers to unknown targets are dropped
 8. words that the form keeps wait until a person has confirmed them
 9. every place that must leave can be made as coarse as the form asks
10. the delay has passed, counted from the end of when it happened; by an article that adds up no
    record leaves itself: it waits for the end of its window (:mod:`entente.policy.aggregate`)
11. where no share article lets it leave, or not yet (steps 6, 9 and 10): the first exceptional
    article, in document order, that fits and for which two functions that it names have decided,
    by steps 7 to 9 again. What steps 1 to 5 keep, it does not open.

Steps 1 to 7 are remembered by what they depend on; the rest is looked at each time. Without
approvals step 11 costs one comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NoReturn

import msgspec

from entente.agreements.document import Aggregate, Exceptional, Form, Opening, Share
from entente.policy.approvals import Approval, deciders
from entente.policy.generalise import Reducer, passing_form
from entente.policy.reasons import OPENED, Reason, reason
from entente.policy.terms import Terms
from entente.records.base import LEAST_FUNCTIONS, Record, Role, compulsory_of, fields_of
from entente.records.times import coarsen_at, instant, period, precision_of

_MOST_REMEMBERED: Final = 50_000
"""Entries before the memory starts anew: far more than one agreement's combinations."""

_POINTER: Final = 1
"""A pointer of the record has a target that the recipient does not have."""
_ANSWER: Final = 2
"""So does what the record answers."""


class Outcome(StrEnum):
    """What happens to the record, for one recipient."""

    RELEASE = "release"
    LATER = "later"
    WITHHOLD = "withhold"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided and why. Never a bool: ask for its outcome.

    ``article`` is the citation ``<version>#<id>``, ``form`` how the record leaves, ``services`` those of
    the recipient that may see it. ``not_before`` is set when only the delay holds it back. ``released_by``
    names the functions that decided, where an exceptional article released it.
    """

    outcome: Outcome
    reason: Reason
    article: str | None = None
    form: Form | None = None
    services: tuple[str, ...] = ()
    retention_days: int | None = None
    not_before: datetime | None = None
    released_by: tuple[str, ...] = ()

    def __bool__(self) -> NoReturn:
        raise TypeError("a Decision is not a bool: compare its outcome")


class _Settled(msgspec.Struct, frozen=True):
    """What does not depend on the moment, the confirmation, the words and the exact places."""

    decision: Decision
    share: Opening | None = None
    texts: tuple[str, ...] = ()
    """Free text that the form keeps."""
    stuck: Decision | None = None
    """What holds once the words are confirmed, if the place cannot be made coarse enough."""
    places: tuple[str, ...] = ()
    """Other places that must leave: looked at each time, their codes are not in the key."""
    delay: timedelta | None = None


class Decider:
    """Decides by one version, and remembers."""

    def __init__(self, terms: Terms, reducer: Reducer) -> None:
        self._terms = terms
        self._reducer = reducer
        self._first, self._after = terms.window
        self._settled: dict[tuple[object, ...], _Settled] = {}

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
        """The decision; :meth:`entente.policy.Policy.decide` says what the arguments are."""
        kind = record.__class__
        place = record.place
        lost = 0
        if not target_known and not (record.about is None and record.revises is None):
            lost = _ANSWER if record.answers else _POINTER
        in_force = self._first <= now < self._after
        # All that _settle looks at, and no more: a value missing here is a decision for another record.
        # The place by its code: its point and its name never change what an article means.
        key = (
            kind,
            sender,
            recipient,
            record.purpose,
            record.tlp,
            record.service,
            None if place is None else (place.code, place.scheme, place.version),
            lost,
            in_force,
            record.article,
            record.released_at is None,
            None if kind.addressee is None else getattr(record, kind.addressee),
        )
        settled = self._settled.get(key)
        if settled is None:
            settled = self._settle(record, sender, recipient, lost=lost, in_force=in_force)
            if len(self._settled) >= _MOST_REMEMBERED:
                self._settled.clear()
            self._settled[key] = settled
        decision = self._now(settled, record, sender, now, confirmed=confirmed)
        if approvals and decision.reason.slug in OPENED:
            for article in self.exceptions(record, sender, recipient):
                by = deciders(self._terms, article, sender, record, approvals)
                if len(by) >= LEAST_FUNCTIONS:
                    # Each of these is rare and depends on who decided: it is not remembered.
                    settled = self._settle_by(article, record, recipient, lost=lost, by=by)
                    return self._now(settled, record, sender, now, confirmed=confirmed)
        return decision

    def exceptions(self, record: Record, sender: str, recipient: str) -> list[Exceptional]:
        """The exceptional articles that fit the record, in document order; whether any is needed they do not say."""
        return [
            article
            for article in self._terms.exceptions
            if not any(True for _ in self._terms.all_misfits(article, record, sender, recipient))
        ]

    def _now(
        self, settled: _Settled, record: Record, sender: str, now: datetime, *, confirmed: bool
    ) -> Decision:
        """Steps 8 to 10, the wording of step 3, and step 5 for a point that leaves.

        What depends on the moment and on this very record.
        """
        decision, share = settled.decision, settled.share
        if share is None:
            if decision.reason.slug == "not-in-force":
                return _stays(self._terms.not_in_force(now))
            return decision
        if share.form.place == "exact" and (no := self._terms.withheld_point(record, sender)) is not None:
            return _stays(no)
        if settled.texts and not confirmed:
            words = ", ".join(name for name in settled.texts if getattr(record, name))
            if words:
                return _waits(decision, reason("confirm", article=share.id, fields=words))
        if settled.stuck is not None:
            return settled.stuck
        for name in settled.places:
            if self._is_stuck(record, name, share.form):
                return _too_fine(share, name)
        if settled.delay is not None:
            if share.form.aggregate is not None:
                return self._added_up(decision, settled.delay, share.form.aggregate, record)
            not_before = _ended(record.at, self._terms.time_zone) + settled.delay
            if now < not_before:
                why = reason("delay", article=share.id, not_before=instant(not_before))
                decision = _waits(decision, why, not_before)
        return decision

    def _added_up(
        self, decision: Decision, delay: timedelta, aggregate: Aggregate, record: Record
    ) -> Decision:
        """Step 10 for an article that adds up; never a release."""
        article = (decision.article or "").partition("#")[2]
        window = coarsen_at(record.at, aggregate.window, self._terms.time_zone)
        if precision_of(window) != aggregate.window:
            return _stays(reason("too-coarse", article=article, precision=aggregate.window, at=record.at))
        not_before = _ended(window, self._terms.time_zone) + delay
        return _waits(decision, reason("window", article=article, window=window), not_before)

    def _settle(self, record: Record, sender: str, recipient: str, *, lost: int, in_force: bool) -> _Settled:
        """Steps 1 to 7, without the moment. Whatever is read here is in the key."""
        no = self._cannot_pass(record, sender, recipient)
        if no is None and record.passes_always:
            return _Settled(self._passes(record, recipient, lost=lost))
        no = no or self._stays_here(record, sender, in_force=in_force)
        share = self._first_share(record, sender, recipient) if no is None else no
        if isinstance(share, Reason):
            return _Settled(_stays(share))
        return self._settle_by(share, record, recipient, lost=lost)

    def _settle_by(
        self, share: Opening, record: Record, recipient: str, *, lost: int, by: tuple[str, ...] = ()
    ) -> _Settled:
        """Step 7, and what the article makes of the record; ``by`` an exceptional article's functions."""
        if lost == _ANSWER:
            return _Settled(_stays(reason("target", recipient=recipient)))
        form = _without_pointers(share.form, type(record)) if lost else share.form
        if isinstance(share, Exceptional):
            names = {one.title: one.name for one in share.functions}
            said = ", ".join(names.get(one, one) for one in by)
            why = reason("exceptional", article=share.id, recipient=recipient, functions=said)
            delay_hours = 0
        else:
            why = reason("shared", article=share.id, recipient=recipient)
            delay_hours = share.delay_hours
        decision = Decision(
            outcome=Outcome.RELEASE,
            reason=why,
            article=self._terms.cite(share),
            form=form,
            services=self._terms.services(share, recipient, record),
            retention_days=share.retention_days,
            released_by=by,
        )
        plan = self._reducer.plan(type(record), form)
        needed = compulsory_of(type(record))
        return _Settled(
            decision,
            share,
            texts=plan.texts,
            stuck=_too_fine(share, "place") if self._is_stuck(record, "place", form) else None,
            places=tuple(name for name in plan.places if name in needed),
            delay=timedelta(hours=delay_hours) if delay_hours or form.aggregate else None,
        )

    def _is_stuck(self, record: Record, name: str, form: Form) -> bool:
        place = getattr(record, name)
        return place is not None and self._reducer.place(place, form) is None

    def _cannot_pass(self, record: Record, sender: str, recipient: str) -> Reason | None:
        """Step 1."""
        no = self._terms.strangers(sender, recipient)
        if no is not None:
            return no
        if record.is_released:
            return reason("received", article=record.article or "-")
        if record.addressee is not None and getattr(record, record.addressee) != recipient:
            return reason("addressee", party=getattr(record, record.addressee))
        return None

    def _passes(self, record: Record, recipient: str, *, lost: int) -> Decision:
        """Step 2."""
        if lost == _ANSWER:
            return _stays(reason("target", recipient=recipient))
        return Decision(
            outcome=Outcome.RELEASE,
            reason=reason("passes", kind=record.kind()),
            form=passing_form(type(record)),
            services=self._terms.mandated(recipient, record.purpose),
        )

    def _stays_here(self, record: Record, sender: str, *, in_force: bool) -> Reason | None:
        """Steps 3 to 5."""
        if not in_force:
            return reason("not-in-force")
        if record.place is None and record.placed:
            return reason("no-place", kind=record.kind())
        if record.place is not None and (no := self._terms.outside(record.place)) is not None:
            return no
        for withhold in self._terms.withholds:
            no = self._terms.withholds_it(withhold, record, sender)
            if no is not None:
                return no
        return self._terms.unmandated(sender, record)

    def _first_share(self, record: Record, sender: str, recipient: str) -> Share | Reason:
        """Step 6. Where only one thing keeps the record from an article, that is the reason."""
        near: Reason | None = None
        for share in self._terms.shares:
            misfits = list(self._terms.all_misfits(share, record, sender, recipient))
            if not misfits:
                return share
            # That an article for other kinds is not for this one tells nobody anything.
            if near is None and len(misfits) == 1 and misfits[0].slug != "not-kind":
                near = misfits[0]
        return near or reason(
            "no-article", kind=record.kind(), purpose=record.purpose, sender=sender, recipient=recipient
        )


def _stays(why: Reason) -> Decision:
    return Decision(outcome=Outcome.WITHHOLD, reason=why)


def _waits(decision: Decision, why: Reason, not_before: datetime | None = None) -> Decision:
    return msgspec.structs.replace(decision, outcome=Outcome.LATER, reason=why, not_before=not_before)


def _too_fine(share: Opening, field: str) -> Decision:
    return _stays(reason("too-fine", field=field, article=share.id, precision=share.form.place))


def _without_pointers(form: Form, kind: type[Record]) -> Form:
    known = fields_of(kind)
    kept = (name for name in form.fields if name not in known or known[name].role is not Role.REFERENCE)
    return msgspec.structs.replace(form, fields=tuple(kept))


@lru_cache(maxsize=16_384)
def _ended(at: str, time_zone: str) -> datetime:
    return period(at, time_zone)[1].astimezone(UTC)

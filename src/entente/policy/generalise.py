"""What leaves, exactly: the record without what the form drops, its place and times made coarser.

Only the roles of the fields are looked at (:func:`entente.records.base.fields_of`), never the
kind, so a new kind is reduced as its module says. The result holds nothing that the form does
not allow: :mod:`entente.policy.admits` checks with the same plan that reducing it again
would change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from entente.agreements.document import Form
from entente.places import Place, area_of, coarsen_place
from entente.policy.terms import Terms
from entente.records.base import ALWAYS, TLP_RANK, Record, Role, Tlp, compulsory_of, fields_of
from entente.records.times import coarsen_at, instant

_MOST_PLANS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a form means for a kind: what to drop and put in its place, what to make coarser."""

    dropped: tuple[tuple[str, Any], ...]
    times: tuple[str, ...]
    places: tuple[str, ...]
    texts: tuple[str, ...]
    coarse_times: set[str] = field(default_factory=set, compare=False)
    coarse_places: set[Place] = field(default_factory=set, compare=False)
    """Times and places that were found to be coarse enough: the same few come again and again."""


def passing_form(kind: type[Record]) -> Form:
    """The form of a kind that passes without an article: what it cannot do without, and at most a region."""
    return Form(fields=tuple(sorted(compulsory_of(kind))), place="region", time="exact")


class Reducer:
    """Applies forms, and remembers the plan of each form for each kind."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._plans: dict[tuple[type[Record], Form], Plan] = {}
        self._places: dict[tuple[str | None, ...], Place] = {}
        self._stamp: tuple[datetime, str] | None = None
        self._latest: tuple[type[Record], Form, Plan] | None = None

    def plan(self, kind: type[Record], form: Form) -> Plan:
        """What the form means for the kind."""
        # A batch goes by one form: to hash all of its words each time takes longer than the rest.
        latest = self._latest
        if latest is not None and latest[0] is kind and latest[1] is form:
            return latest[2]
        plan = self._plans.get((kind, form))
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[kind, form] = _plan(kind, form)
        self._latest = (kind, form, plan)
        return plan

    def place(self, place: Place, form: Form) -> Place | None:
        """The place as the form lets it leave, or None where it cannot."""
        if form.place == "exact":
            return place
        # A place of the list becomes what the list says, whatever its own name and point are.
        key = (place.code, place.scheme, place.version, form.place)
        known = self._places.get(key)
        if known is None:
            known = coarsen_place(place, form.place, self._terms.areas)
            if known is not None and area_of(place, self._terms.areas) is not None:
                self._places[key] = known
        return known

    def time(self, at: str, form: Form) -> str:
        """The time as the form lets it leave, in the days of the agreement's zone."""
        return coarsen_at(at, form.time, self._terms.time_zone)

    def reduce(
        self,
        record: Record,
        form: Form,
        article: str | None,
        now: datetime,
        released_by: tuple[str, ...] = (),
    ) -> Record:
        """The record as it leaves. A place that cannot be made coarse enough is dropped."""
        plan = self.plan(type(record), form)
        changes: dict[str, Any] = {
            name: nothing for name, nothing in plan.dropped if getattr(record, name) is not nothing
        }
        for name in plan.times:
            at = getattr(record, name)
            if at is not None and (coarser := self.time(at, form)) is not at:
                changes[name] = coarser
        for name in plan.places:
            where = getattr(record, name)
            if where is not None:
                changes[name] = self.place(where, form)
        if (tlp := result_tlp(record.tlp, form)) != record.tlp:
            changes["tlp"] = tlp
        changes["article"] = article
        changes["released_at"] = self._instant(now)
        if released_by:
            changes["released_by"] = released_by
        reduced: Record = msgspec.structs.replace(record, **changes)
        return reduced

    def _instant(self, now: datetime) -> str:
        # A batch has one moment: it is written out once. One attribute, so that threads see a whole pair.
        stamp = self._stamp
        if stamp is None or stamp[0] is not now:
            stamp = self._stamp = (now, instant(now))
        return stamp[1]


def result_tlp(tlp: Tlp, form: Form) -> Tlp:
    """The marking of the result: the form's, and never lower than the record's own."""
    if form.tlp is None or TLP_RANK[form.tlp] <= TLP_RANK[tlp]:
        return tlp
    return form.tlp


def _plan(kind: type[Record], form: Form) -> Plan:
    kept = {*form.fields, *ALWAYS}
    # What a form may drop has a default: the compulsory fields have been checked to be in it.
    defaults = {field.name: field.default for field in msgspec.structs.fields(kind)}
    fields = fields_of(kind)

    def of(role: Role) -> tuple[str, ...]:
        return tuple(name for name, field in fields.items() if name in kept and field.role is role)

    return Plan(
        dropped=tuple((name, defaults[name]) for name in fields if name not in kept),
        times=of(Role.INSTANT),
        places=of(Role.PLACE),
        texts=of(Role.FREE_TEXT) + of(Role.IMAGE),
    )

"""Who is on duty: a turn wins over a shift, the newest turn over older ones, the shift that began last over others.

Hours of a shift are those of clocks on the wall in the agreement's time zone. Where such a
clock jumps, an hour that it shows twice means its first, and one that it never shows means the
hour that the clock shows instead; both ends of a shift are read alike, so that no change of the
clock opens a gap. A holiday is that of the day on which a shift begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, TypeVar

from django.db import models

from entente.contacts import function_name
from entente.node import Node
from entente.records.times import zone
from entente_node.directory.access import Viewer
from entente_node.directory.here import node as here
from entente_node.duty.models import Above, DutyFunction, Holiday, Holidays, Shift, Turn

M = TypeVar("M", bound=models.Model)

AHEAD: Final = timedelta(days=8)
"""How far a duty is followed to find its end: more than the week that a pattern takes."""
KEPT: Final = timedelta(days=60)
"""Turns that were over before this are read only for a page that asks for that time."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of time and who has the duty in it; an empty function is a gap."""

    start: datetime
    until: datetime
    function: str
    backup: str = ""
    absent: str = ""
    """The function that would have had it."""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who has the duty of a service at one instant, and who is called after it."""

    service: str
    function: str
    backup: str
    escalation: tuple[str, ...]
    """The service's functions that are called when nobody answers, in their order."""
    until: datetime
    """When the next one takes over, or the gap begins; UTC, at most :data:`AHEAD` away."""
    above: str = ""
    """The service whose duty is called after these."""


class Rota:
    """The rota of one node, read from its ledger as it is asked; or once, for a page or a look."""

    def __init__(self, node: Node, *, once: bool = False) -> None:
        self.alias = ledger_of(node)
        self._node = node
        self._once = once
        self._read: dict[type[models.Model], list[Any]] = {}

    @cached_property
    def zone(self) -> tzinfo:
        """The agreement's time zone; UTC where none is in force."""
        return zone_of(self._node)

    def rows(self, model: type[M]) -> models.QuerySet[M]:
        """The rows of one table of the duty, in this node's ledger."""
        return model._default_manager.using(self.alias)  # noqa: SLF001  Django's public name for it

    def _all(self, model: type[M]) -> list[M]:
        """A table of the rota whole: each has some dozens of rows, but turns, of which the old ones stay away."""
        if model not in self._read or not self._once:
            rows = self.rows(model).order_by("pk")
            self._read[model] = list(rows.filter(until__gt=self.now() - KEPT) if model is Turn else rows)
        return self._read[model]

    def _turns(self, service: str, start: datetime, until: datetime) -> list[Turn]:
        if start < self.now() - KEPT:
            of = self.rows(Turn).filter(service=service, start__lt=until, until__gt=start)
            return list(of.order_by("pk"))
        return [
            turn
            for turn in self._all(Turn)
            if turn.service == service and turn.start < until and turn.until > start
        ]

    def now(self) -> datetime:
        """The clock of the node."""
        return self._node.clock()

    def services(self) -> list[str]:
        """The services that have a rota: a shift, or a turn that is not over."""
        now = self.now()
        turns = {turn.service for turn in self._all(Turn) if turn.until > now}
        return sorted({shift.service for shift in self._all(Shift)} | turns)

    def has_rota(self, service: str) -> bool:
        """Whether anything says who is on duty there, or lately did: a service without a rota is not called."""
        return any(one.service == service for one in self._all(Shift)) or any(
            one.service == service for one in self._all(Turn)
        )

    def on_duty(self, service: str, at: datetime) -> OnDuty | None:
        """Who has the duty at an aware instant; None in a gap."""
        span = self.span_at(service, at)
        if span is None or not span.function:
            return None
        return OnDuty(
            service=service,
            function=span.function,
            backup=span.backup,
            escalation=self.escalation(service),
            until=span.until,
            above=self.above(service),
        )

    def span_at(self, service: str, at: datetime) -> Span | None:
        """The stretch that an instant lies in, a gap as well."""
        at = at.astimezone(UTC)
        return next((one for one in self.spans(service, at, at + AHEAD) if one.start <= at < one.until), None)

    def functions(self, service: str) -> list[DutyFunction]:
        """The functions of a service, by their slug."""
        mine = [one for one in self._all(DutyFunction) if one.service == service]
        return sorted(mine, key=lambda one: one.function)

    def function(self, service: str, function: str) -> DutyFunction | None:
        """One function, if it was named."""
        return next((one for one in self.functions(service) if one.function == function), None)

    def escalation(self, service: str) -> tuple[str, ...]:
        """The functions that are called when nobody answers, in their order."""
        ranked = [(one.rank, one.function) for one in self.functions(service) if one.rank is not None]
        return tuple(function for _, function in sorted(ranked))

    def above(self, service: str) -> str:
        """The service whose duty is called after these; empty where none is named."""
        return next((one.above for one in self._all(Above) if one.service == service), "")

    def name_of(self, service: str, function: str) -> str:
        """What people call a function."""
        row = self.function(service, function)
        return row.name if row else function_name((), "", service, function)

    def named(self, viewer: Viewer, party: str, service: str, function: str) -> str:
        """What people call a function of any party: ours as the rota does, else as an agreement names it."""
        row = self.function(service, function) if party == viewer.party else None
        return row.name if row else viewer.function_name(party, service, function)

    def spans(self, service: str, start: datetime, until: datetime) -> list[Span]:
        """Who has the duty from ``start`` to ``until``, stretch after stretch, gaps said; instants in UTC."""
        start, until = start.astimezone(UTC), until.astimezone(UTC)
        shifts = sorted(self._shifts(service, start, until), key=lambda one: one.start)
        turns = [
            Span(turn.start, turn.until, turn.function, turn.backup, turn.absent)
            for turn in self._turns(service, start, until)
        ]
        edges = {start, until}
        for one in (*shifts, *turns):
            edges |= {edge for edge in (one.start, one.until) if start < edge < until}
        found: list[Span] = []
        ordered = sorted(edges)
        for begins, ends in pairwise(ordered):
            # The last of each list that covers it: the shift that began last, the turn that was made last.
            holders = [one for one in (*shifts, *turns) if one.start <= begins < one.until]
            holder = replace(holders[-1], start=begins, until=ends) if holders else Span(begins, ends, "")
            if found and replace(found[-1], until=ends) == replace(holder, start=found[-1].start):
                found[-1] = replace(found[-1], until=ends)
            else:
                found.append(holder)
        return found

    def _shifts(self, service: str, start: datetime, until: datetime) -> Iterator[Span]:
        patterns = [shift for shift in self._all(Shift) if shift.service == service]
        if not patterns:
            return
        # A shift of the day before may reach into the first day.
        day = start.astimezone(self.zone).date() - _DAY
        last = until.astimezone(self.zone).date()
        holidays = self.holidays(service, day, last)
        while day <= last:
            for shift in patterns:
                if str(day.isoweekday()) not in shift.weekdays:
                    continue
                if shift.holidays != Holidays.TOO and (shift.holidays == Holidays.ONLY) != (day in holidays):
                    continue
                begins = self._instant(day, shift.begins)
                ends = self._instant(day if shift.ends > shift.begins else day + _DAY, shift.ends)
                if begins < ends and begins < until and ends > start:
                    yield Span(begins, ends, shift.function, shift.backup)
            day += _DAY

    def holidays(self, service: str, first: date, last: date) -> dict[date, str]:
        """The holidays of a service between two days, with their names."""
        return {
            row.date: row.name
            for row in self._all(Holiday)
            if first <= row.date <= last and row.service in {"", service}
        }

    def _instant(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.zone).astimezone(UTC)


def on_duty(service: str, at: datetime) -> OnDuty | None:
    """Who has the duty of a service of this node at an aware instant; None where nobody has it."""
    return Rota(here()).on_duty(service, at)


def zone_of(node: Node) -> tzinfo:
    """The time zone of the first agreement in force; UTC where none is."""
    policies = node.register.policies()
    return zone(policies[0].standing.signed.agreement.time_zone if policies else "UTC")


def ledger_of(node: Node) -> str:
    """Django's name for the database that a node's ledger is in: the rota stands beside it."""
    return getattr(node.store, "alias", "default")

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
from typing import Final, TypeVar

from django.db import models

from entente.node import Node
from entente.records.times import zone
from entente_node.directory.here import node as here
from entente_node.duty.models import Above, DutyFunction, Holiday, Holidays, Shift, Turn

M = TypeVar("M", bound=models.Model)

AHEAD: Final = timedelta(days=8)
"""How far a duty is followed to find its end: more than the week that a pattern takes."""
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
    """The rota of one node, read from its ledger as it is asked."""

    def __init__(self, node: Node) -> None:
        self.alias = ledger_of(node)
        self._node = node

    @cached_property
    def zone(self) -> tzinfo:
        """The agreement's time zone; UTC where none is in force."""
        return zone_of(self._node)

    def rows(self, model: type[M]) -> models.QuerySet[M]:
        """The rows of one table of the duty, in this node's ledger."""
        return model._default_manager.using(self.alias)  # noqa: SLF001  Django's public name for it

    def now(self) -> datetime:
        """The clock of the node."""
        return self._node.clock()

    def services(self) -> list[str]:
        """The services that have a rota: a shift, or a turn that is not over."""
        now = self.now()
        shifts = self.rows(Shift).values_list("service", flat=True)
        turns = self.rows(Turn).filter(until__gt=now).values_list("service", flat=True)
        return sorted({*shifts, *turns})

    def has_rota(self, service: str) -> bool:
        """Whether somebody has ever said who is on duty there: a service without a rota is not called."""
        return self.rows(Shift).filter(service=service).exists() or (
            self.rows(Turn).filter(service=service).exists()
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

    def escalation(self, service: str) -> tuple[str, ...]:
        """The functions that are called when nobody answers, in their order."""
        ranked = self.rows(DutyFunction).filter(service=service, rank__isnull=False)
        return tuple(ranked.order_by("rank", "function").values_list("function", flat=True))

    def above(self, service: str) -> str:
        """The service whose duty is called after these; empty where none is named."""
        row = self.rows(Above).filter(service=service).first()
        return row.above if row else ""

    @cached_property
    def _names(self) -> dict[tuple[str, str], str]:
        rows = self.rows(DutyFunction).values_list("service", "function", "name")
        return {(service, function): name for service, function, name in rows}

    def name_of(self, service: str, function: str) -> str:
        """What people call a function."""
        return self._names.get((service, function), function)

    def spans(self, service: str, start: datetime, until: datetime) -> list[Span]:
        """Who has the duty from ``start`` to ``until``, stretch after stretch, gaps said; instants in UTC."""
        start, until = start.astimezone(UTC), until.astimezone(UTC)
        shifts = sorted(self._shifts(service, start, until), key=lambda one: one.start)
        turns = [
            Span(turn.start, turn.until, turn.function, turn.backup, turn.absent)
            for turn in self.rows(Turn)
            .filter(service=service, start__lt=until, until__gt=start)
            .order_by("pk")
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
        patterns = list(self.rows(Shift).filter(service=service).order_by("pk"))
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
        rows = self.rows(Holiday).filter(date__gte=first, date__lte=last, service__in=["", service])
        return {row.date: row.name for row in rows}

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

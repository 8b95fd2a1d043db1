"""The rota, the calls and the hand-over as the pages show them. Functions, never persons.

Staff of a node see the rota of all its services, because who is on duty next door is what a
duty has to know. A call is shown only where the record that it is about is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.roles import Role
from entente_node.duty.models import Call, Handover, Level, Reason, Shift, Turn
from entente_node.duty.rota import OnDuty, Rota, Span

STAFF: Final = frozenset({Role.AGENT, Role.OFFICER, Role.COORDINATOR, Role.SECRETARIAT, Role.ADMINISTRATOR})
"""Who sees the rota: those who work for the node, and neither observers nor the community."""
WEEK: Final = 7
_DAY: Final = timedelta(days=1)
HANDOVERS: Final = 5
CALLS: Final = 50


@dataclass(frozen=True)
class Part:
    """Who has the duty in a part of one day."""

    span: Span
    begins: str
    ends: str
    function: str
    """Its name; empty in a gap."""
    backup: str
    absent: str
    is_now: bool


@dataclass(frozen=True)
class Day:
    """One day of the week as the agreement's clock counts it."""

    day: date
    holiday: str
    parts: tuple[Part, ...]
    is_today: bool


@dataclass(frozen=True)
class Post:
    """One service: who is on duty now, who is next, and its week."""

    service: str
    name: str
    is_own: bool
    duty: OnDuty | None
    function: str
    backup: str
    telephone: str
    next: Span | None
    next_function: str
    days: tuple[Day, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A call, with the words for it."""

    call: Call
    service: str
    function: str
    level: str
    reason: str


def services_of(viewer: Viewer) -> dict[str, str]:
    """Our services and their names, the viewer's own first."""
    found: dict[str, str] = {}
    for agreement in viewer.agreements:
        party = agreement.party(viewer.party)
        found.update({service.id: service.name for service in (party.services if party else ())})
    return dict(sorted(found.items(), key=lambda one: (one[0] != viewer.user.service, one[1])))


def posts(viewer: Viewer, rota: Rota, monday: date | None = None) -> list[Post]:
    """Each service with a rota, the viewer's own first; with the week that begins on ``monday``."""
    named = services_of(viewer)
    have = set(rota.services())
    ordered = [*(one for one in named if one in have), *sorted(have - set(named))]
    return [_post(viewer, rota, service, named.get(service, service), monday) for service in ordered]


def _post(viewer: Viewer, rota: Rota, service: str, name: str, monday: date | None) -> Post:
    duty = rota.on_duty(service, viewer.now)
    here = rota.span_at(service, viewer.now)
    following = rota.span_at(service, here.until) if here else None
    row = rota.function(service, duty.function) if duty else None
    return Post(
        service=service,
        name=name,
        is_own=service == viewer.user.service,
        duty=duty,
        function=rota.name_of(service, duty.function) if duty else "",
        backup=rota.name_of(service, duty.backup) if duty and duty.backup else "",
        telephone=row.telephone if row else "",
        next=following,
        next_function=rota.name_of(service, following.function) if following and following.function else "",
        days=tuple(_week(viewer, rota, service, monday)) if monday else (),
    )


def _week(viewer: Viewer, rota: Rota, service: str, monday: date) -> Iterable[Day]:
    midnights = [
        datetime.combine(monday + index * _DAY, datetime.min.time(), rota.zone) for index in range(WEEK + 1)
    ]
    spans = rota.spans(service, midnights[0], midnights[-1])
    holidays = rota.holidays(service, monday, monday + (WEEK - 1) * _DAY)
    today = viewer.now.astimezone(rota.zone).date()
    for start, end in pairwise(midnights):
        parts = [
            _part(
                viewer, rota, service, replace(span, start=max(span.start, start), until=min(span.until, end))
            )
            for span in spans
            if span.start < end and span.until > start
        ]
        yield Day(start.date(), holidays.get(start.date(), ""), tuple(parts), start.date() == today)


def _part(viewer: Viewer, rota: Rota, service: str, span: Span) -> Part:
    local = span.until.astimezone(rota.zone)
    return Part(
        span=span,
        begins=span.start.astimezone(rota.zone).strftime("%H:%M"),
        ends="24:00" if local.strftime("%H:%M") == "00:00" else local.strftime("%H:%M"),
        function=rota.name_of(service, span.function) if span.function else "",
        backup=rota.name_of(service, span.backup) if span.backup else "",
        absent=rota.name_of(service, span.absent) if span.absent else "",
        is_now=span.start <= viewer.now < span.until,
    )


def monday_of(text: str, viewer: Viewer, rota: Rota) -> date:
    """The Monday of a week such as ``2022-W05``; this week's for anything else."""
    today = viewer.now.astimezone(rota.zone).date()
    try:
        year, _, week = text.partition("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    except ValueError:
        return today - today.weekday() * _DAY


def week_of(monday: date) -> str:
    """A week as ISO 8601 writes it."""
    year, week, _ = monday.isocalendar()
    return f"{year:04}-W{week:02}"


def open_calls(viewer: Viewer, rota: Rota) -> list[Shown]:
    """The open calls about records that the viewer may see, the nearest deadline first."""
    seen = viewer.records().filter(code=OuterRef("code"))
    rows = rota.rows(Call).filter(Exists(seen), ended_at=None).order_by("-at")[: CALLS * 4]
    far = datetime.max.replace(tzinfo=viewer.now.tzinfo)
    kept = sorted(rows, key=lambda row: (row.deadline or far, row.pk))
    return [shown(viewer, rota, row) for row in kept[:CALLS]]


def shown(viewer: Viewer, rota: Rota, call: Call) -> Shown:
    """A call with its words."""
    return Shown(
        call=call,
        service=viewer.service_name(viewer.party, call.service),
        function=rota.name_of(call.service, call.function),
        level=level_word(call.level),
        reason=reason_word(call.reason),
    )


def level_word(level: str) -> str:
    """Why this function was called."""
    return {
        Level.DUTY: _("on duty"),
        Level.BACKUP: _("backup"),
        Level.ESCALATION: _("escalation"),
        Level.AUTHOR: _("our own duty, to call them"),
    }.get(Level(level), level)


def reason_word(reason: str) -> str:
    """What a call is about."""
    return {
        Reason.NEW: pgettext("call", "new"),
        Reason.UNANSWERED: _("nobody has answered yet"),
        Reason.OVERDUE: _("the time to acknowledge is over"),
        Reason.UNACTED: _("the time to act is over"),
        Reason.WITHHELD: _("it cannot leave"),
        Reason.MEASURE: pgettext("call", "a measure that is overdue"),
    }.get(Reason(reason), reason)


def handovers(rota: Rota, service: str) -> list[Handover]:
    """The last hand-overs of a service, newest first."""
    return list(rota.rows(Handover).filter(service=service).order_by("-at", "-pk")[:HANDOVERS])


def holiday_word(shift: Shift) -> str:
    """Whether a shift holds on holidays."""
    return {"too": _("holidays too"), "not": _("not on holidays"), "only": _("on holidays only")}[
        shift.holidays
    ]


def days_word(shift: Shift) -> str:
    """The days of a shift, in the reader's language."""
    if shift.weekdays == "1234567":
        return _("every day")
    monday = date(2024, 1, 1)
    return ", ".join(telling.dated(monday + (int(digit) - 1) * _DAY, "D").lower() for digit in shift.weekdays)


def coming_turns(rota: Rota, service: str, now: datetime) -> list[Turn]:
    """The turns of a service that are not over."""
    return list(rota.rows(Turn).filter(service=service, until__gt=now).order_by("start", "pk"))

"""What each side did, hour by hour: ours on one side, theirs on the other.

Alerts raised, steps of the dossiers, measures, the corridor's state, meetings: every record that
people talk about, from :meth:`Viewer.records`, so an answer behind the wall is not there. In the
order of when it happened, not of when it arrived; what is known only to the day stands before the
hours of that day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
from typing import Final

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from entente.errors import EntenteError
from entente.records import KINDS, Action, CorridorStatus, Message
from entente.records import Record as CoreRecord
from entente.records.base import Role, fields_of
from entente.records.times import parse_at
from entente_node.alerts.filters import EVERYWHERE, MINE
from entente_node.directory import areas, cursors, telling
from entente_node.directory.access import Viewer
from entente_node.directory.filters import Chosen, Group
from entente_node.directory.journeys import ANSWERS
from entente_node.directory.whom import in_words
from entente_node.ledger.models import Record
from entente_node.ledger.reading import bodies_of

PAGE: Final = 60
WHAT: Final[dict[str, tuple[str, ...]]] = {
    "alerts": ("alert",),
    "steps": ("message", "withdrawal"),
    "measures": ("action",),
    "corridor": ("corridor-status",),
    "meetings": ("meeting", "communique", "commitment"),
    "reports": ("situation", "incident", "observation", "contact"),
}
"""The filter by what was done, and the kinds behind each value."""
_LONGEST: Final = 240
_TITLES: Final = ("headline", "what", "subject", "text", "function", "type", "group")


@dataclass(frozen=True)
class Deed:
    """One thing that one side did."""

    code: str
    """The record to open: an answer is read with what it is about, if that may be seen."""
    ours: bool
    party: str
    service: str
    at: str
    """The clock, where the instant is known."""
    kind: str
    what: str
    said: str
    """What somebody wrote."""
    place: str
    colour: str


@dataclass(frozen=True)
class Hour:
    """What both sides did in one hour; without an hour, what is known of a day or longer."""

    label: str
    ours: list[Deed]
    theirs: list[Deed]


@dataclass(frozen=True)
class Day:
    """One day of the agreement's time zone, the newest hour first."""

    label: str
    hours: list[Hour]


@dataclass(frozen=True)
class Timeline:
    """One page."""

    days: list[Day]
    filters: list[Group]
    is_chosen: bool
    newest: str
    older: str


@dataclass(frozen=True)
class Wanted:
    """What is chosen in the address."""

    viewer: Viewer
    what: str = ""
    side: str = ""
    area: str = EVERYWHERE
    before: tuple[int, ...] | None = None
    """Only what is older than this start, and of what began then only smaller keys."""

    @classmethod
    def chosen(cls, viewer: Viewer, query: Mapping[str, str]) -> Wanted:
        """The filters of an address; what is not known there is no filter."""
        known = areas.areas_of(viewer.agreements)
        here = MINE if viewer.areas_within else EVERYWHERE
        area = query.get("area", "")
        side = query.get("side", "")
        parties = {party.id for agreement in viewer.named() for party in agreement.parties}
        return cls(
            viewer,
            what=query.get("what", "") if query.get("what", "") in WHAT else "",
            side=side if side in parties else "",
            area=area if area in known or area == EVERYWHERE else here,
            before=cursors.found(viewer.user, query.get("before", ""), 2),
        )

    @property
    def filters(self) -> Chosen:
        """The filters as an address has them."""
        return Chosen(
            "/timeline",
            {"what": self.what, "side": self.side, "area": self.area},
            {"area": MINE if self.viewer.areas_within else EVERYWHERE},
        )


def timeline(wanted: Wanted) -> Timeline:
    """One page of what was done, the newest first."""
    rows = _rows(wanted)
    shown = rows[:PAGE]
    last = shown[-1] if len(rows) > PAGE else None
    return Timeline(
        days=_days(wanted.viewer, shown),
        filters=_filters(wanted),
        is_chosen=bool(wanted.what or wanted.side or wanted.before),
        newest=wanted.filters.url() if wanted.before else "",
        older=wanted.filters.url(before=cursors.sealed(wanted.viewer.user, last.starts, last.pk))
        if last
        else "",
    )


def _rows(wanted: Wanted) -> list[Record]:
    """One more than a page: of each kind the newest, by its index, put together by time."""
    kinds = WHAT[wanted.what] if wanted.what else [kind for kinds in WHAT.values() for kind in kinds]
    rows = wanted.viewer.records().filter(code__isnull=False)
    if wanted.side:
        rows = rows.filter(party=wanted.side)
    known = areas.areas_of(wanted.viewer.agreements)
    if wanted.area == MINE:
        rows = rows.exclude(place__in=areas.elsewhere(known, wanted.viewer.user.areas))
    elif wanted.area != EVERYWHERE:
        rows = rows.filter(place__in=areas.within(known, {wanted.area}))
    if wanted.before is not None:
        start, key = wanted.before
        rows = rows.filter(Q(starts__lt=start) | Q(starts=start, pk__lt=key))
    found = [list(rows.filter(kind=kind).order_by("-starts", "-pk")[: PAGE + 1]) for kind in kinds]
    return list(merge(*found, key=lambda row: (row.starts, row.pk), reverse=True))[: PAGE + 1]


def _days(viewer: Viewer, rows: list[Record]) -> list[Day]:
    bodies: dict[int, CoreRecord] = {}
    for row in rows:
        try:
            bodies |= bodies_of([row])
        except EntenteError:  # of a later version: its header is shown
            continue
    about = {row.about for row in rows if row.about}
    known = set(viewer.records().filter(code__in=about).values_list("code", flat=True))
    days: dict[date, dict[int | None, list[Deed]]] = {}
    for row in rows:
        hours = days.setdefault(_day(viewer, row), {})
        hours.setdefault(_hour(viewer, row), []).append(_deed(viewer, row, bodies.get(row.pk), known))
    return [
        Day(_named(day), [_of_hour(hour, deeds) for hour, deeds in hours.items()])
        for day, hours in sorted(days.items(), reverse=True)
    ]


def _named(day: date) -> str:
    return f"{date_format(day, 'l', use_l10n=False)} {telling.dated(day, 'j F Y')}"


def _of_hour(hour: int | None, deeds: list[Deed]) -> Hour:
    return Hour(
        label=_("%(hour)s h") % {"hour": f"{hour:02}"} if hour is not None else _("in the day"),
        ours=[deed for deed in deeds if deed.ours],
        theirs=[deed for deed in deeds if not deed.ours],
    )


def _deed(viewer: Viewer, row: Record, record: CoreRecord | None, known: Collection[str | None]) -> Deed:
    exact = telling.exact(row.at)
    name = telling.either(KINDS[row.kind].title)
    return Deed(
        code=row.about if row.about in known and row.kind in ANSWERS else row.code or "",
        ours=row.local,
        party=viewer.name_of(row.party),
        service=viewer.service_name(row.party, row.service),
        at=exact.astimezone(viewer.zone).strftime("%H:%M")
        if exact
        else telling.when(row.at, viewer.zone, viewer.now),
        kind=name,
        what=_done(record, name),
        said=_said(in_words(viewer, record, row.party))
        if record is not None and row.withdrawn_at is None
        else "",
        place=telling.where(record.place) if record is not None else "",
        colour=_colour(record),
    )


def _done(record: CoreRecord | None, name: str) -> str:
    """What was done, in a few words."""
    match record:
        case Message(step=str(step)):
            return telling.word(Message, "step", step)
        case Action():
            return f"{name}{telling.colon()}{telling.word(Action, 'state', record.state)}"
        case CorridorStatus():
            subject = record.post or record.route or ""
            state = telling.word(CorridorStatus, "status", record.status)
            return f"{name}{f' {subject}' if subject else ''}{telling.colon()}{state}"
        case _:
            return name


def _said(record: CoreRecord) -> str:
    """The words that somebody wrote, or the choice that says most."""
    for field in _TITLES:
        value = getattr(record, field, None)
        if isinstance(value, str) and value:
            is_choice = fields_of(type(record))[field].role is Role.CHOICE
            text = telling.word(type(record), field, value) if is_choice else value
            return text[: _LONGEST - 1] + "…" if len(text) > _LONGEST else text
    return ""


def _colour(record: CoreRecord | None) -> str:
    match record:
        case Message(step=str(step)):
            return step
        case Action(state=state):
            return {"done": "closed", "accepted": "acknowledged", "under_way": "under_way"}.get(state, "")
        case None:
            return ""
        case _:
            return "new" if record.kind() == "alert" else ""


def _local(viewer: Viewer, row: Record) -> datetime:
    exact = telling.exact(row.at)
    # A day is a day of the agreement's zone already: it has no instant that could be moved into it.
    return exact.astimezone(viewer.zone) if exact else parse_at(row.at)[0]


def _day(viewer: Viewer, row: Record) -> date:
    return _local(viewer, row).date()


def _hour(viewer: Viewer, row: Record) -> int | None:
    exact = telling.exact(row.at)
    if exact is not None:
        return exact.astimezone(viewer.zone).hour
    start, precision = parse_at(row.at)
    return start.astimezone(viewer.zone).hour if precision == "hour" else None


def _filters(wanted: Wanted) -> list[Group]:
    """By what was done, by side, and by area where there is more than the zone."""
    chosen, places = wanted.filters, _places(wanted)
    what = {
        "": _("Everything"),
        "alerts": _("Alerts"),
        "steps": _("Answers"),
        "measures": _("Measures"),
        "corridor": _("Corridor"),
        "meetings": _("Meetings"),
        "reports": _("Reports"),
    }
    return [
        chosen.group("what", _("What was done"), what),
        chosen.group("side", _("By side"), _sides(wanted.viewer)),
        *([chosen.group("area", _("By area"), places)] if len(places) > 1 else []),
    ]


def _sides(viewer: Viewer) -> dict[str, str]:
    parties = dict.fromkeys(party.id for agreement in viewer.named() for party in agreement.parties)
    others = {party: viewer.name_of(party) for party in parties if party != viewer.party}
    return {"": _("Both sides"), viewer.party: _("Ours")} | others


def _places(wanted: Wanted) -> dict[str, str]:
    known = areas.areas_of(wanted.viewer.agreements)
    found = {MINE: _("My area")} if wanted.viewer.areas_within else {}
    found[EVERYWHERE] = _("The whole zone")
    if wanted.area in known:
        found[wanted.area] = known[wanted.area].name
    return found

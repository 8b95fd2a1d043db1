"""The situation: what waits for us, the line, what could not leave, the rest, the map; in the viewer's area first.

Everything starts from :meth:`Viewer.records`, the counts as well. Making it has two steps: what
is shown, in a few queries (:class:`Glance`, which says whether a browser's copy still holds), and
the page, for which the alerts of the list and of the map are decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from entente.records import CorridorStatus
from entente_node.alerts.corridor import REPORTS, Corridor, corridor
from entente_node.alerts.filters import EVERYWHERE, Filters, groups, where
from entente_node.alerts.reading import OPEN, Reading, readings
from entente_node.alerts.standing import Standing, standings
from entente_node.directory.access import Viewer
from entente_node.directory.filters import Group
from entente_node.directory.journeys import Held, withheld
from entente_node.directory.line import Told, told
from entente_node.directory.measures import Told as Measured
from entente_node.directory.measures import measures, roots
from entente_node.directory.roles import May
from entente_node.duty.templatetags.duty import on_duty_now
from entente_node.ledger.models import Withheld

PAGE: Final = 30
OURS: Final = frozenset({"answer", "action"})
"""What an alert waits for when it waits for this side."""
MOST_ASKED: Final = 100
"""Measures of which it is asked whether they wait for an answer."""
MOST_SORTED: Final = 300
"""Alerts that are decoded for the list and the map, the most urgent: a night with more is read filter by filter."""


@dataclass(frozen=True)
class Glance:
    """What is shown, as far as a few queries tell it."""

    viewer: Viewer
    filters: Filters

    @cached_property
    def standings(self) -> list[Standing]:
        """Every alert that counts."""
        return standings(self.viewer)

    @cached_property
    def lines(self) -> list[Told]:
        """The line to each partner."""
        return told(self.viewer)

    @cached_property
    def held(self) -> list[Held]:
        """What did not leave, in the chosen area."""
        return [one for one in withheld(self.viewer) if self.filters.fits_place(one.row.record.place)]

    @cached_property
    def _measures(self) -> list[Measured]:
        """The newest measures, where the viewer has anything to say of them."""
        if not self.viewer.may(May.MEASURE):
            return []
        return list(measures(self.viewer, roots(self.viewer, MOST_ASKED)).values())

    @cached_property
    def asked(self) -> int:
        """How many measures, of the newest, want the answer of the viewer's service."""
        return sum(one.waits for one in self._measures)

    @cached_property
    def overdue(self) -> int:
        """How many measures, of the newest, in which the viewer's service takes part should have ended."""
        return sum(one.is_late and one.is_with_us for one in self._measures)

    @cached_property
    def shown(self) -> list[Standing]:
        """The alerts behind the filters, in the order of the list."""
        shown = [one for one in self.standings if self.filters.fits(one)]
        if self.filters.state in {"open", "waits", *OPEN}:
            return sorted(shown, key=lambda one: one.rank(self.viewer.party))
        return sorted(shown, key=lambda one: (-one.opened_at, -one.pk))

    @cached_property
    def readings(self) -> list[Reading]:
        """The first of them, decoded: what the map shows."""
        return list(_read(self.viewer, self.shown[:MOST_SORTED]).values())

    @property
    def seen(self) -> tuple[object, ...]:
        """Values that change when, and only when, something changes that the page shows."""
        reports = self.viewer.records().filter(kind=CorridorStatus.kind(), withdrawn_at=None)
        mine = [one.pk for one in self.standings if one.party == self.viewer.party and one.state in OPEN]
        kept_back = Withheld.objects.filter(record__in=mine[:MOST_SORTED]).order_by("record", "recipient")
        return (
            self.standings,
            # Which of them are new enough is the clock's to say.
            [one.pk for one in self.shown] if self.filters.period else [],
            self.asked,
            self.overdue,
            [one.seen for one in self.lines],
            [one.seen for one in self.held],
            [(one.name, one.function, one.backup) for one in on_duty_now(self.viewer).get("posts", ())],
            list(kept_back.values_list("record", "recipient")),
            list(reports.order_by("-starts", "-pk").values_list("pk", flat=True)[:REPORTS]),
        )

    @property
    def moments(self) -> dict[str, datetime | None]:
        """Instants that move while nothing else does."""
        heard = {one.key: one.heard_at for one in self.lines}
        return heard | {one.tried_key: one.tried_at for one in self.lines}


@dataclass(frozen=True)
class Situation:
    """What the page shows."""

    waiting: list[Reading]
    rest: list[Reading]
    waits: int
    """How many wait for us in the chosen area."""
    elsewhere: int
    """How many more wait for us outside it."""
    asked: int
    """How many measures want an answer of the viewer's service."""
    overdue: int
    """How many in which it takes part should have ended."""
    groups: list[Group]
    held: list[Held]
    lines: list[Told]
    corridor: Corridor | None
    filters: Filters
    where: Group | None
    until: datetime | None
    """When the next deadline passes, and the page says so."""
    older: str
    newer: str

    @property
    def alerts(self) -> list[Reading]:
        """Those of this page, in their order."""
        return [*self.waiting, *self.rest]

    @property
    def is_seen(self) -> bool:
        """Whether an agreement in force names the viewer's service at all."""
        return bool(self.filters.viewer.named())

    @property
    def may_answer(self) -> bool:
        """Whether what waits can wait for this viewer, and not only for others of this side."""
        return self.filters.viewer.may(May.ANSWER)

    @property
    def all_waiting(self) -> str:
        """What waits for us in this area."""
        return self.filters.cleared(state="waits", area=self.filters.area)

    @property
    def waiting_elsewhere(self) -> str:
        """What waits for us anywhere."""
        return self.filters.cleared(state="waits", area=EVERYWHERE)

    @property
    def map_url(self) -> str:
        """The map that moves, of the same alerts."""
        return self.filters.url().replace("/", "/map", 1)

    @property
    def cleared(self) -> str:
        """Where nothing is filtered but by the viewer's own choice between area and zone."""
        area = EVERYWHERE if self.filters.area == EVERYWHERE else self.filters.here
        return self.filters.cleared(area=area)

    @property
    def further(self) -> list[Group]:
        """The filters that are folded away until one of them is used."""
        return self.groups[1:]

    @property
    def is_unfolded(self) -> bool:
        """Whether one of those is used."""
        return any(
            choice.chosen for group in self.further if group.name != "area" for choice in group.choices[1:]
        )


def situation(glance: Glance) -> Situation:
    """The page for what is chosen."""
    viewer, filters = glance.viewer, glance.filters
    shown = glance.shown
    start = min(filters.page * PAGE, max(len(shown) - 1, 0) // PAGE * PAGE)
    read = {one.row.pk: one for one in glance.readings}
    if start + PAGE > MOST_SORTED:
        read |= _read(viewer, shown[start : start + PAGE])
    alerts = [read[one.pk] for one in shown[start : start + PAGE] if one.pk in read]
    first = [] if filters.is_chosen else [one for one in alerts if one.awaits in OURS]
    here, all_over = _waiting(glance)
    return Situation(
        waiting=first,
        rest=[one for one in alerts if filters.is_chosen or one.awaits not in OURS],
        waits=here,
        elsewhere=all_over - here,
        asked=glance.asked,
        overdue=glance.overdue,
        groups=groups(filters, glance.standings),
        held=glance.held,
        lines=glance.lines,
        corridor=mapped(glance),
        filters=filters,
        where=where(filters),
        until=min((due for one in read.values() if (due := one.deadline) and due > viewer.now), default=None),
        older=filters.url(page=start // PAGE + 1) if len(shown) > start + PAGE else "",
        newer=filters.url(page=start // PAGE - 1) if start else "",
    )


def mapped(glance: Glance) -> Corridor | None:
    """The map of what is chosen."""
    return corridor(glance.viewer, glance.readings, glance.filters)


def _read(viewer: Viewer, chosen: list[Standing]) -> dict[int, Reading]:
    """The alerts of these rows, decoded, in their order."""
    rows = viewer.records().select_related("dossier").in_bulk([one.pk for one in chosen])
    found = {one.row.pk: one for one in readings(viewer, rows.values())}
    return {one.pk: found[one.pk] for one in chosen if one.pk in found}


def _waiting(glance: Glance) -> tuple[int, int]:
    """How many alerts of the others wait for our answer or our action: in the area, and everywhere."""
    waiting = [one for one in glance.standings if one.awaits(glance.viewer.party)]
    return sum(1 for one in waiting if glance.filters.fits_place(one.place)), len(waiting)

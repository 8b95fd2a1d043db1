"""The situation's filters: each is a link, they combine, and each says how many alerts are behind it.

A filter's value stands in the address, so a list can be sent to a colleague, who sees of it what is
for him. Numbers are counted from :mod:`standing`, which is behind the wall: a count never tells of
an alert that its reader may not see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from entente.places import LEVELS, Area
from entente.records import Alert
from entente.records.alert import CATEGORY_LABELS, SEVERITIES
from entente.records.base import PURPOSES
from entente.records.words import CATEGORY
from entente_node.alerts.reading import OPEN
from entente_node.alerts.standing import MOST, Standing
from entente_node.directory import areas, telling
from entente_node.directory.access import Viewer
from entente_node.directory.filters import Choice, Chosen, Group, page_of

MINE: Final = "mine"
EVERYWHERE: Final = "all"
PERIODS: Final = {"day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400}
NAMES: Final = ("state", "side", "purpose", "severity", "event", "period", "area")
_STATES: Final = ("open", "waits", "new", "acknowledged", "under_way", "closed", "withdrawn", "all")
_ALWAYS: Final = ("open", "new", "closed", "all")
"""States that have a link even where nothing is behind it."""
_CATEGORIES: Final = {category.lower(): category for category in CATEGORY_LABELS.words}
_GRAVITY: Final = [severity.lower() for severity in SEVERITIES]
_LONGEST: Final = 64


@dataclass(frozen=True)
class Filters:
    """What is chosen; an empty value is no filter."""

    viewer: Viewer
    state: str = "open"
    side: str = ""
    purpose: str = ""
    severity: str = ""
    event: str = ""
    period: str = ""
    area: str = EVERYWHERE
    page: int = 0
    areas: Mapping[str, Area] = field(default_factory=dict)

    @classmethod
    def chosen(cls, viewer: Viewer, query: Mapping[str, str]) -> Filters:
        """The filters of an address; what is not known there is no filter."""
        values = {name: query.get(name, "")[:_LONGEST] for name in NAMES}
        known = areas.areas_of(viewer.agreements)
        here = MINE if viewer.areas_within else EVERYWHERE
        where = values["area"]
        parties = {party.id for agreement in viewer.agreements for party in agreement.parties}
        return cls(
            viewer,
            state=values["state"] if values["state"] in _STATES else "open",
            side=values["side"] if values["side"] in parties else "",
            purpose=values["purpose"] if values["purpose"] in PURPOSES else "",
            severity=values["severity"] if values["severity"] in _GRAVITY else "",
            event=values["event"],
            period=values["period"] if values["period"] in PERIODS else "",
            area=where if where in known or where == EVERYWHERE or (where == MINE and here == MINE) else here,
            page=page_of(query),
            areas=known,
        )

    @cached_property
    def here(self) -> str:
        """Where this viewer begins: in the own area, or everywhere."""
        return MINE if self.viewer.areas_within else EVERYWHERE

    @property
    def is_chosen(self) -> bool:
        """Whether anything but the area is filtered."""
        return self != Filters(self.viewer, area=self.area, page=self.page, areas=self.areas)

    @property
    def is_place(self) -> bool:
        """Whether one place was drilled into."""
        return self.area in self.areas

    def url(self, **changes: str | int) -> str:
        """The address with other values; what is as it begins is left out of it."""
        values = {name: getattr(self, name) for name in NAMES}
        return Chosen("/", values, {"state": "open", "area": self.here}).url(**changes)

    def cleared(self, **values: str) -> str:
        """The address with these values and no others."""
        return Filters(self.viewer, area=self.here).url(**values)

    def fits(self, standing: Standing, *, but: str = "") -> bool:
        """Whether an alert is behind these filters, without the one that is named."""
        return all(name == but or test(standing) for name, test in self._tests.items())

    def fits_place(self, code: str) -> bool:
        """Whether something at a place is in the chosen area."""
        if self.area == MINE:
            return code not in self.elsewhere
        return self.area == EVERYWHERE or code in self._inside

    @cached_property
    def elsewhere(self) -> frozenset[str]:
        """The places that are known not to concern the viewer's own area."""
        return areas.elsewhere(self.areas, self.viewer.user.areas)

    @cached_property
    def _inside(self) -> frozenset[str]:
        return areas.within(self.areas, {self.area})

    @cached_property
    def _tests(self) -> dict[str, Callable[[Standing], bool]]:
        """The tests of what is chosen."""
        tests: dict[str, Callable[[Standing], bool]] = {"state": lambda one: self.is_state(one, self.state)}
        if self.side:
            tests["side"] = lambda one: one.party == self.side
        if self.purpose:
            tests["purpose"] = lambda one: one.purpose == self.purpose
        if self.severity:
            tests["severity"] = lambda one: one.severity == self.severity
        if self.event:
            tests["event"] = lambda one: one.event == self.event
        if self.period:
            since = int(self.viewer.now.timestamp()) - PERIODS[self.period]
            tests["period"] = lambda one: one.opened_at >= since
        if self.area != EVERYWHERE:
            tests["area"] = lambda one: self.fits_place(one.place)
        return tests

    def is_state(self, one: Standing, state: str) -> bool:
        """Whether an alert is behind a choice of the filter by state."""
        match state:
            case "all":
                return True
            case "open":
                return one.state in OPEN
            case "waits":
                return bool(one.awaits(self.viewer.party))
            case _:
                return one.state == state


def groups(filters: Filters, rows: Iterable[Standing]) -> list[Group]:
    """Every filter that can divide what is there, the two that are asked most first."""
    rows = list(rows)
    made = [_states(filters, rows)]
    made += [_values(filters, rows, name, label) for name, label in _labels(filters.viewer).items()]
    made += [_periods(filters, rows), _places(filters, rows)]
    return [one for one in made if one.is_dividing]


def where(filters: Filters) -> Group | None:
    """The viewer's own area or the whole zone, for those who have an area."""
    names = areas.named(filters.areas, filters.viewer.user.areas)
    if not names:
        return None
    words = {MINE: f"{_('My area:')} {', '.join(names)}", EVERYWHERE: _("The whole zone")}
    choices = [
        Choice(label, filters.url(area=area), chosen=filters.area == area) for area, label in words.items()
    ]
    return Group("where", _("Where"), choices)


def counted(number: int) -> str:
    """A number of alerts; with a plus sign where there may be more."""
    return f"{MOST}+" if number >= MOST else str(number)


def _choice(filters: Filters, name: str, value: str, label: str, number: int) -> Choice:
    url = filters.url(**{name: value})
    return Choice(label=label, url=url, count=counted(number), chosen=getattr(filters, name) == value)


def _beside(filters: Filters, rows: Iterable[Standing], name: str) -> list[Standing]:
    """What is behind all filters but this one: what its links divide."""
    return [one for one in rows if filters.fits(one, but=name)]


def _states(filters: Filters, rows: list[Standing]) -> Group:
    words = {
        "open": pgettext("alerts", "Open"),
        "waits": pgettext("alerts", "Waiting for us"),
        "new": pgettext("alerts", "New"),
        "acknowledged": pgettext("alerts", "Acknowledged"),
        "under_way": pgettext("alerts", "Under way"),
        "closed": pgettext("alerts", "Closed"),
        "withdrawn": pgettext("alerts", "Withdrawn"),
        "all": pgettext("alerts", "All"),
    }
    beside = _beside(filters, rows, "state")
    numbers = {key: sum(1 for one in beside if filters.is_state(one, key)) for key in words}
    return Group(
        "state",
        _("By state"),
        [
            _choice(filters, "state", key, label, numbers[key])
            for key, label in words.items()
            if numbers[key] or key in _ALWAYS or key == filters.state
        ],
    )


def _labels(viewer: Viewer) -> dict[str, Callable[[str], str]]:
    """The filters by a value that alerts have, and how a value is called."""
    return {
        "side": lambda party: _("Ours") if party == viewer.party else viewer.name_of(party),
        "severity": lambda one: telling.word(Alert, "severity", one.capitalize()).capitalize(),
        "purpose": lambda one: telling.word(Alert, "purpose", one).capitalize(),
        "event": event_word,
    }


def _values(filters: Filters, rows: list[Standing], name: str, label: Callable[[str], str]) -> Group:
    """A filter by a value that the alerts have: those that are there under the other filters."""
    beside = _beside(filters, rows, name)
    numbers = Counter(getattr(one, "party" if name == "side" else name) for one in beside)
    there = {value for value in (*numbers, getattr(filters, name)) if value}
    title, everything = {
        "side": (_("By side"), _("Both sides")),
        "severity": (_("By severity"), _("Every severity")),
        "purpose": (_("By purpose"), _("Every purpose")),
        "event": (_("By what happened"), _("Everything")),
    }[name]
    choices = [_choice(filters, name, "", everything, len(beside))]
    order = sorted(there, key=lambda value: _order(filters.viewer, name, value, label(value)))
    choices += [_choice(filters, name, value, label(value), numbers[value]) for value in order]
    return Group(name, title, choices)


def _order(viewer: Viewer, name: str, value: str, label: str) -> tuple[int, str]:
    """The gravest first, ours before theirs, the rest by their words."""
    if name == "severity" and value in _GRAVITY:
        return _GRAVITY.index(value), ""
    return (0 if name == "side" and value == viewer.party else 1), label


def _periods(filters: Filters, rows: list[Standing]) -> Group:
    days = ngettext("Last %(count)d day", "Last %(count)d days", 30)
    words = {
        "": _("At any time"),
        "day": _("Last 24 hours"),
        "week": days % {"count": 7},
        "month": days % {"count": 30},
    }
    beside = _beside(filters, rows, "period")
    now = int(filters.viewer.now.timestamp())
    numbers = {key: sum(1 for one in beside if one.opened_at >= now - PERIODS.get(key, now)) for key in words}
    return Group(
        "period", _("By time"), [_choice(filters, "period", *one, numbers[one[0]]) for one in words.items()]
    )


def _places(filters: Filters, rows: list[Standing]) -> Group:
    """The coarser areas in which something is; a locality is chosen on the map."""
    beside = _beside(filters, rows, "area")
    numbers = Counter(one.place for one in beside)

    def inside(*codes: str) -> int:
        return sum(numbers[code] for code in areas.within(filters.areas, codes))

    choices = [_choice(filters, "area", EVERYWHERE, _("The whole zone"), len(beside))]
    if filters.here == MINE:
        mine = sum(number for code, number in numbers.items() if code not in filters.elsewhere)
        choices.insert(0, _choice(filters, "area", MINE, _("My area"), mine))
    for area in sorted(filters.areas.values(), key=lambda one: (-LEVELS.index(one.level), one.name)):
        number = inside(area.code)
        if area.code == filters.area or (number and area.level != "locality"):
            level = telling.either(telling.LEVELS.get(area.level, ("", "")))
            label = f"{area.name} ({level})" if level else area.name
            choices.append(_choice(filters, "area", area.code, label, number))
    return Group("area", _("By area"), choices)


def event_word(event: str) -> str:
    """What happened, in the reader's language."""
    if event.startswith(CATEGORY):
        return telling.word(
            Alert, "category", _CATEGORIES.get(event.removeprefix(CATEGORY), event)
        ).capitalize()
    return telling.word(Alert, "ttt_event", event).capitalize()

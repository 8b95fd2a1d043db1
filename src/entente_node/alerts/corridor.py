"""The map of the corridor: the zone's places, open alerts, what each side reports of its posts.

Drawn here, as SVG that needs no script. Everything on it comes from :meth:`Viewer.records`, and
everything on it is said in words beside it. What is known only to the district stands in the
middle of the district's places, and is drawn as "about here".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from entente.places import Area, Place, area_of, around
from entente.records import CorridorStatus
from entente_node.alerts.filters import Filters
from entente_node.alerts.geometry import Box, Point, Projection, clip, middle, path
from entente_node.alerts.reading import Reading
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.ledger.reading import bodies_of

WIDTH: Final = 400
HEIGHT: Final = 360
_MARGIN: Final = 62
_EDGE: Final = 6
_LETTER: Final = 10
_LEAST: Final = 0.4
"""Degrees that the map shows at least, were all places one."""
_DEGREE: Final = 100_000
_MARKERS: Final = 3
"""Alerts drawn at one place; the others are counted."""
_IN_WORDS: Final = 5
"""Alerts of one place that the map in words names."""
REPORTS: Final = 400
"""Reports of posts and routes that are looked at, the newest."""
_FLIP: Final = 0.66
"""Right of this share of the width, names stand on the left of their place."""
_NAMED: Final = 6_000.0
"""Square units of a country that has room for its name."""


@dataclass(frozen=True)
class Shape:
    """A country or a river: its path, its name, and where the name stands."""

    d: str
    name: str
    x: int
    y: int
    ours: bool = False
    party: bool = False


@dataclass(frozen=True)
class Marker:
    """One alert, drawn beside its place."""

    reading: Reading
    x: int
    y: int
    about: bool

    @property
    def shape(self) -> str:
        """The form says how grave it is."""
        return self.reading.severity if self.reading.severity != "Unknown" else "Minor"

    @property
    def fill(self) -> str:
        """Filled while nobody has answered; hollow once somebody has."""
        return self.reading.state


@dataclass(frozen=True)
class Report:
    """What one side says of a post or a route."""

    party: str
    name: str
    short: str
    status: str
    word: str
    when: str
    subject: str = ""
    """The post or the route."""
    road: str = ""


@dataclass
class Spot:
    """One place of the map and all that is said of it."""

    name: str
    x: int
    y: int
    drawn: bool
    """A locality has a dot; a district has only what is known of it."""
    url: str = ""
    """The list of what is there; empty for a point that is no place of the zone."""
    alerts: list[Reading] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    @property
    def in_words(self) -> list[Reading]:
        """Its most urgent alerts; the list of the place has the others."""
        return self.alerts[:_IN_WORDS]

    @property
    def untold(self) -> int:
        """How many others there are."""
        return max(0, len(self.alerts) - _IN_WORDS)

    @property
    def flipped(self) -> bool:
        """Whether its name stands on its left."""
        return self.x > WIDTH * _FLIP

    @property
    def name_x(self) -> int:
        """Where its name begins, or ends."""
        return self.x + (-9 if self.flipped else 9)

    @property
    def markers(self) -> list[Marker]:
        """Its alerts, the most urgent nearest."""
        step = 22 if self.flipped else -22
        return [
            Marker(reading, self.x + step * (at + 1) + (4 if step < 0 else -4), self.y, not self.drawn)
            for at, reading in enumerate(self.alerts[:_MARKERS])
        ]

    @property
    def uncounted(self) -> tuple[int, int] | None:
        """How many alerts are not drawn, and where that is written."""
        left = len(self.alerts) - _MARKERS
        step = 22 if self.flipped else -22
        return (left, self.x + step * (_MARKERS + 1)) if left > 0 else None

    @property
    def signs(self) -> list[tuple[Report, int, int]]:
        """The reports with the place of their sign."""
        step = -21 if self.flipped else 21
        # After the name, whose width is not known here: a letter is about so wide.
        start = self.name_x + (_LETTER * len(self.name) + 3) * (-1 if self.flipped else 1)
        start -= 18 if self.flipped else 0
        return [(report, start + step * at, self.y - 9) for at, report in enumerate(self.reports)]

    @property
    def differs(self) -> bool:
        """Whether the sides do not report the same."""
        return any(
            one.party != other.party and one.status != other.status
            for one in self.reports
            for other in self.reports
        )


@dataclass(frozen=True)
class Corridor:
    """The drawing, and the same in words."""

    name: str
    countries: list[Shape]
    rivers: list[Shape]
    spots: list[Spot]

    @property
    def told(self) -> list[Spot]:
        """The places of which something is said."""
        return [spot for spot in self.spots if spot.alerts or spot.reports]

    @property
    def reported(self) -> list[Spot]:
        """The places whose state somebody reports."""
        return [spot for spot in self.spots if spot.reports]


def corridor(viewer: Viewer, readings: Iterable[Reading], filters: Filters | None = None) -> Corridor | None:
    """The map of the first agreement whose zone has places with points; None where there is none.

    Each place leads to the list of what is there; reports are those of the area that is filtered.
    """
    filters = filters or Filters(viewer)
    for agreement in viewer.named():
        areas = {area.code: area for area in agreement.zone.areas}
        points = [_point(area) for area in areas.values() if area.lat is not None]
        if points:
            drawing = Projection.fit(points, WIDTH, HEIGHT, _MARGIN, _LEAST)
            spots = _Spots(areas, drawing, filters)
            for reading in readings:
                if reading.alert is not None and reading.alert.place is not None:
                    spot = spots.of(reading.alert.place)
                    if spot is not None:
                        spot.alerts.append(reading)
            _report(viewer, spots, filters)
            countries = {party.country: party.id for party in agreement.parties}
            return Corridor(
                name=agreement.zone.name,
                countries=_countries(drawing, countries, viewer.party),
                rivers=_rivers(drawing),
                spots=spots.all(),
            )
    return None


class _Spots:
    """The places of the zone on the drawing, and those that records add."""

    def __init__(self, areas: Mapping[str, Area], drawing: Projection, filters: Filters) -> None:
        self._areas = areas
        self._drawing = drawing
        self._filters = filters
        self._spots: dict[object, Spot] = {}
        for area in areas.values():
            if area.lat is not None:
                x, y = drawing.of(_point(area))
                self._spots[area.code] = Spot(area.name, x, y, drawn=True, url=filters.url(area=area.code))

    def all(self) -> list[Spot]:
        """From north to south."""
        return sorted(self._spots.values(), key=lambda spot: (spot.y, spot.x))

    def of(self, place: Place) -> Spot | None:
        """Where the place is drawn: its area, the middle of the localities in it, or its own point."""
        area = area_of(place, self._areas)
        if area is None:
            return self._pointed(place)
        if area.code not in self._spots:
            inside = [
                _point(one)
                for one in self._areas.values()
                if one.lat is not None and any(outer.code == area.code for outer in around(one, self._areas))
            ]
            if not inside:
                return None
            centre = (sum(x for x, _ in inside) / len(inside), sum(y for _, y in inside) / len(inside))
            x, y = self._drawing.of(centre)
            name = f"{area.name} ({telling.either(telling.LEVELS.get(area.level, ('', '')))})"
            # Above the locality that the middle may fall on.
            url = self._filters.url(area=area.code)
            self._spots[area.code] = Spot(name, x, y - 24, drawn=False, url=url)
        return self._spots[area.code]

    def _pointed(self, place: Place) -> Spot | None:
        if place.lat is None or place.lon is None:
            return None
        x, y = self._drawing.of((place.lon / _DEGREE, place.lat / _DEGREE))
        if not (0 <= x <= WIDTH and 0 <= y <= HEIGHT):
            return None
        return self._spots.setdefault((x // 8, y // 8), Spot(telling.where(place), x, y, drawn=True))


def _report(viewer: Viewer, spots: _Spots, filters: Filters) -> None:
    """The newest report of each side about each place."""
    found = viewer.records().filter(kind=CorridorStatus.kind(), withdrawn_at=None)
    rows = list(found.order_by("-starts", "-pk")[:REPORTS])
    bodies = bodies_of(rows)
    shorts = {party.id: party.short for agreement in viewer.agreements for party in agreement.parties}
    said: set[tuple[int, str, str]] = set()
    for row in rows:
        record = bodies.get(row.pk)
        if (
            not isinstance(record, CorridorStatus)
            or record.place is None
            or not filters.fits_place(row.place)
        ):
            continue
        spot, subject = spots.of(record.place), record.post or record.route or ""
        if spot is None or (id(spot), subject, row.party) in said:
            continue
        said.add((id(spot), subject, row.party))
        spot.reports.append(
            Report(
                party=row.party,
                name=viewer.name_of(row.party),
                short=shorts.get(row.party, row.party),
                status=record.status,
                word=telling.word(CorridorStatus, "status", record.status),
                when=telling.when(row.at, viewer.zone, viewer.now),
                subject=subject,
                road=telling.value_of(record, "road", viewer.zone, viewer.now),
            )
        )
        spot.reports.sort(key=lambda report: (report.party != viewer.party, report.party, report.subject))


def _point(area: Area) -> Point:
    return (area.lon or 0) / _DEGREE, (area.lat or 0) / _DEGREE


@cache
def outlines() -> dict[str, Any]:
    """Countries and rivers around the zone; where they come from stands in the file."""
    text = files("entente_node.alerts").joinpath("outlines.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _shown(drawing: Projection) -> Box | None:
    """What is shown and a little more, if the outlines know it: a zone elsewhere has a map without them."""
    shown = drawing.box(WIDTH, HEIGHT)
    if not Box(*outlines()["box"]).around(shown):
        return None
    # The border of a country does not run along the edge of the map.
    edge = _EDGE / drawing.y_scale
    return Box(shown.west - edge, shown.south - edge, shown.east + edge, shown.north + edge)


def _countries(drawing: Projection, parties: Mapping[str, str], own: str) -> list[Shape]:
    shown = _shown(drawing)
    found = []
    for country in outlines()["countries"] if shown else ():
        for ring in country["rings"]:
            cut = [drawing.of(point) for point in clip([(x, y) for x, y in ring], shown)] if shown else []
            if not cut:
                continue
            x, y, size = middle(cut)
            found.append(
                Shape(
                    d=path(cut, closed=True),
                    name=telling.either((country["fr"], country["en"])) if size > _NAMED else "",
                    x=x,
                    y=y,
                    ours=parties.get(country["code"]) == own,
                    party=country["code"] in parties,
                )
            )
    return found


def _rivers(drawing: Projection) -> list[Shape]:
    if _shown(drawing) is None:
        return []
    found = []
    for river in outlines()["rivers"]:
        line = [drawing.of((x, y)) for x, y in river["line"]]
        x, y = next(((x, y) for x, y in line if 0 < x < WIDTH and y > HEIGHT * 0.8), line[0])
        found.append(
            Shape(d=path(line, closed=False), name=telling.either((river["fr"], river["en"])), x=x, y=y)
        )
    return found

"""Where: points, coded areas, how far apart, and how to say a place less exactly.

Areas are data, never code: they come from the annex of the signed agreement, so that both
sides reduce and check a place with the same list. A code is always kept with its scheme
and version, because p-codes are renumbered; a code of another scheme or version is another
code, even where the characters are the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta

from entente.errors import RecordError
from entente.wire import ONE_LINE

Level = Literal["locality", "district", "region", "country"]
Precision = Literal["exact", "locality", "district", "region"]

LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""From the finest to the coarsest."""

PRECISIONS: Final[tuple[Precision, ...]] = get_args(Precision)
"""What a form can ask for, from the finest to the coarsest."""

_RANK: Final[dict[str, int]] = {"exact": 0} | {level: rank for rank, level in enumerate(LEVELS, start=1)}
_EARTH_RADIUS_M: Final = 6_371_000

_Words = Annotated[str, Meta(min_length=1, max_length=200)]
_ShortWords = Annotated[str, Meta(min_length=1, max_length=40)]
_Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
_Code = Annotated[str, Meta(min_length=1, max_length=40, pattern=ONE_LINE)]
_Lat = Annotated[int, Meta(ge=-9_000_000, le=9_000_000)]
_Lon = Annotated[int, Meta(ge=-18_000_000, le=18_000_000)]


class Place(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is known of where: a point, a coded area, or both.

    ``lat`` and ``lon`` are integers of 1e-5 degree, both or neither. ``level`` says how fine
    the name and the code are.
    """

    name: _Words | None = None
    code: _ShortWords | None = None
    scheme: _ShortWords | None = None
    version: _ShortWords | None = None
    lat: _Lat | None = None
    lon: _Lon | None = None
    level: Level | None = None


class Area(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One line of an agreement's list of places; ``within`` is the code of the area around it."""

    code: _Code
    scheme: _Code
    version: _Code
    name: _Name
    level: Level
    within: _Code | None = None
    lat: _Lat | None = None
    lon: _Lon | None = None


@lru_cache(maxsize=4_096)
def check_place(place: Place) -> None:
    """The rules of a place beyond its types. Raises RecordError.

    Remembers the places that passed: the same few come with record after record, and the
    patterns of their words would otherwise be a good part of the time of decoding.
    """
    for words in (place.name, place.code, place.scheme, place.version):
        if words is not None and not re.match(ONE_LINE, words):
            raise RecordError("the words of a place are one line without control characters")
    if (place.lat is None) != (place.lon is None):
        raise RecordError("a place has a latitude and a longitude, or neither")
    coded = [part is not None for part in (place.code, place.scheme, place.version)]
    if any(coded) and not all(coded):
        raise RecordError("the code of a place needs its scheme and its version")
    if place.name is None and place.code is None and place.lat is None:
        raise RecordError("a place needs a name, a code or a point")


def is_at_least_as_coarse(a: Level | Precision, b: Level | Precision) -> bool:
    """Whether a place at ``a`` says no more than one at ``b``."""
    return _RANK[a] >= _RANK[b]


def area_of(place: Place, areas: Mapping[str, Area]) -> Area | None:
    """The area of the list whose code, scheme and version are those of the place."""
    area = areas.get(place.code) if place.code is not None else None
    if area is None or (area.scheme, area.version) != (place.scheme, place.version):
        return None
    return area


def place_of(area: Area) -> Place:
    """The area as a place, without its point."""
    return Place(name=area.name, code=area.code, scheme=area.scheme, version=area.version, level=area.level)


def around(area: Area, areas: Mapping[str, Area]) -> Iterator[Area]:
    """The area and those around it, from the inside out; each once, should the list have a circle."""
    seen: set[str] = set()
    here: Area | None = area
    while here is not None and here.code not in seen:
        yield here
        seen.add(here.code)
        here = areas.get(here.within) if here.within is not None else None


def coarsen_place(place: Place, precision: Precision, areas: Mapping[str, Area]) -> Place | None:
    """The place said no more exactly than asked, or None where that cannot be done.

    Args:
        place: what the record says.
        precision: what an article's form allows; ``exact`` keeps the place as it is.
        areas: the agreement's list, by code.

    A place of the list becomes the first area at or around it that is coarse enough, in the
    words of the list: a name that somebody typed may say more than the code beside it. A
    place outside the list can only lose its point, and only where its own level is coarse
    enough (a country of origin, say).
    """
    if precision == "exact":
        return place
    area = area_of(place, areas)
    if area is not None:
        for outer in around(area, areas):
            if is_at_least_as_coarse(outer.level, precision):
                return place_of(outer)
        return None
    if place.level is None or not is_at_least_as_coarse(place.level, precision):
        return None
    if place.name is None and place.code is None:
        return None
    return place if place.lat is None else msgspec.structs.replace(place, lat=None, lon=None)


def lies_in(place: Place, areas: Mapping[str, Area], where: Collection[str] | None) -> bool:
    """Whether the place is one of the listed areas or inside one; None or nothing listed is the whole list.

    A place without a code of the list lies nowhere: a point alone is not looked up here.
    """
    area = area_of(place, areas)
    if area is None:
        return False
    return not where or any(outer.code in where for outer in around(area, areas))


def can_lie_in(place: Place, areas: Mapping[str, Area], where: Collection[str] | None) -> bool:
    """Whether what the place was before it was made coarser may have been in a listed area.

    True where the place lies in one, and where one lies in the place: what a receiver can check.
    """
    if lies_in(place, areas, where):
        return True
    if area_of(place, areas) is None:
        return False
    return any(
        outer.code == place.code
        for code in where or ()
        if (listed := areas.get(code)) is not None
        for outer in around(listed, areas)
    )


def distance_m(a: tuple[int, int], b: tuple[int, int]) -> int:
    """Metres between two points, each (lat, lon) in 1e-5 degree, on a sphere: good to half a per cent."""
    lat_a, lon_a, lat_b, lon_b = (math.radians(value / 100_000) for value in (*a, *b))
    haversine = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    )
    return round(2 * _EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(haversine))))


def locate(lat: int, lon: int, areas: Mapping[str, Area] | Iterable[Area], within_m: int) -> Area | None:
    """The area whose point is nearest, at most so many metres away; the finer of two as near.

    Args:
        lat: 1e-5 degree.
        lon: 1e-5 degree.
        areas: the agreement's list; areas without a point are passed over.
        within_m: metres.
    """
    near = [
        (metres, _RANK[area.level], area.code, area)
        for area in (areas.values() if isinstance(areas, Mapping) else areas)
        if area.lat is not None and area.lon is not None
        if (metres := distance_m((lat, lon), (area.lat, area.lon))) <= within_m
    ]
    return min(near, key=lambda found: found[:3])[3] if near else None

"""The place in a row: a code, a name, a point, or several of them, and the agreement's list to read them with.

A code without its scheme is looked up in the list and takes the list's scheme and version; one that is
not in the list and names no scheme is refused, because codes are renumbered and nobody could say later
which one it was. A name is a place of the list only where one place has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from entente.errors import RecordError
from entente.interop.hxl import PARTS, Column, words_of
from entente.interop.hxl_values import read_degrees, unescaped
from entente.places import LEVELS, Area, Level, Place, locate, place_of

ISO_SCHEME: Final = "iso-3166-1"
ISO_VERSION: Final = "2020"
NEAR_M: Final = 5_000
"""Metres from a point to the place of the list that it is taken for."""

_DEGREE: Final = 100_000
_REMEMBERED: Final = 10_000


class PlaceReader:
    """Reads one place of a row.

    Args:
        name: the field: ``place``, ``destination``.
        columns: the columns by target, the finest first.
        given: what stands for rows that say nothing: ``{"place.code": "labbezanga"}``.
        areas: the agreement's list, by code.
        countries: ISO 3166-1 alpha-2 by code or name, in lower case.
    """

    def __init__(
        self,
        name: str,
        columns: Mapping[str, Sequence[Column]],
        given: Mapping[str, str],
        *,
        areas: Mapping[str, Area],
        countries: Mapping[str, str],
    ) -> None:
        self._header = name
        self._areas = areas
        self._folded = {code.casefold(): area for code, area in areas.items()}
        self._countries = countries
        self._columns = [
            (part, column.target.level if column.target else None, column.index)
            for part in PARTS
            for column in columns.get(f"{name}.{part}", ())
        ]
        self._given = {part: given[f"{name}.{part}"] for part in PARTS if f"{name}.{part}" in given}
        self._names: dict[frozenset[str], list[Area]] = {}
        for area in areas.values():
            self._names.setdefault(words_of(area.name), []).append(area)
        self._seen: dict[tuple[str, ...], Place | None] = {}

    def place(self, cells: Sequence[str]) -> Place | None:
        """The place that the cells say, or what was given; None without either. Raises RecordError."""
        count = len(cells)
        key = tuple([cells[index] if index < count else "" for _, _, index in self._columns])
        try:
            return self._seen[key]
        except KeyError:
            pass
        try:
            found = self._read(key)
        except RecordError as error:
            raise RecordError("column {column}: {reason}", column=self._header, reason=error) from None
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[key] = found
        return found

    def _read(self, texts: Sequence[str]) -> Place | None:
        said: dict[str, str] = {}
        levels: dict[str, str | None] = {}
        for (part, level, _), text in zip(self._columns, texts, strict=True):
            if text.strip() and part not in said:
                said[part], levels[part] = unescaped(text.strip()), level
        if not said:
            said = dict(self._given)
        if not said:
            return None
        point = self._point(said)
        place = self._named(said, levels)
        if place is None:
            near = locate(*point, self._areas, NEAR_M) if point else None
            place = place_of(near) if near else None
        if point is None:
            return place
        lat, lon = point
        return Place(lat=lat, lon=lon) if place is None else replace(place, lat=lat, lon=lon)

    def _point(self, said: Mapping[str, str]) -> tuple[int, int] | None:
        lat, lon = (read_degrees(said.get(part, "")) for part in ("lat", "lon"))
        if lat is None and lon is None:
            return None
        if lat is None or lon is None:
            raise RecordError("a place has a latitude and a longitude, or neither")
        return lat, lon

    def _named(self, said: Mapping[str, str], levels: Mapping[str, str | None]) -> Place | None:
        code, name = said.get("code"), said.get("name")
        if code and levels.get("code") == "country":
            return self._country(code)
        if code:
            return self._coded(code, said, name if levels.get("name") == levels.get("code") else None)
        if name and levels.get("name") == "country":
            return self._country(name)
        if name:
            area = self._area_called(name, levels.get("name") or said.get("level"))
            return place_of(area) if area else Place(name=name, level=_level(said))
        return None

    def _coded(self, code: str, said: Mapping[str, str], name: str | None) -> Place:
        scheme, version = said.get("scheme"), said.get("version")
        area = self._areas.get(code) or self._folded.get(code.casefold())
        if area is not None and scheme in {None, area.scheme} and version in {None, area.version}:
            place = place_of(area)
            return replace(place, name=name) if name else place
        if scheme and version:
            return Place(code=code, scheme=scheme, version=version, name=name, level=_level(said))
        raise RecordError(
            "the code {code} is not in the agreement’s list: give its scheme and its version too", code=code
        )

    def _country(self, text: str) -> Place:
        iso = self._countries.get(text.casefold())
        if iso is None:
            raise RecordError("{value} is not a country (ISO 3166)", value=text[:40])
        return Place(code=iso, scheme=ISO_SCHEME, version=ISO_VERSION, level="country")

    def _area_called(self, name: str, level: str | None) -> Area | None:
        """The one area of this name; of several the one of the level, which is a locality's where none is said."""
        areas = self._names.get(words_of(name), [])
        fitting = [area for area in areas if area.level == (level or "locality")] or areas
        return fitting[0] if len(fitting) == 1 else None


def _level(said: Mapping[str, str]) -> Level | None:
    text = said.get("level")
    if text is None:
        return None
    for level in LEVELS:
        if level == text.casefold():
            return level
    raise RecordError("{value} is not one of {known}", value=text[:40], known=", ".join(LEVELS))


def place_part(place: Place, part: str) -> str | None:
    """One part of a place as the text of a cell: degrees with five decimals."""
    value = getattr(place, part)
    if isinstance(value, int):
        sign = "-" if value < 0 else ""
        return f"{sign}{abs(value) // _DEGREE}.{abs(value) % _DEGREE:05}"
    return None if value is None else str(value)

"""The map that moves: the same places and alerts as GeoJSON, for Leaflet, and the outlines under them.

What is known only to the district is a point in the middle of the district's places, and says so.
Outlines are public (Natural Earth); tiles come from nowhere unless ``node.toml`` names a server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from entente.errors import StoreError
from entente.places import Area, Place, area_of, around
from entente_node.alerts.corridor import outlines
from entente_node.alerts.filters import Filters
from entente_node.alerts.reading import Reading
from entente_node.folder import Folder

_DEGREE: Final = 100_000


def collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection (RFC 7946)."""
    return {"type": "FeatureCollection", "features": list(features)}


def features(filters: Filters, readings: Iterable[Reading]) -> Iterator[dict[str, Any]]:
    """The places of the zone, then the alerts that have a point or an area of the zone."""
    areas = filters.areas
    for area in areas.values():
        if area.lat is not None and area.lon is not None:
            url = filters.url(area=area.code)
            yield _feature((area.lon, area.lat), {"what": "place", "name": area.name, "url": url})
    for reading in readings:
        place = reading.alert.place if reading.alert else None
        found = _where(place, areas) if place is not None else None
        if found is None:
            continue
        point, about = found
        yield _feature(
            point,
            {
                "what": "alert",
                "code": reading.code,
                "name": reading.title,
                "where": reading.where,
                "severity": reading.severity,
                "said": reading.severity_word,
                "state": reading.state,
                "about": about,
                "url": reverse("alert", args=[reading.code]),
            },
        )


def _feature(point: tuple[int, int], properties: dict[str, Any]) -> dict[str, Any]:
    lon, lat = (value / _DEGREE for value in point)
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _where(place: Place, areas: Mapping[str, Area]) -> tuple[tuple[int, int], bool] | None:
    """Longitude and latitude in 1e-5 degree, and whether it is only about there."""
    if place.lat is not None and place.lon is not None:
        return (place.lon, place.lat), False
    area = area_of(place, areas)
    if area is None:
        return None
    if area.lat is not None and area.lon is not None:
        return (area.lon, area.lat), False
    inside = [
        (one.lon, one.lat)
        for one in areas.values()
        if one.lat is not None
        and one.lon is not None
        and any(outer.code == area.code for outer in around(one, areas))
    ]
    if not inside:
        return None
    return (sum(x for x, _ in inside) // len(inside), sum(y for _, y in inside) // len(inside)), True


@cache
def under(language: str) -> dict[str, Any]:
    """Countries and rivers as GeoJSON, named in the language."""
    found = outlines()
    countries = (
        _outline("Polygon", [ring], "country", country[language])
        for country in found["countries"]
        for ring in country["rings"]
    )
    rivers = (_outline("LineString", river["line"], "river", river[language]) for river in found["rivers"])
    return collection([*countries, *rivers])


def _outline(shape: str, coordinates: Any, what: str, name: str) -> dict[str, Any]:
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {"what": what, "name": name}}


@cache
def tiles() -> str:
    """The template of the tiles' addresses that ``node.toml`` names; empty: none."""
    try:
        return Folder(Path(settings.NODE)).config.tiles
    except StoreError:
        return ""


def source_of_tiles() -> str:
    """Where the tiles come from, as a policy names it; empty: from nowhere."""
    parts = urlsplit(tiles().replace("{s}", "*"))
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"https", "http"} and parts.netloc else ""

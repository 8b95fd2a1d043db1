"""Make ``src/entente_node/alerts/outlines.json``: the countries and the river of the corridor's map.

Run it when the box or the tolerance changes; what it writes is committed, its sources are not::

    npm pack world-atlas@2 && tar xzf world-atlas-2.*.tgz
    python -m tools.outlines package/countries-10m.json ne_50m_rivers_lake_centerlines.geojson

Countries: Natural Earth 1:10m, public domain, as TopoJSON in the npm package ``world-atlas`` (ISC,
Michael Bostock). River: the feature "Niger" of Natural Earth 1:50m rivers, public domain
(github.com/nvkelso/natural-earth-vector, folder ``geojson``).

Each arc of the topology is made simpler once (Douglas and Peucker), so that neighbours still
share their border to the last digit; then the rings are put together and cut at the box.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from entente_node.alerts.geometry import Box, Point, clip

BOX: Final = Box(west=-1.5, south=12.5, east=4.5, north=17.5)
TOLERANCE: Final = 0.008
"""Degrees: under a pixel of the map."""
OUT: Final = Path(__file__).parents[1] / "src" / "entente_node" / "alerts" / "outlines.json"

NAMES: Final = {
    "466": ("ML", "Mali", "Mali"),
    "562": ("NE", "Niger", "Niger"),
    "854": ("BF", "Burkina Faso", "Burkina Faso"),
    "566": ("NG", "Nigéria", "Nigeria"),
    "204": ("BJ", "Bénin", "Benin"),
    "012": ("DZ", "Algérie", "Algeria"),
}
"""ISO 3166 numeric to two letters, and the French and English name."""


def simplified(line: list[Point]) -> list[Point]:
    """The line with only those points that it would miss by more than the tolerance."""
    if len(line) < 3:  # noqa: PLR2004  two ends and something between
        return line
    (ax, ay), (bx, by) = line[0], line[-1]
    length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
    farthest, at = 0.0, 0
    for index, (x, y) in enumerate(line[1:-1], start=1):
        if length:
            off = abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length
        else:
            off = ((x - ax) ** 2 + (y - ay) ** 2) ** 0.5
        if off > farthest:
            farthest, at = off, index
    if farthest <= TOLERANCE:
        return [line[0], line[-1]]
    return simplified(line[: at + 1])[:-1] + simplified(line[at:])


def arcs_of(topology: dict[str, Any]) -> list[list[Point]]:
    """Every arc in degrees, made simpler."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        found.append(simplified(line))
    return found


def rings_of(geometry: dict[str, Any], arcs: list[list[Point]]) -> list[list[Point]]:
    """The outer rings of a country."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    rings = []
    for polygon in polygons:
        ring: list[Point] = []
        for index in polygon[0]:
            # A negative index is the arc walked backwards (TopoJSON 1.0, section 2.1.4).
            ring += (arcs[index] if index >= 0 else arcs[~index][::-1])[1:]
        rings.append(ring)
    return rings


def main(countries: Path, rivers: Path) -> None:
    """Read both sources, write the outlines."""
    topology = json.loads(countries.read_text("utf-8"))
    arcs = arcs_of(topology)
    found = []
    for geometry in topology["objects"]["countries"]["geometries"]:
        if geometry.get("id") not in NAMES:
            continue
        code, french, english = NAMES[geometry["id"]]
        rings = [cut for ring in rings_of(geometry, arcs) if (cut := clip(ring, BOX))]
        if rings:
            found.append({"code": code, "fr": french, "en": english, "rings": _rounded(rings)})
    waters = []
    for feature in json.loads(rivers.read_text("utf-8"))["features"]:
        if feature["properties"]["name"] == "Niger":
            shape = feature["geometry"]
            lines = [shape["coordinates"]] if shape["type"] == "LineString" else shape["coordinates"]
            waters += [simplified([(x, y) for x, y in line if BOX.holds((x, y))]) for line in lines]
    outlines = {
        "source": "Natural Earth: 1:10m countries (npm world-atlas 2.0.2), 1:50m rivers; made by tools/outlines.py",
        "licence": "Natural Earth: public domain. world-atlas: ISC, Copyright 2013-2019 Michael Bostock.",
        "box": [BOX.west, BOX.south, BOX.east, BOX.north],
        "countries": sorted(found, key=lambda country: str(country["code"])),
        "rivers": [
            {"fr": "Niger", "en": "Niger", "line": line} for line in _rounded(w for w in waters if len(w) > 1)
        ],
    }
    OUT.write_text(json.dumps(outlines, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def _rounded(lines: Any) -> list[list[list[float]]]:
    return [[[round(x, 3), round(y, 3)] for x, y in line] for line in lines]


if __name__ == "__main__":
    main(*(Path(name) for name in sys.argv[1:3]))

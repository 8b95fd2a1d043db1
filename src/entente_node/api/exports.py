"""The lists as files: a table with HXL tags for a spreadsheet, GeoJSON for a map.

What is written has passed the same wall as the list, record by record, and is as the list's
reader sees it. A cell that a spreadsheet would take for a formula is written as text
(:func:`entente.interop.hxl_rows.cell_of`). How many records went out is in the log.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from entente.errors import EntenteError
from entente.interop.hxl import Target, targets_of
from entente.interop.hxl_rows import cell_of, cells_of, header_rows
from entente.places import Area
from entente.records import KINDS
from entente.records import Record as CoreRecord
from entente_node.api.selection import Seen, Selection, each
from entente_node.directory import auditing, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.areas import areas_of
from entente_node.directory.roles import May
from entente_node.speech import say_error

MOST: Final = 50_000
"""Records of one file: more is asked for by ``since`` and ``until``."""
FRAME: Final = 2
"""Parts of a file that are no record: two rows of headings, or its beginning and its end."""
_DEGREE: Final = 100_000
_MORE: Final = (
    ("#meta+kind", ("Fiche", "Record")),
    ("#org+party", ("Partie", "Party")),
    ("#status+dossier", ("État", "State")),
)
"""Columns of no field: which kind, whose record, what became of it."""


class _Line:
    """A file of one line, which the csv module writes into."""

    def write(self, text: str) -> str:
        return text


@require_safe
@for_viewer(May.EXPORT, key="api")
def table(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """The records of a kind as CSV; without a kind, what every record says."""
    return _file(request, viewer, "csv", "text/csv; charset=utf-8", _table)


@require_safe
@for_viewer(May.EXPORT, key="api")
def features(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """The same records as GeoJSON (RFC 7946)."""
    return _file(request, viewer, "geojson", "application/geo+json", _features)


def _file(
    request: HttpRequest,
    viewer: Viewer,
    suffix: str,
    media_type: str,
    write: Callable[[Viewer, Selection, Iterable[Seen]], Iterator[str]],
) -> HttpResponseBase:
    try:
        selection = Selection.of(request.GET)
    except EntenteError as refused:
        return _refuse(request, say_error(refused, language=telling.language()), 400)
    rows = selection.rows(viewer)
    if rows[MOST : MOST + 1].exists():
        many = {"count": telling.number(MOST)}
        return _refuse(
            request,
            _("These are more than %(count)s records: ask for a shorter time with since and until.") % many,
            413,
        )
    name = f"{selection.kind or 'records'}.{suffix}"
    return StreamingHttpResponse(
        _told(viewer, name, write(viewer, selection, each(viewer, rows))),
        content_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def _told(viewer: Viewer, name: str, parts: Iterator[str]) -> Iterator[bytes]:
    """The file part by part; the log says how many records were written, also where the reader went away."""
    count = 0
    try:
        for part in parts:
            yield part.encode("utf-8")
            count += 1
    finally:
        auditing.write(viewer, "exported", name, count=max(0, count - FRAME))


def _table(_viewer: Viewer, selection: Selection, found: Iterable[Seen]) -> Iterator[str]:
    kind = KINDS[selection.kind] if selection.kind else CoreRecord
    language, targets = telling.language(), targets_of(kind)
    names, tags = header_rows(kind, language, targets)
    writer = csv.writer(_Line(), lineterminator="\r\n")
    yield "\ufeff" + writer.writerow([*names, *(words[language == "en"] for _tag, words in _MORE)])
    yield writer.writerow([*tags, *(tag for tag, _words in _MORE)])
    for one in found:
        yield writer.writerow(_row(one, targets))


def _row(one: Seen, targets: tuple[Target, ...]) -> list[str]:
    state = one.dossier.state if one.dossier else ""
    return [*cells_of(one.record, targets), *map(cell_of, (one.row.kind, one.row.party, state))]


def _features(viewer: Viewer, _selection: Selection, found: Iterable[Seen]) -> Iterator[str]:
    areas = areas_of(viewer.agreements)
    yield '{"type":"FeatureCollection","features":['
    comma = ""
    for one in found:
        yield comma + json.dumps(feature(one, areas), ensure_ascii=False)
        comma = ","
    yield "]}"


def feature(one: Seen, areas: dict[str, Area]) -> dict[str, Any]:
    """One record: at its point, else at that of its place (``about``), else without a place on the map."""
    record, place = one.record, one.record.place
    point: Any = place
    if place is not None and place.lat is None:
        point = areas.get(place.code or "")
    located = point is not None and point.lat is not None and point.lon is not None
    properties = {
        "code": record.code,
        "kind": record.kind(),
        "party": one.row.party,
        "service": record.service,
        "purpose": record.purpose,
        "tlp": record.tlp,
        "at": record.at,
        "place": (place.name or place.code) if place else None,
        "place_code": place.code if place else None,
        "about_here": bool(located and point is not place),
        "state": one.dossier.state if one.dossier else None,
        "severity": getattr(record, "severity", None),
        "headline": getattr(record, "headline", None),
    }
    return {
        "type": "Feature",
        **({"id": record.code} if record.code else {}),
        "geometry": {"type": "Point", "coordinates": [point.lon / _DEGREE, point.lat / _DEGREE]}
        if located
        else None,
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def _refuse(request: HttpRequest, advice: str, status: int) -> HttpResponse:
    context = {"title": _("This file cannot be made"), "advice": advice}
    return render(request, "trouble.html", context, status=status)

"""What people look at beside the situation: the timeline, search, their own area, the map that moves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from entente.places import around
from entente_node.alerts import moving
from entente_node.alerts.filters import Filters
from entente_node.alerts.search import LONGEST, coded, search
from entente_node.alerts.situation import Glance, mapped
from entente_node.alerts.timeline import Wanted, timeline
from entente_node.directory import auditing, cursors, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.areas import areas_of

MOST_AREAS = 20
_KEPT = "public, max-age=2592000"


@require_safe
@for_viewer
def the_timeline(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What each side did."""
    shown = timeline(Wanted.chosen(viewer, request.GET))
    return render(request, "alerts/timeline.html", {"page": "timeline", "timeline": shown})


@require_safe
@for_viewer
def the_search(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """By a code, which opens its record, or by words."""
    typed = request.GET.get("q", "")[:LONGEST]
    code = coded(viewer, typed) if typed else ""
    if code:
        return redirect("record", code=code)
    before = cursors.found(viewer.user, request.GET.get("before", ""))
    found = search(viewer, typed, before[0] if before else None)
    return render(request, "alerts/search.html", {"page": "search", "search": found})


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def the_area(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Where this account looks first."""
    known = areas_of(viewer.agreements)
    if request.method == "POST":
        chosen = [code for code in dict.fromkeys(request.POST.getlist("area")) if code in known][:MOST_AREAS]
        viewer.user.areas = chosen
        viewer.user.save(update_fields=["areas"])
        auditing.write(viewer, "account.area", areas=" ".join(chosen))
        messages.success(
            request,
            _("The situation begins with your area.")
            if chosen
            else _("The situation begins with the whole zone."),
        )
        return redirect("situation")
    parties: dict[str, list[tuple[object, str, bool]]] = {}
    for area in known.values():
        if area.level != "locality":
            outermost = list(around(area, known))[-1]
            level = telling.either(telling.LEVELS.get(area.level, ("", "")))
            parties.setdefault(outermost.name, []).append((area, level, area.code in viewer.user.areas))
    return render(request, "alerts/area.html", {"page": "situation", "parties": list(parties.items())})


@require_safe
@for_viewer
def the_map(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The map that moves; without scripts, the drawing."""
    glance = Glance(viewer, Filters.chosen(viewer, request.GET))
    context = {
        "page": "situation",
        "corridor": mapped(glance),
        "filters": glance.filters,
        "data": glance.filters.url().replace("/", "/map.json", 1),
        "tiles": moving.tiles(),
    }
    response = render(request, "alerts/map.html", context)
    response.images_from = moving.source_of_tiles()  # type: ignore[attr-defined]  # read by directory.headers
    return response


@require_safe
@for_viewer
def map_data(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Places and alerts as GeoJSON."""
    glance = Glance(viewer, Filters.chosen(viewer, request.GET))
    found = moving.collection(moving.features(glance.filters, glance.readings) if viewer.named() else ())
    return JsonResponse(found, content_type="application/geo+json")


@require_safe
@for_viewer
def map_outlines(_request: HttpRequest, _viewer: Viewer) -> HttpResponse:
    """Countries and rivers: the same for everybody, so browsers keep them."""
    response = JsonResponse(moving.under(telling.language()), content_type="application/geo+json")
    response["Cache-Control"] = _KEPT
    return response

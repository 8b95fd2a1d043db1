"""The flows: which series, which weeks, which way; everything chosen by links."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from entente_node.digits import whole
from entente_node.directory import telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.filters import Chosen, Group
from entente_node.flows.mirror import flows as flows_of
from entente_node.flows.series import SERIES
from entente_node.flows.tallies import newest_week, week_of

PERIODS: Final = (4, 8, 26)
WAYS: Final = ("", "outgoing", "incoming")
_WANTED: Final = {"what": "people", "weeks": "8", "way": "", "until": ""}


@require_safe
@for_viewer
def flows(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Flows by post and week, both sides beside each other."""
    asked = {key: request.GET.get(key, standard) for key, standard in _WANTED.items()}
    if asked["what"] not in SERIES:
        asked["what"] = _WANTED["what"]
    if asked["weeks"] not in map(str, PERIODS):
        asked["weeks"] = _WANTED["weeks"]
    if asked["way"] not in WAYS:
        asked["way"] = ""
    series, count = SERIES[asked["what"]], int(asked["weeks"])
    newest = newest_week(viewer, series.kind)
    until = _monday(asked["until"])
    asked["until"] = asked["until"] if until else ""
    last = until or newest or week_of(viewer.now.date())
    shown = flows_of(viewer, series, last, count, asked["way"])
    context = {
        "page": "flows",
        "flows": shown,
        "filters": _filters(
            viewer, Chosen("/flows", asked, _WANTED), last, has_later=newest is not None and last < newest
        ),
        "first_day": shown.weeks[0],
        "last_day": last + timedelta(days=6),
    }
    return render(request, "flows/flows.html", context)


def _filters(viewer: Viewer, chosen: Chosen, last: date, *, has_later: bool) -> list[Group]:
    """What is counted, which way, and how many weeks until which."""
    span = timedelta(weeks=int(chosen.values["weeks"]))
    kinds = {key: telling.either((one.fr, one.en)) for key, one in SERIES.items()}
    ways = _ways(viewer)
    weeks = chosen.group("weeks", _("How many weeks"), {str(many): _weeks(many) for many in PERIODS})
    return [
        chosen.group("what", _("What is counted"), kinds),
        *([chosen.group("way", _("Which way"), ways)] if ways else []),
        replace(
            weeks,
            earlier=chosen.url(until=_iso(last - span)),
            later=chosen.url(until=_iso(last + span)) if has_later else "",
        ),
    ]


def _ways(viewer: Viewer) -> dict[str, str]:
    for agreement in viewer.named():
        others = [party.id for party in agreement.parties if party.id != viewer.party]
        if len(others) == 1:
            ours, theirs = viewer.name_of(viewer.party), viewer.name_of(others[0])
            return {
                "": _("Both ways"),
                "outgoing": f"{ours} → {theirs}",
                "incoming": f"{theirs} → {ours}",
            }
    return {}


def _weeks(many: int) -> str:
    return ngettext("%(count)d week", "%(count)d weeks", many) % {"count": many}


def _monday(text: str) -> date | None:
    """The Monday of a week written ``2021-W48``; None for anything else."""
    year, week = (whole(part, most=4) for part in text.partition("-W")[::2])
    if year is None or week is None:
        return None
    try:
        found = date.fromisocalendar(year, week, 1)
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2100 else None  # noqa: PLR2004  what a record can hold


def _iso(monday: date) -> str:
    year, week, _day = monday.isocalendar()
    return f"{year}-W{week:02d}"

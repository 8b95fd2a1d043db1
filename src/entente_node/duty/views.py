"""Who is on duty, open calls, hand-over, the figures of both sides, and the rota as a calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from entente.errors import EntenteError
from entente.interop.ical import MEDIA_TYPE, Happening, calendar_of
from entente.records.times import instant
from entente_node.directory import auditing, sending
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.filters import Chosen
from entente_node.directory.here import node
from entente_node.directory.roles import May, Role
from entente_node.directory.telling import language
from entente_node.drafts.keeping import keep
from entente_node.duty import charts, reading, writing
from entente_node.duty.models import Handover
from entente_node.duty.rota import Rota
from entente_node.speech import say_error

CALENDAR: Final = timedelta(days=28)
_DAY: Final = timedelta(days=1)


@require_safe
@for_viewer
def overview(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Now, next, this week, open calls, hand-over."""
    rota = rota_for(viewer, once=True)
    monday = reading.monday_of(request.GET.get("week", ""), viewer, rota)
    service = viewer.user.service
    offered = rota.rows(Handover).filter(service=service, taken_at=None).first()
    posts = reading.posts(viewer, rota, monday)
    own = next((post for post in posts if post.is_own), None)
    context = {
        "page": "duty",
        "posts": posts,
        "own": own,
        "calls": reading.open_calls(viewer, rota),
        "monday": monday,
        "sunday": monday + 6 * _DAY,
        "earlier": reading.week_of(monday - 7 * _DAY),
        "later": reading.week_of(monday + 7 * _DAY),
        "is_now": monday == reading.monday_of("", viewer, rota),
        "zone": rota.zone,
        "may_write": viewer.may(May.ROTA),
        "offered": offered,
        "offered_from": rota.name_of(service, offered.from_function) if offered else "",
        "offered_to": rota.name_of(service, offered.to_function) if offered else "",
        "handovers": [
            (one, rota.name_of(service, one.from_function), rota.name_of(service, one.to_function))
            for one in reading.handovers(rota, service)
            if one.taken_at is not None
        ],
        "others": [
            one
            for one in rota.functions(service)
            if own is None or own.duty is None or one.function != own.duty.function
        ],
        "longest": writing.LONGEST_NOTE,
        "typed": sending.typed(viewer, reverse("hand-over"), "note"),
    }
    return render(request, "duty/overview.html", context)


@require_POST
@for_viewer(May.ROTA)
def hand_over(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Offer our service's duty to another function, with a note."""
    rota = rota_for(viewer)
    note = request.POST.get("note", "").replace("\r\n", "\n")
    to = request.POST.get("to", "")
    once = sending.claim(request, viewer)
    if once.is_again:
        return sending.again(request, once, reverse("duty"))
    try:
        row = writing.hand_over(rota, viewer.user.service, to, note=note, account=viewer.user.name)
    except EntenteError as refused:
        once.refused()
        keep(request, viewer.now)  # the note is on the page again
        messages.error(request, say_error(refused, language=language()))
    else:
        once.filed(reverse("duty"))
        auditing.write(
            viewer, "duty.handed-over", row.service, function=row.from_function, to=row.to_function
        )
        messages.success(request, _("Handed over. The duty changes hands when it is taken."))
    return redirect("duty")


@require_POST
@for_viewer(May.ROTA)
def take_over(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Take the duty that was handed over."""
    rota = rota_for(viewer)
    row = rota.rows(Handover).filter(pk=number, service=viewer.user.service).first()
    if row is None:
        raise Http404
    try:
        writing.take_over(rota, row, account=viewer.user.name)
    except EntenteError as refused:
        messages.error(request, say_error(refused, language=language()))
    else:
        auditing.write(viewer, "duty.taken-over", row.service, function=row.to_function)
        messages.success(request, _("The duty is yours."))
    return redirect("duty")


@require_safe
@for_viewer
def figures(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """How fast each side answered, against the agreement."""
    if not viewer.mandates:
        raise PermissionDenied
    asked = request.GET.get("days", str(charts.USUAL))
    days = (
        None if asked == "all" else next((one for one in charts.PERIODS if str(one) == asked), charts.USUAL)
    )
    chosen = Chosen("/duty/figures", {"days": str(days or "all")}, {"days": str(charts.USUAL)})
    words = {str(one): _("%(period)s days") % {"period": one} for one in charts.PERIODS}
    context = {
        "page": "duty",
        "chart": charts.chart(viewer, days),
        "periods": chosen.group("days", _("Period"), words | {"all": _("Since the beginning")}),
        "width": charts.WIDTH,
    }
    return render(request, "duty/figures.html", context)


@require_safe
@for_viewer
def rota_calendar(request: HttpRequest, viewer: Viewer, service: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """The rota of one service for four weeks, as a calendar file."""
    rota = rota_for(viewer)
    names = reading.services_of(viewer)
    if service not in rota.services():
        raise Http404
    name = names.get(service, service)
    spans = rota.spans(service, viewer.now - _DAY, viewer.now + CALENDAR)
    happenings = [
        Happening(
            uid=f"{service}-{instant(span.start)}@{viewer.party}",
            title=f"{rota.name_of(service, span.function)} · {name}"
            if span.function
            else _("Nobody on duty"),
            start=instant(span.start),
            end=instant(span.until - timedelta(seconds=1)),
            description=_("Backup: %(name)s") % {"name": rota.name_of(service, span.backup)}
            if span.backup
            else "",
        )
        for span in spans
    ]
    zone = viewer.agreements[0].time_zone if viewer.agreements else "UTC"
    data = calendar_of(happenings, stamp=viewer.now, time_zone=zone, name=name)
    return HttpResponse(
        data,
        content_type=f"{MEDIA_TYPE}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{service}.ics"'},
    )


def rota_for(viewer: Viewer, *, once: bool = False) -> Rota:
    """The rota, for whoever works for this node; refused to observers and the community."""
    if Role(viewer.user.role) not in reading.STAFF:
        raise PermissionDenied
    return Rota(node(), once=once)

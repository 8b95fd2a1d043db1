"""The dialogue of two authorities: one page for all of it, one for each communiqué, calendar files."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from entente.errors import EntenteError, RecordError
from entente.interop.ical import MEDIA_TYPE, Happening, calendar
from entente.records.codes import check_code
from entente_node.dialogue.reading import Gathering, Statement, gatherings, promises, statements
from entente_node.digits import whole
from entente_node.directory import auditing, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.here import node
from entente_node.directory.roles import May
from entente_node.speech import say_error


@require_safe
@for_viewer
def overview(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Communiqués, commitments with their state, meetings and the next one."""
    context = {
        "page": "dialogue",
        "statements": statements(viewer),
        "promises": promises(viewer),
        "gatherings": gatherings(viewer),
        "may_write": viewer.may(May.DIALOGUE) and viewer.may(May.FILE),
    }
    return render(request, "dialogue/overview.html", context)


@require_safe
@for_viewer
def communique(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """One communiqué: its words, each side's consent, the signatures, what became of its promises."""
    statement = _statement(viewer, code)
    context = {
        "page": "dialogue",
        "statement": statement,
        "promises": [one for one in promises(viewer) if one.commitment.about in statement.negotiation.codes],
        "may_write": viewer.may(May.DIALOGUE) and viewer.may(May.FILE),
    }
    return render(request, "dialogue/communique.html", context)


@require_POST
@for_viewer(May.DIALOGUE)
def consent(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """Our word on each paragraph: agreed, but for those that are ticked as reserved."""
    statement = _statement(viewer, code)
    numbers = {clause.number for clause in statement.clauses}
    reserved = numbers.intersection(map(whole, request.POST.getlist("reserve")))
    if not statement.may_consent:
        messages.error(request, _("Nothing was filed: your side has signed already, or is not asked."))
        return redirect("communique", code=statement.code)
    try:
        answer = node().talks.answer(statement.code, service=viewer.user.service, reserve=reserved)
        node().file([answer], confirmed=True)
    except EntenteError as refused:
        messages.error(request, say_error(refused, language=telling.language()))
    else:
        auditing.write(viewer, "communique.consented", statement.code, reserved=len(reserved))
        messages.success(request, _("Filed. The other side sees it at the next exchange."))
    return redirect("communique", code=statement.code)


@require_safe
@for_viewer
def note(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """The signed note as it is: whoever has the authorities' public keys can verify it."""
    statement = _statement(viewer, code)
    signed = node().talks.note(statement.negotiation)
    if signed is None:
        raise Http404
    return _file(signed, "text/plain", f"{statement.code}.note")


@require_safe
@for_viewer
def meeting_calendar(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """A meeting as an event."""
    gathering = _gathering(viewer, code)
    meeting = gathering.meeting
    happening = Happening(
        uid=f"{gathering.code}@{viewer.party}",
        title=gathering.title,
        start=meeting.start or meeting.at,
        end=meeting.until,
        place=gathering.where,
        description="\n".join(meeting.agenda),
    )
    return _calendar(viewer, happening, f"{gathering.code}.ics")


@require_safe
@for_viewer
def next_calendar(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """The next meeting that a meeting agreed on, as an event."""
    gathering = _gathering(viewer, code)
    meeting = gathering.meeting
    if meeting.next_start is None:
        raise Http404
    happening = Happening(
        uid=f"{gathering.code}-next@{viewer.party}",
        title=_("Next meeting: %(title)s") % {"title": gathering.title},
        start=meeting.next_start,
        end=meeting.next_until,
        place=gathering.next_where,
    )
    return _calendar(viewer, happening, f"{gathering.code}-next.ics")


def _statement(viewer: Viewer, typed: str) -> Statement:
    """The communiqué, if there is one and the viewer may see it; else 404, which does not say which."""
    code = _code(typed)
    found = next((one for one in statements(viewer) if code in one.negotiation.codes), None)
    if found is None:
        raise Http404
    return found


def _gathering(viewer: Viewer, typed: str) -> Gathering:
    code = _code(typed)
    found = next((one for one in gatherings(viewer) if code in {one.code, one.meeting.code}), None)
    if found is None:
        raise Http404
    return found


def _code(typed: str) -> str:
    try:
        return check_code(typed)
    except RecordError:
        raise Http404 from None


def _calendar(viewer: Viewer, happening: Happening, name: str) -> HttpResponse:
    zone = viewer.agreements[0].time_zone
    return _file(calendar(happening, stamp=viewer.now, time_zone=zone), MEDIA_TYPE, name)


def _file(data: bytes, media_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        data,
        content_type=f"{media_type}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

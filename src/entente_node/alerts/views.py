"""The situation, one alert, and the answers of this side."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from entente.errors import EntenteError, RecordError
from entente.records import Action, Alert
from entente.records.codes import check_code
from entente.records.message import ANSWERING, Step
from entente_node.alerts import following
from entente_node.alerts.filters import Filters
from entente_node.alerts.reading import Reading, deadlines_of, escalate_to, readings
from entente_node.alerts.situation import Glance, situation
from entente_node.directory import auditing, sending
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.halts import stays, stopped
from entente_node.directory.here import node
from entente_node.directory.journeys import journeys_of, may_count, origin_of, undecided
from entente_node.directory.live import Fresh
from entente_node.directory.roles import May
from entente_node.directory.telling import language
from entente_node.duty import answers
from entente_node.speech import say_error

STEPS: Final = ANSWERING
LONGEST: Final = 8_000


@require_safe
@for_viewer
def the_situation(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What waits, the line, what could not leave, the rest, the map; it stays fresh by itself."""
    glance = Glance(viewer, Filters.chosen(viewer, request.GET))
    fresh = Fresh(request, viewer, glance.seen, glance.moments)
    unchanged = fresh.unchanged()
    if unchanged is not None:
        return unchanged
    shown = situation(glance)
    context = {"page": "situation", "situation": shown, "may_raise": viewer.may_file(Alert.kind())}
    return fresh.page("alerts/situation.html", context, until=shown.until)


@require_safe
@for_viewer
def alert(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """One alert, whole; new answers appear by themselves."""
    reading = _reading(viewer, code)
    unchanged = Fresh(request, viewer, following.seen(reading)).unchanged()
    if unchanged is not None:
        return unchanged
    typed = sending.typed(viewer, reverse("answer", args=[reading.code]), "text")
    return _alert(request, reading, typed=typed)


@require_POST
@for_viewer(May.ANSWER)
def answer(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """File an answer: a step, words, or both."""
    reading = _reading(viewer, code)
    wanted, text = request.POST.get("step", ""), request.POST.get("text", "").strip().replace("\r\n", "\n")
    step = next((one for one in STEPS if one == wanted), None)
    to = request.POST.get("to", "")
    error = _objection(reading, step, wanted, text)
    if error:
        return _alert(request, reading, error=error, typed=text)
    recipients = dict(following.recipients(reading))
    to = to if to in recipients else next(iter(recipients), "")
    once = sending.claim(request, viewer)
    here = reverse("alert", args=[reading.code])
    if once.is_again:
        return sending.again(request, once, here)
    if once.is_changed:
        return _alert(request, reading, error=sending.changed(), typed=text)
    try:
        filed = answers.answer(reading.code, viewer.user, step=step, text=text or None, to=to or None)
    except EntenteError as refused:
        once.refused()
        return _alert(request, reading, error=say_error(refused, language=language()), typed=text)
    once.filed(here)
    why = stays(viewer, filed.record.code)
    messages.add_message(request, messages.WARNING if why else messages.SUCCESS, why or _said(step))
    return redirect("alert", code=reading.code)


@require_POST
@for_viewer(May.CONFIRM)
def confirm(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """A person has read the text of a record of ours and confirms that it may leave as the agreement says."""
    row = viewer.records().filter(code=_code(code), local=True, withdrawn_at=None).first()
    if row is None or row.code is None:
        raise Http404
    try:
        node().confirm(row.code)
    except EntenteError as refused:
        messages.error(request, say_error(refused, language=language()))
    else:
        auditing.write(viewer, "record.confirmed", row.code)
        messages.success(
            request, _("Text confirmed. It leaves as the agreement allows, at the next exchange.")
        )
    return redirect("record", code=row.code)


def _reading(viewer: Viewer, code: str) -> Reading:
    """The alert, if there is one and the viewer may see it; else 404, which does not say which."""
    rows = viewer.records().filter(kind="alert", code=_code(code)).select_related("dossier")
    found = readings(viewer, rows)
    if not found:
        raise Http404
    return found[0]


def _code(typed: str) -> str:
    try:
        return check_code(typed)
    except RecordError:
        raise Http404 from None


def _objection(reading: Reading, step: Step | None, wanted: str, text: str) -> str:
    """Why this answer is not filed; empty if it may be."""
    mine = {taken.step for taken in reading.dossier.steps if taken.party == reading.viewer.party}
    if reading.row.withdrawn_at is not None or reading.state == "withdrawn":
        return _("This alert was withdrawn: there is nothing to answer.")
    if wanted not in {"", "message", *STEPS}:
        return _("This button is not known.")
    if step is None and not text:
        return _("Write a message first, or choose a step.")
    if len(text) > LONGEST:
        return _("The message is too long: at most %(count)d characters.") % {"count": LONGEST}
    if step in mine:
        return _("Your side has already said so. You may still send a message.")
    return ""


def _steps(reading: Reading) -> list[Step]:
    """The steps that this side may take now: who raised an alert can only close it."""
    taken = {step.step for step in reading.dossier.steps if step.party == reading.viewer.party}
    offered = STEPS if not reading.is_ours else ("closed",)
    return [step for step in offered if step not in taken] if reading.is_open else []


def _said(step: Step | None) -> str:
    match step:
        case "acknowledged":
            return _("Acknowledged. The other side sees it at the next exchange.")
        case "under_way":
            return _("Marked as under way. The other side sees it at the next exchange.")
        case "closed":
            return _("Closed. The other side sees it at the next exchange.")
        case _:
            return _("Message filed. It leaves at the next exchange.")


def _alert(request: HttpRequest, reading: Reading, *, error: str = "", typed: str = "") -> HttpResponse:
    viewer = reading.viewer
    texts, known, marked = following.facts_of(reading)
    journeys = journeys_of(viewer, [reading.row]).get(reading.row.pk, [])
    happenings = following.timeline(reading)
    recipients, origin = following.recipients(reading), origin_of(reading.row)
    context = {
        "reading": reading,
        "recipients": recipients,
        "addressee": ", ".join(name for _party, name in recipients),
        "chosen": request.POST.get("to", ""),
        "may_answer": viewer.may(May.ANSWER)
        and reading.alert is not None
        and reading.state != "withdrawn"
        and recipients,
        "may_propose": reading.is_open and viewer.may_file(Action.kind()),
        **stopped(viewer, reading.row, reading.alert),
        "texts": texts,
        "facts": known,
        "marks": marked,
        "deadlines": deadlines_of(reading),
        "escalate_to": escalate_to(reading),
        "origin": origin,
        "may_count": origin is not None and may_count(viewer, origin),
        "journeys": journeys,
        "undecided": undecided(viewer, journeys)
        if reading.is_ours and reading.row.withdrawn_at is None
        else [],
        "timeline": happenings,
        "steps": _steps(reading),
        "error": error,
        "typed": typed,
        "restored": bool(typed) and request.method != "POST",
        "longest": LONGEST,
    }
    fresh = Fresh(request, viewer, following.seen(reading))
    due = reading.deadline
    until = due if due is not None and due > viewer.now else None
    return fresh.page("alerts/alert.html", context, until=until, status=422 if error else 200)

"""The list, the board, one measure with its moves, the calendar feed."""

from __future__ import annotations

from typing import Final, get_args

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from entente.errors import EntenteError, RecordError
from entente.interop.ical import MEDIA_TYPE, calendar_of
from entente.records import Action
from entente.records.action import Task, TaskState
from entente.records.base import labels_of
from entente.records.codes import check_code
from entente_node.digits import whole
from entente_node.directory import auditing, sending, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.filters import page_of
from entente_node.directory.halts import stopped
from entente_node.directory.here import node
from entente_node.directory.journeys import facts, journeys_of, may_count, origin_of, undecided
from entente_node.directory.leaving import shares_of, stays
from entente_node.directory.measures import Told, measure
from entente_node.directory.roles import May
from entente_node.drafts.keeping import kept
from entente_node.ledger.reading import bodies_of
from entente_node.measures.feed import happenings
from entente_node.measures.listing import board as board_of
from entente_node.measures.listing import listing as listing_of
from entente_node.measures.moving import move as moved
from entente_node.measures.moving import take_back as taken_back
from entente_node.speech import say_error

LONGEST: Final = 6_000
LONGEST_TASK: Final = 1_500
MOST_TASKS: Final = 20
_WHOLE: Final = 100
_TASK_STATES: Final[dict[str, TaskState]] = {state: state for state in get_args(TaskState)}
_MARKS: Final = ("service", "purpose", "tlp", "code", "article", "released_at", "released_by", "revises")
_ELSEWHERE: Final = frozenset(
    {*_MARKS, "about", "services", "start", "until", "at", "tasks", "progress", "what", "place", "state"}
)


@require_safe
@for_viewer
def listing(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Measures, newest first."""
    shown = listing_of(viewer, request.GET, page_of(request.GET))
    return render(
        request,
        "measures/measures.html",
        {"page": "measures", "listing": shown, "may_propose": viewer.may_file(Action.kind())},
    )


@require_safe
@for_viewer
def board(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The measures by state."""
    return render(
        request,
        "measures/board.html",
        {
            "page": "measures",
            "board": board_of(viewer, request.GET),
            "may_propose": viewer.may_file(Action.kind()),
        },
    )


@require_safe
@for_viewer
def one(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """One measure, whole."""
    return _measure(request, _told(viewer, code))


@require_POST
@for_viewer(May.MEASURE)
def move(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """This service says what becomes of a measure."""
    told = _told(viewer, code)
    words = request.POST.get("words", "").strip().replace("\r\n", "\n")
    state = next((name for name, _word in told.offered if name == request.POST.get("state")), None)
    if state is None:
        return _measure(request, told, error=_("This step is not possible now."), typed=words)
    progress = _progress(request)
    tasks, wrong = _tasks(request, told)
    error = wrong or _objection(state, words, progress)
    if error:
        return _measure(request, told, error=error, typed=words)
    once = sending.claim(request, viewer)
    here = reverse("measure", args=[told.code])
    if once.is_again:
        return sending.again(request, once, here)
    if once.is_changed:
        return _measure(request, told, error=sending.changed(), typed=words)
    try:
        moved(told, state, words=words, tasks=tasks, progress=progress)
    except EntenteError as refused:
        once.refused()
        error = say_error(refused, language=telling.language())
        return _measure(request, told, error=error, typed=words)
    once.filed(here)
    auditing.write(viewer, "measure.moved", told.code, state=state)
    messages.success(request, _("Filed. The other side sees it at the next exchange."))
    return redirect("measure", code=told.code)


@require_POST
@for_viewer(May.MEASURE)
def take_back(request: HttpRequest, viewer: Viewer, code: str, move: str) -> HttpResponse:
    """This service takes back what it said last of a measure: a mistake, on both sides."""
    told = _told(viewer, code)
    try:
        done = taken_back(told, move)
    except EntenteError as refused:
        return _measure(request, told, error=say_error(refused, language=telling.language()))
    if not done:
        return _measure(request, told, error=_("This step is not possible now."))
    auditing.write(viewer, "measure.taken-back", told.code, move=move)
    messages.success(request, _("Taken back. The other side sees it at the next exchange."))
    return redirect("measure", code=told.code)


@require_safe
@for_viewer(key="calendar")
def calendar(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001  a view's signature
    """Measures, meetings and due promises, for a calendar that fetches them with its key."""
    with translation.override(viewer.user.language):
        data = calendar_of(
            happenings(viewer),
            stamp=node().clock(),
            time_zone=str(viewer.zone),
            name=_("Entente: %(node)s") % {"node": viewer.name_of(viewer.party)},
        )
    return HttpResponse(data, content_type=f"{MEDIA_TYPE}; charset=utf-8")


def _progress(request: HttpRequest) -> int | None:
    """What was typed in per cent; None where nothing was; -1 where it is no number."""
    text = request.POST.get("progress", "").strip().rstrip("%").strip()
    if not text:
        return None
    progress = whole(text, most=3)
    return -1 if progress is None else progress


def _tasks(request: HttpRequest, told: Told) -> tuple[list[Task], str]:
    """The tasks that the form changes or adds, and what is wrong with them; empty: nothing.

    The form says how each task stood when it was shown: what somebody else said since stays.
    """
    found = []
    for piece in told.tasks:
        was = request.POST.get(f"was-{piece.mark}", piece.task.state)
        state = _TASK_STATES.get(request.POST.get(f"task-{piece.mark}", was))
        if state is None:
            return [], _("This value is not possible here.")
        if state not in {was, piece.task.state}:
            found.append(piece.task.moved(state))
    what = " ".join(request.POST.get("new-task", "").split())
    if not what:
        return found, ""
    service = request.POST.get("new-task-service", "")
    added = Task(what=what, service=service if service in told.action.services else None)
    if len(what) > LONGEST_TASK or len(told.tasks) >= MOST_TASKS:
        return [], _("A task is too long, or there are too many.")
    if any((task.what, task.service) == (added.what, added.service) for task in told.measure.tasks):
        return [], _("This task is there already.")
    return [*found, added], ""


def _objection(state: str, words: str, progress: int | None) -> str:
    """Why this move is not filed; empty if it may be."""
    if len(words) > LONGEST:
        return _("The message is too long: at most %(count)d characters.") % {"count": LONGEST}
    if state == "declined" and not words:
        return _("Say why, in a few words: the other side has to know what to do instead.")
    if state == "abandoned" and not words:
        return _("Say why it is given up, in a few words.")
    if progress is not None and not 0 <= progress <= _WHOLE:
        return _("Type the progress as a whole number from 0 to 100.")
    return ""


def _told(viewer: Viewer, typed: str) -> Told:
    """The measure, if there is one and the viewer may see it; else 404, which does not say which."""
    try:
        code = check_code(typed)
    except RecordError:
        raise Http404 from None
    row = viewer.records().filter(code=code, kind=Action.kind()).first()
    action = bodies_of([row]).get(row.pk) if row else None
    if row is None or not isinstance(action, Action):
        raise Http404
    root = viewer.records().filter(code=row.about, kind=Action.kind()).first() if row.about else None
    body = bodies_of([root]).get(root.pk) if root else None
    # A move is read with the measure that it is about.
    return measure(viewer, root, body) if root and isinstance(body, Action) else measure(viewer, row, action)


def _measure(request: HttpRequest, told: Told, *, error: str = "", typed: str = "") -> HttpResponse:
    viewer, row = told.viewer, told.row
    everything = facts(told.action, viewer)
    path = reverse("move-measure", args=[told.code])
    kept_form = kept(viewer.user.pk, path, viewer.now) if request.method != "POST" else None
    typed = str(kept_form.get("words", "")) if kept_form else typed
    sent = kept_form or request.POST
    origin = origin_of(row)
    journeys = journeys_of(viewer, [row]).get(row.pk, [])
    about = viewer.records().filter(code=row.about).first() if row.about else None
    context = {
        "page": "measures",
        "told": told,
        "row": row,
        "facts": [fact for fact in everything if fact.field not in _ELSEWHERE],
        "marks": [fact for fact in everything if fact.field in _MARKS],
        "about": about,
        "tasks_stay": stays(viewer, shares_of(viewer, row.kind), "tasks", row.purpose),
        "restored": kept_form is not None,
        "typed_task": sent.get("new-task", ""),
        "typed_service": sent.get("new-task-service", ""),
        "typed_progress": sent.get("progress", ""),
        "pieces": [
            (
                piece,
                sent.get(f"was-{piece.mark}", piece.task.state),
                sent.get(f"task-{piece.mark}", piece.task.state),
            )
            for piece in told.tasks
        ],
        "task_states": [(name, telling.either(word)) for name, word in labels_of(Task, "state").items()],
        "offers": {state for state, _word in told.offered},
        **stopped(viewer, row, told.action),
        "origin": origin,
        "may_count": origin is not None and may_count(viewer, origin),
        "journeys": journeys,
        "undecided": undecided(viewer, journeys) if row.local and row.withdrawn_at is None else [],
        "error": error,
        "typed": typed,
        "longest": LONGEST,
        "longest_task": LONGEST_TASK,
        "named": [(who, viewer.service_name(*who.split("/", 1))) for who in told.action.services],
    }
    return render(request, "measures/measure.html", context, status=422 if error else 200)

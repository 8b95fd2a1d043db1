"""Lists, one record, forms."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from entente.errors import EntenteError, RecordError
from entente.records import KINDS, Alert
from entente.records.base import Record as CoreRecord
from entente.records.base import Role, fields_of
from entente.records.codes import check_code
from entente_node.directory import auditing, sending, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.filters import page_of
from entente_node.directory.halts import halts, stopped
from entente_node.directory.here import node
from entente_node.directory.journeys import facts, journeys_of, may_count, origin_of, undecided
from entente_node.directory.roles import May
from entente_node.directory.whom import in_words
from entente_node.drafts.keeping import kept, throw_away
from entente_node.duty.answering import LONGEST, answerable
from entente_node.ledger.models import Record
from entente_node.ledger.reading import bodies_of
from entente_node.records.asking import says
from entente_node.records.beginning import beginning
from entente_node.records.fields import Form, form_of
from entente_node.records.kinds import BADGES, ELSEWHERE, FILED, TALKS, may_write, title_of
from entente_node.records.listing import listing as listing_of
from entente_node.records.listing import state_of
from entente_node.records.reviewing import became, reviews, say
from entente_node.records.widgets import REGION
from entente_node.speech import say_error

LAST: Final = (
    "service",
    "purpose",
    "tlp",
    "code",
    "article",
    "released_at",
    "released_by",
    "about",
    "revises",
)


@require_safe
@for_viewer
def listing(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Records of a kind, newest first."""
    shown = listing_of(
        viewer,
        kind=request.GET.get("kind", ""),
        side=request.GET.get("side", ""),
        page=page_of(request.GET),
    )
    return render(request, "records/records.html", {"page": "records", "listing": shown})


@require_safe
@for_viewer
def choose(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What can be filed."""
    kinds = [
        (name, telling.either(kind.title), _about(kind))
        for name, kind in FILED.items()
        if may_write(viewer, name)
    ]
    return render(
        request, "records/choose.html", {"page": "records", "kinds": kinds if viewer.mandates else []}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def new(request: HttpRequest, viewer: Viewer, kind: str) -> HttpResponse:
    """The form of a kind, and what comes of it."""
    of = FILED.get(kind)
    if of is None or not viewer.mandates:
        raise Http404
    if not may_write(viewer, kind):
        raise PermissionDenied
    if "discard" in request.POST:
        return discard(request, viewer)
    begin = beginning(viewer, of, request.GET.get("about", ""), request.GET.get("paragraph", ""))
    sent, judged = typed_in(request, viewer)
    form = form_of(of, viewer, sent, begin, judged=judged)
    if form.record is not None:
        once = sending.claim(request, viewer)
        if once.is_again:
            return sending.again(request, once, reverse("records"))
        if once.is_changed:
            form.error = sending.changed()
            return show_form(request, viewer, form, title=telling.either(of.title))
        try:
            filed = _file(viewer, form.record, confirmed=confirmed_by(request, viewer))
        except EntenteError as refused:
            once.refused()
            form.error = say_error(refused, language=telling.language())
        else:
            done = _filed(request, viewer, filed)
            once.filed(done["Location"])
            return done
    return show_form(request, viewer, form, title=telling.either(of.title))


def typed_in(request: HttpRequest, viewer: Viewer) -> tuple[QueryDict | None, bool]:
    """What a form is to show, and whether it is to be filed: what was sent, or was kept when a session had ended."""
    if request.method == "POST":
        return request.POST, True
    return kept(viewer.user.pk, request.get_full_path(), viewer.now), False


def discard(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Throw away what was kept, and begin anew."""
    throw_away(viewer.user.pk, request.get_full_path())
    return redirect(request.get_full_path())


def show_form(
    request: HttpRequest, viewer: Viewer, form: Form, *, title: str, back: str = ""
) -> HttpResponse:
    """The page of a form; ``back`` is the code of the record that it revises."""
    shapes = {widget.shape for widget in form.widgets}
    context = {
        "page": "dialogue" if form.kind.kind() in TALKS else "records",
        "form": form,
        "title": title,
        "back": back,
        "talks": form.kind.kind() in TALKS,
        "plans": form.kind.kind() == "action",
        "action": request.get_full_path(),
        "writes": any(field.role is Role.FREE_TEXT for field in fields_of(form.kind).values()),
        "may_confirm": viewer.may(May.CONFIRM),
        "confirmed": "confirmed" in request.POST,
        "wrong": form.wrong,
        "restored": request.method != "POST" and form.restored,
        "countries": [telling.country(code) for code in REGION] if "rows" in shapes and not back else (),
    }
    refused = request.method == "POST" and not request.POST.get("add")
    return render(request, "records/form.html", context, status=422 if refused else 200)


def confirmed_by(request: HttpRequest, viewer: Viewer) -> bool:
    """Whether somebody who may has read the text and confirms that it may leave."""
    return "confirmed" in request.POST and viewer.may(May.CONFIRM)


def _file(viewer: Viewer, record: CoreRecord, *, confirmed: bool) -> CoreRecord:
    """File it; an alert that is made of an observation of ours says so there too, or neither is filed."""
    observed = became(viewer, record) if isinstance(record, Alert) else None
    with node().store.transaction():
        filed = node().file([record], confirmed=confirmed)[0].record
        if observed is not None:
            say(viewer, observed, "became_alert", alert=filed.code or "")
    auditing.write(viewer, "record.filed", filed.code or "", kind=filed.kind())
    if observed is not None:
        auditing.write(viewer, "observation.reviewed", observed.root.code or "", state="became_alert")
    return filed


@require_safe
@for_viewer
def record(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """One record; those with a page of their own are shown there."""
    row = row_of(viewer, code)
    if row.kind in ELSEWHERE:
        return redirect(ELSEWHERE[row.kind], code=row.code)
    if row.kind == "message" and row.about and viewer.records().filter(code=row.about).exists():
        return redirect("record", code=row.about)
    observed = reviews(viewer).get(row.code or "") if row.kind == "observation" else None
    if observed is not None and observed.root.pk != row.pk:
        return redirect("record", code=observed.root.code)
    typed = sending.typed(viewer, reverse("answer-record", args=[row.code]), "text")
    return show_record(request, viewer, row, typed=typed)


def _filed(request: HttpRequest, viewer: Viewer, filed: CoreRecord) -> HttpResponse:
    row = viewer.records().filter(code=filed.code).first() if filed.code else None
    if row is not None and halts(viewer, row):
        messages.warning(request, _("Filed, but it has not left: read below why, and whom to call."))
    else:
        messages.success(request, _("Filed. What the agreement lets leave leaves at the next exchange."))
    if filed.code is None:
        return redirect("flows")
    return redirect(ELSEWHERE.get(filed.kind(), "record"), code=filed.code)


def _about(kind: type[CoreRecord]) -> str:
    """What a form of the kind asks first."""
    return ", ".join(telling.within(label) for label in says(kind)[:4])


def row_of(viewer: Viewer, typed: str) -> Record:
    """The row, if there is one and the viewer may see it; else 404, which does not say which."""
    try:
        code = check_code(typed)
    except RecordError:
        raise Http404 from None
    row = viewer.records().filter(code=code).first()
    if row is None:
        raise Http404
    return row


def show_record(
    request: HttpRequest, viewer: Viewer, row: Record, *, error: str = "", typed: str = ""
) -> HttpResponse:
    """The page of one record."""
    body = bodies_of([row]).get(row.pk)
    told = in_words(viewer, body, row.party) if body else None
    kind = KINDS[row.kind]
    name = telling.either(kind.title)
    everything = facts(body, viewer, row.party) if body else []
    origin = origin_of(row)
    journeys = journeys_of(viewer, [row]).get(row.pk, [])
    title = title_of(told, name) if told else name
    review = reviews(viewer).get(row.code or "") if row.kind == "observation" else None
    state, word = state_of(review.stands if review else body, None)
    answers = (
        viewer.records().filter(about=row.code, code__isnull=False).exclude(kind__in=("message", "action"))
    )
    context = {
        "page": "dialogue" if row.kind in TALKS else "records",
        "row": row,
        "kind": name,
        "title": title,
        "erased": body is None,
        "state": state,
        "word": word,
        "badge": BADGES.get(state, ""),
        "where": telling.where(body.place) if body else "",
        "when": telling.when(row.at, viewer.zone, viewer.now),
        "party": viewer.name_of(row.party),
        "service": viewer.service_name(row.party, row.service),
        "texts": [fact for fact in everything if fact.written and fact.value != title],
        "facts": [
            fact for fact in everything if not fact.written and fact.field not in {*LAST, "at", "services"}
        ],
        "marks": [fact for fact in everything if fact.field in LAST],
        "about": row.about if viewer.records().filter(code=row.about).exists() else "",
        "answers": [(one, telling.either(KINDS[one.kind].title)) for one in answers],
        **stopped(viewer, row, body),
        "origin": origin,
        "may_count": origin is not None and may_count(viewer, origin),
        "journeys": journeys,
        "undecided": undecided(viewer, journeys) if row.local and row.withdrawn_at is None else [],
        "error": error,
        "typed": typed,
        "restored": bool(typed) and request.method != "POST",
        "answering": answerable(viewer, row, body),
        "longest": LONGEST,
        "review": review,
        "may_review": review is not None and bool(review.offered) and viewer.may(May.REVIEW),
        "may_alert": may_write(viewer, "alert"),
        "revisable": row.kind in TALKS and row.withdrawn_at is None and may_write(viewer, row.kind),
        "talks": row.kind in TALKS,
        "may_propose": row.kind in {"situation", "incident", "corridor-status"}
        and may_write(viewer, "action"),
    }
    return render(request, "records/record.html", context, status=422 if error else 200)

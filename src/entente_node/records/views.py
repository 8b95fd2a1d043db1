"""Lists, one record, forms."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from entente.errors import EntenteError, RecordError
from entente.records import KINDS
from entente.records.base import Record as CoreRecord
from entente.records.base import Role, fields_of
from entente.records.codes import check_code
from entente_node.directory import telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.here import node
from entente_node.directory.journeys import (
    facts,
    journeys_of,
    may_count,
    origin_of,
    undecided,
    withheld,
)
from entente_node.ledger.models import Record
from entente_node.ledger.reading import bodies_of
from entente_node.records.fields import form_of, says
from entente_node.records.kinds import BADGES, ELSEWHERE, FILED, title_of
from entente_node.records.listing import listing as listing_of
from entente_node.records.listing import state_of
from entente_node.speech import say_error

LAST: Final = ("service", "purpose", "tlp", "code", "article", "released_at", "about", "revises")
LONGEST: Final = 6_000


@require_safe
@for_viewer
def listing(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Records of a kind, newest first."""
    page = request.GET.get("page", "0")
    shown = listing_of(
        viewer,
        kind=request.GET.get("kind", ""),
        side=request.GET.get("side", ""),
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 0,  # noqa: PLR2004
    )
    return render(request, "records/records.html", {"page": "records", "listing": shown})


@require_safe
@for_viewer
def choose(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What can be filed."""
    kinds = [(name, telling.either(kind.title), _about(kind)) for name, kind in FILED.items()]
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
    form = form_of(of, viewer, request.POST if request.method == "POST" else None, _begin(request, viewer))
    status = 200
    if request.method == "POST":
        status = 422
        if form.record is not None:
            try:
                filed = node().file([form.record], confirmed="confirmed" in request.POST)[0].record
            except EntenteError as refused:
                form.error = say_error(refused, language=telling.language())
            else:
                return _filed(request, filed)
    context = {
        "page": "records",
        "form": form,
        "kind": kind,
        "title": telling.either(of.title),
        "writes": any(field.role is Role.FREE_TEXT for field in fields_of(of).values()),
        "confirmed": "confirmed" in request.POST,
        "wrong": [widget for widget in (*form.widgets, *form.last) if widget.error],
        "about": request.GET.get("about", ""),
    }
    return render(request, "records/form.html", context, status=status)


@require_safe
@for_viewer
def record(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """One record; those with a page of their own are shown there."""
    row = _row(viewer, code)
    if row.kind in ELSEWHERE:
        return redirect(ELSEWHERE[row.kind], code=row.code)
    if row.kind == "message" and row.about and viewer.records().filter(code=row.about).exists():
        return redirect("record", code=row.about)
    return _record(request, viewer, row)


def _filed(request: HttpRequest, filed: CoreRecord) -> HttpResponse:
    messages.success(request, _("Filed. What the agreement lets leave leaves at the next exchange."))
    if filed.code is None:
        return redirect("flows")
    return redirect(ELSEWHERE.get(filed.kind(), "record"), code=filed.code)


def _about(kind: type[CoreRecord]) -> str:
    """What a form of the kind asks first."""
    return ", ".join(telling.within(label) for label in says(kind)[:4])


def _begin(request: HttpRequest, viewer: Viewer) -> dict[str, str]:
    """What a form begins with: the marking of most records, and what it is about."""
    begin = {"tlp": "GREEN"}
    if len(viewer.mandates) == 1:
        begin["purpose"] = next(iter(viewer.mandates))
    target = viewer.records().filter(code=request.GET.get("about", "")).first()
    if target is not None and target.code:
        begin |= {"about": target.code, "purpose": target.purpose, "tlp": target.tlp, "place": target.place}
    return begin


def _row(viewer: Viewer, typed: str) -> Record:
    """The row, if there is one and the viewer may see it; else 404, which does not say which."""
    try:
        code = check_code(typed)
    except RecordError:
        raise Http404 from None
    row = viewer.records().filter(code=code).first()
    if row is None:
        raise Http404
    return row


def _record(
    request: HttpRequest, viewer: Viewer, row: Record, *, error: str = "", typed: str = ""
) -> HttpResponse:
    body = bodies_of([row]).get(row.pk)
    kind = KINDS[row.kind]
    name = telling.either(kind.title)
    everything = facts(body, viewer) if body else []
    held, origin = withheld(viewer, row), origin_of(row)
    journeys = journeys_of(viewer, [row]).get(row.pk, [])
    title = title_of(body, name) if body else name
    state, word = state_of(body, None)
    answers = viewer.records().filter(about=row.code, code__isnull=False).exclude(kind="message")
    context = {
        "page": "records",
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
        "withheld": held,
        "confirmable": next((one.row.record.code for one in held if one.needs_confirmation), ""),
        "origin": origin,
        "may_count": origin is not None and may_count(viewer, origin),
        "journeys": journeys,
        "undecided": undecided(viewer, journeys) if row.local else [],
        "error": error,
        "typed": typed,
        "longest": LONGEST,
        "may_propose": row.kind in {"situation", "incident", "corridor-status"},
    }
    return render(request, "records/record.html", context, status=422 if error else 200)

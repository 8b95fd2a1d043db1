"""A new record that revises one: a meeting that was held, other words for a communiqué, how far a promise is.

Either side may: its record stands beside the first, and the newest counts. What the form does not ask
stays as it was, purpose and marking with it.
"""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from entente.dialogue import standing
from entente.errors import EntenteError
from entente.records import Commitment, Communique, Meeting, Record
from entente_node.directory import auditing, sending, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.here import node
from entente_node.directory.roles import May
from entente_node.ledger.measures import contents
from entente_node.records.asking import ORDER
from entente_node.records.beginning import again
from entente_node.records.fields import form_of
from entente_node.records.kinds import may_write
from entente_node.records.reviewing import reviews, say
from entente_node.records.views import confirmed_by, discard, row_of, show_form, show_record, typed_in
from entente_node.speech import say_error

REVISED: Final[dict[str, tuple[str, ...]]] = {
    "meeting": (*ORDER["meeting"], "next_place", "next_start", "next_until"),
    "communique": ORDER["communique"],
    "commitment": ("state", "outcome", "evidence", "due", "services"),
}
"""What is asked of each kind that can be revised."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def revise(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """The form of the record that stands, and what comes of it."""
    row = row_of(viewer, code)
    if row.kind not in REVISED or not row.code:
        raise Http404
    if not may_write(viewer, row.kind):
        raise PermissionDenied
    if "discard" in request.POST:
        return discard(request, viewer)
    stands = _standing(viewer, row.kind, row.code)
    begin, names = again(stands, viewer, REVISED[row.kind])
    sent, judged = typed_in(request, viewer)
    form = form_of(type(stands), viewer, sent, begin, base=stands, only=names, judged=judged)
    if form.record is not None:
        once = sending.claim(request, viewer)
        if once.is_again:
            return sending.again(request, once, reverse("record", args=[row.code]))
        if once.is_changed:
            form.error = sending.changed()
            return show_form(request, viewer, form, title=_TITLES[row.kind](), back=row.code)
        try:
            filed = node().file([form.record], confirmed=confirmed_by(request, viewer))[0].record
        except EntenteError as refused:
            once.refused()
            form.error = say_error(refused, language=telling.language())
        else:
            auditing.write(viewer, "record.revised", row.code, kind=row.kind)
            messages.success(request, _("Filed. The other side sees it at the next exchange."))
            done = redirect("record", code=filed.code)
            once.filed(done["Location"])
            return done
    return show_form(request, viewer, form, title=_TITLES[row.kind](), back=row.code)


@require_POST
@for_viewer(May.REVIEW)
def review(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """This side looks into an observation, or sets it aside. An alert is made of it with the alert's own form."""
    row = row_of(viewer, code)
    found = reviews(viewer).get(row.code or "")
    if found is None:
        raise Http404
    wanted = request.POST.get("state", "")
    state = next((one for one in found.offered if one == wanted and one != "became_alert"), None)
    reason = next((one for one, _word in found.reasons if one == request.POST.get("reason")), None)
    if state is None:
        return show_record(request, viewer, found.root, error=_("This step is not possible now."))
    if state == "set_aside" and reason is None:
        return show_record(request, viewer, found.root, error=_("Choose why it is set aside."))
    try:
        say(viewer, found, state, reason=reason)
    except EntenteError as refused:
        return show_record(request, viewer, found.root, error=say_error(refused, language=telling.language()))
    auditing.write(viewer, "observation.reviewed", found.root.code or "", state=state)
    messages.success(request, _("Filed. The other side sees it at the next exchange."))
    return redirect("record", code=found.root.code)


def _standing(viewer: Viewer, kind: str, code: str) -> Record:
    """The record that stands now, of those that the viewer may see; 404 where nothing can be revised any more."""
    rows = viewer.records().filter(kind=kind, withdrawn_at=None)
    if kind == Communique.kind():
        try:
            negotiation = node().talks.of(code, {one.code for one in rows if one.code})
        except EntenteError:
            raise Http404 from None
        if negotiation.signed or not negotiation.current.communique.paragraphs:
            raise Http404
        return negotiation.current.communique
    of: type[Meeting | Commitment] = Meeting if kind == Meeting.kind() else Commitment
    for root, stands in standing([record for _row, record in contents(rows) if isinstance(record, of)]):
        if code in {root.code, stands.code}:
            return stands
    raise Http404


_TITLES: Final = {
    "meeting": lambda: _("Change the meeting"),
    "communique": lambda: _("Propose other words"),
    "commitment": lambda: _("Say how far the commitment is"),
}

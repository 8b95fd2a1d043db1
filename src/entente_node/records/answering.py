"""Answer a record that the agreement wants answered: an incident, a situation."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entente.errors import EntenteError
from entente_node.directory import sending, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.halts import stays
from entente_node.directory.roles import May
from entente_node.duty import answers
from entente_node.duty.answering import LONGEST, answerable
from entente_node.ledger.reading import bodies_of
from entente_node.records.views import row_of, show_record
from entente_node.speech import say_error


@require_POST
@for_viewer(May.ANSWER)
def answer(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """File an answer: a step, words, or both."""
    row = row_of(viewer, code)
    found = answerable(viewer, row, bodies_of([row]).get(row.pk))
    if found is None:
        raise Http404
    wanted, text = request.POST.get("step", ""), request.POST.get("text", "").strip().replace("\r\n", "\n")
    step = next((one for one in found.steps if one == wanted), None)
    error = ""
    if step is None and wanted != "message":
        error = _("Your side has already said so. You may still send a message.")
    elif step is None and not text:
        error = _("Write a message first, or choose a step.")
    elif len(text) > LONGEST:
        error = _("The message is too long: at most %(count)d characters.") % {"count": LONGEST}
    if error:
        return show_record(request, viewer, row, error=error, typed=text)
    once = sending.claim(request, viewer)
    here = reverse("record", args=[row.code])
    if once.is_again:
        return sending.again(request, once, here)
    if once.is_changed:
        return show_record(request, viewer, row, error=sending.changed(), typed=text)
    try:
        filed = answers.answer(row.code or "", viewer.user, step=step, text=text or None)
    except EntenteError as refused:
        once.refused()
        return show_record(
            request, viewer, row, error=say_error(refused, language=telling.language()), typed=text
        )
    once.filed(here)
    why = stays(viewer, filed.record.code)
    if why:
        messages.warning(request, why)
    else:
        messages.success(request, _("Filed. The other side sees it at the next exchange."))
    return redirect("record", code=row.code)

"""Release under an exceptional article: a function decides, or takes its decision back.

Who may is the agreement's to say: the account's service and function must be one that the article
names. The core refuses what could not take effect; here only the account is looked at.
"""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entente.agreements.document import Exceptional
from entente.errors import EntenteError, RecordError
from entente.records import Attachment
from entente.recourse import Matter
from entente_node.directory import auditing, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.here import node
from entente_node.directory.roles import May
from entente_node.ledger.models import Record
from entente_node.records.views import row_of
from entente_node.speech import say_error


@require_POST
@for_viewer(May.RELEASE)
def approve(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """This account's function decides that the record leaves; with a second one's decision it does."""
    row, matter = _matter(request, viewer, code)
    user = viewer.user
    try:
        done = node().recourses.approve(
            matter,
            service=user.service,
            function=user.duty,
            by=user.name,
            why=request.POST.get("why", "").replace("\r\n", "\n"),
            pictures=_seen(request, viewer, matter),
        )
    except EntenteError as refused:
        messages.error(request, say_error(refused, language=telling.language()))
    else:
        _log(viewer, "release.approved", matter, len(request.POST.getlist("picture")))
        if done.enough:
            messages.success(request, _("Decided by two functions: it leaves at the next exchange."))
        else:
            messages.warning(
                request, _("Your decision is kept. It takes effect with that of a second function.")
            )
    return redirect("record", code=row.code)


@require_POST
@for_viewer(May.RELEASE)
def retract(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """This account's function takes its decision back, as long as the record has not left."""
    row, matter = _matter(request, viewer, code)
    try:
        node().recourses.retract(
            matter,
            service=viewer.user.service,
            function=viewer.user.duty,
            pictures=_seen(request, viewer, matter),
        )
    except EntenteError as refused:
        messages.error(request, say_error(refused, language=telling.language()))
    else:
        _log(viewer, "release.retracted", matter, len(request.POST.getlist("picture")))
        messages.success(request, _("Your decision is taken back."))
    return redirect("record", code=row.code)


def _matter(request: HttpRequest, viewer: Viewer, code: str) -> tuple[Record, Matter]:
    """What is decided on: 404 for a record that is not ours to see, 403 for a function that is not named."""
    row = row_of(viewer, code)
    if not row.local or row.code is None:
        raise Http404
    matter = Matter(
        code=row.code,
        agreement=request.POST.get("agreement", ""),
        recipient=request.POST.get("recipient", ""),
        article=request.POST.get("article", ""),
    )
    mine = (viewer.party, viewer.user.service, viewer.user.duty)
    for agreement in viewer.named():
        for article in agreement.articles if agreement.id == matter.agreement else ():
            if isinstance(article, Exceptional) and article.id == matter.article:
                if mine in {(one.party, one.service, one.function) for one in article.functions}:
                    return row, matter
                raise PermissionDenied
    raise Http404


def _seen(request: HttpRequest, viewer: Viewer, matter: Matter) -> list[str]:
    """The pictures that the form named, if the account may see each of them. RecordError for any other."""
    named = set(request.POST.getlist("picture"))
    if not named:
        return []
    parts = viewer.records().filter(kind=Attachment.kind(), about=matter.code, local=True)
    mine = set(parts.values_list("pk", flat=True))
    seen = [one.name for one in node().recourses.pictures(matter) if mine.issuperset(one.parts)]
    if not named.issubset(seen):
        raise RecordError(_("a picture that was shown is not here any more: look again, and decide then"))
    return [name for name in seen if name in named]


def _log(viewer: Viewer, deed: str, matter: Matter, pictures: int) -> None:
    more: dict[str, int] = {"pictures": pictures} if pictures else {}
    auditing.write(
        viewer,
        deed,
        matter.code,
        agreement=matter.agreement,
        recipient=matter.recipient,
        article=matter.article,
        function=viewer.user.duty,
        **more,
    )

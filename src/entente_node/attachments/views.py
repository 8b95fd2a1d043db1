"""Adding a picture to a record, looking at it, confirming it; serving pictures, behind the wall like everything.

A picture is served as the type that its record says and its first bytes confirm, as nothing else
(``nosniff``), and in a sandbox: whatever is in it, a browser runs none of it.
"""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entente.errors import EntenteError, RecordError
from entente.records.codes import check_code
from entente_node.attachments import adding
from entente_node.attachments.deciding import ways_of
from entente_node.attachments.reading import MOST, Picture, picture_of, pictures_of
from entente_node.attachments.reducing import LARGEST, reduced, thumbnail
from entente_node.directory import auditing, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.halts import exceptionally
from entente_node.directory.here import node
from entente_node.directory.roles import May
from entente_node.ledger.models import Record
from entente_node.speech import say_error

SANDBOX: Final = "sandbox; default-src 'none'"
CAPTION: Final = 200


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer(May.FILE)
def add(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """Take a file, make a small picture of it, and keep it here until somebody has looked at it."""
    row = _row(viewer, code)
    _demand(viewer, row)
    caption, error = request.POST.get("caption", ""), ""
    if request.method == "POST":
        try:
            keys = adding.add(
                node(),
                row.code or "",
                reduced(_sent(viewer, request, row)),
                service=viewer.user.service,
                caption=caption[:CAPTION],
            )
        except EntenteError as refused:
            text = say_error(refused, language=telling.language())
            error = text[:1].upper() + text[1:]
        else:
            auditing.write(viewer, "picture.added", row.code or "", parts=len(keys))
            return redirect("picture", code=row.code, name=_name(viewer, row, keys))
    context = {
        "page": "records",
        "row": row,
        "caption": caption,
        "longest": CAPTION,
        "megabytes": LARGEST >> 20,
        "error": error,
    }
    return render(request, "attachments/add.html", context, status=422 if error else 200)


@require_safe
@for_viewer
def picture(request: HttpRequest, viewer: Viewer, code: str, name: str) -> HttpResponse:
    """One picture, how far it is on its way, and what can be said of it."""
    return _page(request, viewer, _picture(viewer, code, name))


@require_POST
@for_viewer(May.CONFIRM)
def confirm(request: HttpRequest, viewer: Viewer, code: str, name: str) -> HttpResponse:
    """Somebody has looked at it: it names no person and may leave."""
    found = _ours(viewer, code, name)
    try:
        adding.confirm(node(), [row for row, _part in found.parts])
    except EntenteError as refused:
        return _page(request, viewer, found, error=say_error(refused, language=telling.language()))
    auditing.write(viewer, "picture.confirmed", found.about)
    messages.success(
        request, _("Picture confirmed. It leaves as the agreement allows, at the next exchange.")
    )
    return redirect("picture", code=found.about, name=found.name)


@require_POST
@for_viewer(May.FILE)
def take_back(request: HttpRequest, viewer: Viewer, code: str, name: str) -> HttpResponse:
    """Remove it, as long as nobody has confirmed it."""
    found = _ours(viewer, code, name)
    _demand(viewer, _row(viewer, code))
    try:
        adding.take_back([row for row, _part in found.parts])
    except EntenteError as refused:
        return _page(request, viewer, found, error=say_error(refused, language=telling.language()))
    auditing.write(viewer, "picture.removed", found.about)
    messages.success(request, _("The picture was removed. Nothing of it has left."))
    return redirect("record", code=found.about)


@require_safe
@for_viewer
def image(request: HttpRequest, viewer: Viewer, code: str, name: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """Its bytes."""
    found = _picture(viewer, code, name)
    if found.data is None:
        raise Http404
    return _served(found.data, found.media_type, f"{found.about}-{found.name[:6]}")


@require_safe
@for_viewer
def small(request: HttpRequest, viewer: Viewer, code: str, name: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """A thumbnail of it."""
    found = _picture(viewer, code, name)
    if found.data is None:
        raise Http404
    try:
        return _served(thumbnail(found.data), "image/jpeg", f"{found.about}-{found.name[:6]}-small")
    except EntenteError:
        raise Http404 from None


def _served(data: bytes, media_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        data,
        content_type=media_type,
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            "Content-Security-Policy": SANDBOX,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


def _demand(viewer: Viewer, row: Record) -> None:
    """Whoever adds a picture is of a role that writes them there, and so sees them."""
    if not viewer.may_add_picture(row):
        raise PermissionDenied


def _sent(viewer: Viewer, request: HttpRequest, row: Record) -> bytes:
    """The bytes of the file. Raises RecordError where there is none, or where no more fit on the record."""
    ours = [one for one in pictures_of(viewer, [row.code or ""]) if one.is_ours]
    if len(ours) >= MOST:
        raise adding.too_many(MOST)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise adding.nothing_sent()
    return bytes(file.read())


def _name(viewer: Viewer, row: Record, keys: list[int]) -> str:
    """The name of the picture whose parts were just filed."""
    found = pictures_of(viewer, [row.code or ""])
    return next(one.name for one in found if {part.pk for part, _ in one.parts} & set(keys))


def _row(viewer: Viewer, typed: str) -> Record:
    """The record, if there is one, it was not withdrawn, and the viewer may see it."""
    row = viewer.records().filter(code=_code(typed), withdrawn_at=None).first()
    if row is None:
        raise Http404
    return row


def _picture(viewer: Viewer, code: str, name: str) -> Picture:
    found = picture_of(viewer, _code(code), name)
    if found is None:
        raise Http404
    return found


def _ours(viewer: Viewer, code: str, name: str) -> Picture:
    found = _picture(viewer, code, name)
    if not found.is_ours:
        raise Http404
    return found


def _code(typed: str) -> str:
    try:
        return check_code(typed)
    except RecordError:
        raise Http404 from None


def _page(request: HttpRequest, viewer: Viewer, found: Picture, *, error: str = "") -> HttpResponse:
    row, part = found.parts[0]
    context = {
        "page": "records",
        "picture": found,
        "ways": ways_of(viewer, found),
        "exceptionally": exceptionally(viewer, row, part),
        "may_confirm": found.is_ours and not found.is_confirmed and viewer.may(May.CONFIRM),
        "may_take_back": found.is_ours
        and not found.is_confirmed
        and viewer.may_add_picture(_row(viewer, found.about)),
        "error": error[:1].upper() + error[1:],
    }
    return render(request, "attachments/picture.html", context, status=422 if error else 200)

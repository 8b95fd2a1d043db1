"""``/keys``: the keys of one's own account for programs; a key's text is shown once, when it is made."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from entente.errors import StoreError
from entente_node.directory import auditing, keys
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.own_account import confirmed
from entente_node.folder import Folder

LONGEST: Final = 60


@require_safe
@for_viewer
def key_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What keys there are, and the form to make one."""
    return _page(request, viewer)


@never_cache
@require_POST
@for_viewer
@confirmed
def make_key(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """A new key, shown in the answer and never again."""
    use = next((one for one in _uses(viewer) if one == request.POST.get("use")), None)
    label = " ".join(request.POST.get("label", "").split())
    if use is None:
        return _page(request, viewer, error=_("Choose what the key is for."))
    if not label or len(label) > LONGEST:
        return _page(request, viewer, error=_("Say in a few words which program has it."))
    try:
        token = keys.make(viewer.user, use, label)
    except keys.TooManyKeysError:
        return _page(
            request, viewer, error=_("There are as many keys as an account may have: revoke one first.")
        )
    auditing.write(viewer, "key.made", viewer.user.name, use=use)
    return _page(request, viewer, made=token, use=use)


@require_POST
@for_viewer
def revoke_key(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """End a key of one's own; whoever has it reads nothing more."""
    if not keys.revoke(viewer.user, pk):
        raise Http404
    auditing.write(viewer, "key.revoked", viewer.user.name)
    messages.success(request, _("The key is revoked."))
    return redirect("keys")


def _uses(viewer: Viewer) -> list[keys.Use]:
    """What this account may have keys for: nothing, where it sees no record."""
    if not viewer.named() or viewer.rights.highest is None:
        return []
    return [use for use in keys.USES if use == "calendar" or viewer.exports]


def _page(
    request: HttpRequest, viewer: Viewer, *, made: str = "", use: str = "", error: str = ""
) -> HttpResponse:
    # No address is made from the Host header: it proves nothing.
    paths = {"calendar": reverse("calendar", args=[made]), "api": "/api/v1/records"} if made else {}
    context = {
        "page": "keys",
        "keys": [(key, key.use == "calendar") for key in keys.keys_of(viewer.user)],
        "uses": _uses(viewer),
        "made": made,
        "use": use,
        "address": f"{_address()}{paths.get(use, '')}" if made else "",
        "error": error,
        "longest": LONGEST,
    }
    return render(request, "directory/keys.html", context, status=422 if error else 200)


def _address() -> str:
    """Where this desk is reached, as ``node.toml`` says; empty: only the path is known."""
    try:
        return Folder(Path(settings.NODE)).config.address.rstrip("/")
    except StoreError:
        return ""

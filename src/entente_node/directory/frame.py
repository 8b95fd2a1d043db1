"""What surrounds every page: the node's name, the account, the agreement's watermark, the style's address."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.utils import translation

from entente.errors import StoreError
from entente_node.directory.telling import clock
from entente_node.folder import Folder


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of the page around the page."""
    language = translation.get_language()
    viewer = getattr(request, "viewer", None)
    own = viewer and {
        "own_service": viewer.service_name(viewer.party, viewer.user.service),
        "clock": clock(viewer.now, viewer.zone, viewer.now),
    }
    return {
        **(own or {}),
        "node_name": viewer.name_of(viewer.party) if viewer and viewer.agreements else node_name(),
        "viewer": viewer,
        # Where the language switch comes back to; a page that answered a form is opened anew at its own address.
        "here": request.get_full_path() if request.method == "GET" else "/",
        "assets": assets(),
        "language": language,
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "other_languages": [(code, name) for code, name in settings.LANGUAGES if code != language],
    }


@cache
def node_name() -> str:
    """What ``node.toml`` calls the authority."""
    try:
        return Folder(Path(settings.NODE)).config.name
    except StoreError:
        return ""


@cache
def assets() -> str:
    """Changes with the style, so that browsers may keep it for long."""
    file = finders.find("desk/desk.css")
    return sha256(Path(file).read_bytes()).hexdigest()[:8] if isinstance(file, str) else ""

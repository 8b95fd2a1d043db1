"""What surrounds every page: the node's name, the account, the agreement's watermark, the style's address."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.utils import translation

from entente.errors import StoreError
from entente_node.directory import room
from entente_node.directory.roles import May
from entente_node.directory.telling import clock
from entente_node.folder import Folder


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of the page around the page."""
    language = translation.get_language()
    viewer = getattr(request, "viewer", None)
    own = viewer and {
        "reads_log": viewer.may(May.AUDIT),
        "keeps_accounts": viewer.may(May.ACCOUNTS) or viewer.may(May.SESSIONS),
        "own_service": viewer.service_name(viewer.party, viewer.user.service),
        "clock": clock(viewer.now, viewer.zone, viewer.now),
        "clock_held": viewer.is_clock_held and viewer.acts,
        "room_left": room.short() if viewer.acts else None,
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


ASSETS: Final = ("desk/desk.css", "desk/live.js", "desk/map.js")


@cache
def assets() -> str:
    """Changes with the style and the scripts, so that browsers may keep them for long."""
    found = [file for name in ASSETS if isinstance(file := finders.find(name), str)]
    return sha256(b"".join(Path(file).read_bytes() for file in found)).hexdigest()[:8]

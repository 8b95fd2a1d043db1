"""The clock, where people hear of it: red on every page of who may act while it is held, one page, the log.

Everybody who writes, answers or runs the node is told; who runs it confirms. What a person confirms
is the moment that the page showed: a clock that has jumped again since then is not confirmed with it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from entente.clock import Change
from entente.node import Node
from entente.records.times import instant
from entente_node.clock.guard import Guard
from entente_node.digits import whole
from entente_node.directory import auditing, sessions
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.here import node
from entente_node.directory.roles import May
from entente_node.directory.telling import span

_LONG_AGO: Final = 3_600
"""Seconds after which a page that was opened has to be opened anew before it confirms."""
_log = logging.getLogger("entente.clock")


def guard_of(here: Node) -> Guard | None:
    """The guard of a node's clock; None for a node whose clock nobody guards."""
    return here.is_clock_held if isinstance(here.is_clock_held, Guard) else None


def look(here: Node) -> int:
    """One look of the watch: whether the clock is believed, and what has changed told; how many changes."""
    here.is_clock_held()
    return tell(here)


@require_safe
@for_viewer
def clock(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What the clock shows, what was expected, what waits, what to do."""
    if not viewer.acts:
        raise PermissionDenied
    guard = guard_of(node())
    standing = guard.look() if guard else None
    wall = guard.seen().wall if guard else int(viewer.now.timestamp())
    right = guard.expected(standing) if guard and standing else wall
    context = {
        "page": "clock",
        "wall": _at(wall, viewer),
        "right": _at(right, viewer),
        "off": span(wall - right),
        "is_ahead": wall > right,
        "is_held": viewer.is_clock_held,
        "shown": wall,
        "may_confirm": viewer.may(May.CLOCK),
    }
    return render(request, "directory/clock.html", context)


@require_POST
@for_viewer(May.CLOCK)
def confirm_clock(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Somebody who runs the node says that the clock is right as the page showed it."""
    guard = guard_of(node())
    shown = whole(request.POST.get("shown", ""))
    if guard is None or not guard():
        messages.info(request, _("The clock is believed: there was nothing to confirm."))
    elif shown is None or not 0 <= guard.seen().wall - shown < _LONG_AGO:
        messages.error(request, _("The clock shows something else by now. Look again, then confirm."))
    elif guard.confirm():
        tell(node(), by=viewer)
        messages.success(request, _("The clock is believed again: times pass as they should."))
    return redirect("clock")


def tell(here: Node, by: Viewer | None = None) -> int:
    """Write into the logs what has changed since the last time; how many changes. ``by``: who has just confirmed."""
    guard = guard_of(here)
    if guard is None:
        return 0

    def write(change: Change, right: int, found: int) -> None:
        told = {"expected": _instant(right), "found": _instant(found)}
        _log.warning("the clock: %s; expected %s, found %s", change, told["expected"], told["found"])
        auditing.write(by if change is Change.CONFIRMED else None, f"clock.{change}", **told)

    count = guard.tell(write)
    if count:
        sessions.bound()
    return count


def _instant(seconds: int) -> str:
    return instant(datetime.fromtimestamp(seconds, UTC))


def _at(seconds: int, viewer: Viewer) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(viewer.zone)

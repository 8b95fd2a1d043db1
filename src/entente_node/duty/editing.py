"""The forms of the rota: functions, weekly shifts, turns, absences, holidays, the service above.

An officer writes the rota of its own service; an administrator that of all. One address takes
every form: each says what it is in ``what``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from entente.errors import EntenteError
from entente_node.digits import whole
from entente_node.directory import auditing, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.filters import Choice, Group
from entente_node.directory.roles import May, Role
from entente_node.duty import reading, writing
from entente_node.duty.models import EVERY_DAY, Holiday, Holidays, Shift, Turn
from entente_node.duty.rota import Rota
from entente_node.duty.views import rota_for
from entente_node.speech import say_error

_MONDAY: Final = date(2024, 1, 1)


@require_safe
@for_viewer(May.ROTA)
def rota(request: HttpRequest, viewer: Viewer, service: str = "") -> HttpResponse:
    """What the rota of one service is made of, with the forms."""
    service = service or viewer.user.service
    _demand(viewer, service)
    held = rota_for(viewer, once=True)
    named = reading.services_of(viewer)
    functions = held.functions(service)
    context = {
        "page": "duty",
        "service": service,
        "service_name": named.get(service, service),
        "services": _services(named, service) if _writes_all(viewer) else None,
        "functions": functions,
        "above": held.above(service),
        "above_choices": {one: name for one, name in named.items() if one != service},
        "shifts": [
            (
                shift,
                held.name_of(service, shift.function),
                held.name_of(service, shift.backup) if shift.backup else "",
                reading.days_word(shift),
                reading.holiday_word(shift),
            )
            for shift in held.rows(Shift).filter(service=service)
        ],
        "turns": [
            (
                turn,
                held.name_of(service, turn.function) if turn.function else "",
                held.name_of(service, turn.absent) if turn.absent else "",
            )
            for turn in reading.coming_turns(held, service, viewer.now)
        ],
        "holidays": held.rows(Holiday).filter(
            service__in=["", service], date__gte=viewer.now.astimezone(held.zone).date()
        ),
        "may_all": _writes_all(viewer),
        "days": [(digit, telling.dated(_MONDAY.replace(day=int(digit)), "l")) for digit in EVERY_DAY],
        "when_holiday": [
            (Holidays.TOO, _("holidays too")),
            (Holidays.NOT, _("not on holidays")),
            (Holidays.ONLY, _("on holidays only")),
        ],
        "zone": held.zone,
    }
    return render(request, "duty/rota.html", context)


@require_POST
@for_viewer(May.ROTA)
def change(request: HttpRequest, viewer: Viewer, service: str) -> HttpResponse:
    """One change to the rota of one service."""
    _demand(viewer, service)
    held = rota_for(viewer)
    what = request.POST.get("what", "")
    action = _ACTIONS.get(what)
    if action is None:
        messages.error(request, _("This button is not known."))
        return redirect("rota", service=service)
    try:
        action(held, viewer, service, request.POST)
    except EntenteError as refused:
        messages.error(request, say_error(refused, language=telling.language()))
    else:
        auditing.write(viewer, "duty.rota-changed", service, what=what)
        messages.success(request, _("The rota is changed."))
    return redirect("rota", service=service)


def _demand(viewer: Viewer, service: str) -> None:
    if service != viewer.user.service and not _writes_all(viewer):
        raise PermissionDenied
    if service not in reading.services_of(viewer) and service != viewer.user.service:
        raise PermissionDenied


def _writes_all(viewer: Viewer) -> bool:
    return viewer.user.role == Role.ADMINISTRATOR


def _function(held: Rota, _viewer: Viewer, service: str, sent: QueryDict) -> None:
    writing.put_function(
        held,
        service,
        sent.get("function", "").strip(),
        name=sent.get("name", ""),
        telephone=sent.get("telephone", ""),
        rank=writing.rank_of(sent.get("rank", "")),
    )


def _drop_function(held: Rota, _viewer: Viewer, service: str, sent: QueryDict) -> None:
    writing.drop_function(held, service, sent.get("function", ""))


def _shift(held: Rota, _viewer: Viewer, service: str, sent: QueryDict) -> None:
    writing.add_shift(
        held,
        service,
        sent.get("function", ""),
        weekdays="".join(sent.getlist("weekdays")),
        begins=writing.hour_of(sent.get("begins", "")),
        ends=writing.hour_of(sent.get("ends", "")),
        backup=sent.get("backup", ""),
        holidays=sent.get("holidays", Holidays.TOO),
    )


def _drop_shift(held: Rota, _viewer: Viewer, service: str, sent: QueryDict) -> None:
    held.rows(Shift).filter(service=service, pk=_number(sent)).delete()


def _turn(held: Rota, _viewer: Viewer, service: str, sent: QueryDict) -> None:
    writing.add_turn(
        held,
        service,
        sent.get("function", ""),
        start=_moment(held, sent, "start"),
        until=_moment(held, sent, "until"),
        backup=sent.get("backup", ""),
    )


def _absent(held: Rota, _viewer: Viewer, service: str, sent: QueryDict) -> None:
    writing.declare_absent(
        held,
        service,
        sent.get("function", ""),
        start=_moment(held, sent, "start"),
        until=_moment(held, sent, "until"),
    )


def _drop_turn(held: Rota, _viewer: Viewer, service: str, sent: QueryDict) -> None:
    held.rows(Turn).filter(service=service, pk=_number(sent)).delete()


def _holiday(held: Rota, viewer: Viewer, service: str, sent: QueryDict) -> None:
    everyone = sent.get("everyone") == "yes" and _writes_all(viewer)
    day = writing.day_of(sent.get("day", ""))
    writing.add_holiday(held, day, name=sent.get("name", ""), service="" if everyone else service)


def _services(named: Mapping[str, str], service: str) -> Group:
    """Whose rota is shown, for who writes all of them."""
    choices = [
        Choice(name, reverse("rota", args=[one]), chosen=one == service) for one, name in named.items()
    ]
    return Group("service", _("Services"), choices)


def _drop_holiday(held: Rota, viewer: Viewer, service: str, sent: QueryDict) -> None:
    mine = [service, ""] if _writes_all(viewer) else [service]
    held.rows(Holiday).filter(service__in=mine, pk=_number(sent)).delete()


def _above(held: Rota, viewer: Viewer, service: str, sent: QueryDict) -> None:
    writing.put_above(held, service, sent.get("above", ""), known=reading.services_of(viewer))


def _moment(held: Rota, sent: QueryDict, name: str) -> datetime:
    day, hour = writing.day_of(sent.get(name, "")), writing.hour_of(sent.get(f"{name}__time", ""))
    return datetime.combine(day, hour, held.zone)


def _number(sent: QueryDict) -> int:
    return whole(sent.get("number", "")) or 0


_ACTIONS: Final[dict[str, Callable[[Rota, Viewer, str, QueryDict], None]]] = {
    "function": _function,
    "drop-function": _drop_function,
    "shift": _shift,
    "drop-shift": _drop_shift,
    "turn": _turn,
    "absent": _absent,
    "drop-turn": _drop_turn,
    "holiday": _holiday,
    "drop-holiday": _drop_holiday,
    "above": _above,
}

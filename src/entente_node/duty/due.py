"""A measure whose end has passed: the duty of our services that take part in it is told, once, by day.

Nobody is woken for it: the call is opened from seven in the morning on, in the agreement's time
zone, and only for what ended in the last days. It ends when the measure is done, given up or taken
back. The other side is told nothing: its own watch tells its own services.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from entente.measures import OPEN, fold
from entente.records import Action
from entente.records.times import period
from entente_node.duty.ladder import Look
from entente_node.duty.models import Call, Level, Reason
from entente_node.ledger.models import Record

MORNING: Final = 7
RECENT: Final = timedelta(days=7)
_KEPT: Final = timedelta(days=400)
"""Measures that were filed longer ago are read on the desk."""
_MOST: Final = 500
_SECONDS: Final = 10
"""Of each minute, in which it is looked: a watch that looks every two seconds need not decode measures each time."""


def once(look: Look) -> list[Call]:
    """Open the calls that are due; the new ones."""
    here = look.now.astimezone(look.rota.zone)
    if look.is_clock_held or here.hour < MORNING or here.second >= _SECONDS:
        return []
    told = set(look.rota.rows(Call).filter(reason=Reason.MEASURE).values_list("code", "service"))
    since = int((look.now - _KEPT).timestamp())
    every = look.rota.rows(Record).filter(kind=Action.kind(), withdrawn_at=None, code__isnull=False)
    rows = every.filter(filed_at__gte=since).exclude(about__in=every.values("code")).order_by("-pk")[:_MOST]
    opened = []
    for row, action in late(look, rows):
        if look.now - _ended(look, action) > RECENT:
            continue
        for service in _concerned(look, row, action):
            duty = look.on_duty(service)
            if duty is None or (row.code, service) in told:
                continue
            call, created = look.rota.rows(Call).get_or_create(
                code=row.code,
                service=service,
                function=duty.function,
                level=Level.DUTY,
                reason=Reason.MEASURE,
                defaults={"at": look.now},
            )
            opened += [call] if created else []
    return opened


def is_settled(look: Look, row: Record) -> bool:
    """Whether a measure about which somebody was called is over, or is not late any more."""
    return not late(look, [row])


def late(look: Look, rows: Iterable[Record]) -> list[tuple[Record, Action]]:
    """Those of the measures whose end has passed, and that are neither done nor given up."""
    found = list(rows)
    records = look.read(found)
    over = [
        (row, action)
        for row in found
        if row.withdrawn_at is None
        and isinstance(action := records.get(row.pk), Action)
        and action.until is not None
        and _ended(look, action) <= look.now
    ]
    moves = list(
        look.rota.rows(Record).filter(
            kind=Action.kind(), withdrawn_at=None, about__in=[row.code for row, _action in over]
        )
    )
    said = look.read(moves)

    def is_open(row: Record, action: Action) -> bool:
        about = [(one.party, move) for one in moves if one.about == row.code and (move := said.get(one.pk))]
        return (
            fold(action, row.party, [(by, move) for by, move in about if isinstance(move, Action)]).state
            in OPEN
        )

    return [(row, action) for row, action in over if is_open(row, action)]


def _ended(look: Look, action: Action) -> datetime:
    return period(action.until or action.at, str(look.rota.zone))[1]


def _concerned(look: Look, row: Record, action: Action) -> list[str]:
    """Our services with a rota that proposed the measure or take part in it, and may see it."""
    mine = {who.partition("/")[2] for who in action.services if who.partition("/")[0] == look.node.keys.party}
    if row.local:
        mine.add(row.service)
    return [service for service in look.watched if service in mine and look.opens(service, row)]

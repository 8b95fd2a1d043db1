"""What people write into the rota: checked here, for the desk's forms and the command alike.

Nothing here looks at rights: who may write which service's rota, the caller has asked. Every
refusal is a StoreError that says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from entente.errors import StoreError
from entente.records.base import SERVICE_SHAPE, has_shape
from entente_node.duty.models import Above, DutyFunction, Handover, Holiday, Holidays, Shift, Turn
from entente_node.duty.rota import Rota

LONGEST_NAME: Final = 120
LONGEST_NOTE: Final = 4_000
LONGEST_ABSENCE: Final = timedelta(days=366)
_TELEPHONE: Final = r"\+[1-9][0-9]{6,14}"
_MOST_RANKS: Final = 99
_DAYS: Final = "1234567"


def put_function(
    rota: Rota, service: str, function: str, *, name: str, telephone: str = "", rank: int | None = None
) -> DutyFunction:
    """Name a function of a service, or give it another name, telephone or place in the escalation."""
    _demand_slug(function)
    telephone = re.sub(r"[\s.-]", "", telephone)
    if telephone and not re.fullmatch(_TELEPHONE, telephone):
        raise StoreError("a telephone is written as it is dialled from anywhere: +223 and the number")
    if rank is not None and not 1 <= rank <= _MOST_RANKS:
        raise StoreError("a place in the escalation is a number from 1 to {most}", most=_MOST_RANKS)
    row, _ = rota.rows(DutyFunction).update_or_create(
        service=service,
        function=function,
        defaults={"name": _named(name.strip() or function), "telephone": telephone, "rank": rank},
    )
    return row


def drop_function(rota: Rota, service: str, function: str) -> None:
    """Take a function out. StoreError while a shift or a turn to come names it."""
    now = rota.now()
    turns = rota.rows(Turn).filter(service=service, until__gt=now).values_list("function", "backup")
    shifts = rota.rows(Shift).filter(service=service).values_list("function", "backup")
    if any(function in pair for pair in (*shifts, *turns)):
        raise StoreError("{function} still has shifts or turns: take these out first", function=function)
    rota.rows(DutyFunction).filter(service=service, function=function).delete()


def add_shift(
    rota: Rota,
    service: str,
    function: str,
    *,
    weekdays: str,
    begins: time,
    ends: time,
    backup: str = "",
    holidays: str = Holidays.TOO,
) -> Shift:
    """Add a weekly pattern; ``weekdays`` are digits, 1 for Monday."""
    days = "".join(sorted(set(weekdays)))
    if not days or not set(days) <= set(_DAYS):
        raise StoreError("a shift needs days of the week, 1 for Monday to 7 for Sunday")
    if holidays not in Holidays.values:
        raise StoreError(
            "whether a shift holds on holidays is one of {choices}", choices=", ".join(Holidays.values)
        )
    _demand_functions(rota, service, function, backup)
    return rota.rows(Shift).create(
        service=service,
        weekdays=days,
        begins=begins,
        ends=ends,
        function=function,
        backup=backup,
        holidays=holidays,
    )


def add_turn(
    rota: Rota, service: str, function: str, *, start: datetime, until: datetime, backup: str = ""
) -> Turn:
    """Add one duty between two aware instants; an empty function means that nobody has it."""
    if until <= start:
        raise StoreError("a duty ends after its start")
    _demand_functions(rota, service, function, backup)
    return rota.rows(Turn).create(service=service, function=function, start=start, until=until, backup=backup)


def declare_absent(
    rota: Rota, service: str, function: str, *, start: datetime, until: datetime
) -> list[Turn]:
    """Give each duty of a function in that time to its backup; where it has none, there is a gap that is said."""
    if until <= start:
        raise StoreError("an absence ends after its start")
    if until - start > LONGEST_ABSENCE:
        raise StoreError("an absence is at most {days} days", days=LONGEST_ABSENCE.days)
    spans = [span for span in rota.spans(service, start, until) if span.function == function]
    if not spans:
        raise StoreError("{function} has no duty in that time", function=function)
    with transaction.atomic(using=rota.alias):
        return [
            rota.rows(Turn).create(
                service=service,
                start=span.start,
                until=span.until,
                function=span.backup,
                absent=function,
            )
            for span in spans
        ]


def add_holiday(rota: Rota, day: date, *, name: str, service: str = "") -> Holiday:
    """Add a holiday, of one service or of all."""
    try:
        with transaction.atomic(using=rota.alias):
            return rota.rows(Holiday).create(date=day, name=_named(name), service=service)
    except IntegrityError:
        raise StoreError("{day} is a holiday already", day=day.isoformat()) from None


def put_above(rota: Rota, service: str, above: str, *, known: Collection[str]) -> None:
    """Say whose duty is called when the service does not answer; empty: nobody's."""
    if not above:
        rota.rows(Above).filter(service=service).delete()
        return
    if above == service:
        raise StoreError("a service is not above itself")
    if above not in known:
        raise StoreError("{service} is no service of ours", service=above)
    rota.rows(Above).update_or_create(service=service, defaults={"above": above})


def hand_over(rota: Rota, service: str, to: str, *, note: str, account: str = "") -> Handover:
    """Offer the duty to another function with a note; it changes hands when that one takes it."""
    now = rota.now()
    duty = rota.on_duty(service, now)
    if duty is None:
        raise StoreError("nobody is on duty now: a turn says who is")
    _demand_functions(rota, service, to, "")
    if not to or to == duty.function:
        raise StoreError("{function} is on duty already", function=duty.function)
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise StoreError("the note is too long: at most {count} characters", count=LONGEST_NOTE)
    return rota.rows(Handover).create(
        service=service, at=now, from_function=duty.function, to_function=to, note=note, account=account
    )


def take_over(rota: Rota, handover: Handover, *, account: str = "") -> Turn | None:
    """Take the duty that was handed over: once, by one. The turn that it makes, if the rota did not say so anyway."""
    now = rota.now()
    with transaction.atomic(using=rota.alias):
        mine = rota.rows(Handover).filter(pk=handover.pk, taken_at=None)
        if not mine.update(taken_at=now, taken_by=account):
            raise StoreError("this duty was taken over already")
        span = rota.span_at(handover.service, now)
        if span is None or span.function == handover.to_function:
            return None
        backup = span.backup if span.backup != handover.to_function else handover.from_function
        return rota.rows(Turn).create(
            service=handover.service,
            start=now,
            until=span.until,
            function=handover.to_function,
            backup=backup,
        )


def hour_of(text: str) -> time:
    """An hour as people type it."""
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise StoreError("an hour is written as 07:00") from None


def day_of(text: str) -> date:
    """A day as a form sends it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise StoreError("a day is written as 2022-02-01") from None


def rank_of(text: str) -> int | None:
    """A place in the escalation; none where nothing was typed."""
    if not text.strip():
        return None
    if not re.fullmatch(r"[0-9]{1,2}", text.strip(), re.ASCII):
        raise StoreError("a place in the escalation is a number from 1 to {most}", most=_MOST_RANKS)
    return int(text)


def _demand_functions(rota: Rota, service: str, function: str, backup: str) -> None:
    known = set(rota.rows(DutyFunction).filter(service=service).values_list("function", flat=True))
    for one in (function, backup):
        if one and one not in known:
            raise StoreError(
                "{service} has no function {function}: name it first", service=service, function=one
            )
    if function and function == backup:
        raise StoreError("a function is not its own backup")


def _demand_slug(function: str) -> None:
    if len(function) > LONGEST_NAME // 2 or not has_shape(function, SERVICE_SHAPE):
        raise StoreError(
            "a function is written in small letters, digits and hyphens, such as permanence: not {function}",
            function=function[:40],
        )


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise StoreError("a name has 1 to {most} characters", most=LONGEST_NAME)
    return name

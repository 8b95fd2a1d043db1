"""Sums of flows by week, from the records themselves: nothing derived is stored.

A week of one kind is added up when it is first looked at and kept in this process. Whether it
is still true is asked of the index on (kind, starts): how many rows the week has and which is
the newest. So filing and receiving do no more work than before, there is nothing to rebuild,
and what the ledger erases is gone from here within :data:`LONGEST`. Rejected: a table with a
row for each measure, which would double the writing of flows for a page that few open.

The wall is kept: a sum is made for each audience by itself, and whoever looks adds up those
that he may see.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from threading import Lock
from time import monotonic
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Count, Max

from entente.errors import EntenteError
from entente.places import Place
from entente.policy import Group
from entente.records import Record, decode
from entente.records.times import parse_at
from entente_node.directory import here
from entente_node.flows.series import SERIES, Series
from entente_node.ledger import models
from entente_node.ledger.flows import group_of

LONGEST: Final = 3_600.0
"""Seconds that a sum is kept: an erased record does not live on in one."""
_MOST: Final = 400
"""Weeks of a kind that are kept."""
_BATCH: Final = 2_000

_ROWS: Final = (
    "SELECT r.party, r.local, r.audience, COALESCE(r.body, e.payload), j.agreement FROM ledger_record r "
    "LEFT JOIN ledger_entry e ON e.position = r.entry "
    "LEFT JOIN ledger_journal j ON j.id = (e.position >> %s) "
    "WHERE r.kind = %s AND r.starts >= %s AND r.starts < %s AND r.withdrawn_at IS NULL ORDER BY r.id"
)


class Key(NamedTuple):
    """Whose count of what, where, which way."""

    audience: int
    party: str
    series: str
    place: str
    name: str
    post: str
    direction: str


@dataclass
class Sum:
    """What was counted under a key in one week."""

    total: int | None = None
    """None while no record says a number."""
    silent: int = 0
    """Records that say no number: not counted, or kept back."""
    records: int = 0
    """How many records were added up, by us or before they came."""
    days: frozenset[date] = frozenset()
    """The days that were counted, where days are known."""
    whole: bool = False
    """Whether some records stand for the week, its days unknown."""

    def add(self, other: Sum) -> None:
        """Add another sum to this one."""
        if other.total is not None:
            self.total = (self.total or 0) + other.total
        self.silent += other.silent
        self.records += other.records
        self.days |= other.days
        self.whole = self.whole or other.whole


Sums = dict[Key, Sum]


@dataclass(frozen=True)
class _Kept:
    state: tuple[int, int]
    until: float
    sums: Sums


_lock: Final = Lock()
_kept: Final[OrderedDict[tuple[object, ...], _Kept]] = OrderedDict()


def week_of(day: date) -> date:
    """The Monday of the day's week: weeks are ISO 8601's."""
    return day - timedelta(days=day.weekday())


def sums_of(kind: str, monday: date, zone: tzinfo) -> Sums:
    """What the records of one kind add up to in one week, for every audience by itself."""
    start = datetime.combine(monday, datetime.min.time(), UTC)
    # A day more on each side: an instant belongs to a day of the zone.
    first, end = (int((start + timedelta(days=days)).timestamp()) for days in (-1, 8))
    state = _state(kind, first, end)
    key = (connection.settings_dict["NAME"], kind, monday, str(zone))
    with _lock:
        held = _kept.get(key)
        if held is not None and held.state == state and held.until > monotonic():
            _kept.move_to_end(key)
            return held.sums
    sums = _added_up(kind, monday, zone, first, end) if state[0] else {}
    with _lock:
        _kept[key] = _Kept(state, monotonic() + LONGEST, sums)
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return sums


def _state(kind: str, first: int, end: int) -> tuple[int, int]:
    """Changes with every row that comes or goes; answered by the index alone."""
    rows = models.Record.objects.filter(kind=kind, starts__gte=first, starts__lt=end)
    found = rows.aggregate(count=Count("pk"), newest=Max("pk"))
    return found["count"], found["newest"] or 0


def _added_up(kind: str, monday: date, zone: tzinfo, first: int, end: int) -> Sums:
    week = _Week(monday, zone)
    newest: dict[tuple[str, int, Group], tuple[str, int, Record]] = {}
    me, register = here.node().keys.party, here.node().register
    for party, local, audience, record, agreement in _records(kind, first, end):
        if local:
            if not record.is_released:
                week.add(party, audience, record)
        elif (group := group_of(register, agreement, me, record)) is not None:
            # Of what a partner tells of one sum, the newest counts, even where it says less or nothing.
            newest[party, audience, group] = (party, audience, record)
        else:
            week.add(party, audience, record)
    for party, audience, record in newest.values():
        week.add(party, audience, record)
    return week.sums


def _records(kind: str, first: int, end: int) -> Iterator[tuple[str, bool, int, Record, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [models.POSITION_BITS, kind, first, end])
        while rows := cursor.fetchmany(_BATCH):
            for party, local, audience, body, agreement in rows:
                if body is None:
                    continue
                try:
                    record = decode(bytes(body))
                except EntenteError:
                    continue
                yield party, bool(local), audience, record, agreement or ""


class _Week:
    """The sums of one week, being added up."""

    def __init__(self, monday: date, zone: tzinfo) -> None:
        self.sums: Sums = {}
        self._monday = monday
        self._zone = zone

    def add(self, party: str, audience: int, record: Any) -> None:
        """Add a flow, if it is of this week."""
        when = _when(record.at, self._zone)
        if when is None or week_of(when[0]) != self._monday:
            return
        day, known = when
        for series in SERIES.values():
            if series.kind == record.kind() and series.holds(record):
                where = _where(record)
                key = Key(audience, party, series.id, *where, record.post or "", record.direction)
                self.sums.setdefault(key, Sum()).add(_one(record, series, day if known else None))


def _one(record: Any, series: Series, day: date | None) -> Sum:
    value = series.of(record)
    return Sum(
        total=value,
        silent=int(value is None),
        records=record.observations or 1,
        # A day on which nobody could count is not a day counted.
        days=frozenset({day}) if day is not None and value is not None else frozenset(),
        whole=day is None,
    )


def _where(record: Record) -> tuple[str, str]:
    place: Place | None = record.place
    if place is None:
        return "", ""
    return place.code or "", place.name or place.code or ""


_days: Final[dict[tuple[str, str], tuple[date, bool] | None]] = {}


def _when(at: str, zone: tzinfo) -> tuple[date, bool] | None:
    """The day of a record, and whether it is known; None for a month, which is in no week."""
    key = (at, str(zone))
    if key not in _days:
        if len(_days) > 10_000:  # noqa: PLR2004  bounded, then begun anew
            _days.clear()
        start, precision = parse_at(at)
        if precision in {"exact", "hour"}:
            start = start.astimezone(zone)
        _days[key] = None if precision == "month" else (start.date(), precision != "week")
    return _days[key]

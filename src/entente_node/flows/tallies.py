"""Sums of flows by week, within the wall: from the tallies of the ledger, and from what came after them.

What is in the tallies was added up with all that decides who may see it in common; whoever looks
gets those sums whose gate is open to him. What came since the courier last added up is read one by
one, through the same wall, so that a number is that of this moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Max

from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.ledger import tallied
from entente_node.ledger.adding import DAY, HOUR, Adding
from entente_node.ledger.tallies import Tallied


class Key(NamedTuple):
    """Whose count, where, which way."""

    party: str
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


def week_of(day: date) -> date:
    """The Monday of the day's week: weeks are ISO 8601's."""
    return day - timedelta(days=day.weekday())


def sums_of(viewer: Viewer, kind: str, series: str, mondays: Sequence[date]) -> list[Sums]:
    """What the records of one series add up to in each of the weeks, which follow one another."""
    return tallied.consistent(node(), lambda state: _sums_of(viewer, kind, series, mondays, state))


def newest_week(viewer: Viewer, kind: str) -> date | None:
    """The week of the newest record of the kind that the viewer may see, not after now."""
    found = tallied.consistent(node(), lambda state: _newest(viewer, kind, state))
    return None if found is None else week_of(datetime.fromtimestamp(found, UTC).date())


def _sums_of(viewer: Viewer, kind: str, series: str, mondays: Sequence[date], state: Tallied) -> list[Sums]:
    weeks: dict[date, Sums] = {monday: {} for monday in mondays}
    # A day more on each side: an instant belongs to a day of the zone.
    first, end = bucket_of(mondays[0]) - 1, bucket_of(mondays[-1]) + 8
    new = Adding.of(node())
    new.add(tallied.since(state, kind, first, end))
    rows = tallied.days(state, kind, viewer.wall).filter(series=series, bucket__gte=first, bucket__lt=end)
    for row in rows.exclude(sum__in=list(new.sums)).values_list("gate__party", *_Row._fields[1:]):
        _put(weeks, _Row(*row))
    for gated, key, number in new.each():
        if key.series == series and viewer.wall.opens(gated.gate):
            _put(weeks, _Row(gated.party, *key[2:-1], *number))
    return list(weeks.values())


class _Row(NamedTuple):
    """A tally of one day, or of a week as a whole."""

    party: str
    day: date
    known: bool
    place: str
    name: str
    post: str
    direction: str
    total: int | None
    silent: int
    records: int


def _put(weeks: dict[date, Sums], row: _Row) -> None:
    of_week = weeks.get(week_of(row.day))
    if of_week is None:
        return
    key = Key(row.party, row.place, row.name, row.post, row.direction)
    # A day on which nobody could count is not a day counted.
    counted = row.known and row.total is not None
    days = frozenset({row.day}) if counted else frozenset[date]()
    of_week.setdefault(key, Sum()).add(Sum(row.total, row.silent, row.records, days, whole=not row.known))


def _newest(viewer: Viewer, kind: str, state: Tallied) -> int | None:
    now = int(viewer.now.timestamp())
    hours = tallied.hours(state, kind, viewer.wall).filter(hour__lte=now // HOUR)
    newest = hours.aggregate(newest=Max("hour"))["newest"]
    found = [] if newest is None else [newest * HOUR]
    came = tallied.since(state, kind, 0, now // HOUR // DAY + 1)
    found += [one.starts for one in came if one.starts <= now and viewer.wall.opens(one.gated.gate)]
    return max(found, default=None)


def bucket_of(day: date) -> int:
    """The day as tallies number it."""
    return (day - date(1970, 1, 1)).days

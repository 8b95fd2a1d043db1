"""The year of the corridor: seasons, market days, feasts. Facts are public, weights are invented.

Feasts follow the tabular Islamic calendar (civil epoch), which may be a day off what was seen in the sky.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

_EPOCH = 227_015
"""The ordinal of 19 July 622 in the proleptic Gregorian calendar: 1 Muharram of the year 1, civil epoch."""
_FAST_BREAKING = (10, 1)
_SACRIFICE = (12, 10)


def _islamic(year: int, month: int, day: int) -> date:
    """The Gregorian day of a day of the tabular Islamic calendar."""
    before = (year - 1) * 354 + (3 + 11 * year) // 30
    return date.fromordinal(_EPOCH + before + (59 * (month - 1) + 1) // 2 + day - 1)


@cache
def feasts(year: int) -> tuple[date, ...]:
    """The days of the feasts of the breaking of the fast and of the sacrifice that fall in a Gregorian year."""
    about = int((year - 622) * 33 / 32)
    days = (
        _islamic(islamic, *feast)
        for islamic in range(about - 1, about + 4)
        for feast in (_FAST_BREAKING, _SACRIFICE)
    )
    return tuple(sorted(day for day in days if day.year == year))


def feast_factor(day: date) -> float:
    """People travel in the week before a feast, stay on the day, and come back after it."""
    for feast in (*feasts(day.year), *feasts((day + timedelta(days=8)).year)):
        until = (feast - day).days
        if until == 0:
            return 0.4
        if 0 < until <= 7:  # noqa: PLR2004  days
            return 1.7
        if -3 <= until < 0:  # noqa: PLR2004  days
            return 1.3
    return 1.0


def season(day: date, peak: tuple[int, int], width: int) -> float:
    """How much of a season this day is: 1 at its peak (month, day), 0 from ``width`` days away."""
    nearest = min(abs((day - date(day.year + shift, *peak)).days) for shift in (-1, 0, 1))
    return max(0.0, 1 - nearest / width)

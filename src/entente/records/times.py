"""When: a moment or a period, said as precisely as it is known, and no more.

A value is text with its precision in its shape::

    2021-12-01T14:30:00Z   2021-12-01T14:30:00+01:00     exact: a second, with its zone
    2021-12-01T14Z         2021-12-01T14+01:00           hour
    2021-12-01                                           day
    2021-W48                                             week (ISO 8601, from Monday)
    2021-12                                              month

Days, weeks and months are those of the agreement's time zone: Mali and Niger differ by an
hour. Weeks do not nest in months; a week that is said as a month is that of its Thursday,
as ISO 8601 does for years. Only moments of the years 2000 to 2199 are accepted: anything else
is a slip of the keyboard, and older zones had offsets of odd seconds that these shapes cannot
carry. A period is accepted where it holds such a moment in some zone: 1 January 2000 lies in
the week ``1999-W52``, and whatever is accepted can be said more coarsely.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from entente.errors import RecordError

Precision = Literal["exact", "hour", "day", "week", "month"]

PRECISIONS: Final[tuple[Precision, ...]] = get_args(Precision)
"""From the finest to the coarsest."""

_RANK: Final[dict[str, int]] = {precision: rank for rank, precision in enumerate(PRECISIONS)}

# [0-9], not \d, which takes the digits of every script.
_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE: Final = r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
_AT: Final = re.compile(
    rf"{_DAY}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}{_ZONE}|{_DAY}T[0-9]{{2}}{_ZONE}"
    rf"|{_DAY}|[0-9]{{4}}-W[0-9]{{2}}|[0-9]{{4}}-[0-9]{{2}}"
)

_EARLIEST: Final = 2000
_LATEST: Final = 2199
"""The years of the moments that a record can hold, in UTC."""
_FIRST: Final = datetime(_EARLIEST, 1, 1, tzinfo=UTC)
_AFTER: Final = datetime(_LATEST + 1, 1, 1, tzinfo=UTC)
_WIDEST_OFFSET: Final = timedelta(hours=14)
"""The widest that XML Schema accepts, and that any country uses."""

_HOUR_COLON: Final = 13
"""Where an instant has the colon that an hour has not."""

_UNZONED: Final[dict[int, Precision]] = {10: "day", 8: "week", 7: "month"}
"""The precision of a value without a zone, by its length."""


def instant(moment: datetime) -> str:
    """The second of an aware datetime, in UTC: ``2021-12-01T14:30:00Z``."""
    if moment.tzinfo is None:
        raise RecordError("a moment without a time zone is not an instant")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name such as ``Africa/Niamey``. Raises RecordError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RecordError("{name} is not a time zone", name=name) from None


@lru_cache(maxsize=16_384)
def parse_at(text: str, tz: str = "UTC") -> tuple[datetime, Precision]:
    """The first moment of the value, aware, and its precision.

    Args:
        text: a value in one of the shapes of this module.
        tz: the zone whose days, weeks and months are meant; values with a zone ignore it.

    Raises RecordError where the text has no such shape or names no day of the calendar.
    """
    if not _AT.fullmatch(text):
        raise RecordError("{at} is not a time that a record can hold", at=text[:40])
    precision = precision_of(text)
    try:
        start = _start(text, precision, tz)
    except ValueError:
        raise RecordError("{at} is not in the calendar", at=text) from None
    offset = start.utcoffset() or timedelta()
    # fromisoformat reads +05:75 as +06:15; such a text would have two readings.
    if abs(offset) > _WIDEST_OFFSET or (
        text[-6] in "+-" and precision in {"exact", "hour"} and text[-2] > "5"
    ):
        raise RecordError("{at} has an offset that no zone has", at=text)
    if not _is_in_range(start, precision):
        raise RecordError(
            "{at} is not between {earliest} and {latest}", at=text, earliest=_EARLIEST, latest=_LATEST
        )
    return start, precision


def parse_instant(text: str) -> datetime:
    """The moment of a value that must be exact. Raises RecordError."""
    moment, precision = parse_at(text)
    if precision != "exact":
        raise RecordError("{at} is not an instant", at=text)
    return moment


def precision_of(text: str) -> Precision:
    """How precise a value is, from its shape alone: it must be one that :func:`parse_at` accepts."""
    if "T" in text:
        return "exact" if text[_HOUR_COLON] == ":" else "hour"
    return _UNZONED[len(text)]


def period(text: str, tz: str = "UTC") -> tuple[datetime, datetime]:
    """The first moment of the value and the first moment after it; an instant lasts a second."""
    start, precision = parse_at(text, tz)
    return start, _end(start, precision)


def is_at_least_as_coarse(a: Precision, b: Precision) -> bool:
    """Whether ``a`` says no more than ``b``."""
    return _RANK[a] >= _RANK[b]


@lru_cache(maxsize=16_384)
def coarsen_at(text: str, precision: Precision, tz: str) -> str:
    """The value said no more precisely than asked; one that is as coarse already stays as it is.

    Args:
        text: a value in one of the shapes of this module.
        precision: what an article's form allows.
        tz: the agreement's time zone, an IANA name.

    Raises RecordError for text or a zone that cannot be read.
    """
    start, current = parse_at(text, tz)
    if is_at_least_as_coarse(current, precision):
        return text
    local = start.astimezone(zone(tz))
    day = local.date()
    match precision:
        case "hour":
            return f"{day.isoformat()}T{local.hour:02}{_offset(local)}"
        case "week":
            year, week, _ = day.isocalendar()
            return f"{year:04}-W{week:02}"
        case "month":
            if current == "week":
                day += timedelta(days=3)
            return f"{day.year:04}-{day.month:02}"
        case _:
            return day.isoformat()


def certainly_after(a: str, b: str) -> bool:
    """Whether ``a`` lies after ``b`` in every reading that their precision and zones leave open.

    Values without a zone may lie up to 14 hours to either side of UTC, unless both are of
    one precision: then the calendar decides. So a reduced record is never refused for an
    order that the reduction blurred.
    """
    if len(a) == len(b) and ("T" not in a or a[-1] == b[-1] == "Z"):
        # One shape, one zone: the order of the text is the order of time. The common case.
        return a > b
    first, second = precision_of(a), precision_of(b)
    a_start, _ = period(a)
    b_start, b_end = period(b)
    if first == second:
        return a_start > b_start
    slack = timedelta()
    for precision in (first, second):
        if precision not in {"exact", "hour"}:
            slack += _WIDEST_OFFSET
    return a_start >= b_end + slack


def _start(text: str, precision: Precision, tz: str) -> datetime:
    if precision in {"exact", "hour"}:
        return datetime.fromisoformat(text)
    match precision:
        case "week":
            day = date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
        case "month":
            day = date(int(text[:4]), int(text[5:]), 1)
        case _:
            day = date.fromisoformat(text)
    return datetime(day.year, day.month, day.day, tzinfo=zone(tz))


def _is_in_range(start: datetime, precision: Precision) -> bool:
    """Whether the value holds a moment of the years that are accepted: the same answer whatever zone is meant."""
    if not _EARLIEST - 1 <= start.year <= _LATEST + 1:
        return False  # the sums below have no year 0 and no year 10,000
    slack = timedelta()
    if precision not in {"exact", "hour"}:
        start, slack = start.replace(tzinfo=UTC), _WIDEST_OFFSET
    return start - slack < _AFTER and _end(start, precision) + slack > _FIRST


def _end(start: datetime, precision: Precision) -> datetime:
    """The first moment after the period that begins at ``start``."""
    match precision:
        case "exact":
            return start + timedelta(seconds=1)
        case "hour":
            return start + timedelta(hours=1)
        case "day":
            after = start.date() + timedelta(days=1)
        case "week":
            after = start.date() + timedelta(days=7)
        case "month":
            after = (start.date() + timedelta(days=31)).replace(day=1)
    return datetime(after.year, after.month, after.day, tzinfo=start.tzinfo)


def _offset(moment: datetime) -> str:
    offset = moment.strftime("%z")
    return "Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:]}"

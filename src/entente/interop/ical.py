"""iCalendar (RFC 5545): meetings, measures, deadlines and duties in a calendar that people already have.

Only ever written, never read. An event carries what its record says and nothing else: no
attendee, no organiser, no mail address. Its UID is made from the record's code, so what was
corrected replaces the earlier event in a calendar.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from entente.records.times import parse_at, period, zone

MEDIA_TYPE: Final = "text/calendar"
_PRODUCT: Final = "-//Entente//Desk//EN"


@dataclass(frozen=True, slots=True)
class Happening:
    """What goes into a calendar. ``start`` and ``end`` are times as a record holds them; ``end`` may be None."""

    uid: str
    title: str
    start: str
    end: str | None = None
    place: str = ""
    description: str = ""
    revision: int = 0
    """How often it was corrected: a calendar takes the highest."""


def calendar(happening: Happening, *, stamp: datetime, time_zone: str) -> bytes:
    """The calendar file of one event; see :func:`calendar_of`."""
    return calendar_of((happening,), stamp=stamp, time_zone=time_zone)


def calendar_of(happenings: Iterable[Happening], *, stamp: datetime, time_zone: str, name: str = "") -> bytes:
    """The calendar file of these events, lines ending in CRLF.

    ``stamp`` is when it is written, aware; days are those of ``time_zone``, an IANA name. A day, a
    week or a month is an event of whole days; an instant or an hour has its hour, in UTC. ``name`` is what a
    program that subscribes calls the calendar (RFC 7986). Raises RecordError.
    """
    book = Calendar()
    book.add("prodid", _PRODUCT)
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    if name:
        book.add("name", name)
        book.add("x-wr-calname", name)
    for happening in happenings:
        book.add_component(_event(happening, stamp, time_zone))
    written: bytes = book.to_ical()
    return written


def _event(happening: Happening, stamp: datetime, time_zone: str) -> Event:
    event = Event()
    event.add("uid", happening.uid)
    event.add("dtstamp", stamp)
    event.add("summary", happening.title)
    event.add("sequence", happening.revision)
    start, end = _span(happening, time_zone)
    event.add("dtstart", start)
    event.add("dtend", end)
    if not isinstance(start, datetime):
        event.add("transp", "TRANSPARENT")  # a period in which it will be, not one in which nobody is free
    if happening.place:
        event.add("location", happening.place)
    if happening.description:
        event.add("description", happening.description)
    return event


def _span(happening: Happening, time_zone: str) -> tuple[date, date]:
    """The first moment or day, and the first after it (RFC 5545: DTEND is not part of the event)."""
    first, precision = parse_at(happening.start, time_zone)
    _, after = period(happening.end or happening.start, time_zone)
    after = max(after, first + timedelta(hours=1))
    here = zone(time_zone)
    if precision in {"exact", "hour"}:
        # In UTC, which needs no VTIMEZONE and means the same moment on both sides of the border.
        return first.astimezone(UTC), after.astimezone(UTC)
    last = (after.astimezone(here) - timedelta(microseconds=1)).date()
    return first.astimezone(here).date(), last + timedelta(days=1)

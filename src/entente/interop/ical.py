"""iCalendar (RFC 5545): a meeting as one event of a calendar that people already have.

Only ever written, never read. The event carries what the meeting's record says and nothing
else: no attendee, no organiser, no mail address. Its UID is made from the record's code, so a
corrected meeting replaces the earlier one in a calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from entente.records.times import parse_at, period, zone

MEDIA_TYPE: Final = "text/calendar"
_PRODUCT: Final = "-//Entente//Meetings//EN"


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
    """The calendar file of one event, lines ending in CRLF.

    ``stamp`` is when it is written, aware; days are those of ``time_zone``, an IANA name. A day, a
    week or a month is an event of whole days; an instant or an hour has its hour, in UTC. Raises RecordError.
    """
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
    book = Calendar()
    book.add("prodid", _PRODUCT)
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add_component(event)
    written: bytes = book.to_ical()
    return written


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

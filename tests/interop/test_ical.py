"""A meeting as an event: read again by the library, which is not ours."""

from __future__ import annotations

from datetime import UTC, date, datetime

import icalendar
import pytest

from entente.interop.ical import Happening, calendar

NOW = datetime(2021, 12, 2, 17, tzinfo=UTC)


def event(start: str, end: str | None = None, **more: object) -> icalendar.Event:
    happening = Happening("GAO-7K3QX@gao.ml", "Réunion de Gao; suite, Tillabéri", start, end, **more)  # type: ignore[arg-type]
    data = calendar(happening, stamp=NOW, time_zone="Africa/Niamey")
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    [found] = icalendar.Calendar.from_ical(data).events
    return found


@pytest.mark.parametrize(
    ("start", "end", "first", "after"),
    [
        ("2021-12-01", "2021-12-02", date(2021, 12, 1), date(2021, 12, 3)),
        ("2021-12-01", None, date(2021, 12, 1), date(2021, 12, 2)),
        ("2021-W48", None, date(2021, 11, 29), date(2021, 12, 6)),
        ("2022-03", None, date(2022, 3, 1), date(2022, 4, 1)),
    ],
)
def test_days_are_whole_and_the_end_is_the_day_after(
    start: str, end: str | None, first: date, after: date
) -> None:
    found = event(start, end)
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (first, after)
    assert found["TRANSP"] == "TRANSPARENT"


def test_an_hour_is_said_in_utc() -> None:
    found = event("2021-12-01T09+01:00", "2021-12-01T12+01:00")
    assert found["DTSTART"].dt == datetime(2021, 12, 1, 8, tzinfo=UTC)
    assert found["DTEND"].dt == datetime(2021, 12, 1, 12, tzinfo=UTC)


def test_words_come_back_as_they_were() -> None:
    agenda = "Ouverture ; échanges, clôture\nDivers \\ autres\r\nBEGIN:VEVENT"
    found = event("2021-12-01", place="Gao, Mali", description=agenda)
    assert str(found["SUMMARY"]) == "Réunion de Gao; suite, Tillabéri"
    assert str(found["DESCRIPTION"]) == agenda.replace("\r\n", "\n")
    assert str(found["LOCATION"]) == "Gao, Mali"


def test_it_names_nobody() -> None:
    found = event("2021-12-01")
    assert not {"ATTENDEE", "ORGANIZER", "CONTACT"} & set(found)

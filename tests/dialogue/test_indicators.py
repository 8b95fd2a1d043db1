"""What shows that a commitment is kept: the pure fold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from entente.indicators import Awaited, in_time_percent, measure
from tests.dialogue.material import commitment

START = datetime(2022, 1, 31, 23, tzinfo=UTC)
"""The first moment of 1 February in Niamey."""


class Fixed:
    """A ledger that remembers when it was asked about."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: list[tuple[datetime, datetime]] = []

    def exchanged(self, since: datetime, until: datetime) -> int:
        self.asked.append((since, until))
        return self.count

    meetings = measures = exchanged

    def alerts(self, since: datetime, until: datetime) -> list[Awaited]:
        self.asked.append((since, until))
        return []


@pytest.mark.parametrize(("days", "value"), [(1, 30), (7, 30), (8, 15), (21, 10), (28, 7)])
def test_records_a_week_are_the_mean_of_the_weeks_begun(days: int, value: int) -> None:
    ledger = Fixed(30)
    found = measure(commitment(), ledger, now=START + timedelta(days=days), time_zone="Africa/Niamey")
    assert found is not None
    assert found.value == value
    assert found.is_met == (value >= 10)
    assert found.percent == min(100, value * 10)
    assert ledger.asked == [(START, START + timedelta(days=days))]


def test_nothing_counts_after_the_due_date_and_nothing_is_measured_before_the_promise() -> None:
    ledger = Fixed(3)
    found = measure(
        commitment(indicator="meetings_held", target=3),
        ledger,
        now=START + timedelta(days=900),
        time_zone="Africa/Niamey",
    )
    assert found is not None
    assert found.until == datetime(2022, 6, 30, 23, tzinfo=UTC)
    assert found.is_met
    early = measure(commitment(), ledger, now=START - timedelta(days=1), time_zone="Africa/Niamey")
    assert early is not None
    assert early.value is None
    assert not early.is_met


def test_a_promise_without_an_indicator_is_not_measured() -> None:
    plain = commitment(indicator=None, target=None)
    assert measure(plain, Fixed(1), now=START, time_zone="Africa/Niamey") is None


def test_alerts_that_still_have_time_do_not_count() -> None:
    now = START
    in_time = Awaited(now, now - timedelta(minutes=1))
    late = Awaited(now - timedelta(hours=2), now)
    never = Awaited(now, None)
    waiting = Awaited(now + timedelta(hours=1), None)
    assert in_time_percent([waiting], now) is None
    assert in_time_percent([in_time, waiting], now) == 100
    assert in_time_percent([in_time, late, never, waiting], now) == 33
    assert in_time_percent([never], now) == 0

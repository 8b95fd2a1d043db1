"""Times with their precision: never finer than asked, and the same after the second time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import RecordError
from entente.records.times import (
    PRECISIONS,
    certainly_after,
    coarsen_at,
    instant,
    is_at_least_as_coarse,
    parse_at,
    parse_instant,
    period,
    precision_of,
)
from tests.records.synthetic import exact_times, times

ZONES = ("Africa/Bamako", "Africa/Niamey", "Asia/Kathmandu", "America/New_York", "UTC")
zones = st.sampled_from(ZONES)
precisions = st.sampled_from(PRECISIONS)


@given(times, precisions, zones)
def test_nothing_finer_than_asked_ever_comes_out(at, precision, tz):
    assert is_at_least_as_coarse(precision_of(coarsen_at(at, precision, tz)), precision)


@given(times, precisions, zones)
def test_coarsening_again_changes_nothing(at, precision, tz):
    once = coarsen_at(at, precision, tz)
    assert coarsen_at(once, precision, tz) == once


@given(times, precisions, zones)
def test_what_is_as_coarse_already_stays_as_it_is(at, precision, tz):
    if is_at_least_as_coarse(precision_of(at), precision):
        assert coarsen_at(at, precision, tz) == at


@given(exact_times, precisions, zones)
def test_the_coarser_period_holds_the_moment(at, precision, tz):
    start, end = period(coarsen_at(at, precision, tz), tz)
    assert start <= parse_at(at)[0] < end


@given(exact_times, exact_times, precisions, zones)
def test_moments_of_one_period_cannot_be_told_apart(one, other, precision, tz):
    if precision == "exact":
        return
    reduced = coarsen_at(one, precision, tz)
    start, end = period(reduced, tz)
    if start <= parse_at(other)[0] < end:
        again = coarsen_at(other, precision, tz)
        # A clock that is set back has one hour twice; its offset tells them apart, not the moment.
        assert again == reduced or precision == "hour"


@given(times, zones)
def test_the_day_and_the_month_nest(at, tz):
    assert coarsen_at(coarsen_at(at, "day", tz), "month", tz) == coarsen_at(at, "month", tz)
    assert coarsen_at(coarsen_at(at, "day", tz), "week", tz) == coarsen_at(at, "week", tz)


@pytest.mark.parametrize(
    ("at", "precision", "tz", "expected"),
    [
        ("2021-12-01T23:30:00Z", "day", "Africa/Bamako", "2021-12-01"),
        ("2021-12-01T23:30:00Z", "day", "Africa/Niamey", "2021-12-02"),
        ("2021-12-01T23:30:00+01:00", "day", "Africa/Bamako", "2021-12-01"),
        ("2021-12-01T14:30:59Z", "hour", "Africa/Bamako", "2021-12-01T14Z"),
        ("2021-12-01T14:30:59Z", "hour", "Africa/Niamey", "2021-12-01T15+01:00"),
        ("2021-12-01T23Z", "day", "Africa/Niamey", "2021-12-02"),
        ("2021-12-31T23:30:00Z", "month", "Africa/Niamey", "2022-01"),
        ("2021-12-01", "week", "Africa/Bamako", "2021-W48"),
        ("2022-01-01", "week", "Africa/Bamako", "2021-W52"),
        ("2020-12-31", "week", "Africa/Bamako", "2020-W53"),
        ("2021-W48", "month", "Africa/Bamako", "2021-12"),
        ("2022-W52", "month", "Africa/Bamako", "2022-12"),
        ("2021-W39", "month", "Africa/Bamako", "2021-09"),
        ("2021-12", "day", "Africa/Bamako", "2021-12"),
    ],
)
def test_days_weeks_and_months_are_those_of_the_agreements_zone(at, precision, tz, expected):
    assert coarsen_at(at, precision, tz) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021",
        "2021-12-01T14:30Z",
        "2021-12-01T14:30:00",
        "2021-12-01T14:30:00.5Z",
        "2021-12-01 14:30:00Z",
        "2021-12-01t14:30:00z",
        "2021-12-01T24:00:00Z",
        "2021-12-01T23:59:60Z",
        "2021-12-01T14:30:00+15:00",
        "2021-12-01T14:30:00+05:75",
        "2021-12-01T14:30:00Z\n",
        "2021-02-29",
        "2021-13",
        "2021-00",
        "2021-W53",
        "2021-W00",
        "1999-12-30",
        "1999-11",
        "1999-W51",
        "1999-12-31T23:59:59Z",
        "2000-01-01T00:30:00+01:00",
        "2200-01-02",
        "2200-01-01T00:00:00Z",
        "2200-02",
        "0001-01-01",
        "9999-12-31",
        "9999-12",
        "٢٠٢١-12-01",
        "2021-12-01T14",
    ],
)
def test_what_is_not_a_time_is_refused(text):
    with pytest.raises(RecordError):
        parse_at(text)


EDGES = ("2000-01-01T00:00:00Z", "2000-01-02T22:15:00Z", "2199-12-31T23:59:59Z", "2000-01-01", "2199-12-31")


@pytest.mark.parametrize("at", EDGES)
@pytest.mark.parametrize("tz", [*ZONES, "Pacific/Kiritimati", "Etc/GMT+12"])
def test_what_is_accepted_can_be_said_more_coarsely_at_both_ends_of_the_years(at, tz):
    for finer in PRECISIONS:
        once = coarsen_at(at, finer, tz)
        for coarser in PRECISIONS:
            again = coarsen_at(once, coarser, tz)
            parse_at(again)
            assert period(again, tz)[0] < period(again, tz)[1]


def test_the_first_days_of_2000_lie_in_a_week_of_1999():
    assert coarsen_at("2000-01-02", "week", "Africa/Niamey") == "1999-W52"
    assert parse_at("1999-W52", "Africa/Niamey")[0] == datetime(1999, 12, 26, 23, tzinfo=UTC)


def test_a_time_of_the_wrong_precision_is_not_an_instant():
    assert parse_instant("2021-12-01T14:30:00+01:00") == datetime(2021, 12, 1, 13, 30, tzinfo=UTC)
    with pytest.raises(RecordError):
        parse_instant("2021-12-01T14Z")


def test_an_unknown_zone_is_refused():
    for tz in ("Africa/Nowhere", "../etc/passwd", "", "\x00"):
        with pytest.raises(RecordError):
            coarsen_at("2021-12-01T14:30:00Z", "day", tz)


def test_an_instant_is_written_in_utc_to_the_second():
    moment = datetime(2021, 12, 1, 15, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))
    assert instant(moment) == "2021-12-01T14:30:00Z"
    with pytest.raises(RecordError):
        instant(datetime(2021, 12, 1))  # noqa: DTZ001  (what is refused)


@given(exact_times, exact_times, precisions, zones)
def test_reducing_never_turns_a_good_order_into_a_bad_one(a, b, precision, tz):
    first, second = sorted([a, b], key=lambda at: parse_at(at)[0])
    assert not certainly_after(first, second)
    assert not certainly_after(coarsen_at(first, precision, tz), coarsen_at(second, precision, tz))
    assert not certainly_after(coarsen_at(first, precision, tz), second)
    assert not certainly_after(first, coarsen_at(second, precision, tz))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("2021-12-02T00:00:00Z", "2021-12-01T00:00:00Z"),
        ("2021-12-01T00:00:00Z", "2021-12-01T00:30:00+01:00"),
        ("2021-12-02", "2021-12-01"),
        ("2021-W49", "2021-W48"),
        ("2022-01", "2021-12"),
        ("2021-12-03", "2021-W47"),
        ("2021-12-05T00:00:00Z", "2021-12-01"),
    ],
)
def test_a_certainly_bad_order_is_noticed(a, b):
    assert certainly_after(a, b)
    assert not certainly_after(b, a)

"""Who is on duty: turns before shifts, midnight, holidays, clocks that jump, gaps."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente_node.duty.models import Above, DutyFunction, Holiday, Shift, Turn
from entente_node.duty.rota import Rota
from tests import parties
from tests.federation import Federation

HERE = "protection-civile"
NIAMEY = ZoneInfo("Africa/Niamey")
TUESDAY = date(2022, 2, 1)


def at(hour: int, minute: int = 0, day: date = TUESDAY, zone: ZoneInfo = NIAMEY) -> datetime:
    return datetime.combine(day, time(hour, minute), zone)


@pytest.fixture
def rota(federation: Federation) -> Rota:
    return Rota(federation.tillaberi)


def shift(rota: Rota, begins: int, ends: int, function: str, **more: str) -> Shift:
    return rota.rows(Shift).create(
        service=HERE, begins=time(begins), ends=time(ends), function=function, **more
    )


def whose(rota: Rota, moment: datetime) -> str | None:
    found = rota.on_duty(HERE, moment)
    return found.function if found else None


def test_hours_are_those_of_the_agreements_clock(rota: Rota) -> None:
    shift(rota, 7, 19, "jour")
    assert whose(rota, at(7)) == "jour"
    assert whose(rota, at(6, 59)) is None
    assert whose(rota, datetime(2022, 2, 1, 6, 0, tzinfo=UTC)) == "jour"  # Niamey is an hour ahead of Gao
    assert whose(rota, at(19)) is None


def test_a_night_crosses_midnight_and_belongs_to_the_day_on_which_it_begins(rota: Rota) -> None:
    shift(rota, 19, 7, "nuit", weekdays="2")
    assert whose(rota, at(23)) == "nuit"
    assert whose(rota, at(2, day=TUESDAY + timedelta(days=1))) == "nuit"
    assert whose(rota, at(2)) is None
    assert whose(rota, at(20, day=TUESDAY + timedelta(days=1))) is None
    found = rota.on_duty(HERE, at(23))
    assert found is not None
    assert found.until == at(7, day=TUESDAY + timedelta(days=1))


def test_the_same_hour_twice_is_the_whole_day(rota: Rota) -> None:
    shift(rota, 8, 8, "permanence")
    assert {whose(rota, at(hour)) for hour in range(24)} == {"permanence"}


def test_a_turn_wins_over_a_shift_and_the_newest_turn_over_older_ones(rota: Rota) -> None:
    shift(rota, 0, 0, "permanence", backup="suppleant")
    rota.rows(Turn).create(service=HERE, start=at(8), until=at(12), function="suppleant")
    rota.rows(Turn).create(service=HERE, start=at(10), until=at(11), function="directeur")
    assert [whose(rota, at(hour)) for hour in (7, 8, 10, 11, 12)] == [
        "permanence",
        "suppleant",
        "directeur",
        "suppleant",
        "permanence",
    ]
    found = rota.on_duty(HERE, at(7))
    assert found is not None
    assert (found.backup, found.until) == ("suppleant", at(8))


def test_of_two_shifts_the_one_that_began_last_has_the_duty(rota: Rota) -> None:
    shift(rota, 0, 0, "permanence")
    shift(rota, 12, 14, "midi")
    assert [whose(rota, at(hour)) for hour in (11, 12, 13, 14)] == [
        "permanence",
        "midi",
        "midi",
        "permanence",
    ]


def test_a_shift_says_whether_it_holds_on_holidays(rota: Rota) -> None:
    shift(rota, 7, 19, "bureau", holidays="not")
    shift(rota, 7, 19, "astreinte", holidays="only")
    assert whose(rota, at(8)) == "bureau"
    rota.rows(Holiday).create(date=TUESDAY, name="Fête (donnée synthétique)")
    assert whose(rota, at(8)) == "astreinte"
    assert whose(rota, at(8, day=TUESDAY + timedelta(days=1))) == "bureau"
    rota.rows(Holiday).all().delete()
    rota.rows(Holiday).create(date=TUESDAY, name="Fête d’un autre service", service="elevage")
    assert whose(rota, at(8)) == "bureau"


def test_gaps_are_said(rota: Rota) -> None:
    shift(rota, 8, 12, "matin", weekdays="12345")
    found = rota.spans(HERE, at(0), at(0, day=TUESDAY + timedelta(days=1)))
    assert [(one.start, one.until, one.function) for one in found] == [
        (at(0), at(8), ""),
        (at(8), at(12), "matin"),
        (at(12), at(0, day=TUESDAY + timedelta(days=1)), ""),
    ]
    assert rota.on_duty(HERE, at(13)) is None
    assert rota.on_duty("elevage", at(9)) is None


def test_who_comes_after_stands_in_the_order_that_the_rota_gives(rota: Rota) -> None:
    shift(rota, 0, 0, "permanence")
    for function, rank in (("directeur", 2), ("adjoint", 1), ("permanence", None)):
        rota.rows(DutyFunction).create(service=HERE, function=function, name=function, rank=rank)
    rota.rows(Above).create(service=HERE, above="gouvernorat")
    found = rota.on_duty(HERE, at(9))
    assert found is not None
    assert (found.escalation, found.above) == (("adjoint", "directeur"), "gouvernorat")


@pytest.mark.usefixtures("ledgers")
class TestWhereClocksJump:
    """Lisbon's clock, which Bissau keeps no longer: 2022-03-27 has no 01:30, 2022-10-30 has two."""

    LISBON = ZoneInfo("Europe/Lisbon")

    @pytest.fixture
    def rota(self) -> Rota:
        return Rota(Federation.agreed(parties.agreement(time_zone="Europe/Lisbon")).gao)

    @pytest.mark.parametrize("day", [date(2022, 3, 27), date(2022, 10, 30)])
    def test_no_jump_opens_a_gap_or_calls_two(self, rota: Rota, day: date) -> None:
        rota.rows(Shift).create(service=HERE, begins=time(1, 30), ends=time(13), function="jour")
        rota.rows(Shift).create(service=HERE, begins=time(13), ends=time(1, 30), function="nuit")
        start = at(0, day=day - timedelta(days=1), zone=self.LISBON)
        spans = rota.spans(HERE, start, start + timedelta(days=3))
        assert {one.function for one in spans} == {"jour", "nuit"}
        assert [one.until for one in spans[:-1]] == [one.start for one in spans[1:]]
        # The night ends at the first 01:30 that there is, or at the hour shown instead of it: 12 hours and a half.
        nights = {one.until - one.start for one in spans[1:-1] if one.function == "nuit"}
        assert timedelta(hours=12, minutes=30) in nights
        assert rota.on_duty(HERE, at(13, day=day, zone=self.LISBON)) is not None

    def test_the_wall_clock_rules_on_both_sides_of_the_jump(self, rota: Rota) -> None:
        rota.rows(Shift).create(service=HERE, begins=time(7), ends=time(19), function="jour")
        for day, utc in ((date(2022, 3, 26), 7), (date(2022, 3, 27), 6), (date(2022, 10, 30), 7)):
            begins = datetime.combine(day, time(utc), UTC)
            assert rota.on_duty(HERE, begins) is not None
            assert rota.on_duty(HERE, begins - timedelta(seconds=1)) is None


PATTERNS = st.tuples(st.integers(0, 23), st.integers(0, 23), st.sets(st.sampled_from("1234567"), min_size=1))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    patterns=st.lists(PATTERNS, max_size=4),
    turns=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=3),
)
def test_the_stretches_cover_the_time_once_and_say_what_each_instant_says(
    rota: Rota, patterns: list[tuple[int, int, set[str]]], turns: list[tuple[int, int]]
) -> None:
    rota.rows(Shift).all().delete()
    rota.rows(Turn).all().delete()
    for index, (begins, ends, days) in enumerate(patterns):
        shift(rota, begins, ends, f"poste-{index}", weekdays="".join(sorted(days)))
    start = at(0)
    for index, (after, hours) in enumerate(turns):
        begins = start + timedelta(hours=after)
        rota.rows(Turn).create(
            service=HERE, start=begins, until=begins + timedelta(hours=hours), function=f"tour-{index}"
        )
    until = start + timedelta(days=3)
    spans = rota.spans(HERE, start, until)
    assert spans[0].start == start
    assert spans[-1].until == until
    assert all(one.until == two.start for one, two in pairwise(spans))
    for one in spans:
        for moment in (one.start, one.until - timedelta(seconds=1)):
            assert (whose(rota, moment) or "") == one.function

"""The synthetic corridor: one seed is one corridor, each side errs by itself, and the year has its shape."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from statistics import correlation

import pytest

from entente.errors import AgreementError, RecordError
from entente.records import FlowOfGoods, FlowOfLivestock, FlowOfPeople, Record, encode
from entente_node.simulation import Corridor, count
from entente_node.simulation.calendar import feasts, season
from entente_node.simulation.dice import Dice
from tests import parties

AREAS = {area.code: area for area in parties.AREAS}
FIRST = date(2021, 12, 1)
SERVICES = {"flow-of-people": "a", "flow-of-livestock": "b", "flow-of-goods": "c"}


def seen(side: str, *, seed: int = 7, first: date = FIRST, days: int = 30, **services: str) -> list[Record]:
    chosen = {name.replace("_", "-"): service for name, service in services.items()} or SERVICES
    corridor = Corridor(AREAS, seed)
    return list(count(corridor, side, first, days, services=chosen, tz="Africa/Niamey"))


@pytest.fixture(scope="module")
def year() -> dict[str, list[Record]]:
    """A year from the first of December, as both sides counted it."""
    return {side: seen(side, days=365) for side in ("ML", "NE")}


def people(records: Iterable[Record]) -> list[FlowOfPeople]:
    return [one for one in records if isinstance(one, FlowOfPeople)]


def test_the_same_seed_is_the_same_to_the_byte() -> None:
    assert [encode(one) for one in seen("ML")] == [encode(one) for one in seen("ML")]


def test_another_seed_is_another_corridor() -> None:
    assert [encode(one) for one in seen("ML")] != [encode(one) for one in seen("ML", seed=8)]


def test_a_stretch_of_days_is_the_same_alone_and_within_a_longer_one() -> None:
    whole = [one for one in seen("NE", days=30) if one.at >= "2021-12-11"]
    assert seen("NE", first=FIRST + timedelta(days=10), days=20) == whole


def test_these_bytes_never_change() -> None:
    # Two nodes draw the same corridor with whatever version each has.
    dice = Dice(7, "bytes")
    assert [int(dice.share() * 1_000_000) for _ in range(3)] == [638618, 417584, 942559]


def test_every_record_says_that_it_is_synthetic(year: dict[str, list[Record]]) -> None:
    for records in year.values():
        assert all(one.post and one.post.startswith("SYN-") for one in people(records))


def test_each_side_counts_the_same_crossings_with_its_own_error(year: dict[str, list[Record]]) -> None:
    sums: dict[str, Counter[tuple[str, str, bool]]] = {}
    for side, records in year.items():
        sums[side] = Counter()
        for one in people(records):
            southward = (one.direction == "outgoing") == (side == "ML")
            assert one.post is not None
            sums[side][(one.at, one.post.partition(side)[2], southward)] += one.total or 0
    both = sorted(sums["ML"].keys() & sums["NE"].keys())
    assert len(both) > 1_000
    ours, theirs = ([sums[side][key] for key in both] for side in ("ML", "NE"))
    assert correlation(ours, theirs) > 0.7
    assert sum(a != b for a, b in zip(ours, theirs, strict=True)) > len(both) / 2


def test_nobody_sees_more_than_there_is(year: dict[str, list[Record]]) -> None:
    corridor = Corridor(AREAS, 7)
    crossings = {post.id: post.crossing for side in ("ML", "NE") for post in corridor.posts(side)}
    for side, records in year.items():
        for one in people(records)[:300]:
            southward = (one.direction == "outgoing") == (side == "ML")
            assert one.post is not None
            true = corridor.people(crossings[one.post], date.fromisoformat(one.at), southward=southward)
            [group] = [group for group in true if group.flow_type == one.flow_type]
            assert (one.total or 0) <= group.women + group.men + group.girls + group.boys


def test_posts_do_not_count_every_day_and_a_day_without_a_count_is_no_zero(
    year: dict[str, list[Record]],
) -> None:
    days: dict[str, set[str]] = defaultdict(set)
    for one in people(year["ML"]):
        assert one.post is not None
        days[one.post].add(one.at)
    assert len(days) == 3
    assert all(250 < len(found) < 360 for found in days.values())


def test_what_nobody_told_apart_is_missing_and_never_zero(year: dict[str, list[Record]]) -> None:
    uncounted = [one for one in people(year["ML"]) if one.women is None]
    assert uncounted
    assert all(one.men is one.girls is one.boys is None for one in uncounted)
    assert any(one.total for one in uncounted)
    assert all(one.elderly is None for one in people(year["ML"]))


def test_herds_go_south_after_the_harvest_and_north_with_the_rains(year: dict[str, list[Record]]) -> None:
    heads: Counter[tuple[str, str]] = Counter()
    for one in year["ML"]:
        if isinstance(one, FlowOfLivestock):
            heads[(one.at[5:7], one.direction)] += one.heads or 0
    assert heads["12", "outgoing"] + heads["11", "outgoing"] > 5 * heads["03", "outgoing"]
    assert heads["07", "incoming"] + heads["06", "incoming"] > 5 * heads["03", "incoming"]


def test_a_market_draws_people() -> None:
    corridor = Corridor(AREAS, 7)
    road = corridor.crossings[0]
    market = corridor.market_day(road.south)
    days = [date(2022, 3, 1) + timedelta(days=number) for number in range(60)]
    by_weekday: dict[int, list[int]] = defaultdict(list)
    for day in days:
        [local] = [
            one for one in corridor.people(road, day, southward=True) if one.flow_type == "short_local"
        ]
        by_weekday[day.weekday()].append(local.women + local.men + local.girls + local.boys)
    means = {weekday: sum(found) / len(found) for weekday, found in by_weekday.items()}
    assert max(means, key=lambda weekday: means[weekday]) == market
    assert means[market] > 2 * min(means.values())


def test_one_displacement_a_year_with_more_women_and_children_than_men(
    year: dict[str, list[Record]],
) -> None:
    forced = [one for one in people(year["NE"]) if one.flow_type == "forced"]
    days = {one.at for one in forced}
    assert 3 < len(days) < 60
    told = [one for one in forced if one.women is not None]
    men = sum(one.men or 0 for one in told)
    assert sum(one.total or 0 for one in told) > 3 * men > 0


def test_feasts_are_those_of_the_calendar() -> None:
    # As they were kept, give or take the day on which the moon was seen.
    for kept in (date(2021, 5, 13), date(2021, 7, 20), date(2022, 7, 9), date(2024, 4, 10)):
        assert min(abs((kept - feast).days) for feast in feasts(kept.year)) <= 1


def test_a_season_goes_over_the_new_year() -> None:
    assert season(date(2022, 1, 5), (12, 20), 40) == season(date(2021, 12, 4), (12, 20), 40) > 0
    assert season(date(2022, 6, 1), (12, 20), 40) == 0


def test_goods_are_exports_for_one_side_and_imports_for_the_other(year: dict[str, list[Record]]) -> None:
    goods = [one for one in year["NE"] if isinstance(one, FlowOfGoods)]
    assert {(one.direction, one.flow_type) for one in goods} == {
        ("incoming", "import"),
        ("outgoing", "export"),
    }


def test_a_corridor_has_two_sides() -> None:
    with pytest.raises(AgreementError, match="two countries"):
        Corridor({code: area for code, area in AREAS.items() if code not in {"ayorou", "tillaberi"}}, 1)
    with pytest.raises(AgreementError, match="no side"):
        seen("BF")
    with pytest.raises(RecordError, match="no kind"):
        seen("ML", alert="a")

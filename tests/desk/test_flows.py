"""Flows: both sides beside each other, partial where partial, unknown never zero, within the wall."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest

from entente.agreements.document import Aggregate, Form, Share
from entente.node import Node
from entente.records import FlowOfGoods, FlowOfLivestock
from entente_node.directory.access import viewer_of
from entente_node.flows import tallies
from entente_node.flows.series import SERIES
from entente_node.ledger.models import Record
from tests import parties
from tests.desk.conftest import Desk
from tests.federation import Federation

WEEK = ["2022-01-10", "2022-01-11", "2022-01-12", "2022-01-13"]


def count(node: Node, direction: str, days: list[str], total: int | None, **changes: object) -> None:
    more = {
        "women": None,
        "men": None,
        "nationalities": None,
        "start": None,
        "end": None,
        "destination": None,
    }
    flow = {"direction": direction, "total": total, **more, **changes}
    node.file([parties.flow(at=day, **flow) for day in days])


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


@pytest.fixture
def counted(desk: Desk) -> Desk:
    """Gao counts 4 days of a week going out, Tillabéri 3 coming in; Gao's have arrived."""
    count(desk.federation.gao, "outgoing", WEEK, 100)
    count(
        desk.federation.tillaberi, "incoming", WEEK[:3], 90, place=parties.place("ayorou"), post="NE-TIL-04"
    )
    desk.federation.exchange()
    return desk


def test_both_sides_stand_beside_each_other_with_their_difference(counted: Desk) -> None:
    words = words_of(counted.page("/flows"))
    row = words[words.index("W2 10 Jan") :]
    assert row.startswith("W2 10 Jan 400 4 days counted of 7 270 3 days counted of 7 −130 −32 % partial")
    assert "Région de Gao → Région de Tillabéri" in words
    assert "From Région de Tillabéri to Région de Gao" not in words


def test_each_post_and_place_has_its_weeks(counted: Desk) -> None:
    page = counted.page("/flows?weeks=4")
    posts = words_of(page[page.index('id="posts"') :])
    assert "Région de Tillabéri" in posts
    assert "NE-TIL-04 incoming" in posts
    assert "270 3 d of 7" in posts
    # Gao's post did not leave: what arrived is its district.
    assert "ML-GAO-01" not in posts
    assert "Ansongo" in posts
    assert page.count('<svg class="spark"') == 2


def test_what_is_not_known_is_never_zero(desk: Desk) -> None:
    count(desk.federation.gao, "outgoing", WEEK[:1], None)
    count(desk.federation.tillaberi, "incoming", WEEK[:2], None, place=parties.place("ayorou"))
    desk.federation.exchange()
    words = words_of(desk.page("/flows"))
    row = words[words.index("W2 10 Jan") :]
    assert row.startswith("W2 10 Jan not communicated not counted unknown")
    count(desk.federation.tillaberi, "incoming", WEEK[2:3], 0, place=parties.place("ayorou"))
    words = words_of(desk.page("/flows"))
    row = words[words.index("W2 10 Jan") :]
    assert row.startswith("W2 10 Jan not communicated 0 1 day counted of 7 2 not counted unknown")


@pytest.mark.usefixtures("counted")
def test_the_wall_holds(desk: Desk) -> None:
    for path in ("/flows", "/flows?what=people&until=2022-W02"):
        page = desk.page(path, service="securite")
        assert "Nothing was counted in these weeks" in page
        assert "270" not in page
        assert "There is something in other weeks" not in page


def test_a_sum_follows_what_is_filed(counted: Desk) -> None:
    assert "270" in counted.page("/flows")
    count(counted.federation.tillaberi, "incoming", WEEK[3:], 11, place=parties.place("ayorou"))
    assert "281" in counted.page("/flows")
    assert Record.objects.filter(kind="flow-of-people").count() == 8


def test_a_sum_over_a_week_says_how_many_records_and_no_days(desk: Desk) -> None:
    assert tallies.week_of(date(2022, 1, 16)) == date(2022, 1, 10)
    told = {"women": None, "men": None, "nationalities": None, "start": None, "end": None}
    week = parties.flow(at="2022-W02", total=55, observations=4, **told)
    desk.node.file([week, parties.flow(at="2022-01", total=1_000, **told)])
    viewer = viewer_of(desk.account())
    [sums] = tallies.sums_of(viewer, "flow-of-people", "people", [date(2022, 1, 10)])
    (found,) = sums.values()
    assert (found.total, found.records, found.whole, found.days) == (55, 4, True, frozenset())


def test_weeks_are_chosen_by_links(counted: Desk) -> None:
    page = counted.page("/flows")
    assert 'href="/flows?until=2021-W46"' in page.replace("&amp;", "&")
    assert "Later" not in page
    earlier = counted.page("/flows?until=2021-W46")
    assert "Nothing was counted in these weeks" in earlier
    assert 'Later <span class="arrow">→</span>' in earlier
    assert "There is something in other weeks." in earlier
    assert "267" not in words_of(earlier)
    for nonsense in ("until=2022-W99", "until=0001-W01", "weeks=3", "what=gold", "way=up", "until=x"):
        assert "400" in counted.page(f"/flows?{nonsense}"), nonsense


def test_one_way_only(counted: Desk) -> None:
    towards_us = words_of(counted.page("/flows?way=incoming"))
    assert "From Région de Gao to Région de Tillabéri" not in towards_us  # an attribute
    assert "400" in towards_us
    assert "Nothing was counted" in counted.page("/flows?way=outgoing")


def test_a_number_is_that_of_its_series() -> None:
    header = {"at": "2022-01-10", "service": "elevage", "purpose": "trade", "tlp": "GREEN"}
    goods = {**header, "direction": "incoming", "product": "011", "flow_type": "import"}
    bags = FlowOfGoods(**goods, quantity=3, unit="bag", bag_kg=50)
    assert SERIES["goods"].of(bags) == 150
    assert SERIES["goods"].of(FlowOfGoods(**goods, quantity=2, unit="tonne")) == 2_000
    assert SERIES["goods"].of(FlowOfGoods(**goods)) is None
    assert not SERIES["goods"].holds(FlowOfGoods(**goods, quantity=2, unit="litre"))
    assert SERIES["litres"].of(FlowOfGoods(**goods, quantity=2, unit="litre")) == 2
    herd = FlowOfLivestock(**header | {"purpose": "pastoral"}, direction="incoming", cattle=4, sheep=5)
    assert SERIES["livestock"].of(herd) is None, "a part is not the whole"
    assert SERIES["people"].of(parties.flow(total=None, women=1, men=2, girls=3, boys=4)) == 10


def test_several_posts_together_have_the_days_on_which_each_counted(counted: Desk) -> None:
    count(
        counted.federation.tillaberi,
        "incoming",
        WEEK[2:],
        5,
        place=parties.place("tillaberi"),
        post="NE-TIL-01",
    )
    assert "280 1 day counted of 7" in words_of(counted.page("/flows"))


def weekly_sums() -> Federation:
    """Both sides under an agreement whose article A8 lets flows of people leave as sums of a week."""
    weekly = Share(
        id="A8",
        text="Les flux de personnes sont additionnés par semaine.",
        from_=("gao.ml", "tillaberi.ne"),
        to=("gao.ml", "tillaberi.ne"),
        kinds=("flow-of-people",),
        purposes=("mobility",),
        tlp="GREEN",
        form=Form(
            fields=("direction", "total", "observations"),
            place="district",
            time="week",
            aggregate=Aggregate(window="week", by=("direction",), min_cell=5, min_observations=2),
        ),
        retention_days=365,
    )
    articles = tuple(weekly if one.id == "A8" else one for one in parties.ARTICLES)
    return Federation.agreed(parties.agreement(articles=articles))


def test_a_sum_that_a_partner_released_for_a_week_says_how_many_counts_it_is(
    desk_in: Callable[[Federation, str], Desk],
) -> None:
    federation = weekly_sums()
    count(federation.gao, "outgoing", ["2022-02-02", "2022-02-03", "2022-02-04"], 100)
    federation.clock.advance(days=14)
    federation.exchange()
    federation.exchange()
    words = words_of(desk_in(federation, "tillaberi").page("/flows"))
    assert words[words.index("W5 31 Jan") :].startswith(
        "W5 31 Jan 300 3 counts added up nothing counted unknown"
    )

"""What each side did, hour by hour: both sides, in order, behind the wall."""

from __future__ import annotations

import re

from entente_node.ledger.models import Record
from tests import parties
from tests.desk.conftest import Desk


def side(page: str, name: str) -> str:
    return "".join(re.findall(rf'<ol class="steps {name}".*?</ol>', page, re.DOTALL))


def test_each_sides_deeds_stand_in_its_column_under_their_hour(desk: Desk, raised: str) -> None:
    desk.node.answer(raised, service="protection-civile", step="acknowledged", text="Une équipe part.")
    desk.node.file([parties.corridor_status(code=None, side="tillaberi.ne", at="2022-02-01T07:00:00Z")])
    page = desk.page("/timeline")
    ours, theirs = side(page, "ours"), side(page, "theirs")
    assert "Exercice : crue du fleuve" in theirs
    assert "raised" not in theirs
    for words in ("acknowledged", "Une équipe part.", raised, "Corridor status ML-GAO-01: restricted"):
        assert words in ours, words
        assert words not in theirs or words == raised
    assert re.findall(r"<h3>(.*?)</h3>", page) == ["09 h", "08 h"]
    assert "Tuesday 1 February 2022" in page


def test_what_is_known_to_the_day_stands_before_the_hours_of_that_day(desk: Desk) -> None:
    desk.node.file(
        [parties.meeting(code=None, at="2022-02-01"), parties.alert(code=None, at="2022-02-01T10:59:00Z")]
    )
    page = desk.page("/timeline")
    assert re.findall(r"<h3>(.*?)</h3>", page) == ["11 h", "08 h", "in the day"]
    assert page.count("<h2 id=") == 1


def test_an_answer_behind_the_wall_is_not_there(desk: Desk, raised: str) -> None:
    desk.node.answer(raised, service="elevage", step="under_way", text="Pour d’autres yeux")
    assert "Pour d’autres yeux" in desk.page("/timeline")
    Record.objects.filter(about=raised).update(audience=1 << 4)
    page = desk.page("/timeline")
    assert "Pour d’autres yeux" not in page
    assert "under way" not in side(page, "ours")
    assert raised not in desk.page("/timeline", service="securite")


def test_filters_by_what_side_and_area(desk: Desk, raised: str) -> None:
    own = desk.node.file([parties.alert(code=None, place=parties.place("tillaberi"))])[0].record.code
    desk.node.answer(raised, service="protection-civile", step="acknowledged")

    def codes(query: str) -> set[str]:
        return set(re.findall(r'class="code" href="/records/([A-Z]+-\w{5})"', desk.page(f"/timeline{query}")))

    assert codes("") == {raised, own}
    assert codes("?what=steps&side=tillaberi.ne") == {raised}
    assert codes("?what=steps&side=gao.ml") == set()
    assert codes("?what=alerts&side=gao.ml") == {raised}
    assert codes("?area=NE006012") == {own}
    assert codes("?what=nothing&side=nobody&area=nowhere&before=x.y") == {raised, own}
    assert 'href="/timeline?what=alerts&amp;side=gao.ml"' in desk.page("/timeline?side=gao.ml")
    assert "Show everything" in desk.page("/timeline?what=measures")


def test_pages_follow_one_another_without_a_gap_or_a_double(desk: Desk) -> None:
    at = [f"2022-01-{day:02}T06:15:00Z" for day in range(1, 31) for _ in range(5)]
    desk.node.file([parties.alert(code=None, at=one) for one in at])
    seen: list[str] = []
    path = "/timeline?what=alerts"
    for _ in range(5):
        page = desk.page(path)
        seen += re.findall(r'class="code" href="/records/([A-Z]+-\w{5})"', page)
        older = re.search(r'href="(/timeline[^"]*before=[^"]*)">Earlier', page)
        if older is None:
            break
        path = older[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 151
    assert 'href="/timeline?what=alerts">Newest' in page

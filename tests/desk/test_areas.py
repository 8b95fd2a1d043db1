"""Where an account looks first: its own area, which opens and hides nothing."""

from __future__ import annotations

import re

from entente_node.directory.areas import areas_of, elsewhere, named, within
from entente_node.directory.models import AuditEntry, User
from tests import parties
from tests.desk.conftest import Desk, text_of
from tests.desk.test_situation import order

PREFECT = ["ML0701", "NE006002"]
"""The district of Ansongo and, across the border, that of Ayérou."""


def raised_in(desk: Desk, place: str, **changes: object) -> str:
    record = parties.alert(code=None, place=parties.place(place) if place else None, **changes)
    code = desk.federation.gao.file([record], confirmed=True)[0].record.code
    desk.federation.exchange()
    assert code is not None
    return code


def prefect(desk: Desk) -> None:
    desk.client()
    User.objects.update(areas=PREFECT)


def test_what_lies_in_an_area_around_it_and_elsewhere() -> None:
    areas = areas_of([parties.AGREEMENT])
    assert within(areas, PREFECT) == {"ML0701", "labbezanga", "NE006002", "ayorou"}
    assert elsewhere(areas, PREFECT) == {"ML0703", "gao", "NE006012", "tillaberi"}
    assert within(areas, ["nowhere"]) == frozenset()
    assert named(areas, [*PREFECT, "nowhere"]) == ["Ansongo", "Ayérou"]


def test_a_prefect_begins_with_his_district_and_his_counterparts(desk: Desk, raised: str) -> None:
    ayorou, gao, tillaberi = (raised_in(desk, place) for place in ("ayorou", "gao", "tillaberi"))
    prefect(desk)
    page = desk.page("/")
    assert set(order(page)) == {raised, ayorou}
    assert "2 alerts wait for you" in page
    assert "2 more wait outside this area" in page
    assert re.search(r'aria-current="true"><bdi>My area: Ansongo, Ayérou</bdi>', page)
    assert set(order(desk.page("/?area=all"))) == {raised, ayorou, gao, tillaberi}
    assert "more wait" not in desk.page("/?area=all")


def test_what_may_lie_in_the_area_counts(desk: Desk) -> None:
    # Known only by the region around, and nowhere in particular.
    region = desk.node.file([parties.alert(code=None, place=parties.place("ML07"))])[0].record.code
    nowhere = desk.node.file([parties.alert(code=None, place=None)])[0].record.code
    other = desk.node.file([parties.alert(code=None, place=parties.place("NE006012"))])[0].record.code
    prefect(desk)
    shown = order(desk.page("/"))
    assert {region, nowhere} <= set(shown)
    assert other not in shown


def test_the_map_and_what_has_not_left_follow_the_area(desk: Desk) -> None:
    held = desk.node.file([parties.alert(code=None, tlp="RED", place=parties.place("tillaberi"))])[
        0
    ].record.code
    desk.node.release()
    prefect(desk)
    assert f'<span class="code">{held}</span>' not in desk.page("/")
    assert held not in desk.page("/")
    page = desk.page("/?area=all")
    assert f'<span class="code">{held}</span></a> <span class="arrow">→</span>' in page
    assert f'href="/alerts/{held}" aria-label' in page


def test_a_place_of_the_map_leads_to_what_is_there(desk: Desk, raised: str) -> None:
    gao = raised_in(desk, "gao")
    page = desk.page("/")
    assert 'href="/?area=labbezanga" aria-label="Labbezanga: 1"' in page
    assert order(desk.page("/?area=labbezanga")) == [raised]
    assert order(desk.page("/?area=ML0703")) == [gao]
    assert set(order(desk.page("/?area=ML07"))) == {raised, gao}
    assert "Clear the filters" in desk.page("/?area=ML07")
    assert set(order(desk.page("/?area=nowhere"))) == {raised, gao}


def test_an_account_chooses_its_own_area_and_that_is_written_down(desk: Desk) -> None:
    client = desk.client()
    page = text_of(client.get("/area"))
    assert page.count('type="checkbox"') == 6
    assert 'value="labbezanga"' not in page
    answer = client.post("/area", {"area": [*PREFECT, "nowhere", "ML0701"]}, follow=True)
    assert "The situation begins with your area." in text_of(answer)
    assert User.objects.get().areas == PREFECT
    assert 'value="ML0701" checked' in text_of(client.get("/area"))
    assert AuditEntry.objects.filter(deed="account.area").count() == 1
    client.post("/area", {})
    assert User.objects.get().areas == []
    assert "My area" not in text_of(client.get("/"))


def test_an_area_opens_nothing(desk: Desk, raised: str) -> None:
    client = desk.client(service="securite")
    User.objects.update(areas=["ML07"])
    for path in ("/", "/?area=all", "/?area=labbezanga", "/?area=mine&state=all"):
        assert raised not in text_of(client.get(path))

"""An incident that a respond article names is answered on its page, by those who may see it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from entente.agreements.document import Respond
from entente_node.ledger.models import Record
from tests import parties
from tests.desk.conftest import Desk, text_of
from tests.desk.test_records import INCIDENTS
from tests.federation import Federation

ANSWERED = Respond(
    id="A11",
    text="Un incident est pris en compte en deux heures.",
    kinds=("incident",),
    severities=(),
    acknowledge_within_minutes=120,
    act_within_minutes=360,
)


@pytest.fixture
def with_incident(desk_in: Callable[[Federation, str], Desk]) -> tuple[Desk, str, Federation]:
    federation = Federation.agreed(parties.agreement(articles=(*parties.ARTICLES, INCIDENTS, ANSWERED)))
    code = federation.gao.file([parties.incident(place=parties.place("labbezanga"))])[0].record.code
    federation.exchange()
    return desk_in(federation, "tillaberi"), code or "", federation


def test_it_is_acknowledged_acted_on_and_closed_on_its_own_page(
    with_incident: tuple[Desk, str, Federation],
) -> None:
    desk, code, _federation = with_incident
    page = desk.page(f"/records/{code}", service="securite")
    assert 'value="acknowledged"' in page
    assert "time to answer" in page
    client = desk.client("securite")
    assert client.post(f"/records/{code}/answer", {"step": "acknowledged"}).status_code == 302
    assert client.post(f"/records/{code}/answer", {"step": "acknowledged"}).status_code == 422
    assert client.post(f"/records/{code}/answer", {"step": "message"}).status_code == 422
    assert client.post(f"/records/{code}/answer", {"step": "message", "text": "<b>Vu</b>"}).status_code == 302
    page = desk.page(f"/records/{code}", service="securite")
    assert 'value="acknowledged"' not in page
    assert "&lt;b&gt;Vu&lt;/b&gt;" in page
    for step in ("under_way", "closed"):
        assert client.post(f"/records/{code}/answer", {"step": step}).status_code == 302
    assert 'id="answering"' not in desk.page(f"/records/{code}", service="securite")
    assert desk.row(code).dossier.state == "closed"


def test_a_measure_that_is_proposed_from_it_is_about_it(with_incident: tuple[Desk, str, Federation]) -> None:
    desk, code, _federation = with_incident
    assert f"/records/new/action?about={code}" in desk.page(f"/records/{code}", service="securite")
    client = desk.client("securite")
    form = text_of(client.get(f"/records/new/action?about={code}"))
    assert re.search(rf'name="about"[^>]*value="{code}"', form)
    sent = {"purpose": "security", "tlp": "AMBER", "at": "2022-01-31", "place": "labbezanga", "what": "Essai"}
    made = client.post(f"/records/new/action?about={code}", sent | {"about": code})
    assert made.status_code == 302
    measure = str(made["Location"]).rpartition("/")[2]
    assert desk.row(measure).about == code
    assert f'href="/measures/{measure}"' in desk.page(f"/records/{code}", service="securite")


def test_an_alert_lists_its_measures_as_they_stand(desk: Desk, raised: str) -> None:
    sent = {"purpose": "humanitarian", "tlp": "GREEN", "at": "2022-01-31", "place": "labbezanga"}
    made = desk.client().post("/records/new/action", sent | {"what": "Pirogues", "about": raised})
    measure = str(made["Location"]).rpartition("/")[2]
    client = desk.client()
    page = client.get(f"/alerts/{raised}", headers={"X-Fragment": "1"})
    assert f'href="/measures/{measure}"' in text_of(page)
    assert f'href="/records/{measure}"' not in text_of(page)
    known = {"X-Fragment": "1", "If-None-Match": page["ETag"]}
    assert client.get(f"/alerts/{raised}", headers=known).status_code == 304
    state = re.findall(r'name="state" value="(\w+)"', desk.page(f"/measures/{measure}"))[0]
    sent = {"state": state, "words": "Essai (donnée synthétique)"}
    assert client.post(f"/measures/{measure}/move", sent).status_code == 302
    assert client.get(f"/alerts/{raised}", headers=known).status_code == 200


def test_another_service_and_another_role_answer_nothing(with_incident: tuple[Desk, str, Federation]) -> None:
    desk, code, _federation = with_incident
    before = Record.objects.count()
    assert desk.client().post(f"/records/{code}/answer", {"step": "closed"}).status_code == 404
    assert Record.objects.count() == before


def test_who_raised_it_may_only_close_it(
    with_incident: tuple[Desk, str, Federation], desk_in: Callable[[Federation, str], Desk]
) -> None:
    _desk, code, federation = with_incident
    desk = desk_in(federation, "gao")
    page = desk.page(f"/records/{code}", service="securite")
    assert 'value="closed"' in page
    assert 'value="acknowledged"' not in page
    assert desk.client("securite").post(f"/records/{code}/answer", {"step": "under_way"}).status_code == 422


def test_what_no_article_wants_answered_has_no_buttons(desk_in: Callable[[Federation, str], Desk]) -> None:
    federation = Federation.agreed(parties.agreement(articles=(*parties.ARTICLES, INCIDENTS)))
    code = federation.gao.file([parties.incident(place=parties.place("labbezanga"))])[0].record.code
    federation.exchange()
    desk = desk_in(federation, "tillaberi")
    assert 'id="answering"' not in desk.page(f"/records/{code}", service="securite")
    assert desk.client("securite").post(f"/records/{code}/answer", {"step": "closed"}).status_code == 404

"""An observation is looked into, becomes an alert, or is set aside: each a record beside the first."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
import pytest
from django.test import Client

from entente.records import Alert, Observation, decode
from entente_node.ledger.models import Record as Row
from tests import parties
from tests.desk.conftest import Desk, text_of

ALERT = {
    "at": "2022-01-31",
    "status": "Actual",
    "category": "Met",
    "urgency": "Expected",
    "severity": "Severe",
    "certainty": "Likely",
}


@pytest.fixture
def gao(desk_of: Callable[[str], Desk]) -> Desk:
    """Gao's desk, with a coordinator of its civil protection."""
    desk = desk_of("gao")
    desk.account("coordination", role="coordinator")
    return desk


@pytest.fixture
def seen(gao: Desk) -> str:
    """An observation that Gao has received from the community."""
    record = msgspec.structs.replace(
        parties.EVERY_KIND["observation"](),
        at="2022-02-01T06:00:00Z",
        code=None,
        state="received",
        set_aside_reason=None,
        about=None,
        what="Le fleuve monte (donnée synthétique).",
        purpose="humanitarian",
        tlp="GREEN",
        service="protection-civile",
        place=parties.place("labbezanga"),
    )
    code = gao.node.file([record], confirmed=True)[0].record.code
    assert code is not None
    return code


def moves() -> list[Observation]:
    found = [decode(bytes(row.body or b"")) for row in Row.objects.filter(kind="observation").order_by("pk")]
    return [one for one in found if isinstance(one, Observation)]


def test_it_is_looked_into_and_set_aside_with_a_reason(gao: Desk, seen: str) -> None:
    client, path = gao.client(), f"/records/{seen}"
    assert "Look into it" in gao.page(path)
    assert client.post(f"{path}/review", {"state": "under_review"})["Location"] == path
    gao.federation.clock.advance(minutes=10)
    page = gao.page(path)
    assert '<span class="badge acknowledged">under review</span>' in page
    assert "Look into it" not in page
    refused = client.post(f"{path}/review", {"state": "set_aside"})
    assert refused.status_code == 422
    assert "Choose why it is set aside." in text_of(refused)
    client.post(f"{path}/review", {"state": "set_aside", "reason": "duplicate"})
    first, second, third = moves()
    assert (first.state, first.code) == ("received", seen)
    assert (second.state, second.revises, third.revises) == ("under_review", seen, second.code)
    assert (third.state, third.set_aside_reason, third.what) == ("set_aside", "duplicate", first.what)
    page = gao.page(path)
    assert "reported already" in page
    listed = gao.page("/records?kind=observation")
    assert re.findall(r'href="/records/([A-Z]+-\w{5})" dir', listed) == [seen], "one observation, one line"
    assert ">set aside<" in listed
    assert client.get(f"/records/{third.code}")["Location"] == path
    assert "Take it up again" in page


def test_it_becomes_an_alert_that_is_about_it(gao: Desk, seen: str) -> None:
    client = gao.client()
    link = f"/records/new/alert?about={seen}"
    assert f'href="{link}"' in gao.page(f"/records/{seen}")
    begun = gao.page(link)
    assert "Le fleuve monte (donnée synthétique)." in begun
    assert f'value="{seen}"' in begun
    sent = {**ALERT, "about": seen, "purpose": "humanitarian", "tlp": "GREEN", "place": "labbezanga"}
    raised = str(client.post(link, sent)["Location"]).rpartition("/")[2]
    alert = decode(bytes(Row.objects.get(code=raised).body or b""))
    assert isinstance(alert, Alert)
    assert alert.about == seen
    assert [(one.state, one.about) for one in moves()] == [("received", None), ("became_alert", raised)]
    page = gao.page(f"/records/{seen}")
    assert raised in page
    assert "/review" not in page, "nothing more can be said of it"
    assert (
        client.post(f"/records/{seen}/review", {"state": "set_aside", "reason": "other"}).status_code == 422
    )


def test_an_alert_that_is_refused_leaves_the_observation_as_it_was(gao: Desk, seen: str) -> None:
    sent = {**ALERT, "about": seen, "purpose": "humanitarian", "tlp": "GREEN", "place": "labbezanga"}
    wrong = {**sent, "onset": "2022-02-03", "expires": "2022-02-01"}
    assert gao.client().post(f"/records/new/alert?about={seen}", wrong).status_code == 422
    assert [one.state for one in moves()] == ["received"]


@pytest.mark.parametrize("role", ["officer", "agent", "secretariat", "observer", "community"])
def test_only_who_moderates_says_what_becomes_of_it(gao: Desk, seen: str, role: str) -> None:
    user = gao.account("autre", role=role)
    client = Client()
    client.force_login(user)
    assert "/review" not in text_of(client.get(f"/records/{seen}"))
    answer = client.post(f"/records/{seen}/review", {"state": "set_aside", "reason": "duplicate"})
    assert answer.status_code == 403
    sent = {**ALERT, "about": seen, "purpose": "humanitarian", "tlp": "GREEN", "place": "labbezanga"}
    client.post(f"/records/new/alert?about={seen}", sent)
    assert [one.state for one in moves()] == ["received"]


def test_a_service_behind_the_wall_and_a_wrong_state_move_nothing(gao: Desk, seen: str) -> None:
    gao.account("secu", service="securite", role="coordinator")
    other = gao.client("securite")
    assert other.post(f"/records/{seen}/review", {"state": "under_review"}).status_code == 404
    client = gao.client()
    for state in ("became_alert", "received", "", "x"):
        assert client.post(f"/records/{seen}/review", {"state": state}).status_code == 422
    assert client.post("/records/GAO-H3WN0/review", {"state": "under_review"}).status_code == 404
    assert [one.state for one in moves()] == ["received"]

"""The interface for programs: keys, filters, pages, fresh copies; a wall like everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from entente_node.api import interface
from entente_node.directory import keys
from entente_node.directory.models import AuditEntry, User
from tests import parties
from tests.desk.conftest import Desk


def ask(token: str, path: str, **headers: str):
    return Client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"} | headers)


@pytest.fixture
def token(desk: Desk) -> str:
    return keys.make(desk.account("tableur"), "api", "a spreadsheet")


def test_a_key_reads_what_its_account_may_see(raised: str, token: str) -> None:
    answer = ask(token, f"/records/{raised}")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["party"], told["ours"], told["state"]) == ("gao.ml", False, "new")
    assert told["record"]["kind"] == "alert"
    assert told["record"]["code"] == raised


def test_what_is_behind_the_wall_is_not_there(desk: Desk, raised: str) -> None:
    token = keys.make(desk.account("autre", "securite"), "api", "")
    for path in (f"/records/{raised}", f"/dossiers/{raised}", "/records/TIL-00000"):
        answer = ask(token, path)
        assert answer.status_code == 404
    assert ask(token, "/records").json() == {"records": [], "next": None}
    assert ask(token, "/situation").json() == {"alerts": {}, "waiting": 0}


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("token", ["", "entente-api-guessed"])
def test_without_a_good_key_nothing_is_told(raised: str, token: str) -> None:
    answer = ask(token, f"/records/{raised}")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.content == b""


def test_a_key_of_another_use_or_a_locked_account_opens_nothing(raised: str, token: str) -> None:
    user = User.objects.get(name="tableur")
    assert ask(keys.make(user, "calendar", ""), f"/records/{raised}").status_code == 401
    User.objects.update(is_active=False)
    assert ask(token, f"/records/{raised}").status_code == 401


def test_a_role_without_exports_is_refused(desk: Desk) -> None:
    token = keys.make(desk.account("poste", role="agent"), "api", "")
    assert ask(token, "/records").status_code == 403


def test_the_session_of_the_desk_reads_too(desk: Desk, raised: str) -> None:
    assert raised in desk.page("/api/v1/records")


def test_nothing_is_changed_through_it(token: str, raised: str) -> None:
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(Client(), method)(
            f"/api/v1/records/{raised}", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 405


def test_pages_follow_one_another_until_there_are_no_more(desk: Desk, raised: str, token: str) -> None:
    desk.federation.gao.file([parties.alert(code=None) for _ in range(6)], confirmed=True)
    desk.federation.exchange()
    found, path = [], "/records?kind=alert&limit=3"
    while path:
        page = ask(token, path).json()
        assert len(page["records"]) <= 3
        found += [one["record"]["code"] for one in page["records"]]
        path = (page["next"] or "").removeprefix("/api/v1")
        assert not path or "kind=alert" in path
    assert len(found) == len(set(found)) == 7
    assert found[-1] == raised


def test_the_end_of_a_page_tells_no_number_and_cannot_be_made(desk: Desk, token: str) -> None:
    desk.federation.gao.file([parties.alert(code=None) for _ in range(2)], confirmed=True)
    desk.federation.exchange()
    ends = {ask(token, "/records?limit=1").json()["next"] for _ in range(3)}
    (end,) = ends  # a copy that a program keeps stays fresh
    assert ask(token, end.removeprefix("/api/v1")[:-3] + "AAA").status_code == 400
    assert ask(token, "/records?after=MTI").status_code == 400


@pytest.mark.usefixtures("raised")
def test_filters_filter_and_unknown_values_are_refused(token: str) -> None:
    def many(query: str) -> int:
        return len(ask(token, f"/records?{query}").json()["records"])

    assert many("kind=alert") == many("side=gao.ml") == many("area=labbezanga") == many("area=ML07") == 1
    assert many("kind=incident") == many("side=tillaberi.ne") == many("area=tillaberi") == 0
    assert many("since=2022-02-01") == many("until=2022-02-02") == 1
    assert many("since=2022-02-02") == many("until=2022-02-01") == 0
    for query in ("kind=person", "tlp=PINK", "since=yesterday", "purpose=love", "about=GAO-00001"):
        answer = ask(token, f"/records?{query}")
        assert answer.status_code == 400, query
        assert answer.json()["detail"]


def test_a_copy_that_still_holds_is_not_sent_again(desk: Desk, raised: str, token: str) -> None:
    tag = ask(token, "/records")["ETag"]
    again = ask(token, "/records", **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    desk.node.answer(raised, service="protection-civile", step="acknowledged")
    assert ask(token, "/records", **{"If-None-Match": tag}).status_code == 200


def test_a_reference_to_what_is_behind_the_wall_is_left_out(desk: Desk, token: str) -> None:
    hidden = desk.node.file([parties.incident()])[0].record.code
    shown = desk.node.file([parties.action(code=None, about=hidden)])[0].record.code
    assert hidden not in ask(token, f"/records/{shown}").content.decode()
    assert hidden not in desk.page("/api/v1/records")


def test_flows_say_what_is_not_known(desk: Desk, token: str) -> None:
    desk.node.file([parties.flow(at="2022-01-26", total=None, women=None, men=None)])
    weeks = ask(token, "/flows?until=2022-W04&weeks=1").json()["posts"][0]["weeks"]
    assert weeks == [{"week": "2022-W04", "total": None, "records": 1, "without_a_number": 1}]


def test_its_description_names_every_address_and_loads_nothing_from_elsewhere(token: str) -> None:
    described = ask(token, "/openapi.json").json()
    assert set(described["paths"]) == {
        f"/api/v1/{path}" for path in ("records", "records/{code}", "dossiers/{code}", "flows", "situation")
    }
    assert all(list(operations) == ["get"] for operations in described["paths"].values())
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert interface.interface.docs_url is None


def test_each_reading_is_in_the_log(token: str, raised: str) -> None:
    ask(token, f"/records/{raised}")
    entry = AuditEntry.objects.order_by("-seq").first()
    assert entry is not None
    assert (entry.account, entry.deed, entry.subject) == ("tableur", "saw", raised)
    assert json.loads(entry.detail)["key"] == "api"


def test_the_non_party_reads_nothing(desk_of: Callable[[str], Desk], raised: str) -> None:
    desk = desk_of("kayes")
    token = keys.make(desk.account(role="coordinator"), "api", "")
    assert ask(token, f"/records/{raised}").status_code in {403, 404}

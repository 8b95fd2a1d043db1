"""A service that acts for one purpose with one neighbour and for another with the next: the wall between them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from django.test import Client

from entente.agreements.document import Agreement, Service, Share, agreement_text
from entente_node.directory.access import viewer_of
from entente_node.directory.models import User
from entente_node.ledger.models import Record
from entente_node.ledger.wall import Gate
from tests import parties
from tests.desk.conftest import Desk, text_of
from tests.federation import Federation

BOTH = ("gao.ml", "kayes.ml")


def with_kayes() -> Agreement:
    """There, the veterinary services act for humanitarian purposes, and civil protection for pastoral ones."""
    services = (
        Service(id="protection-civile", name="Protection civile de Gao", mandates=("pastoral",)),
        Service(id="elevage", name="Services vétérinaires de Gao", mandates=("humanitarian",)),
    )
    gao = msgspec.structs.replace(parties.GAO.party, services=services)
    articles = tuple(
        msgspec.structs.replace(one, from_=BOTH, to=BOTH)
        for one in parties.ARTICLES
        if isinstance(one, Share) and one.id in {"A4", "A6"}
    )
    return parties.agreement(
        id="gao-kayes", parties=(gao, parties.KAYES.party), articles=articles, signatories=()
    )


@pytest.fixture
def code(federation: Federation) -> str:
    """An alert of Kayes that Gao has received under the other agreement."""
    gao, kayes = federation.gao, federation.kayes
    signed = gao.sign(agreement_text(with_kayes()), parties.GAO.authority)
    gao.adopt(kayes.sign(signed, parties.KAYES.authority), parties.GAO.authority)
    exchange(federation)
    alert = parties.alert(code=None, at="2022-02-01T07:40:00Z")
    found = kayes.file([alert], confirmed=True)[0].record.code
    exchange(federation)
    assert found is not None
    assert gao.show(found) is not None
    return found


def exchange(federation: Federation) -> None:
    for node in (federation.gao, federation.kayes):
        node.release()
    line = federation.line(federation.gao, federation.kayes)
    federation.gao.exchange("gao-kayes", "kayes.ml", line)


def test_a_mandate_under_one_agreement_opens_nothing_that_came_under_another(
    code: str, desk_of: Callable[[str], Desk]
) -> None:
    desk = desk_of("gao")
    civil, cattle = desk.client(), desk.client("elevage")
    for path in (
        "/?state=all",
        "/timeline",
        "/search?q=crue",
        "/map.json",
        "/records.csv",
        "/api/v1/records",
    ):
        assert code not in read(civil, path), path
        assert code in read(cattle, path), path
    assert civil.get(f"/alerts/{code}").status_code == 404
    assert cattle.get(f"/alerts/{code}").status_code == 200


def test_an_answer_of_ours_to_what_is_hidden_is_hidden_too(code: str, desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("gao")
    answer = desk.node.answer(code, service="elevage", step="acknowledged", text="Vu par les vétérinaires")
    assert str(answer.record.code) not in read(desk.client(), "/api/v1/records")
    assert str(answer.record.code) in read(desk.client("elevage"), "/api/v1/records")
    counts = desk.client("elevage").get("/api/v1/situation").json()
    assert counts["alerts"] == {"kayes.ml": {"acknowledged": 1}}


def test_what_came_under_the_first_is_opened_as_before(
    federation: Federation, code: str, desk_of: Callable[[str], Desk]
) -> None:
    alert = parties.alert(code=None, at="2022-02-01T07:40:00Z")
    theirs = str(federation.tillaberi.file([alert], confirmed=True)[0].record.code)
    federation.exchange()
    desk = desk_of("gao")
    assert theirs in read(desk.client(), "/?state=all")
    assert theirs not in read(desk.client("elevage"), "/?state=all")
    assert code not in read(desk.client(), "/?state=all")


def test_the_rule_for_one_record_is_the_rule_of_the_database(
    code: str, desk_of: Callable[[str], Desk]
) -> None:
    desk = desk_of("gao")
    desk.node.file([parties.incident(), parties.situation(code=None), parties.flow()])
    for service in ("protection-civile", "elevage", "securite", "femmes"):
        desk.client(service)
        viewer = viewer_of(User.objects.get(service=service))
        seen = set(viewer.records().values_list("pk", flat=True))
        for row in Record.objects.all():
            agreement = "" if row.local else "gao-kayes"
            gate = Gate(row.kind, row.tlp, row.audience, agreement, row.service if row.local else "")
            assert viewer.wall.opens(gate) is (row.pk in seen), (service, row.kind)
    assert code


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return b"".join(answer.streaming_content).decode() if answer.streaming else text_of(answer)

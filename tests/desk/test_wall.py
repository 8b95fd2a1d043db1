"""The purpose wall at every door of the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from entente_node.ledger.models import Record
from tests import parties
from tests.desk.conftest import Desk, text_of

OTHERS = ("securite", "elevage", "no-such-service")


@pytest.mark.parametrize("service", OTHERS)
def test_a_service_without_the_mandate_gets_nothing_of_an_alert(
    desk: Desk, raised: str, service: str
) -> None:
    desk.node.answer(raised, service="protection-civile", step="acknowledged", text="Mot de passe du pont")
    client = desk.client(service)
    for path in ("/", "/?state=all", "/?state=acknowledged&side=gao.ml", "/exchange", "/agreement"):
        page = text_of(client.get(path, follow=True))
        for words in (raised, "crue du fleuve", "Mot de passe du pont"):
            assert words not in page, path
    assert "<span>1</span>" not in text_of(client.get("/?state=all"))
    for method, path in (
        (client.get, f"/alerts/{raised}"),
        (client.post, f"/alerts/{raised}/answer"),
        (client.post, f"/alerts/{raised}/confirm"),
    ):
        hidden = method(path, {"step": "closed"})
        absent = method(path.replace(raised, "GAO-H3WN0"), {"step": "closed"})
        assert hidden.status_code == absent.status_code
        assert hidden.status_code in {403, 404}
    assert Record.objects.filter(about=raised).count() == 1
    assert desk.node.dossier(raised).state == "acknowledged"


@pytest.mark.usefixtures("raised")
def test_each_service_counts_its_own_alerts_only(desk: Desk) -> None:
    desk.federation.gao.file(
        [parties.alert(code=None, purpose="pastoral", service="elevage") for _ in range(2)], confirmed=True
    )
    desk.federation.exchange()
    assert "1 alert waits for you" in desk.page("/")
    assert "2 alerts wait for you" in desk.page("/", service="elevage")
    assert "Nothing waits for you" in desk.page("/", service="securite")


@pytest.mark.usefixtures("raised")
def test_what_was_withheld_is_told_to_those_who_may_see_the_record(
    desk_of: Callable[[str], Desk],
) -> None:
    desk = desk_of("gao")
    code = desk.node.file([parties.alert(code=None, tlp="RED")], confirmed=True)[0].record.code
    desk.node.release()
    assert str(code) in desk.page("/")
    assert str(code) not in desk.page("/", service="securite")


def test_an_answer_under_another_purpose_is_not_in_the_timeline(desk: Desk, raised: str) -> None:
    desk.node.answer(raised, service="protection-civile", text="Visible pour les secours")
    # As if it had been for security alone.
    Record.objects.filter(about=raised).update(audience=1 << 3, service="securite")
    page = desk.page(f"/alerts/{raised}")
    assert "Visible pour les secours" not in page


def test_the_size_of_a_journal_is_told_only_to_who_may_see_all_of_it(desk: Desk) -> None:
    page = desk.page("/exchange")
    assert "<dt>Entries</dt>" not in page
    assert "is shown to services that may see everything in it" in page
    assert ", entry 1" not in desk.page("/exchange", service="securite")


def test_when_the_agreement_has_expired_nobody_is_shown_anything(desk: Desk, raised: str) -> None:
    desk.federation.clock.now += timedelta(days=4000)
    assert raised not in desk.page("/")
    assert desk.client().get(f"/alerts/{raised}").status_code == 404
    assert desk.client().get("/agreement/gao-tillaberi").status_code == 404


def test_the_non_party_sees_nothing(desk_of: Callable[[str], Desk], raised: str) -> None:
    client = desk_of("kayes").client()
    assert raised not in text_of(client.get("/?state=all"))
    assert client.get(f"/alerts/{raised}").status_code == 404
    assert "Région de Gao" not in text_of(client.get("/exchange"))

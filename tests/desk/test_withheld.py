"""When an urgent record cannot leave: the desk says so at once, whom to call, and two functions may release it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from entente.policy import Approval
from entente.records import decode
from entente_node.cli.prose import article_lines
from entente_node.cli.words import LANGUAGE
from entente_node.directory.models import AuditEntry
from entente_node.directory.roles import Role
from entente_node.ledger import models
from tests import parties
from tests.desk.conftest import PASSWORD, Desk, text_of
from tests.federation import AGREEMENT, Federation

ALERT = {
    "at": "2022-01-31",
    "purpose": "humanitarian",
    "tlp": "AMBER+STRICT",
    "place": "labbezanga",
    "status": "Actual",
    "category": "Met",
    "urgency": "Immediate",
    "severity": "Severe",
    "certainty": "Observed",
}
STAYS = "It has not left for Région de Tillabéri: it stays here"


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  empty databases
    """Gao and Tillabéri with duty telephones and an exceptional article; Kayes has nothing with them."""
    return Federation.agreed(
        parties.agreement(articles=(*parties.ARTICLES, parties.CONTACTS, parties.EXCEPTIONAL))
    )


@pytest.fixture
def gao(federation: Federation, desk_in: Callable[[Federation, str], Desk]) -> Desk:
    """Gao's desk."""
    return desk_in(federation, "gao")


def contact(federation: Federation, **changes: object) -> str:
    """A contact of Tillabéri that Gao has received: on duty now, unless changed."""
    duty = {"start": "2022-02-01T06:00:00Z", "until": "2022-02-01T18:00:00Z", "backup": None}
    record = parties.contact(**(duty | {"code": None} | changes))
    code = federation.tillaberi.file([record], confirmed=True)[0].record.code
    federation.exchange()
    assert code is not None
    return code


def filed(desk: Desk, **changes: object) -> str:
    """An alert of Gao above the highest marking of every share article, on no page yet."""
    record = parties.alert(code=None, **({"tlp": "AMBER+STRICT"} | changes))
    code = desk.node.file([record], confirmed=True)[0].record.code
    assert code is not None
    return code


def officer(
    desk: Desk, duty: str, service: str = "protection-civile", role: str = Role.COORDINATOR
) -> Client:
    """Somebody who holds a function."""
    user = desk.account(f"{duty or 'rien'}-{service}", service, duty=duty, role=role, language="en")
    client = Client()
    client.force_login(user)
    return client


def decide(client: Client, code: str, do: str = "release", **changes: str):
    sent = {"agreement": AGREEMENT, "recipient": "tillaberi.ne", "article": "E1", "why": "Il y a danger"}
    return client.post(f"/records/{code}/{do}", sent | changes, follow=True)


def test_the_answer_to_the_form_says_at_once_that_it_stays_why_and_whom_to_call(
    federation: Federation, gao: Desk
) -> None:
    contact(federation)
    client = officer(gao, "")
    answer = text_of(client.post("/records/new/alert", ALERT | {"confirmed": "on"}, follow=True))
    assert "Filed, but it has not left: read below why, and whom to call." in answer
    assert STAYS in answer
    assert "The marking AMBER+STRICT is above the highest of article A4 (AMBER)" in answer
    assert f'href="/agreement/{AGREEMENT}#A4"' in answer
    assert '<a class="button" href="tel:+22300000000">' in answer
    assert "+223 00 00 00 00" in answer
    assert "Protection civile de Tillabéri" in answer
    assert "French" in answer
    assert "What stays here is not said on the telephone either: its marking is AMBER+STRICT." in answer
    assert "Two of these release it together:" in answer
    assert "/release" not in answer, "this account has no function that the article names"


def test_what_leaves_says_nothing_of_the_kind(gao: Desk) -> None:
    answer = text_of(
        officer(gao, "").post("/records/new/alert", ALERT | {"tlp": "AMBER", "confirmed": "on"}, follow=True)
    )
    assert "Filed. What the agreement lets leave leaves at the next exchange." in answer
    assert "Whom to call" not in answer
    assert "has not left" not in answer


def test_words_that_nobody_confirmed_wait_with_a_button_for_who_may(gao: Desk) -> None:
    sent = ALERT | {"tlp": "AMBER", "headline": "Mots d’essai"}
    client = officer(gao, "", role=Role.AGENT)
    answer = text_of(client.post("/records/new/alert", sent, follow=True))
    assert "It has not left for Région de Tillabéri: it waits" in answer
    assert "Somebody of your service who may confirm texts has to read it first." in answer
    assert "I have read it" not in answer
    code = models.Record.objects.get(kind="alert").code
    page = text_of(officer(gao, "permanence").get(f"/alerts/{code}"))
    assert page.count("I have read it: it may leave") == 1


def test_only_who_is_on_duty_now_for_a_service_that_may_know_is_named(
    federation: Federation, gao: Desk
) -> None:
    contact(federation, telephone="+22711111111", until="2022-02-01T07:59:00Z", function="finie")
    contact(federation, telephone="+22722222222", start="2022-02-01T09:00:00Z", function="a-venir")
    contact(federation, telephone="+22733333333", function="garde")
    contact(federation, telephone="+22744444444", function="garde")
    contact(federation, telephone="+22755555555", service="securite", purpose="security")
    contact(federation, telephone="+22766666666", service="elevage", purpose="pastoral")
    contact(federation, telephone=None, radio="Canal 4", function="radio", start=None, until=None)
    code = filed(gao)
    gao.account("tout", role=Role.COORDINATOR)
    page = gao.page(f"/alerts/{code}")
    assert "tel:+22744444444" in page
    assert "Canal 4" in page
    for other in ("+22711111111", "+22722222222", "+22733333333", "+22755555555", "+22766666666"):
        assert other not in page, other


def test_without_a_telephone_it_names_the_services_that_may_see_it(gao: Desk) -> None:
    code = filed(gao)
    gao.account("tout", role=Role.COORDINATOR)
    page = gao.page(f"/alerts/{code}")
    assert "No duty telephone of a service that may see it has come from Région de Tillabéri." in page
    assert "Protection civile de Tillabéri" in page
    assert "Services vétérinaires de Tillabéri" not in page


def test_two_functions_release_it_and_both_sides_read_by_whom(
    federation: Federation, gao: Desk, desk_in: Callable[[Federation, str], Desk]
) -> None:
    code = filed(gao)
    gao.node.release()
    director, duty = officer(gao, "directeur"), officer(gao, "permanence")
    page = text_of(director.get(f"/alerts/{code}"))
    assert "As Directeur de la protection civile, I decide that it leaves" in page
    first = text_of(decide(director, code))
    assert "Your decision is kept. It takes effect with that of a second function." in first
    assert "has decided that it leaves" in first
    assert "Take my decision back" in first
    assert "I decide that it leaves" not in first

    night = text_of(duty.get("/"))
    assert "Directeur de la protection civile decided that it leaves; a second function has to" in night
    seen = text_of(duty.get(f"/alerts/{code}"))
    assert "One more of these has to decide:" in seen
    assert "As Permanence de la protection civile, I decide that it leaves" in seen
    second = text_of(decide(duty, code))
    assert "Decided by two functions: it leaves at the next exchange." in second
    assert "It leaves for Région de Tillabéri at the next exchange" in second

    federation.exchange()
    by = (
        "under the exceptional article E1, by decision of: Directeur de la protection civile, Permanence de la "
        "protection civile"
    )
    ours = text_of(duty.get(f"/alerts/{code}"))
    assert f"Released to Région de Tillabéri {by}" in ours
    assert "Whom to call" not in ours
    deeds = [(one.account, one.deed, one.subject) for one in AuditEntry.objects.order_by("seq")]
    assert ("directeur-protection-civile", "release.approved", code) in deeds
    assert ("permanence-protection-civile", "release.approved", code) in deeds
    theirs = desk_in(federation, "tillaberi")
    theirs.account("tout", role=Role.COORDINATOR)
    page = theirs.page(f"/alerts/{code}")
    assert f"Released by Région de Gao {by}" in page
    assert "Il y a danger" not in page
    assert models.Record.objects.using("kayes").count() == 0


def test_a_decision_is_taken_back_before_it_has_left(federation: Federation, gao: Desk) -> None:
    code = filed(gao)
    director, duty = officer(gao, "directeur"), officer(gao, "permanence")
    decide(director, code)
    decide(duty, code)
    assert "Your decision is taken back." in text_of(decide(director, code, "release/retract"))
    federation.exchange()
    assert federation.tillaberi.show(code) is None
    assert AuditEntry.objects.filter(deed="release.retracted", subject=code).count() == 1
    decide(director, code)
    federation.exchange()
    assert federation.tillaberi.show(code) is not None
    assert "what has left cannot be called back" in text_of(decide(director, code, "release/retract"))


def test_the_same_person_under_two_functions_decides_once(gao: Desk) -> None:
    code = filed(gao)
    director = officer(gao, "directeur")
    decide(director, code)
    user = gao.account("x", duty="x")
    type(user).objects.filter(name="directeur-protection-civile").update(duty="permanence")
    assert "/release" not in text_of(director.get(f"/alerts/{code}")).replace("/release/retract", "")
    assert "this account has decided already" in text_of(decide(director, code))
    assert len(gao.node.store.approved(gao.row(code).pk)) == 1


@pytest.mark.parametrize(
    ("duty", "service", "role", "status"),
    [
        ("secretaire", "protection-civile", Role.COORDINATOR, 403),
        ("", "protection-civile", Role.COORDINATOR, 403),
        ("directeur", "protection-civile", Role.AGENT, 403),
        ("directeur", "protection-civile", Role.SECRETARIAT, 403),
        ("permanence", "securite", Role.COORDINATOR, 404),
        ("directeur", "elevage", Role.COORDINATOR, 404),
    ],
    ids=["not_named", "no_function", "agent", "secretariat", "other_purpose", "other_service"],
)
def test_nobody_else_decides(gao: Desk, duty: str, service: str, role: str, status: int) -> None:
    code = filed(gao)
    client = officer(gao, duty, service, role)
    for do in ("release", "release/retract"):
        assert decide(client, code, do).status_code == status
        assert client.get(f"/records/{code}/{do}").status_code == 405
    assert gao.node.store.approved(gao.row(code).pk) == []


def test_a_decision_needs_a_reason_an_article_and_a_record_of_ours(federation: Federation, gao: Desk) -> None:
    code = filed(gao)
    director = officer(gao, "directeur")
    assert "say why" in text_of(decide(director, code, why=" "))
    assert decide(director, code, article="A4").status_code == 404
    assert decide(director, code, agreement="another").status_code == 404
    assert "cannot release" in text_of(decide(director, code, recipient="kayes.ml"))
    theirs = federation.tillaberi.file([parties.alert(code=None)], confirmed=True)[0].record.code
    federation.exchange()
    assert decide(director, theirs or "").status_code == 404
    assert Client().post(f"/records/{code}/release").status_code == 302
    assert gao.node.store.approved(gao.row(code).pk) == []


def test_the_box_is_said_in_french(gao: Desk) -> None:
    code = filed(gao)
    user = gao.account("tout", role=Role.COORDINATOR, duty="directeur")
    client = gao.client(language="fr")
    assert user.service == "protection-civile"
    page = text_of(client.get(f"/alerts/{code}"))
    for words in (
        "Elle n’est pas partie pour Région de Tillabéri\u00a0: elle reste ici",
        "Qui appeler",
        "Deux de celles-ci la transmettent ensemble\u00a0:",
        "Comme Directeur de la protection civile, je décide qu’elle part",
    ):
        assert words in page, words


def test_what_was_decided_under_the_version_before_does_not_count(gao: Desk) -> None:
    code = filed(gao)
    decide(officer(gao, "directeur"), code)
    models.Approval.objects.update(article="7#E1")
    page = text_of(officer(gao, "permanence").get(f"/alerts/{code}"))
    assert "Two of these release it together:" in page
    assert isinstance(gao.node.store.approved(gao.row(code).pk)[0].approval, Approval)


def test_the_record_itself_names_the_functions(federation: Federation, gao: Desk) -> None:
    code = filed(gao)
    decide(officer(gao, "directeur"), code)
    decide(officer(gao, "permanence"), code)
    federation.exchange()
    came = federation.tillaberi.show(code)
    assert came is not None
    assert decode(came.body).released_by == ("protection-civile/directeur", "protection-civile/permanence")
    assert PASSWORD not in came.body.decode()


def test_the_agreement_page_says_who_decides(gao: Desk) -> None:
    page = gao.page(f"/agreement/{AGREEMENT}")
    assert "May leave by decision of two functions" in page
    assert "Two of these for Région de Gao" in page
    assert "Directeur de la protection civile (Protection civile de Gao)" in page
    assert "Coordonnateur de la sécurité (Coordination de la sécurité de Tillabéri)" in page


def test_a_terminal_says_it_as_well() -> None:
    lines = [text.strip() for _style, text in article_lines(parties.EXCEPTIONAL, LANGUAGE)]
    said = "\n".join(lines)
    for party in ("gao.ml", "tillaberi.ne"):
        assert party in said
    assert "Directeur de la protection civile (protection-civile/directeur)" in said
    assert any("AMBER+STRICT" in line for line in lines)
    assert lines[1] == parties.EXCEPTIONAL.text


def test_an_answer_that_cannot_leave_says_so_at_once(gao: Desk) -> None:
    code = filed(gao)
    client = officer(gao, "permanence")
    page = text_of(client.post(f"/alerts/{code}/answer", {"step": "closed"}, follow=True))
    assert "It has not left for Région de Tillabéri: " in page
    assert "Closed. The other side sees it" not in page


def test_a_measure_that_cannot_leave_has_the_box_as_well(gao: Desk) -> None:
    gao.account("tout", role=Role.COORDINATOR)
    record = parties.action(tlp="AMBER+STRICT", code=None)
    code = gao.node.file([record], confirmed=True)[0].record.code
    page = text_of(gao.client().get(f"/records/{code}", follow=True))
    assert STAYS in page
    assert "Whom to call" in page

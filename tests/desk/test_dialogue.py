"""Communiqués, commitments and meetings on the desk, behind the wall; and the page for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable

import icalendar
import pytest
from django.test import Client

from entente.records import Communique
from tests import parties
from tests.desk.conftest import Desk, text_of
from tests.dialogue.material import PARAGRAPHS, agreement, commitment, communique, meeting
from tests.federation import Federation

SERVICE = "protection-civile"
PAGES = ("/dialogue", "/dialogue/communiques/CODE", "/dialogue/communiques/CODE/note")


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  asked for what it does
    """Gao and Tillabéri, whose agreement has an article for the dialogue."""
    return Federation.agreed(agreement())


def filed(federation: Federation, record: object, **more: object) -> str:
    [filing] = federation.gao.file([record], confirmed=True, **more)  # type: ignore[list-item, arg-type]
    federation.exchange()
    federation.clock.advance(minutes=5)
    assert filing.record.code is not None
    return filing.record.code


@pytest.fixture
def code(federation: Federation) -> str:
    """A communiqué that Gao has proposed and Tillabéri has received."""
    return filed(federation, communique())


def sign_both(federation: Federation, code: str) -> None:
    til = federation.tillaberi
    til.file([til.talks.answer(code, service=SERVICE)], confirmed=True)
    til.talks.sign(code, parties.TILLABERI.authority)
    federation.exchange()
    federation.gao.talks.sign(code, parties.GAO.authority)
    federation.exchange()


def test_the_other_side_reads_agrees_and_sees_who_signed(
    federation: Federation, code: str, desk_of: Callable[[str], Desk]
) -> None:
    desk = desk_of("tillaberi")
    assert "Waits for your consent" in desk.page("/dialogue", role="secretariat")
    page = desk.page(f"/dialogue/communiques/{code}", role="secretariat")
    for words in (*PARAGRAPHS, "Réunies à Gao", "Not signed yet", "representing"):
        assert words in page, words
    assert "<bdi>Gouverneur de la région de Tillabéri</bdi>" in page

    client = desk.client(role="secretariat")
    answered = client.post(f"/dialogue/communiques/{code}/consent", {"reserve": ["2"]}, follow=True)
    assert "Filed. The other side sees it" in text_of(answered)
    assert ">Reservation<" in text_of(answered)
    assert federation.tillaberi.talks.of(code).paragraphs[1].sides["tillaberi.ne"] == "reserved"
    federation.clock.advance(minutes=5)
    agreed = text_of(
        client.post(f"/dialogue/communiques/{code}/consent", {"reserve": ["99", "x"]}, follow=True)
    )
    assert ">Agreed<" in agreed
    assert f"entente communique sign {code}" in agreed

    desk.node.talks.sign(code, parties.TILLABERI.authority)
    page = desk.page(f"/dialogue/communiques/{code}", role="secretariat")
    assert "held here since" in page
    assert "words of Région de Gao" in page
    assert page.count("Not signed yet") == 1
    assert re.search(r'class="hash">\d{5}( \d{5}){11}<', page)
    refused = client.post(f"/dialogue/communiques/{code}/consent", follow=True)
    assert "Nothing was filed" in text_of(refused)
    note = client.get(f"/dialogue/communiques/{code}/note")
    assert note["Content-Disposition"] == f'attachment; filename="{code}.note"'
    assert b"\xe2\x80\x94 tillaberi.ne/authority " in note.content


def test_in_french_as_an_officer_would_say_it(
    federation: Federation, code: str, desk_of: Callable[[str], Desk]
) -> None:
    filed(federation, commitment(about=code))
    filed(federation, meeting())
    desk = desk_of("tillaberi")
    page = desk.page("/dialogue", language="fr", role="secretariat")
    for words in (
        "Attend votre accord",
        "Engagements",
        "cible non atteinte",
        "Prochaine réunion",
        "juin 2022",
    ):
        assert words in page, words
    page = desk.page(f"/dialogue/communiques/{code}", language="fr", role="secretariat")
    for words in (
        "Pas encore signé",
        "représentant",
        "Accepter tous les paragraphes non réservés",
        "proposé",
    ):
        assert words in page, words


def test_no_note_before_somebody_signed(code: str, desk_of: Callable[[str], Desk]) -> None:
    assert desk_of("tillaberi").client().get(f"/dialogue/communiques/{code}/note").status_code == 404


def test_a_commitment_shows_what_the_exchange_measured(
    federation: Federation, code: str, desk_of: Callable[[str], Desk]
) -> None:
    promise = filed(federation, commitment(about=code, target=2, indicator="records_per_week"))
    late = filed(
        federation, commitment(about=code, indicator=None, target=None, due="2022-01", text="En retard")
    )
    for party in ("gao", "tillaberi"):
        page = desk_of(party).page(f"/dialogue/communiques/{code}")
        assert promise in page
        assert late in page
        assert ">Overdue<" in page
        # The communiqué itself and the two commitments.
        assert '<strong>3</strong> <span class="soft">of 2</span> · records exchanged a week' in page, party
        assert '<progress max="100" value="100" aria-label="records exchanged a week"></progress>' in page
        assert "target reached" in page
        assert "Protection civile de Tillabéri (Région de Tillabéri)" in page


def test_alerts_acknowledged_in_time_are_counted_alike_on_both_sides(
    federation: Federation, desk_of: Callable[[str], Desk]
) -> None:
    filed(federation, commitment(indicator="alerts_acknowledged_in_time_percent", target=80))
    first, second = (
        filed(federation, parties.alert(code=None, at="2022-02-01T08:00:00Z", severity="Severe"))
        for _ in "ab"
    )
    federation.tillaberi.answer(first, service=SERVICE, step="acknowledged")
    federation.exchange()
    federation.clock.advance(hours=3)
    federation.tillaberi.answer(second, service=SERVICE, step="acknowledged")
    federation.exchange()
    federation.clock.advance(minutes=1)
    for party in ("gao", "tillaberi"):
        page = desk_of(party).page("/dialogue")
        assert "<strong>50\u00a0%</strong>" in page
        assert "target not reached" in page


def test_meetings_that_both_sides_wrote_down_are_one(
    federation: Federation, desk_of: Callable[[str], Desk]
) -> None:
    filed(federation, commitment(indicator="meetings_held", target=2))
    filed(federation, meeting())
    federation.tillaberi.file([meeting()], confirmed=True)
    federation.exchange()
    filed(federation, meeting(state="planned", start="2022-02-01", subject="Prévue"))
    federation.clock.advance(days=1)
    assert '<strong>1</strong> <span class="soft">of 2</span> · meetings held' in desk_of("gao").page(
        "/dialogue"
    )


def test_the_newest_state_of_a_commitment_stands(
    federation: Federation, desk_of: Callable[[str], Desk]
) -> None:
    first = filed(federation, commitment())
    til = federation.tillaberi
    til.file([commitment(state="kept", revises=first, at="2022-02-01T09:00:00Z")], confirmed=True)
    federation.exchange()
    page = desk_of("gao").page("/dialogue")
    assert page.count('class="card promise"') == 1
    assert ">Kept<" in page


def test_the_next_meeting_goes_into_a_calendar(
    federation: Federation, desk_of: Callable[[str], Desk]
) -> None:
    code = filed(federation, meeting())
    desk = desk_of("tillaberi")
    page = desk.page("/dialogue")
    assert "<bdi>Tillabéri</bdi>, June 2022" in page
    answer = desk.client().get(f"/dialogue/meetings/{code}/next.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = icalendar.Calendar.from_ical(answer.content).events
    assert str(event["LOCATION"]) == "Tillabéri"
    assert event["DTSTART"].dt.isoformat() == "2022-06-01"
    [event] = icalendar.Calendar.from_ical(desk.client().get(f"/dialogue/meetings/{code}.ics").content).events
    assert event["DTEND"].dt.isoformat() == "2022-02-03"
    plain = filed(federation, meeting(next_start=None, next_place=None, subject="Autre"))
    assert desk.client().get(f"/dialogue/meetings/{plain}/next.ics").status_code == 404


@pytest.mark.parametrize("service", ["securite", "elevage", "no-such-service"])
def test_a_service_without_the_mandate_gets_nothing_of_the_dialogue(
    federation: Federation, code: str, desk_of: Callable[[str], Desk], service: str
) -> None:
    sign_both(federation, code)
    promise = filed(federation, commitment(about=code))
    gathering = filed(federation, meeting())
    client = desk_of("tillaberi").client(service, role="coordinator")
    page = text_of(client.get("/dialogue"))
    for words in (code, promise, gathering, "Communiqué conjoint", "dix fiches", "Rencontre de Gao"):
        assert words not in page, words
    for path in (*PAGES[1:], "/dialogue/meetings/GATHERING.ics", "/dialogue/meetings/GATHERING/next.ics"):
        wanted = path.replace("CODE", code).replace("GATHERING", gathering)
        assert client.get(wanted).status_code == 404, path
    assert client.post(f"/dialogue/communiques/{code}/consent").status_code in {403, 404}


def test_what_a_service_may_not_see_is_not_counted_for_it(
    federation: Federation, desk_of: Callable[[str], Desk]
) -> None:
    filed(federation, commitment())
    filed(federation, parties.alert(code=None, purpose="pastoral", at="2022-02-01T08:00:00Z"))
    filed(federation, parties.alert(code=None, purpose="security", at="2022-02-01T08:00:00Z"))
    page = desk_of("tillaberi").page("/dialogue")
    assert "<strong>1</strong>" in page
    assert "counted from the records that your service may see" in page


def test_nobody_reads_the_dialogue_without_an_account(code: str, desk_of: Callable[[str], Desk]) -> None:
    desk_of("tillaberi")
    for path in (*PAGES, "/dialogue/meetings/GAO-7K3QX.ics"):
        answer = Client().get(path.replace("CODE", code))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in")


def test_the_third_authority_sees_nothing_of_it(code: str, desk_of: Callable[[str], Desk]) -> None:
    client = desk_of("kayes").client()
    assert code not in text_of(client.get("/dialogue"))
    assert client.get(f"/dialogue/communiques/{code}").status_code == 404
    assert client.get("/public").status_code == 404


def test_the_public_page_shows_the_signed_communique_and_nothing_else(
    federation: Federation, code: str, desk_of: Callable[[str], Desk]
) -> None:
    filed(federation, commitment(about=code, tlp="CLEAR"))
    filed(federation, meeting(tlp="CLEAR"))
    assert desk_of("gao").client().get("/public").status_code == 404
    desk_of("gao")
    assert Client().get("/public").status_code == 404
    sign_both(federation, code)
    for party in ("gao", "tillaberi"):
        desk_of(party)
        answer = Client().get("/public", headers={"accept-language": "en"})
        page = text_of(answer)
        assert answer.status_code == 200
        for words in (*PARAGRAPHS, "Directeur général", "representing", "Région de Gao", "MODÈLE FICTIF"):
            assert words in page, words
        for words in (code, "dix fiches", "Rencontre de Gao", 'href="/exchange"', "protection-civile"):
            assert words not in page, words


@pytest.mark.parametrize("change", [{"tlp": "GREEN"}, {"signatories": communique().signatories[:1]}])
def test_what_is_not_for_everybody_is_not_public(
    federation: Federation, desk_of: Callable[[str], Desk], change: dict[str, object]
) -> None:
    draft = communique(**change)
    if "tlp" not in change:
        draft = communique(signatories=communique().signatories[:1], tlp="AMBER")
    assert isinstance(draft, Communique)
    code = filed(federation, draft)
    if "tlp" in change:
        sign_both(federation, code)
    else:
        federation.gao.talks.sign(code, parties.GAO.authority)
    assert federation.gao.talks.of(code).state == "signed"
    desk_of("gao")
    assert Client().get("/public").status_code == 404


def test_a_withdrawn_communique_is_not_public(
    federation: Federation, code: str, desk_of: Callable[[str], Desk]
) -> None:
    sign_both(federation, code)
    both = federation.gao.talks.of(code).codes
    for node in (federation.gao, federation.tillaberi):
        for one in both:
            shown = node.show(one)
            if shown is not None and shown.local:
                node.withdraw(one, "error", service=SERVICE)
    federation.exchange()
    desk_of("gao")
    assert Client().get("/public").status_code == 404

"""Meetings, communiqués and commitments are written on the desk, without a script; so are nationalities."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client

from entente.records import Commitment, Communique, FlowOfPeople, Meeting, Record, decode
from entente_node.ledger.models import Record as Row
from tests import parties
from tests.desk.conftest import Desk, text_of
from tests.dialogue.material import agreement, commitment, communique, meeting
from tests.federation import Federation

MEETING = {
    "subject": "Rencontre de Gao (donnée synthétique)",
    "state": "held",
    "start": "2021-12-01",
    "until": "2021-12-02",
    "place": "gao",
    "chair": "Gouverneur de la région de Gao",
    "purpose": "administration",
    "tlp": "GREEN",
    "delegations.rows": "2",
    "delegations.0.institution": "Région de Gao",
    "delegations.0.party": "gao.ml",
    "delegations.0.women": "3",
    "delegations.1.institution": "Région de Tillabéri",
    "delegations.1.function": "Directeur général",
    "delegations.1.representing": "Gouverneur de Tillabéri",
    "agenda.rows": "3",
    "agenda.0": "Échange d’informations",
    "agenda.2": "Prochaine\r\n rencontre",
    "next_start": "2022-06",
    "next_place": "tillaberi",
}
COMMUNIQUE = {
    "subject": "Communiqué conjoint (donnée synthétique)",
    "language": "fr",
    "purpose": "administration",
    "tlp": "CLEAR",
    "preamble.rows": "1",
    "preamble.0": "Réunies à Gao,",
    "paragraphs.rows": "3",
    "paragraphs.0.text": "Les deux régions échangent dix fiches par semaine.",
    "paragraphs.2.text": "Elles se revoient à Tillabéri.",
    "signatories.rows": "2",
    "signatories.0.party": "gao.ml",
    "signatories.0.function": "Gouverneur",
    "signatories.1.party": "tillaberi.ne",
    "signatories.1.function": "Directeur général",
    "signatories.1.representing": "Gouverneur",
}


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  asked for what it does
    """Gao and Tillabéri, whose agreement has an article for the dialogue."""
    return Federation.agreed(agreement())


@pytest.fixture
def gao(desk_of: Callable[[str], Desk]) -> Desk:
    """Gao's desk, with a coordinator of its civil protection."""
    desk = desk_of("gao")
    desk.account("coordination", role="coordinator")
    return desk


def kept(code: str) -> Record:
    row = Row.objects.get(code=code)
    assert row.body is not None
    return decode(bytes(row.body))


def sent(client: Client, path: str, fields: Mapping[str, Any]) -> str:
    """Send a form that must be filed; the code of its record."""
    response = client.post(path, {**fields, "confirmed": "on"})
    assert response.status_code == 302, re.findall(
        r'class="late"[^>]*>([^<]*)|role="alert">(.*?)</div>', text_of(response)
    )
    return str(response["Location"]).rpartition("/")[2]


def typed(page: str) -> dict[str, Any]:
    """What a browser would send of the form in a page: every field with its value, several as a list."""
    [form] = re.findall(r'<form class="filing".*?</form>', page, re.DOTALL)
    found: dict[str, Any] = {}
    for kind, name, value, checked in re.findall(
        r'<input(?: type="(\w+)")?[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"( checked)?', form
    ):
        if kind in {"checkbox", "radio"}:
            found.setdefault(name, [])
            found[name] += [value] if checked else []
        else:
            found[name] = value
    found |= dict(re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL))
    for name, options in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found[name] = next(iter(re.findall(r'<option value="([^"]*)" selected', options)), "")
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


def test_a_meeting_is_written_with_its_delegations_and_the_other_side_reads_it(
    gao: Desk, desk_of: Callable[[str], Desk]
) -> None:
    assert 'href="/records/new/meeting"' in gao.page("/dialogue")
    code = sent(gao.client(), "/records/new/meeting", MEETING)
    found = kept(code)
    assert isinstance(found, Meeting)
    assert [(one.institution, one.party, one.women, one.men) for one in found.delegations] == [
        ("Région de Gao", "gao.ml", 3, None),
        ("Région de Tillabéri", None, None, None),
    ]
    assert found.agenda == ("Échange d’informations", "Prochaine rencontre")
    assert (found.start, found.next_start) == ("2021-12-01", "2022-06")
    assert found.place == parties.place("gao")
    gao.federation.exchange()
    page = desk_of("tillaberi").page("/dialogue")
    for words in ("Rencontre de Gao", "Gouverneur de Tillabéri", "June 2022", "Prochaine rencontre"):
        assert words in page, words


def test_one_more_row_keeps_what_was_typed_and_files_nothing(gao: Desk) -> None:
    client = gao.client()
    begun = text_of(client.get("/records/new/meeting"))
    assert begun.count('name="delegations.0.institution"') == 1
    page = text_of(client.post("/records/new/meeting", {**MEETING, "subject": "", "add": "delegations"}))
    assert 'role="alert"' not in page, "nothing is looked at yet"
    again = typed(page)
    assert again["delegations.rows"] == "3"
    for name, value in MEETING.items():
        if name not in {"subject", "delegations.rows", "agenda.2"}:
            assert again[name] == value, name
    assert re.search(r'name="delegations.2.institution"[^>]* autofocus', page)
    assert page.count("autofocus") == 1
    assert not Row.objects.filter(kind="meeting").exists()
    more = {**again, "subject": "Rencontre", "delegations.2.institution": "Organisation de femmes"}
    found = kept(sent(client, "/records/new/meeting", more))
    assert isinstance(found, Meeting)
    assert [one.institution for one in found.delegations][-1] == "Organisation de femmes"


def test_the_first_button_of_a_form_files_it_whoever_presses_enter(gao: Desk) -> None:
    [form] = re.findall(r'<form class="filing".*?</form>', gao.page("/records/new/communique"), re.DOTALL)
    first, *others = re.findall(r"<button[^>]*>", form)
    assert "name=" not in first
    assert [button for button in others if 'name="add"' in button]
    assert all("formnovalidate" in button for button in others if 'name="add"' in button)


@pytest.mark.parametrize("rows", ["999", "41", "-1", "x", "٣", "", "3e9"])
def test_a_form_grows_to_what_the_kind_holds_and_no_further(gao: Desk, rows: str) -> None:
    page = text_of(
        gao.client().post("/records/new/meeting", {"delegations.rows": rows, "add": "delegations"})
    )
    shown = page.count('.institution-field">')
    assert shown == (40 if rows in {"999", "41"} else 3)
    assert ('value="delegations" formnovalidate' in page) is (shown < 40)


def test_what_is_wrong_in_a_row_stands_beside_it(gao: Desk) -> None:
    wrong = {**MEETING, "delegations.0.institution": "", "delegations.1.men": "beaucoup"}
    page = text_of(gao.client().post("/records/new/meeting", wrong))
    assert re.search(r'id="delegations.0.institution-field-error">[^<]*This is needed', page)
    assert re.search(r'id="delegations.1.men-field-error">[^<]*Type a whole number', page)
    assert '<a href="#delegations-field">' in page
    assert not Row.objects.filter(kind="meeting").exists()


def test_a_communique_is_proposed_agreed_and_its_paragraph_becomes_a_commitment(
    gao: Desk, desk_of: Callable[[str], Desk]
) -> None:
    client = gao.client()
    about = sent(client, "/records/new/meeting", MEETING)
    assert f'href="/records/new/communique?about={about}"' in gao.page("/dialogue")
    begun = typed(gao.page(f"/records/new/communique?about={about}"))
    assert begun["about"] == about
    assert begun["purpose"] == "administration"
    assert (begun["signatories.0.party"], begun["signatories.1.party"]) == ("gao.ml", "tillaberi.ne")
    code = sent(client, f"/records/new/communique?about={about}", {**begun, **COMMUNIQUE})
    words = kept(code)
    assert isinstance(words, Communique)
    assert [one.text for one in words.paragraphs] == [
        "Les deux régions échangent dix fiches par semaine.",
        "Elles se revoient à Tillabéri.",
    ]
    assert words.signatories[1].representing == "Gouverneur"
    page = gao.page(f"/dialogue/communiques/{code}")
    assert "Make a commitment of paragraph" not in page, "nobody has agreed to it yet"
    gao.federation.exchange()
    tillaberi = desk_of("tillaberi")
    tillaberi.account("coordination", role="coordinator")
    gao.federation.clock.advance(minutes=5)
    assert tillaberi.client().post(f"/dialogue/communiques/{code}/consent").status_code == 302
    gao.federation.exchange()
    gao = desk_of("gao")
    page = gao.page(f"/dialogue/communiques/{code}")
    link = f"/records/new/commitment?about={code}&amp;paragraph=2"
    assert link in page
    begun = typed(gao.page(link.replace("&amp;", "&")))
    assert (begun["text"], begun["paragraph"]) == ("Elles se revoient à Tillabéri.", "2")
    made = sent(
        gao.client(),
        link.replace("&amp;", "&"),
        {
            **begun,
            "services": "gao.ml/protection-civile",
            "due": "2022-06",
            "indicator": "meetings_held",
            "target": "2",
        },
    )
    promise = kept(made)
    assert isinstance(promise, Commitment)
    assert (promise.state, promise.about, promise.due, promise.target) == ("open", code, "2022-06", 2)
    assert (promise.purpose, promise.tlp) == ("administration", "CLEAR")
    assert "Elles se revoient" in gao.page(f"/dialogue/communiques/{code}")


def test_how_far_a_commitment_is_with_its_evidence_is_said_by_the_other_side(
    federation: Federation, desk_of: Callable[[str], Desk]
) -> None:
    first = federation.gao.file([commitment()], confirmed=True)[0].record.code
    evidence = federation.gao.file([meeting()], confirmed=True)[0].record.code
    federation.exchange()
    federation.clock.advance(hours=1)
    desk = desk_of("tillaberi")
    desk.account("coordination", role="coordinator")
    assert f'href="/records/{first}/revise"' in desk.page("/dialogue")
    begun = typed(desk.page(f"/records/{first}/revise"))
    assert begun["due"] == "2022-06"
    assert "text" not in begun
    code = sent(
        desk.client(),
        f"/records/{first}/revise",
        {**begun, "state": "kept", "outcome": "Dix fiches.", "evidence.0": str(evidence).lower()},
    )
    found = kept(code)
    assert isinstance(found, Commitment)
    assert (found.revises, found.state, found.evidence) == (first, "kept", (evidence,))
    assert (found.text, found.target, found.purpose, found.tlp) == (
        commitment().text,
        10,
        "administration",
        "GREEN",
    )
    assert found.services == ("gao.ml/protection-civile", "tillaberi.ne/protection-civile")
    federation.exchange()
    page = desk_of("gao").page("/dialogue")
    assert ">Kept<" in page
    assert "Dix fiches." in page


def test_other_words_are_proposed_by_the_other_side_until_somebody_has_signed(
    federation: Federation, desk_of: Callable[[str], Desk]
) -> None:
    code = federation.gao.file([communique()], confirmed=True)[0].record.code
    federation.exchange()
    federation.clock.advance(minutes=5)
    desk = desk_of("tillaberi")
    desk.account("coordination", role="coordinator")
    path = f"/records/{code}/revise"
    assert f'href="{path}"' in desk.page(f"/dialogue/communiques/{code}")
    begun = typed(desk.page(path))
    assert begun["signatories.1.representing"] == "Gouverneur de la région de Tillabéri"
    sent(desk.client(), path, {**begun, "paragraphs.1.text": "Les services se rencontrent chaque semaine."})
    federation.exchange()
    negotiation = federation.gao.talks.of(str(code))
    assert negotiation.paragraphs[1].text == "Les services se rencontrent chaque semaine."
    assert negotiation.paragraphs[1].sides == {"gao.ml": None, "tillaberi.ne": "proposed"}
    assert negotiation.state == "proposed"
    federation.clock.advance(minutes=5)
    federation.gao.file([federation.gao.talks.answer(str(code), service="protection-civile")], confirmed=True)
    federation.gao.talks.sign(str(code), parties.GAO.authority)
    desk = desk_of("gao")
    desk.account("coordination", role="coordinator")
    assert desk.client().get(path).status_code == 404
    assert path not in desk.page(f"/dialogue/communiques/{code}")


def test_a_meeting_that_was_planned_is_held_and_keeps_what_nobody_could_type(
    federation: Federation, gao: Desk
) -> None:
    planned = meeting(state="planned", next_place=parties.place("tillaberi"), start="2022-02")
    code = federation.gao.file([planned], confirmed=True)[0].record.code
    federation.clock.advance(hours=1)
    begun = typed(gao.page(f"/records/{code}/revise"))
    assert "start" not in begun, "a month has no day to be typed"
    found = kept(sent(gao.client(), f"/records/{code}/revise", {**begun, "state": "held"}))
    assert isinstance(found, Meeting)
    assert (found.state, found.start, found.until, found.revises) == ("held", "2022-02", "2022-02-02", code)
    assert found.agenda == planned.agenda
    assert gao.page("/dialogue").count('class="card article"') == 1


@pytest.mark.parametrize("role", ["officer", "agent", "observer", "community", "administrator"])
def test_the_dialogue_is_written_by_those_whose_role_it_is(
    gao: Desk, federation: Federation, role: str
) -> None:
    code = federation.gao.file([meeting()], confirmed=True)[0].record.code
    user = gao.account("autre", role=role)
    client = Client()
    client.force_login(user)
    for kind in ("meeting", "communique", "commitment"):
        assert client.get(f"/records/new/{kind}").status_code in {403, 404}
        assert client.post(f"/records/new/{kind}", MEETING).status_code in {403, 404}
    assert client.post(f"/records/{code}/revise", MEETING).status_code in {403, 404}
    page = text_of(client.get("/dialogue"))
    assert "/records/new/" not in page
    assert "/revise" not in page


def test_the_secretariat_writes_and_an_officer_confirms(gao: Desk) -> None:
    user = gao.account("secretariat", role="secretariat")
    client = Client()
    client.force_login(user)
    page = text_of(client.get("/records/new/communique"))
    assert 'name="confirmed"' not in page
    code = sent(client, "/records/new/communique", COMMUNIQUE)
    assert not Row.objects.get(code=code).confirmed


def test_a_non_party_reads_nothing_of_it(gao: Desk, desk_of: Callable[[str], Desk]) -> None:
    code = sent(gao.client(), "/records/new/communique", COMMUNIQUE)
    gao.federation.exchange()
    desk = desk_of("kayes")
    desk.account("coordination", role="coordinator")
    client = desk.client()
    for path in (f"/records/{code}", f"/records/{code}/revise", f"/dialogue/communiques/{code}"):
        assert client.get(path).status_code == 404


def test_nationalities_are_counted_by_country_named_or_in_letters(desk: Desk) -> None:
    flow = {
        "at": "2022-01-31", "tlp": "GREEN", "purpose": "mobility", "place": "labbezanga", "direction": "incoming",
        "total": "20", "nationalities.rows": "4", "nationalities.0.country": "niger", "nationalities.0.count": "12",
        "nationalities.1.country": "ML", "nationalities.1.count": "5",
        "nationalities.3.country": "Unknown nationality", "nationalities.3.count": "1",
    }  # fmt: skip
    client = desk.client()
    grown = text_of(client.post("/records/new/flow-of-people", {**flow, "add": "nationalities"}))
    assert re.search(r'name="nationalities.4.country"[^>]* autofocus', grown)
    assert 'list="countries"' in grown
    assert re.search(r"<details open>", grown)
    response = client.post("/records/new/flow-of-people", flow)
    assert response.status_code == 302, text_of(response)
    found = decode(bytes(Row.objects.get(kind="flow-of-people").body or b""))
    assert isinstance(found, FlowOfPeople)
    assert found.nationalities == {"NE": 12, "ML": 5, "XX": 1}
    for wrong, words in (
        ({"nationalities.1.country": "Atlantis"}, "Type the name of a country"),
        ({"nationalities.1.country": "NE"}, "A country stands there twice."),
        ({"nationalities.1.count": ""}, "This is needed."),
        ({"nationalities.1.count": "99"}, "The nationalities are more than the total"),
    ):
        assert words in text_of(client.post("/records/new/flow-of-people", flow | wrong))
    assert Row.objects.filter(kind="flow-of-people").count() == 1

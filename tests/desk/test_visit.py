"""A visitor's ten minutes at the desk, in a real browser without scripts, in French and in English.

The desk is that of Tillabéri, over its own ledger; what Gao does reaches it through the courier.
Everything is synthetic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import icalendar
import msgspec
import pytest

from entente.agreements.document import Agreement, Form, Share
from entente.records import Record
from entente_node.directory import links
from tests import parties
from tests.desk.conftest import CHROMIUM, Desk
from tests.desk.test_corridor import CORRIDOR, status
from tests.desk.test_dialogue import sign_both
from tests.desk.test_flows import WEEK, count
from tests.dialogue.material import PARAGRAPHS, commitment, communique, meeting
from tests.dialogue.material import agreement as with_dialogue
from tests.federation import Federation

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
sync_api = pytest.importorskip("playwright.sync_api")

PATIENCE = 20_000
"""Milliseconds for a page to come, on a busy machine."""

CRUE = "Exercice : crue du fleuve (donnée synthétique)"
HERDS = "Exercice : troupeaux en avance (donnée synthétique)"
FIRE = "Exercice : feu de brousse (donnée synthétique)"
ENGLISH = (
    *("Records", "Flows", "Exchange", "Agreement", "Sign out", "Signed in", "Refresh", "Map", "Details"),
    *("Severity", "New", "Acknowledged", "What is known", "What each side did", "Where it comes from"),
    *("Commitments", "Meetings", "Signed", "agreed", "Held", "Due", "Next meeting", "Counted on both sides"),
    *("Week", "Difference", "By post and week", "Legal basis", "Fingerprint", "Last receipt", "Receipted"),
    *("What happened", "Marking", "needed", "Cancel", "Who got it", "representing"),
)
"""Headings and labels of the desk that no page in French has."""
FRENCH = (
    *("Fiches", "Flux", "Échange", "Se déconnecter", "Connecté", "Actualiser", "Carte", "Gravité"),
    *("Nouvelle", "Prise en compte", "Ce que l’on sait", "D’où elle vient", "Engagements", "Signé"),
    *("accepté", "Échéance", "Prochaine réunion", "Compté", "Semaine", "Écart", "Base juridique"),
    *("Empreinte", "Dernier reçu", "Reçu", "Marquage", "Annuler", "représentant", "détenue"),
)
"""Headings and labels of the desk that no page in English has."""

INCIDENTS = Share(
    id="A12",
    text="Les incidents vont aux services de sécurité, par cercle ou département.",
    from_=("gao.ml", "tillaberi.ne"),
    to=("gao.ml", "tillaberi.ne"),
    kinds=("incident",),
    purposes=("security",),
    tlp="AMBER",
    form=Form(fields=("type", "injured", "resolution"), place="district", time="day"),
    retention_days=90,
)


def agreement() -> Agreement:
    """The tests' agreement with articles for the dialogue, the corridor and incidents."""
    corridor = msgspec.structs.replace(CORRIDOR, id="A11")
    return with_dialogue(articles=(*with_dialogue().articles, corridor, INCIDENTS))


@dataclass(frozen=True)
class Told:
    """The codes of what both sides have filed before the visitor comes."""

    alert: str
    ours: str
    measure: str
    incident: str
    communique: str


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  asked for what it does
    """Gao and Tillabéri, whose agreement has an article for each page of the desk."""
    return Federation.agreed(agreement())


def filed(desk: Desk, by: str, *records: Record) -> str:
    """File on one side, and let the other have it; the code of the last one."""
    filings = getattr(desk.federation, by).file(records, confirmed=True)
    desk.federation.exchange()
    desk.federation.clock.advance(minutes=2)
    return str(filings[-1].record.code)


@pytest.fixture
def told(desk: Desk, raised: str) -> Told:
    """A month of the corridor in small."""
    gao = desk.federation.gao
    statement = filed(desk, "gao", communique())
    sign_both(desk.federation, statement)
    filed(desk, "gao", meeting(), commitment(about=statement, target=3))
    count(gao, "outgoing", WEEK, 100)
    count(desk.node, "incoming", WEEK, 90, place=parties.place("ayorou"), post="NE-TIL-04")
    filed(desk, "gao", status("gao.ml", "ML-GAO-01", "open"))
    filed(desk, "tillaberi", status("tillaberi.ne", "NE-TIL-04", "restricted"))
    early = parties.alert(code=None, at="2022-02-01T07:50:00Z", headline=HERDS, place=parties.place("ayorou"))
    ours = filed(desk, "tillaberi", early)
    gao.answer(ours, service="protection-civile", step="acknowledged", text="Bien reçu à Gao.")
    measure = filed(desk, "gao", parties.action(code=None, about=raised))
    incident = filed(desk, "gao", parties.incident(code=None))
    return Told(raised, ours, measure, incident, statement)


@pytest.fixture
def visitor(browser: sync_api.Browser, address: str) -> Iterator[Callable[[], sync_api.Page]]:
    """Opens a browser of somebody who was never here, in French, with scripts switched off."""
    opened = []

    def open_page() -> sync_api.Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": 1280, "height": 900},
            locale="fr-FR",
            java_script_enabled=False,
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    yield open_page
    for context in opened:
        context.close()


def words(part: sync_api.Locator) -> str:
    """What a part of the page shows, with plain single spaces."""
    return " ".join(part.inner_text().split())


def reads(page: sync_api.Page, language: str, *expected: str) -> None:
    """The page is in the language, heading by heading, and says this; folded parts too."""
    sync_api.expect(page.locator("html")).to_have_attribute("lang", language, timeout=PATIENCE)
    body = page.locator("body")
    for one in expected:
        sync_api.expect(body).to_contain_text(one, timeout=PATIENCE)
    text = " ".join((body.text_content() or "").split())
    for one in {"fr": ENGLISH, "en": FRENCH}[language]:
        assert not re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text), f"{one!r} {page.url}\n{text}"


def opens(page: sync_api.Page, name: str) -> None:
    """Follow a link of the navigation, and be on the page that it names."""
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
    sync_api.expect(page.locator("nav a[aria-current=page]:visible")).to_have_text(name, timeout=PATIENCE)


def is_titled(page: sync_api.Page, title: str) -> None:
    """The page that opens has this heading."""
    sync_api.expect(page.get_by_role("heading", level=1)).to_have_text(title, timeout=PATIENCE)


def said(page: sync_api.Page, text: str) -> None:
    """What was done is confirmed in words."""
    page.get_by_role("status").filter(has_text=text).wait_for()


def comes_in(page: sync_api.Page, path: str, button: str) -> None:
    """Sign in by the one-time link."""
    page.goto(path)
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(re.compile(r"://[^/]+/$"))


def test_what_everybody_may_read_needs_no_account(told: Told, visitor: Callable[[], sync_api.Page]) -> None:
    page = visitor()
    page.goto("/public")
    watermark = "MODÈLE FICTIF"
    text = ("Communiqué conjoint", *PARAGRAPHS, "Gouverneur de la région de Gao", watermark)
    reads(page, "fr", *text, "Directeur général, représentant Gouverneur de la région de Tillabéri")
    signed = page.get_by_role("listitem").filter(has_text="signature vérifiée ici")
    assert signed.count() == 2
    assert told.communique not in page.content()
    page.get_by_role("button", name="English").click()
    page.wait_for_url("**/public")
    reads(page, "en", *text, "Directeur général, representing Gouverneur de la région de Tillabéri")
    assert page.get_by_role("listitem").filter(has_text="signature verified here").count() == 2
    page.goto("/")
    is_titled(page, "Sign in")
    page.get_by_role("button", name="Français").click()
    is_titled(page, "Se connecter")
    page.goto("/dialogue")
    is_titled(page, "Se connecter")  # the language opens no door


def test_the_visitors_ten_minutes(desk: Desk, told: Told, visitor: Callable[[], sync_api.Page]) -> None:
    page = visitor()
    account = desk.account(function="Officier de permanence (fictif)")
    link = links.sign_in_link(account)
    page.goto(link)
    reads(page, "fr", "Ce lien connecte awa, une seule fois.")
    comes_in(page, link, "Se connecter")

    the_situation(page, told)
    acknowledges_an_alert(page, desk, told)
    fire = files_an_alert(page, desk)
    each_page_in_french(page, told)

    page.get_by_role("button", name="English").click()
    reads(page, "en", "Legal basis")
    each_page_in_english(page, told, fire)

    page.get_by_role("button", name="Sign out").click()
    is_titled(page, "Sign in")
    page.goto(f"/alerts/{told.alert}")
    is_titled(page, "Sign in")
    assert CRUE not in page.content()
    page.goto(link)
    reads(page, "en", "This link no longer works")


def the_situation(page: sync_api.Page, told: Told) -> None:
    """What waits, the line to the other side, and the map, of which the marker leads to the alert."""
    is_titled(page, "Situation")
    reads(page, "fr", "1 alerte vous attend", "Région de Gao a tout reçu", "Attend votre accusé de réception")
    reads(
        page, "fr", "encore 43 min", "les côtés diffèrent", "Corridor Labbezanga–Kongo Kiré", "MODÈLE FICTIF"
    )
    posts = page.get_by_role("table", name="État des points de suivi, côté par côté")
    report = words(posts)
    assert re.search(r"Région de Tillabéri NE-TIL-04 ?: restreint", report), report
    assert re.search(r"Région de Gao ML-GAO-01 ?: ouvert", report), report
    drawn = page.get_by_role("group", name="Carte du corridor")
    assert drawn.get_by_role("link", name=re.compile(r"^[A-Z]+-\w{5},")).count() == 2
    drawn.get_by_role("link", name=f"{told.alert}, Labbezanga, grave").click()
    page.wait_for_url(f"**/alerts/{told.alert}")
    is_titled(page, CRUE)


def acknowledges_an_alert(page: sync_api.Page, desk: Desk, told: Told) -> None:
    """Here it is acknowledged at once; at Gao, once the courier has been there."""
    reads(
        page,
        "fr",
        "Nouvelle",
        "Gravité : grave",
        "Labbezanga",
        "Reçue et vérifiée. Expéditeur : Région de Gao.",
    )
    page.get_by_text("Ajouter un message").click()
    page.get_by_label("Message (facultatif)").fill("Une équipe part (donnée synthétique).")
    page.get_by_role("button", name="J’accuse réception").click()
    said(page, "Réception accusée.")
    assert page.locator("main .badge").first.inner_text() == "Prise en compte"
    steps = page.get_by_role("region", name="Ce que chaque côté a fait").get_by_role("listitem")
    assert "Une équipe part" in words(steps.last)
    assert "Part au prochain échange." in words(steps.last)
    assert page.get_by_role("button", name="J’accuse réception").count() == 0
    assert desk.federation.gao.dossier(told.alert).state == "new"
    desk.federation.exchange()
    assert desk.federation.gao.dossier(told.alert).state == "acknowledged"
    page.goto(f"/alerts/{told.alert}")
    assert "Reçu : Région de Gao" in words(steps.last)
    opens(page, "Situation")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=CRUE))
    assert "Prise en compte" in words(card)
    assert "Attend une action" in words(card)
    card.get_by_role("link", name=CRUE).click()
    page.get_by_role("button", name="Nous agissons").click()
    said(page, "Action signalée.")
    opens(page, "Situation")
    reads(page, "fr", "Rien ne vous attend")
    assert "En cours" in words(card)


def files_an_alert(page: sync_api.Page, desk: Desk) -> str:
    """A form, and a text that stays here until somebody has read it again; the code of the alert."""
    opens(page, "Fiches")
    page.get_by_role("link", name="Nouvelle fiche").click()
    reads(page, "fr", "Nouvelle fiche", "Flux de personnes", "Situation humanitaire")
    page.get_by_role("link", name="Alerte", exact=True).click()
    reads(page, "fr", "Ce qui s’est passé", "Pour qui", "Aucun nom de personne.")
    for label, option in {
        "Lieu": "Ayorou",
        "Statut": "exercice",
        "Urgence": "immédiate",
        "Gravité": "grave",
        "Certitude": "constatée",
        "Finalité": "humanitaire",
    }.items():
        page.get_by_label(f"{label} (nécessaire)").select_option(label=option)
    page.get_by_label("incendie").check()
    page.get_by_label("Titre").fill(FIRE)
    page.get_by_role("button", name="Enregistrer la fiche").click()
    said(page, "Enregistrée, mais pas partie")
    is_titled(page, FIRE)
    code = page.url.rpartition("/")[2]
    assert re.fullmatch(r"TIL-\w{5}", code)

    desk.federation.exchange()
    assert desk.federation.gao.show(code) is None, "nobody has read the text again"
    opens(page, "Situation")
    left = page.get_by_role("region", name="N’est pas parti")
    left.get_by_role("link", name=code).click()
    page.get_by_role("button", name="Je l’ai lu : il peut partir").click()
    said(page, "Texte confirmé.")
    desk.federation.exchange()
    assert desk.federation.gao.show(code) is not None
    desk.federation.clock.advance(minutes=1)

    opens(page, "Situation")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=FIRE))
    for one in (code, "Nouvelle", "Ayorou", "lancée par nous", "Attend la réponse de l’autre côté"):
        assert one in words(card), one
    card.get_by_role("link", name=FIRE).click()
    reads(
        page, "fr", "Qui l’a reçue, et sous quelle forme", "Reçue, reçu signé.", "En vertu de l’article 1#A4"
    )
    return code


def each_page_in_french(page: sync_api.Page, told: Told) -> None:
    opens(page, "Situation")
    page.get_by_role("link", name=HERDS).click()
    reads(page, "fr", "Région de Gao · reçu et pris en compte", "Bien reçu à Gao.", "Délais de l’entente")
    opens(page, "Fiches")
    reads(page, "fr", "Action commune 1", "État du corridor 2", "Incident 0", "proposée")
    assert told.incident not in page.content(), "behind the wall"
    page.get_by_role("link", name="Reconnaissance commune").click()
    page.get_by_role("button", name="Nous acceptons").click()
    said(page, "Enregistré.")
    reads(page, "fr", "Nous · acceptée", "Région de Gao · l’a proposée", told.alert)

    opens(page, "Flux")
    reads(
        page,
        "fr",
        "Compté des deux côtés",
        "Région de Gao → Région de Tillabéri",
        "22 novembre 2021 – 16 janvier",
    )
    row = words(page.locator("table.mirror tr").filter(has_text="10 jan"))
    assert row.startswith("S2 10 jan 400 4 jours comptés sur 7 360 4 jours comptés sur 7 −40")
    reads(page, "fr", "Par point de suivi et par semaine", "NE-TIL-04", "n’est pas zéro")

    opens(page, "Dialogue")
    reads(page, "fr", "Communiqués", "Engagements", "Réunions", "Échéance : juin 2022", "Tenue")
    promise = page.get_by_role("listitem").filter(has_text="Échanger au moins dix fiches")
    assert re.search(r"\b\d+ sur 3 · fiches échangées par semaine · cible atteinte", words(promise))
    assert promise.get_by_role("progressbar", name="fiches échangées par semaine").count() == 1
    the_calendar(page, "Fichier d’agenda de la prochaine réunion (.ics)")
    page.get_by_role("link", name="Communiqué conjoint").click()
    reads(page, "fr", *PARAGRAPHS, "TLP:CLEAR", "La note signée, pour la vérifier ailleurs")
    assert page.locator("ol.numbered .badge").filter(has_text="accepté").count() == 4
    both_signed(page, "Signé", "représentant Gouverneur de la région de Tillabéri")

    opens(page, "Échange")
    reads(page, "fr", "Région de Gao a tout reçu", "De nous, voie urgente", "Vers nous, voie de routine")
    receipts(page, "Reçu signé pour", "tout", "Dernier reçu")
    opens(page, "Entente")
    reads(
        page,
        "fr",
        "Base juridique",
        "en vigueur depuis le 15 décembre 2021",
        "Ne part jamais",
        "MODÈLE FICTIF",
    )
    the_agreement(page, "Signée par : Région de Gao, Région de Tillabéri.")


def each_page_in_english(page: sync_api.Page, told: Told, fire: str) -> None:
    opens(page, "Situation")
    reads(
        page,
        "en",
        "Nothing waits for you",
        "Région de Gao has received everything",
        "the sides differ",
        "Map",
    )
    drawn = page.get_by_role("group", name="Map of the corridor")
    drawn.get_by_role("link", name=f"{told.alert}, Labbezanga, severe").click()
    reads(page, "en", "Under way", "Severity: severe", "What each side did", "Received by Région de Gao")
    opens(page, "Situation")
    page.get_by_role("link", name=FIRE).click()
    reads(page, "en", fire, "Who got it, and in which form", "Has received it, receipt signed.")
    opens(page, "Records")
    reads(page, "en", "Joint action 1", "Corridor status 2", "Incident 0", "accepted")
    page.get_by_role("link", name="Reconnaissance commune").click()
    reads(page, "en", "Us · accepted", "Région de Gao · proposed it", "It is under way")
    opens(page, "Records")
    page.get_by_role("link", name="New record").click()
    page.get_by_role("link", name="Alert", exact=True).click()
    reads(page, "en", "What happened", "For whom", "I have read the text again")
    page.get_by_role("link", name="Cancel").click()

    opens(page, "Flows")
    reads(page, "en", "Counted on both sides", "22 November 2021 – 16 January 2022", "is not zero")
    row = words(page.locator("table.mirror tr").filter(has_text="10 jan"))
    assert row.startswith("W2 10 Jan 400 4 days counted of 7 360 4 days counted of 7 −40")

    opens(page, "Dialogue")
    reads(page, "en", "Communiqués", "Commitments", "Meetings", "Due: June 2022", "Held")
    promise = page.get_by_role("listitem").filter(has_text="Échanger au moins dix fiches")
    assert re.search(r"\b\d+ of 3 · records exchanged a week · target reached", words(promise))
    the_calendar(page, "Calendar file of the next meeting (.ics)")
    page.get_by_role("link", name="Communiqué conjoint").click()
    reads(page, "en", *PARAGRAPHS, "TLP:CLEAR", "The signed note, to verify it elsewhere")
    assert page.locator("ol.numbered .badge").filter(has_text="agreed").count() == 4
    both_signed(page, "Signed", "representing Gouverneur de la région de Tillabéri")

    opens(page, "Exchange")
    reads(page, "en", "From us, urgent lane", "To us, routine lane")
    receipts(page, "Receipted", "everything", "Last receipt")
    opens(page, "Agreement")
    reads(
        page, "en", "Legal basis", "in force since 15 December 2021", "Never leaves", "TTT alert, TTT event"
    )
    the_agreement(page, "Signed by: Région de Gao, Région de Tillabéri.")


def the_calendar(page: sync_api.Page, name: str) -> None:
    """The next meeting is a file for a calendar, for who has an account."""
    link = page.get_by_role("link", name=name)
    path = link.get_attribute("href")
    answer = page.request.get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.endswith(".ics")
    content = download.value.path().read_bytes()
    assert content == answer.body()
    [event] = icalendar.Calendar.from_ical(content).events
    assert (str(event["LOCATION"]), event["DTSTART"].dt.isoformat()) == ("Tillabéri", "2022-06-01")


def both_signed(page: sync_api.Page, word: str, delegation: str) -> None:
    card = page.get_by_role("region", name="Signatures")
    assert card.get_by_role("heading", level=3).all_inner_texts() == [
        "Gouverneur de la région de Gao",
        "Directeur général",
    ]
    assert card.locator("strong").all_inner_texts() == [word, word]
    assert delegation in words(card)
    prints = card.locator("p.hash").all_text_contents()
    assert len(set(prints)) == 2
    assert all(re.fullmatch(r"\d{5}( \d{5}){11}", one) for one in prints)


def receipts(page: sync_api.Page, receipted: str, everything: str, last: str) -> None:
    """Four journals, two lanes each way, each with a signed receipt for all of it."""
    journals = page.locator(".journals .card")
    assert journals.count() == 4
    for journal in journals.all():
        assert f"{receipted} {everything} {last}" in words(journal)


def the_agreement(page: sync_api.Page, signed: str) -> None:
    """Its own words, article by article, whatever language the page is in."""
    is_titled(page, parties.AGREEMENT.title)
    text = " ".join((page.locator("main").text_content() or "").split())
    assert signed in text
    for article in agreement().articles:
        assert article.text in page.locator(f"#{article.id}").inner_text()


def test_an_incident_is_on_the_desk_of_the_service_with_the_mandate_only(
    desk: Desk, told: Told, visitor: Callable[[], sync_api.Page]
) -> None:
    page = visitor()
    comes_in(page, links.sign_in_link(desk.account()), "Se connecter")
    page.goto(f"/records/{told.incident}")
    reads(page, "fr", "Rien ici pour vous")
    page.get_by_role("button", name="Se déconnecter").click()
    is_titled(page, "Se connecter")
    comes_in(page, links.sign_in_link(desk.account("ibrahim", "securite")), "Se connecter")
    reads(page, "fr", "Rien ne vous attend")
    assert CRUE not in page.content()
    opens(page, "Fiches")
    reads(page, "fr", "Incident 1", "Action commune 0")
    page.get_by_role("link", name="Vol de bétail").click()
    reads(page, "fr", told.incident, "Ayérou", "Blessés", "Reçue et vérifiée. Expéditeur : Région de Gao.")
    assert "donnée synthétique" not in page.content(), "the article keeps no text"

"""The desk in a real browser: a small phone, without scripts, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from entente_node.directory import links
from tests.desk.conftest import CHROMIUM, PASSWORD, Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
sync_api = pytest.importorskip("playwright.sync_api")


@pytest.fixture
def phone(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    """A page 360 pixels wide, in French, with scripts switched off."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="fr-FR", java_script_enabled=False, has_touch=True
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


def test_an_alert_is_acknowledged_on_a_phone_without_scripts(
    desk: Desk, raised: str, address: str, phone: sync_api.Page
) -> None:
    phone.goto(address + links.sign_in_link(desk.account()))
    phone.get_by_role("button", name="Se connecter").tap()
    phone.get_by_role("link", name="Exercice : crue du fleuve").tap()
    phone.wait_for_url(f"**/alerts/{raised}")
    phone.get_by_text("Ajouter un message").tap()
    phone.get_by_label("Message (facultatif)").fill("Une équipe part.")
    phone.get_by_role("button", name="J’accuse réception").tap()
    phone.get_by_role("status").filter(has_text="Réception accusée.").wait_for()
    assert desk.node.dossier(raised).state == "acknowledged"
    desk.federation.exchange()
    assert desk.federation.gao.dossier(raised).state == "acknowledged"


def test_the_story_by_keyboard_alone(desk: Desk, raised: str, address: str, phone: sync_api.Page) -> None:
    desk.account()
    phone.goto(f"{address}/alerts/{raised}")
    phone.get_by_label("Nom").focus()
    phone.keyboard.type("awa")
    phone.keyboard.press("Tab")
    phone.keyboard.type(PASSWORD)
    phone.keyboard.press("Enter")
    phone.wait_for_url(f"**/alerts/{raised}")
    button = phone.get_by_role("button", name="Nous agissons")
    for _ in range(20):
        phone.keyboard.press("Tab")
        if phone.locator("button:focus").count() and button.and_(phone.locator("button:focus")).count():
            break
    phone.keyboard.press("Enter")
    phone.locator("main .note[role=status]").filter(has_text="Dit à").or_(
        phone.locator("main .note.good")
    ).first.wait_for()
    assert desk.node.dossier(raised).state == "under_way"


def test_no_page_is_wider_than_a_phone_or_reports_a_refused_resource(
    desk: Desk, raised: str, address: str, browser: sync_api.Browser
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark", locale="fr-FR")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    # The next page may come before the icon of the last one: what a policy refuses is said on the console.
    page.on("requestfailed", lambda one: said.append(one.url) if "ABORTED" not in str(one.failure) else None)
    page.goto(address + links.sign_in_link(desk.account()))
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"{address}/")
    for path in ("/", f"/alerts/{raised}", "/exchange", "/agreement/gao-tillaberi"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        for target in page.locator("button:visible, nav a:visible").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 44, (path, target.inner_text())
    assert said == []
    context.close()


def test_a_record_is_filed_on_a_phone_without_scripts(desk: Desk, address: str, phone: sync_api.Page) -> None:
    phone.goto(address + links.sign_in_link(desk.account()))
    phone.get_by_role("button", name="Se connecter").tap()
    phone.get_by_role("link", name="Fiches").tap()
    phone.get_by_role("link", name="Nouvelle fiche").tap()
    phone.get_by_role("link", name="Observation", exact=True).tap()
    phone.get_by_label("Lieu (nécessaire)").select_option(label="Ayorou")
    phone.get_by_label("Sujet", exact=True).select_option(label="mouvement de troupeaux")
    phone.get_by_label("Ce qui a été vu").fill("Des troupeaux passent tôt (donnée synthétique).")
    phone.get_by_label("Finalité (nécessaire)").select_option(label="humanitaire")
    phone.get_by_label("J’ai relu le texte").check()
    phone.get_by_role("button", name="Enregistrer la fiche").tap()
    phone.locator("main .note[role=status]").filter(has_text="Enregistrée, mais pas partie").wait_for()
    assert phone.get_by_role("heading", name="Mouvement de troupeaux").is_visible()
    assert phone.get_by_text("Des troupeaux passent tôt").is_visible()

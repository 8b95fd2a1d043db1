"""The pages in Chromium: a link on a cheap phone, by keyboard alone, without JavaScript; no fault that axe finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from entente_node.directory import links
from entente_node.duty.models import DutyFunction
from entente_node.ledger.models import Dossier
from tests.desk.conftest import CHROMIUM
from tests.desk.looking import OPTIONS
from tests.notifications.conftest import Night
from tests.notifications.test_links import link_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "device_scale_factor": 2}


def faults(page: Any) -> list[str]:
    found = axe.Axe().run(page, options=OPTIONS)
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [one["id"] for one in found.response["violations"]] + ["too wide"] * wide


def test_a_link_is_opened_and_pressed_by_keyboard_without_javascript(
    night: Night, address: str, browser: Browser
) -> None:
    path = link_of(night)
    context = browser.new_context(**PHONE, java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.goto(address + path)
    assert page.locator("h1").inner_text() == night.code
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert page.locator("h1").inner_text() == "Acknowledged"
    assert asked == ["GET", "POST"]  # no style, no picture, no redirection: two round trips
    assert context.cookies() == []
    assert Dossier.objects.get(code=night.code).state == "acknowledged"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_links_page_has_no_fault_in_any_of_its_states(
    night: Night, address: str, browser: Browser, language: str, scheme: Any
) -> None:
    night.channel(language=language)
    path = link_of(night)
    context = browser.new_context(**PHONE, color_scheme=scheme, locale=language, bypass_csp=True)
    page = context.new_page()
    found: list[list[str]] = []
    page.goto(address + path)
    found.append(faults(page))
    page.locator("button").click()
    found.append(faults(page))
    for again in (path, "/a/unknown"):
        page.goto(address + again)
        found.append(faults(page))
    assert found == [[]] * 4
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_pages_of_channels_have_no_fault(
    night: Night, address: str, browser: Browser, language: str, scheme: Any
) -> None:
    DutyFunction.objects.create(service="protection-civile", function="permanence", name="Permanence")
    night.channel(label="Le téléphone de permanence")
    night.call()
    night.gateway.status = 503
    night.send()
    user = night.desk.account(language=language)
    context = browser.new_context(**PHONE, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(address + links.sign_in_link(user))
    page.locator("main button").click()
    found = {}
    for path in ("/notifications", "/notifications/new", "/notifications/1", "/push"):
        assert page.goto(address + path).status == 200
        found[path] = faults(page)
    assert found == {path: [] for path in found}
    context.close()


def test_what_became_of_a_message_is_seen_first_on_a_phone(
    night: Night, address: str, browser: Browser
) -> None:
    DutyFunction.objects.create(service="protection-civile", function="permanence", name="Permanence")
    night.channel(label="Le téléphone de permanence de la protection civile")
    night.call()
    night.gateway.status = 503
    night.send()
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(address + links.sign_in_link(night.desk.account(language="en")))
    page.locator("main button").click()
    page.goto(f"{address}/notifications")
    state = page.get_by_text("not sent yet, it is tried again").bounding_box()
    code = page.locator("main a.code").bounding_box()
    assert state is not None
    assert code is not None
    assert 0 <= state["x"] < state["x"] + state["width"] <= 360
    assert state["y"] < code["y"]
    assert page.locator("main .scroll").count() == 0  # nothing to push sideways
    context.close()

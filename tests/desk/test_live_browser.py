"""Fresh by itself in a real browser: what another node sent appears, and nothing that one does is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from entente_node.directory import links
from tests import parties
from tests.desk.conftest import CHROMIUM, Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
pytest.importorskip("playwright.sync_api")

LATER = 21_000
"""Milliseconds after which a page has asked again."""


@pytest.fixture
def page(desk: Desk, address: str, browser: Any) -> Iterator[Any]:
    """A phone of somebody who has signed in, whose clock the test moves; it may report no fault."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    account = desk.account()
    account.language = "en"
    account.save()
    opened.clock.install()
    opened.goto(address + links.sign_in_link(account))
    opened.locator("main button").first.click()
    opened.wait_for_url(f"{address}/")
    yield opened
    assert [one for one in said if "ERR_INTERNET_DISCONNECTED" not in one] == []
    context.close()


def raise_alert(desk: Desk, headline: str) -> str:
    record = parties.alert(code=None, headline=headline, severity="Extreme")
    code = desk.federation.gao.file([record], confirmed=True)[0].record.code
    desk.federation.exchange()
    assert code is not None
    return code


def test_an_alert_of_the_other_node_appears_and_is_announced(desk: Desk, page: Any) -> None:
    page.get_by_role("link", name="Refresh").focus()
    code = raise_alert(desk, "Pont emporté (donnée synthétique)")
    assert not page.get_by_text(code).first.is_visible()
    page.clock.run_for(LATER)
    page.get_by_role("link", name="Pont emporté").wait_for()
    assert page.locator("#said").inner_text() == "New: Pont emporté (donnée synthétique)"
    assert page.title().startswith("(2) ")
    assert page.evaluate("document.activeElement.textContent") == "Refresh"
    # The most urgent stands first, and the other one is still itself.
    assert page.locator("#first li").count() == 2
    assert page.locator("#first li").first.get_attribute("id") == f"a-{code}"


def test_spans_of_time_go_on_without_a_new_page(page: Any) -> None:
    left = page.locator("time.due").first
    assert left.inner_text().startswith("57 min left")
    page.evaluate("document.querySelector('#alerts').dataset.mark = 'kept'")
    page.clock.run_for(4 * 60_000)
    page.wait_for_function("document.querySelector('time.due').textContent.startsWith('53 min left')")
    assert page.evaluate("document.querySelector('#alerts').dataset.mark") == "kept"


def test_what_is_typed_folded_and_focused_stays(desk: Desk, raised: str, address: str, page: Any) -> None:
    page.goto(f"{address}/alerts/{raised}")
    page.get_by_text("Add a message").click()
    page.get_by_label("Message (optional)").fill("Une équipe part.")
    desk.federation.gao.answer(
        raised, service="protection-civile", text="L’eau monte encore", to="tillaberi.ne"
    )
    desk.federation.exchange()
    page.clock.run_for(LATER)
    page.get_by_text("L’eau monte encore").wait_for()
    field = page.get_by_label("Message (optional)")
    assert field.input_value() == "Une équipe part."
    assert field.evaluate("field => field === document.activeElement")
    page.get_by_role("button", name="Send the message only").click()
    page.get_by_role("status").filter(has_text="Message filed").wait_for()


def test_without_a_connection_the_page_says_since_when_and_finds_it_again(desk: Desk, page: Any) -> None:
    page.context.set_offline(True)
    page.clock.run_for(LATER)
    lost = page.locator("#lost")
    lost.wait_for()
    # The node's clock stood at 9:03 in the agreement's zone when the page came.
    assert lost.inner_text().startswith("No connection since 09:03")
    page.context.set_offline(False)
    code = raise_alert(desk, "Troupeaux sur la route (donnée synthétique)")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_text(code).first.wait_for()
    lost.wait_for(state="hidden")


def test_a_page_that_nobody_looks_at_asks_nothing(page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/static/" not in request.url else None)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.clock.run_for(5 * LATER)
    assert asked == []
    page.evaluate("Object.defineProperty(document, 'hidden', {value: false, configurable: true})")
    with page.expect_response("**/") as answer:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert answer.value.status == 304


def test_who_was_signed_out_is_told(page: Any) -> None:
    page.context.clear_cookies()
    page.clock.run_for(LATER)
    page.locator("#lost").filter(has_text="sign in again").wait_for()


def test_the_map_that_moves_shows_what_is_seen_and_asks_nobody_else(
    raised: str, address: str, page: Any
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("link", name="Map that moves").click()
    page.locator(f'#moving [title^="{raised}"]').wait_for()
    page.locator(f'#moving [title^="{raised}"]').click()
    assert page.locator(".leaflet-popup-content a").get_attribute("href") == f"/alerts/{raised}"
    assert page.locator("#moving path.land").count() > 2
    assert all(url.startswith(address) for url in asked)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_first_visit_and_the_next_weigh_what_is_promised(desk: Desk, address: str, page: Any) -> None:
    for place in ("gao", "labbezanga", "ayorou", "tillaberi"):
        some = [parties.alert(code=None, place=parties.place(place)) for _ in range(20)]
        desk.federation.gao.file(some, confirmed=True)
    desk.federation.exchange()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    received: list[float] = []
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))

    def bytes_of(path: str) -> float:
        received.clear()
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        return sum(received)

    network.send("Network.clearBrowserCache")
    first, again = bytes_of("/"), bytes_of("/")
    with page.expect_response("**/") as answer:
        page.clock.run_for(LATER)
    assert answer.value.status == 304
    sizes = answer.value.request.sizes()
    asked = sizes["requestHeadersSize"] + sizes["responseHeadersSize"] + sizes["responseBodySize"]
    assert 5_000 < first < 60_000, first
    assert 1_000 < again < 10_000, again
    assert asked < 2_500, asked

"""No page has a fault that axe-core finds: in both languages, light and dark, on a phone and on a screen.

Pages are found by following links from the situation, so a new page is looked at once something
leads to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import resolve

from entente.records import CorridorStatus
from entente_node.directory import links
from tests import parties
from tests.desk.conftest import CHROMIUM, Desk
from tests.desk.test_dialogue import federation, filed, sign_both
from tests.desk.test_flows import WEEK, count
from tests.dialogue.material import communique

__all__ = ["federation"]  # the agreement with an article for the dialogue

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
sync_api = pytest.importorskip("playwright.sync_api")

OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
SEVERAL = {"situation": 2, "alert": 2, "flows": 2, "record": 4, "new-record-of": 10}
"""Views of which more than one address is looked at."""
SAVED = {"rota-calendar", "communique-note", "meeting-calendar", "next-calendar"} | {
    "records-csv",
    "records-geojson",
    "audit-file",
}
"""Views that answer with a file to keep: no page."""


@pytest.fixture
def full(desk: Desk, raised: str) -> Desk:
    """A desk with something on every page."""
    gao, node = desk.federation.gao, desk.node
    sign_both(desk.federation, filed(desk.federation, communique()))
    count(gao, "outgoing", WEEK, 100)
    count(node, "incoming", WEEK[:3], 90, place=parties.place("ayorou"), post="NE-TIL-04")
    count(node, "incoming", WEEK[3:], None, place=parties.place("ayorou"), post="NE-TIL-04")
    for status in ("open", "closed"):
        header = {"service": "protection-civile", "purpose": "mobility", "tlp": "GREEN"}
        where = {"place": parties.place("ayorou"), "side": "tillaberi.ne", "post": f"NE-TIL-{status}"}
        node.file([CorridorStatus(at="2022-01-31T09:00:00Z", status=status, **header, **where)])  # type: ignore[arg-type]
    node.file([parties.alert(code=None, tlp="RED"), parties.alert(code=None, severity="Moderate")])
    node.answer(raised, service="protection-civile", step="acknowledged", text="Une équipe part.")
    gao.file([parties.action(about=raised)], confirmed=True)
    desk.federation.exchange()
    desk.federation.clock.advance(minutes=5)
    return desk


def pages(page: Any, address: str) -> Iterator[str]:
    """Every page that links lead to, once a view, or as often as SEVERAL says."""
    seen: dict[str, int] = {}
    waiting, known = ["/"], {"/"}
    while waiting:
        path = waiting.pop(0)
        view = resolve(path.partition("?")[0]).view_name
        if view in SAVED or seen.get(view, 0) >= SEVERAL.get(view, 1):
            continue
        answer = page.goto(address + path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        for name in {view, resolve(page.url.removeprefix(address).partition("?")[0]).view_name}:
            seen[name] = seen.get(name, 0) + 1
        yield path
        for link in page.eval_on_selector_all(
            "a[href]", "found => found.map(one => one.getAttribute('href'))"
        ):
            onward = link.partition("#")[0]
            if onward.startswith("/") and onward not in known:
                known.add(onward)
                waiting.append(onward)
    assert set(seen) >= {
        "situation",
        "alert",
        "flows",
        "exchange",
        "agreement",
        "records",
        "record",
        "new-record-of",
        "communique",
    }, seen


def faults(page: Any) -> list[str]:
    found = axe.Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def looked_at(page: Any, path: str, language: str, width: int) -> list[tuple[str, str]]:
    """The faults of a page that is open, light and dark; it is in the language and fits the screen."""
    assert page.evaluate("document.documentElement.lang") == language, path
    assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    # Folded parts are looked at too.
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [(f"{path} {scheme}", fault) for fault in faults(page)]
    return found


@pytest.mark.parametrize(("language", "width"), [("fr", 360), ("en", 1280)])
def test_axe_finds_no_fault_on_any_page(
    full: Desk, address: str, browser: Any, language: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, reduced_motion="reduce", locale=language
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    found = []
    for path in ("/sign-in", "/public"):  # what is there without an account
        assert page.goto(address + path).status == 200, path
        found += looked_at(page, path, language, width)
    account = full.account()
    account.language = language
    account.save()
    page.goto(address + links.sign_in_link(account))
    found += [("/sign-in/…", fault) for fault in faults(page)]
    page.locator("main button").first.click()
    page.wait_for_url(f"{address}/")
    for path in pages(page, address):
        found += looked_at(page, path, language, width)
    page.goto(f"{address}/nothing-here")
    found += [("/nothing-here", fault) for fault in faults(page)]
    context.close()
    assert not found, "\n".join(f"{path}: {fault}" for path, fault in found)

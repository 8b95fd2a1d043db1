"""The log and the page of keys have no fault that axe-core finds, on a phone too, light and dark."""

from __future__ import annotations

from typing import Any

import pytest

from entente_node.directory import links
from tests.desk.conftest import CHROMIUM, Desk
from tests.desk.looking import COLOURS, OPTIONS, axe

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


def looked_at(page: Any, path: str) -> list[tuple[str, str]]:
    """The faults of the page that is open, in both schemes of colours."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = []
    for scheme, options in (("light", OPTIONS), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)
        # What stands around the page is looked at with every other page.
        faults = axe.Axe().run(page, context="main", options=options).response["violations"]
        found += [(f"{path} {scheme}", f"{one['id']}: {one['nodes'][0]['html'][:200]}") for one in faults]
    return found


def test_axe_finds_no_fault_in_the_log_and_the_keys(
    desk: Desk, address: str, browser: Any, raised: str
) -> None:
    desk.page(f"/alerts/{raised}")
    desk.page("/?state=all")
    context = browser.new_context(viewport={"width": 360, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(address + links.sign_in_link(desk.account("chef", role="administrator", language="fr")))
    page.locator("main button").first.click()
    page.wait_for_url(f"{address}/accounts")
    found = []
    for path in ("/audit", f"/audit?subject={raised}&check=1", "/keys"):
        assert page.goto(address + path).status == 200, path
        found += looked_at(page, path)
    context.close()
    context = browser.new_context(viewport={"width": 360, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(address + links.sign_in_link(desk.account("poste", role="agent", language="fr")))
    page.locator("main button").first.click()
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/keys")
    page.fill("#label", "Agenda")
    page.click("main button.main")
    page.wait_for_selector(".hash")
    found += looked_at(page, "/keys, one made")
    context.close()
    assert not found, "\n".join(f"{path}: {fault}" for path, fault in found)

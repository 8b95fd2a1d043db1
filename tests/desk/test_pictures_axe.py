"""The pages about pictures have no fault that axe-core finds, on a phone, in both languages, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entente_node.directory import links
from tests import parties
from tests.desk import photos
from tests.desk.conftest import CHROMIUM, Desk
from tests.desk.looking import faults
from tests.federation import Federation

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  asked for what it does
    """Gao and Tillabéri, whose agreement has an article for photos."""
    return Federation.agreed(parties.agreement(articles=(*parties.ARTICLES, photos.ARTICLE)))


def test_a_photo_is_taken_looked_at_and_confirmed_without_a_script(
    desk: Desk, raised: str, address: str, browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "IMG_0001.jpg"
    file.write_bytes(photos.jpeg())
    account = desk.account()
    found = []
    # axe is a script: the page is used without any, and looked at with one.
    for script in (False, True):
        context = browser.new_context(
            viewport={"width": 360, "height": 800}, reduced_motion="reduce", java_script_enabled=script
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        account.refresh_from_db()
        page.goto(address + links.sign_in_link(account))
        page.locator("main button").first.click()
        page.wait_for_url(f"{address}/")
        if not script:
            page.goto(f"{address}/alerts/{raised}")
            page.locator(f'a[href="/pictures/{raised}/add"]').click()
            page.locator("#caption").fill("Le gué sous l’eau (donnée synthétique)")
            page.locator("#file").set_input_files(file)
            page.locator("form.filing button").click()
            page.wait_for_url("**/pictures/**")
            page.locator("form.note button").click()
            page.locator("h2#way").wait_for()
            name = page.url
        else:
            for path in (f"{address}/alerts/{raised}", f"{address}/pictures/{raised}/add", name):
                answer = page.goto(path)
                assert answer.status == 200
                assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
                for scheme in ("light", "dark"):
                    page.emulate_media(color_scheme=scheme)
                    found += [(path, scheme, fault) for fault in faults(page)]
            widths = page.locator("figure img").evaluate_all("all => all.map(one => one.naturalWidth)")
            assert widths == [960]
        context.close()
    assert not found, found

"""The pages of the duty have no fault that axe-core finds: on a phone, light and dark, in both languages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from entente_node.directory import links
from entente_node.duty import watch, writing
from entente_node.duty.models import Holiday
from tests.desk.conftest import CHROMIUM, Desk
from tests.desk.test_axe import looked_at
from tests.duty.material import HERE, raise_alert, with_rota

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_no_fault_in_the_duty(
    desk: Desk, raised: str, address: str, browser: Any, language: str
) -> None:
    rota, clock = with_rota(desk.node), desk.federation.clock
    writing.declare_absent(
        rota, HERE, "permanence", start=clock.now + timedelta(hours=1), until=clock.now + timedelta(hours=5)
    )
    writing.add_turn(rota, HERE, "", start=clock.now + timedelta(days=1), until=clock.now + timedelta(days=2))
    Holiday.objects.create(date=clock.now.date(), name="Fête (donnée synthétique)")
    watch.once(desk.node, clock.now)
    clock.advance(minutes=40)
    watch.once(desk.node, clock.now)
    desk.node.answer(raised, service=HERE, step="acknowledged")
    raise_alert(desk.federation.gao)
    raise_alert(desk.node)
    desk.federation.exchange()
    watch.once(desk.node, clock.now)
    account = desk.account(language=language)
    context = browser.new_context(viewport={"width": 360, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(address + links.sign_in_link(account))
    page.locator("main button").first.click()
    page.wait_for_url(f"{address}/")
    found = []
    paths = ("/duty", "/duty?week=2022-W06", "/duty/rota", "/duty/figures?days=all", f"/alerts/{raised}", "/")
    for path in paths:
        assert page.goto(address + path).status == 200, path
        found += looked_at(page, path, language, 360)
    page.goto(f"{address}/duty")
    page.get_by_role("button", name="Passer la permanence" if language == "fr" else "Hand over").click()
    page.wait_for_selector("main .note.good")
    found += looked_at(page, "/duty handed over", language, 360)
    context.close()
    assert not found, "\n".join(f"{path}: {fault}" for path, fault in found)

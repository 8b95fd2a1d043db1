"""The pages of the dialogue have no fault that axe-core finds, on a phone too."""

from __future__ import annotations

from typing import Any

import pytest

from entente.records.meeting import Delegation
from entente_node.directory import links
from tests.desk.conftest import CHROMIUM, Desk
from tests.desk.test_axe import faults
from tests.desk.test_dialogue import federation, filed, sign_both
from tests.dialogue.material import commitment, communique, meeting

__all__ = ["federation"]  # the agreement with an article for the dialogue

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]

TABLE = (
    Delegation(institution="Gouvernorat de Gao", party="gao.ml", function="Gouverneur", women=2, men=5),
    Delegation(
        institution="Gouvernorat de Tillabéri", function="Directeur général", representing="Gouverneur"
    ),
)


def test_axe_finds_no_fault_in_the_dialogue(desk: Desk, address: str, browser: Any) -> None:
    signed = filed(desk.federation, communique())
    sign_both(desk.federation, signed)
    proposed = filed(desk.federation, communique(subject="Autre communiqué (donnée synthétique)"))
    held = filed(desk.federation, meeting(delegations=TABLE))
    promise = filed(desk.federation, commitment(about=signed, evidence=(signed,)))
    filed(
        desk.federation,
        commitment(about=signed, indicator=None, target=None, due="2022-01", state="under_way"),
    )
    context = browser.new_context(viewport={"width": 360, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(address + links.sign_in_link(desk.account(role="coordinator")))
    page.locator("main button").first.click()
    page.wait_for_url(f"{address}/")
    found = []
    for path in (
        "/dialogue",
        f"/dialogue/communiques/{signed}",
        f"/dialogue/communiques/{proposed}",
        "/public",
        "/records/new/meeting",
        f"/records/new/communique?about={held}",
        f"/records/new/commitment?about={signed}&paragraph=1",
        "/records/new/flow-of-people",
        f"/records/{promise}",
        f"/records/{promise}/revise",
        f"/records/{held}/revise",
        f"/records/{proposed}/revise",
    ):
        answer = page.goto(address + path)
        assert answer.status == 200, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [(f"{path} {scheme}", fault) for fault in faults(page)]
    page.goto(f"{address}/records/new/meeting")
    page.locator("button[name=add][value=delegations]").click()
    page.wait_for_selector("#delegations-3 :focus")
    found += [("one more row", fault) for fault in faults(page)]
    context.close()
    assert not found, "\n".join(f"{path}: {fault}" for path, fault in found)

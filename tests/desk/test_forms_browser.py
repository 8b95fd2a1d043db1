"""Forms in a browser on a telephone, without a script: a fault by keyboard alone, and a session that ends while typing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from entente_node.directory.models import User
from entente_node.ledger.models import Record
from tests import parties
from tests.desk.conftest import CHROMIUM, PASSWORD, Desk
from tests.desk.looking import looked_at
from tests.desk.test_measures import NAMED, TASKS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
WIDTH = 360


def opened(browser: Any, address: str, user: User, **options: Any) -> Any:
    """A page of a telephone on which the account has signed in."""
    client = Client()
    client.force_login(user)
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 740}, reduced_motion="reduce", locale="fr", **options
    )
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


def fill(page: Any) -> None:
    """An observation, as far as it is needed."""
    page.select_option("[name=place]", "labbezanga")
    page.select_option("[name=purpose]", "humanitarian")
    page.fill("[name=what]", "Troupeaux au puits (essai)")


def test_a_fault_has_the_cursor_the_title_and_no_fault_of_its_own(
    desk: Desk, address: str, browser: Any
) -> None:
    user = desk.account("moussa", language="fr")
    page = opened(browser, address, user)
    page.goto(f"{address}/records/new/situation")
    page.select_option("[name=group]", "hosts")
    page.select_option("[name=place]", "labbezanga")
    page.select_option("[name=purpose]", "humanitarian")
    page.fill("[name=women]", "beaucoup")
    page.press("[name=women]", "Enter")
    page.wait_for_selector("[role=alert]")
    assert page.title().startswith("Erreur")
    assert page.evaluate("document.activeElement.name") == "women"
    assert page.input_value("[name=women]") == "beaucoup"
    found = looked_at(page, "a fault", "fr", WIDTH)
    page.keyboard.press("Control+A")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/records/TIL-\w{5}$"))
    assert not found, found
    page.context.close()


def test_a_session_that_ends_while_somebody_types_loses_no_word_without_a_script(
    desk: Desk, address: str, browser: Any
) -> None:
    user = desk.account("moussa", language="fr")
    page = opened(browser, address, user, java_script_enabled=False)
    page.goto(f"{address}/records/new/observation")
    fill(page)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.locator("form.filing button.main").click()
    page.wait_for_url(re.compile("/sign-in"))
    assert page.locator(".note.warn").count() == 1
    page.fill("[name=name]", user.name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/records/new/observation")
    assert page.input_value("[name=what]") == "Troupeaux au puits (essai)"
    assert page.input_value("[name=place]") == "labbezanga"
    page.locator("form.filing button.main").click()
    page.wait_for_url(re.compile(r"/records/TIL-\w{5}$"))
    assert Record.objects.filter(kind="observation").count() == 1
    page.go_back()
    assert page.locator("form.filing").count() == 1
    assert "Troupeaux" not in page.content()
    page.context.close()


def test_a_measure_with_tasks_is_clear_of_faults_on_a_telephone(
    desk_of: Callable[[str], Desk], address: str, browser: Any
) -> None:
    desk = desk_of("gao")
    record = parties.action(
        code=None, services=NAMED, tasks=TASKS, state="under_way", start="2022-01-10", until="2022-01-20"
    )
    code = desk.federation.gao.file([record], confirmed=True)[0].record.code
    user = desk.account("moussa", language="fr")
    page = opened(browser, address, user)
    found = []
    for path in (f"/measures/{code}", "/measures/board", "/measures?state=late", "/records/new/action"):
        page.goto(address + path)
        found += looked_at(page, path, "fr", WIDTH)
    page.goto(f"{address}/measures/{code}")
    page.locator("button[value=abandoned]").click()
    page.wait_for_selector("[role=alert]")
    assert page.title().startswith("Erreur")
    assert page.evaluate("document.activeElement.name") == "words"
    found += looked_at(page, "abandoned without a reason", "fr", WIDTH)
    assert not found, found
    page.context.close()

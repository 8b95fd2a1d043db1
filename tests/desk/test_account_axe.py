"""The pages of accounts and of signing in have no fault that axe-core finds, on a phone too."""

from __future__ import annotations

from typing import Any

import pytest

from entente_node.directory import factors, links
from entente_node.directory.models import User
from tests.desk.conftest import CHROMIUM, PASSWORD, Desk
from tests.desk.looking import COLOURS, OPTIONS, faults
from tests.desk.test_second_step import Client, password_step, set_up

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.mark.parametrize(("language", "width"), [("fr", 360), ("en", 1280)])
def test_axe_finds_no_fault_in_accounts_and_signing_in(
    desk: Desk, address: str, browser: Any, language: str, width: int
) -> None:
    head = desk.account("head", role="administrator", duty="permanence", language=language)
    desk.account("moussa", "securite", role="agent", function="Poste")
    client = Client()
    password_step(client, "head")
    set_up(client)
    context = browser.new_context(
        viewport={"width": width, "height": 800}, reduced_motion="reduce", locale=language
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    found: list[tuple[str, str]] = []

    def look(path: str) -> None:
        assert page.evaluate("document.documentElement.lang") == language, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        for scheme, options in (("light", OPTIONS), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)
            found.extend((f"{path} {scheme}", fault) for fault in faults(page, options))

    for path in ("/sign-in", "/sign-in/passkey", "/sign-in/nothing"):
        page.goto(address + path)
        look(path)
    page.goto(f"{address}/sign-in")
    page.locator("#name").fill("head")
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").first.click()
    page.wait_for_url("**/sign-in/second")
    look("/sign-in/second")
    page.locator("#code").fill("000000")
    page.locator("main button").first.click()
    page.get_by_role("alert").first.wait_for()
    look("/sign-in/second, refused")
    page.goto(address + links.sign_in_link(User.objects.get(name="head")))
    look("/sign-in/…")
    page.locator("main button").first.click()
    page.wait_for_url(f"{address}/accounts")
    for path in (
        "/account",
        "/account/password",
        "/account/passkey",
        "/account/recovery-codes",
        "/account/second-factor",
        "/account/confirm",
        "/accounts",
        "/accounts/new",
        "/accounts/of/moussa",
        "/accounts/of/moussa/change",
    ):
        assert page.goto(address + path).status == 200, path
        look(path)
    page.goto(f"{address}/account/recovery-codes")
    page.locator("main form button").first.click()
    page.locator(".secrets").wait_for()
    look("/account/recovery-codes, new")
    page.goto(f"{address}/accounts/of/moussa")
    page.locator("form[action$='/link'] button").click()
    page.locator(".secret").wait_for()
    look("/accounts/of/moussa/link")
    factors.Authenticator.objects.filter(user=head).delete()
    page.goto(f"{address}/account/app")
    look("/account/app")
    context.close()
    assert not found, "\n".join(f"{path}: {fault}" for path, fault in found)

"""Passkeys in a real browser, with the authenticator that Chromium plays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from entente_node.directory import factors
from entente_node.directory.models import AuditEntry, User
from tests.desk.conftest import CHROMIUM, PASSWORD, Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
pytest.importorskip("playwright.sync_api")


@pytest.fixture
def here(address: str) -> str:
    """The desk by a name: a passkey is bound to one, never to an IP address."""
    return address.replace("127.0.0.1", "localhost")


class Device:
    """One browser with its authenticator."""

    def __init__(self, browser: Any) -> None:
        self.context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.line = self.context.new_cdp_session(self.page)
        self.line.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self.line.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.authenticator = made["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        held = self.line.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        return list(held["credentials"])

    def is_somebody(self, *, yes: bool) -> None:
        """Whether the finger on the device is its owner's."""
        self.line.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.authenticator, "isUserVerified": yes}
        )

    def sign_in(self, here: str, name: str = "awa") -> None:
        self.page.goto(f"{here}/sign-in")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    def sign_out(self, here: str) -> None:
        self.page.goto(f"{here}/account")
        self.page.get_by_role("button", name="Sign out", exact=True).click()
        self.page.wait_for_url("**/sign-in")

    def add(self, here: str, *, alone: bool = True) -> None:
        self.page.goto(f"{here}/account/passkey")
        self.page.get_by_label("What to call it").fill("Duty phone")
        self.page.get_by_label("It signs in by itself").set_checked(alone)
        self.page.get_by_role("button", name="Make the passkey").click()


@pytest.fixture
def device(browser: Any) -> Iterator[Device]:
    made = Device(browser)
    yield made
    made.context.close()


@pytest.fixture
def other(browser: Any) -> Iterator[Device]:
    made = Device(browser)
    yield made
    made.context.close()


@pytest.fixture
def user(desk: Desk) -> User:
    user = desk.account()
    User.objects.filter(pk=user.pk).update(language="en")
    return user


def test_a_passkey_is_made_signs_in_alone_and_as_a_second_step(user: User, here: str, device: Device) -> None:
    page = device.page
    device.sign_in(here)
    page.wait_for_url(f"{here}/")
    device.add(here)
    page.wait_for_url("**/account/recovery-codes")
    assert page.locator(".secrets li").count() == 10
    (held,) = factors.of(user)
    assert (held.type, held.name, held.alone) == (factors.PASSKEY, "Duty phone", True)
    (credential,) = device.credentials()
    assert credential["rpId"] == "localhost"

    device.sign_out(here)
    page.goto(f"{here}/sign-in?next=/account")
    page.get_by_role("link", name="With a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{here}/account")
    assert page.get_by_text("Signed in as").is_visible()

    device.sign_out(here)
    device.sign_in(here)
    page.wait_for_url("**/sign-in/second")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{here}/")
    ways = list(AuditEntry.objects.filter(deed="session.began").values_list("detail", flat=True))
    assert ways == ['{"by":"password"}', '{"by":"webauthn"}', '{"by":"password webauthn"}']
    assert device.said == []


def test_a_device_that_does_not_know_its_owner_does_not_sign_in_alone(
    user: User, here: str, device: Device
) -> None:
    device.sign_in(here)
    device.page.wait_for_url(f"{here}/")
    device.add(here)
    device.page.wait_for_url("**/account/recovery-codes")
    device.sign_out(here)
    device.is_somebody(yes=False)
    device.page.goto(f"{here}/sign-in/passkey")
    device.page.get_by_role("button", name="Use a passkey").click()
    device.page.get_by_text("The passkey was not used").wait_for()
    device.page.goto(f"{here}/account")
    assert "/sign-in" in device.page.url
    assert factors.has_one(user)


def test_a_passkey_that_was_removed_or_is_of_a_locked_account_signs_nobody_in(
    user: User, here: str, device: Device
) -> None:
    page = device.page
    device.sign_in(here)
    page.wait_for_url(f"{here}/")
    device.add(here)
    page.wait_for_url("**/account/recovery-codes")
    device.sign_out(here)
    User.objects.filter(pk=user.pk).update(is_active=False)
    page.goto(f"{here}/sign-in/passkey")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("This passkey opens no account here.").wait_for()
    User.objects.filter(pk=user.pk).update(is_active=True)
    device.sign_in(here)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{here}/")
    page.goto(f"{here}/account")
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("status").filter(has_text="Removed.").wait_for()
    assert not factors.has_one(user)
    device.sign_out(here)
    page.goto(f"{here}/sign-in/passkey")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("This passkey opens no account here.").wait_for()


def test_the_answer_of_a_passkey_is_good_once_and_for_one_browser(
    user: User, here: str, device: Device, other: Device
) -> None:
    """Whoever copied what the browser sent gets nothing for it."""
    assert user.pk
    page = device.page
    device.sign_in(here)
    page.wait_for_url(f"{here}/")
    device.add(here)
    page.wait_for_url("**/account/recovery-codes")
    device.sign_out(here)
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.post_data or "") if one.method == "POST" else None)
    page.goto(f"{here}/sign-in/passkey")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{here}/")
    (copied,) = [body for body in sent if "credential=" in body]
    credential = page.evaluate("body => new URLSearchParams(body).get('credential')", copied)
    thief = other.page
    thief.goto(f"{here}/sign-in/passkey")
    for _ in range(2):
        thief.evaluate(
            "found => { document.getElementById('credential').value = found;"
            " document.querySelector('form[data-passkey]').submit() }",
            credential,
        )
        thief.get_by_text("This passkey opens no account here.").wait_for()
    thief.goto(f"{here}/account")
    assert "/sign-in" in thief.url


def test_a_passkey_of_another_account_is_no_second_step(
    desk: Desk, user: User, here: str, device: Device
) -> None:
    desk.account("ibrahim", "securite")
    User.objects.update(language="en")
    page = device.page
    held = []
    for name in ("awa", "ibrahim"):
        device.sign_in(here, name)
        page.wait_for_url(f"{here}/")
        device.add(here)
        page.wait_for_url("**/account/recovery-codes")
        device.sign_out(here)
        held += [one for one in device.credentials() if one not in held]
    of_awa = held[0]["credentialId"].replace("+", "-").replace("/", "_").rstrip("=")
    assert factors.has_one(user)
    device.sign_in(here, "ibrahim")
    page.wait_for_url("**/sign-in/second")
    page.evaluate(
        """async id => {
            const found = JSON.parse(document.getElementById("passkey-options").textContent).request_options
            found.publicKey.allowCredentials = [{ type: "public-key", id }]
            const answer = await webauthnJSON.get(found)
            document.getElementById("credential").value = JSON.stringify(answer)
            document.querySelector("form[data-passkey]").submit()
        }""",
        of_awa,
    )
    page.get_by_text("This passkey is not of this account.").wait_for()
    page.goto(f"{here}/account")
    assert "/sign-in" in page.url


def test_without_scripts_the_page_says_so_and_the_other_ways_are_there(
    desk: Desk, here: str, browser: Any
) -> None:
    desk.account()
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{here}/sign-in/passkey")
    assert page.get_by_text("Passkeys need JavaScript").is_visible()
    assert not page.get_by_role("button", name="Use a passkey").is_visible()
    page.get_by_role("link", name="With a name and a password").click()
    page.get_by_label("Name").fill("awa")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{here}/")
    context.close()

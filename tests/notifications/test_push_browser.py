"""The button in Chromium: its own PushManager and keys, what the node really posted, what the worker really shows.

Only the vendor's servers are ours (:mod:`tests.notifications.vendor`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from entente_node.directory import links
from entente_node.directory.models import User
from entente_node.duty.models import DutyFunction
from entente_node.ledger.models import Dossier
from entente_node.notifications import push
from entente_node.notifications.models import Channel, Delivery, PushSubscription, State
from tests import parties
from tests.desk.conftest import CHROMIUM, FLAGS
from tests.notifications import vendor
from tests.notifications.conftest import Night
from tests.notifications.test_push import certify
from tests.notifications.vendor import Vendor

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Playwright

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
pytest.importorskip("playwright.sync_api")

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "locale": "en-GB"}


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, for a file."""
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as running:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # as in tests/desk/conftest.py
        yield running


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """The vendor's push service, to which the node's messages find their way."""
    certificate = certify(tmp_path, *vendor.HOSTS)
    with vendor.running(certificate) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        monkeypatch.setenv("HTTPS_PROXY", running.proxy)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield running


@dataclass
class Phone:
    """A browser with a profile of its own, in which the officer on duty has signed in."""

    context: BrowserContext
    page: Page
    address: str

    def open(self) -> None:
        self.page.goto(f"{self.address}/push")

    def press(self) -> None:
        """The button; until the node has answered."""
        self.page.get_by_role("button", name="Tell me here").click()
        self.page.get_by_role("status").first.wait_for()

    def shown(self) -> list[dict[str, str]]:
        """What the browser shows of this site."""
        return self.page.evaluate(
            """async () => {
              const of = await navigator.serviceWorker.getRegistration("/static/desk/push-worker.js");
              const all = of ? await of.getNotifications() : [];
              return all.map((one) => ({title: one.title, body: one.body, link: one.data}));
            }"""
        )

    def wait(self, count: int = 1) -> list[dict[str, str]]:
        """The same, once there are so many."""
        until = time.monotonic() + 20
        while len(found := self.shown()) < count and time.monotonic() < until:
            self.page.wait_for_timeout(100)
        return found


@pytest.fixture
def opened(
    night: Night, address: str, service: Vendor, playwright: Playwright, tmp_path: Path
) -> Iterator[Callable[..., Phone]]:
    """Opens the browser: with or without the permission to show messages."""
    DutyFunction.objects.create(service="protection-civile", function="permanence", name="Permanence")
    night.reach(address)
    contexts: list[BrowserContext] = []

    def run(*, granted: bool = True, **more: Any) -> Phone:
        # A profile in a folder: in a private window, which is what playwright opens else, no browser subscribes.
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path / f"profile{len(contexts)}"),
            executable_path=str(CHROMIUM),
            args=[*FLAGS, *service.switches],
            **PHONE | more,
        )
        contexts.append(context)
        if granted:
            context.grant_permissions(["notifications"], origin=address)
        page = context.new_page()
        user = User.objects.filter(name="awa").first() or night.desk.account(language="en")
        page.goto(address + links.sign_in_link(user))
        page.locator("main button").click()
        page.wait_for_url(f"{address}/")
        return Phone(context, page, address)

    yield run
    for context in contexts:
        context.close()
    connections.close_all()


def test_from_the_button_to_the_acknowledgement(
    night: Night, service: Vendor, opened: Callable[..., Phone]
) -> None:
    phone = opened()
    phone.open()
    phone.press()
    assert "This browser is subscribed" in phone.page.get_by_role("status").first.inner_text()
    held = PushSubscription.objects.select_related("channel").get()
    assert (held.channel.service, held.channel.function) == ("protection-civile", "permanence")
    assert held.account == "awa"
    # The browser was given the node's key, and the vendor ties the token to it.
    assert service.tokens[-1]["sender"].rstrip("=") == push.public_key(night.folder / "keys" / "push.pem")

    Channel.objects.update(language="en")
    night.call()
    assert night.send() == 1
    assert Delivery.objects.get().state == State.SENT
    ((_path, body),) = service.posts
    assert night.code.encode() not in body  # the vendor sees no word
    (said,) = phone.wait()
    assert said["title"] == f"{night.code} EXERCISE SEVERE"
    assert "weather" in said["body"]
    assert re.fullmatch(re.escape(phone.address) + r"/a/[A-Za-z0-9_-]{22}", said["link"])

    # What a press does: the worker is asked to open the link, and nothing else.
    (worker,) = phone.context.service_workers
    pressed = worker.evaluate(
        """async () => {
          const asked = [];
          self.clients.openWindow = (url) => { asked.push(url); return Promise.resolve(null); };
          const [notification] = await self.registration.getNotifications();
          self.dispatchEvent(new NotificationEvent("notificationclick", {notification}));
          return asked;
        }"""
    )
    assert pressed == [said["link"]]
    until = time.monotonic() + 10
    while phone.shown() and time.monotonic() < until:
        phone.page.wait_for_timeout(50)
    assert phone.shown() == []  # closed by the press
    phone.page.goto(pressed[0])
    phone.page.get_by_role("button", name="I acknowledge receipt").click()
    phone.page.get_by_role("heading", name="Acknowledged").wait_for()
    assert Dossier.objects.get(code=night.code).state == "acknowledged"


def test_what_is_red_shows_its_code_alone(night: Night, opened: Callable[..., Phone]) -> None:
    phone = opened()
    phone.open()
    phone.press()
    Channel.objects.update(language="en")
    # What is marked RED does not come from the other side: it is one of our own.
    (filed,) = night.desk.node.file([parties.alert(code=None, tlp="RED")], confirmed=True)
    code = filed.record.code or ""
    night.call(code)
    assert night.send() == 1
    (said,) = phone.wait()
    assert said["title"] == code
    assert said["body"].startswith(f"{code}. Answer by")


def test_who_ends_it_is_told_nothing_more_by_browser_and_node(
    night: Night, service: Vendor, opened: Callable[..., Phone]
) -> None:
    phone = opened()
    phone.open()
    phone.press()
    phone.open()
    phone.page.get_by_role("button", name="Tell me nothing more here").click()
    phone.page.get_by_role("status").filter(has_text="told nothing more").wait_for()
    assert not Channel.objects.exists()
    phone.open()
    phone.page.get_by_role("button", name="Tell me here").wait_for()
    assert not phone.page.get_by_role("button", name="Tell me nothing more here").is_visible()
    night.call()
    assert night.send() == 0
    assert service.posts == []
    phone.press()  # and begins anew
    assert PushSubscription.objects.count() == 1


def test_a_node_with_a_new_key_subscribes_the_browser_anew(
    night: Night, opened: Callable[..., Phone]
) -> None:
    phone = opened()
    phone.open()
    phone.press()
    (night.folder / "keys" / "push.pem").unlink()  # a node that was set up again
    PushSubscription.objects.all().delete()
    Channel.objects.all().delete()
    phone.open()
    phone.press()
    Channel.objects.update(language="en")
    night.call()
    assert night.send() == 1
    assert len(phone.wait()) == 1


def test_where_it_is_forbidden_the_page_says_what_to_do(opened: Callable[..., Phone]) -> None:
    phone = opened(granted=False)  # without a window nobody can be asked: that counts as no
    phone.open()
    phone.page.get_by_role("button", name="Tell me here").click()
    phone.page.get_by_text("Allow them in its settings").wait_for()
    assert not Channel.objects.exists()
    assert phone.page.get_by_role("button", name="Tell me here").is_enabled()


def test_where_the_push_service_does_not_answer_the_page_says_so(
    service: Vendor, opened: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "register", lambda _form: b"Error=TOO_MANY_REGISTRATIONS")
    phone = opened()
    phone.open()
    phone.page.get_by_role("button", name="Tell me here").click()
    phone.page.get_by_text("push service did not answer").wait_for()
    assert not Channel.objects.exists()


@pytest.mark.parametrize("absent", ["PushManager", "Notification"])
def test_a_browser_that_cannot_is_told_so_and_offered_no_button(
    opened: Callable[..., Phone], absent: str
) -> None:
    phone = opened()
    phone.page.add_init_script(f"delete window.{absent}")
    phone.open()
    phone.page.get_by_text("put the desk on the Home Screen first").wait_for()
    assert phone.page.get_by_role("button", name="Tell me here").is_disabled()


def test_over_plain_http_the_page_says_that_it_needs_https(
    opened: Callable[..., Phone], address: str
) -> None:
    # Any address but loopback's own is insecure without TLS.
    phone = opened()
    phone.page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    phone.open()
    phone.page.get_by_text("needs an address that begins with https://").wait_for()
    assert phone.page.get_by_role("button", name="Tell me here").is_disabled()
    assert phone.address == address


def test_without_javascript_the_page_says_so(opened: Callable[..., Phone]) -> None:
    phone = opened(java_script_enabled=False)
    phone.open()
    assert phone.page.get_by_text("This page needs JavaScript").is_visible()
    assert not phone.page.get_by_role("button", name="Tell me here").is_visible()


def test_a_script_that_does_not_arrive_is_said_as_if_there_were_none(opened: Callable[..., Phone]) -> None:
    phone = opened()
    phone.page.route("**/push.js*", lambda route: route.abort())
    phone.open()
    assert phone.page.get_by_text("This page needs JavaScript").is_visible()
    assert not phone.page.get_by_role("button", name="Tell me here").is_visible()
    phone.page.unroute("**/push.js*")
    phone.open()
    assert not phone.page.get_by_text("This page needs JavaScript").is_visible()

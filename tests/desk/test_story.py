"""The night of an alert, in a real browser on both sides: by pointer, by keyboard alone, on a phone without scripts.

Gao raises an extreme alert at two in the morning. The rota of Tillabéri says that its officer is absent, so
the backup is sent the message; its link acknowledges. Tillabéri proposes a measure, Gao accepts it and
Tillabéri reports it done; the alert is closed. Both sides show who was called and who answered, and their
figures agree. Everything is synthetic.

Where this machine can, the link is opened over the line of 2G of :mod:`tools.slowline`; what it costs in
time is held by ``test_slow_line.py``, its bytes here too.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from wsgiref.simple_server import make_server

import pytest
from django.conf import settings
from django.db import connections

from entente_node.directory import links
from entente_node.directory.models import User
from entente_node.duty import watch, writing
from entente_node.ledger.models import Record
from entente_node.notifications import post
from entente_node.notifications.models import Channel
from tests.desk.conftest import CHROMIUM, FLAGS, Desk, Quiet, Server
from tests.duty.material import HERE, with_rota
from tests.federation import Federation
from tests.notifications.gateways import Gateway, gateway
from tools import slowline

__all__ = ["gateway"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
sync_api = pytest.importorskip("playwright.sync_api")

HEADLINE = "Exercice : crue soudaine (donnée synthétique)"
MEASURE = "Pirogue et vivres pour Labbezanga (donnée synthétique)"
RESULT = "Familles mises à l’abri (donnée synthétique)."
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 360, "height": 740}, "locale": "fr-FR"}
WIDE: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}, "locale": "fr-FR"}
PATIENCE = 20_000
STOPS = 150
"""How often Tab is pressed at most to come to a part of a page."""
_IN_SIGHT = """one => {
  if (one !== document.activeElement) return false
  const style = getComputedStyle(one), box = one.getBoundingClientRect()
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 1 && box.height > 1
}"""


class Pointer:
    """What a hand does with a mouse or a finger."""

    def press(self, part: sync_api.Locator) -> None:
        """A button, a link, or what folds open."""
        part.click()

    def write(self, part: sync_api.Locator, words: str) -> None:
        """Words into a field."""
        part.fill(words)

    def choose(self, part: sync_api.Locator, value: str) -> None:
        """One of a list."""
        part.select_option(value)

    def tick(self, part: sync_api.Locator) -> None:
        """A box."""
        part.check()


class Keys(Pointer):
    """The same with Tab, arrows, Space and Enter; what has the focus is always seen to have it."""

    def press(self, part: sync_api.Locator) -> None:
        self._reach(part)
        part.page.keyboard.press("Enter")

    def write(self, part: sync_api.Locator, words: str) -> None:
        self._reach(part)
        part.page.keyboard.insert_text(words)

    def choose(self, part: sync_api.Locator, value: str) -> None:
        self._reach(part)
        for key in ("ArrowUp", "ArrowDown"):
            for _ in range(30):
                if part.input_value() == value:
                    return
                part.page.keyboard.press(key)
        assert part.input_value() == value

    def tick(self, part: sync_api.Locator) -> None:
        self._reach(part)
        part.page.keyboard.press("Space")
        assert part.is_checked()

    def _reach(self, part: sync_api.Locator) -> None:
        part.wait_for()
        target = part.element_handle()
        assert target is not None
        for _ in range(STOPS):
            if target.evaluate(_IN_SIGHT):
                return
            part.page.keyboard.press("Tab")
        pytest.fail(f"no key comes to {part}, or it is not seen to have the focus")


@dataclass
class Night:
    """Both desks, one at a time, as a process serves one node: the page of the other side rests meanwhile."""

    federation: Federation
    open_desk: Callable[[str], Desk]
    browser: sync_api.Browser
    hand: Pointer
    options: dict[str, Any]
    gateway: Gateway
    address: str
    desks: dict[str, Desk] = field(default_factory=dict)
    pages: dict[str, sync_api.Page] = field(default_factory=dict)

    def at(self, side: str, path: str) -> sync_api.Page:
        """A page of one side; its officer signs in the first time."""
        for page in self.pages.values():
            page.goto("about:blank")
        desk = self.desks[side] = self.open_desk(side)
        if side not in self.pages:
            page = self.browser.new_context(**self.options).new_page()
            page.set_default_timeout(PATIENCE)
            user = User.objects.filter(name=f"officer-{side}").first() or desk.account(f"officer-{side}")
            page.goto(self.address + links.sign_in_link(user))
            self.hand.press(page.get_by_role("button", name="Se connecter"))
            page.wait_for_url(f"{self.address}/")
            self.pages[side] = page
        page = self.pages[side]
        answer = page.goto(self.address + path)
        assert answer is not None
        assert answer.status == 200, path
        return page

    def exchange(self) -> None:
        """What the courier does, a minute later."""
        self.federation.clock.advance(minutes=1)
        self.federation.exchange()

    def close(self) -> None:
        """Every page."""
        for page in self.pages.values():
            page.context.close()


@pytest.fixture
def served(desk_of: Callable[[str], Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The desks, on loopback; ``node.toml`` says where links begin."""
    from entente_node.wsgi import application

    desk_of("gao")
    monkeypatch.setattr(settings, "NODE", tmp_path)
    (tmp_path / "keys").mkdir()
    with make_server("127.0.0.1", 0, application, server_class=Server, handler_class=Quiet) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        lines = {"party": "tillaberi.ne", "name": "Région de Tillabéri", "short": "TIL", "country": "NE"}
        said = "".join(f'{name} = "{value}"\n' for name, value in (lines | {"address": address}).items())
        (tmp_path / "node.toml").write_text(said, "utf-8")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield address
        server.shutdown()
        thread.join()


@pytest.fixture
def night(
    desk_of: Callable[[str], Desk],
    browser: sync_api.Browser,
    gateway: Gateway,
    served: str,
    request: pytest.FixtureRequest,
) -> Iterator[Night]:
    """Two in the morning, both desks on loopback, a gateway for messages."""
    hand, options = request.param
    federation = desk_of("gao").federation
    federation.clock.advance(hours=18)
    found = Night(federation, desk_of, browser, hand, options, gateway, served)
    yield found
    found.close()


def raised_in_gao(night: Night) -> str:
    """The form of an alert; its code."""
    hand, page = night.hand, night.at("gao", "/records/new")
    hand.press(page.get_by_role("link", name="Alerte", exact=True))
    page.wait_for_url("**/records/new/alert")
    of = page.locator("main form")
    hand.choose(of.locator("[name=place]"), "labbezanga")
    for name, value in (("status", "Actual"), ("urgency", "Immediate")):
        hand.choose(of.locator(f"[name={name}]"), value)
        if name == "status":
            hand.tick(of.locator("[name=category][value=Met]"))
    hand.choose(of.locator("[name=severity]"), "Extreme")
    hand.choose(of.locator("[name=certainty]"), "Observed")
    words = of.locator("details", has=page.locator("[name=headline]")).locator("summary")
    if not of.locator("[name=headline]").is_visible():
        hand.press(words)
    hand.write(of.locator("[name=headline]"), HEADLINE)
    hand.choose(of.locator("[name=purpose]"), "humanitarian")
    hand.tick(of.locator("[name=confirmed]"))
    hand.press(page.get_by_role("button", name="Enregistrer la fiche").last)
    page.wait_for_url(re.compile(r"/alerts/GAO-\w{5}$"))
    page.locator("main .note.good").filter(has_text="Enregistrée").wait_for()
    return page.url.rpartition("/")[2]


def the_backup_is_called(night: Night, code: str) -> str:
    """The rota of Tillabéri, its officer absent; the text that its backup's telephone is sent."""
    night.at("tillaberi", "/duty")
    node, now = night.desks["tillaberi"].node, night.federation.clock.now
    rota = with_rota(node)
    writing.declare_absent(
        rota, HERE, "permanence", start=now - timedelta(hours=1), until=now + timedelta(hours=6)
    )
    Channel.objects.create(
        service=HERE, function="suppleant", url=night.gateway.url, number="+22790000002", created_at=now
    )
    assert [call.function for call in watch.once(node, now)] == ["suppleant"]
    assert post.once(node, now, patience=20.0) == 1
    [text] = night.gateway.texts
    assert code in text
    assert "Labbezanga" in text
    return text


def acknowledged_from(night: Night, text: str, *, slowly: bool) -> None:
    """The link of the message on the backup's telephone: a page, a button, a page."""
    path = re.search(r"/a/[\w-]+", text)
    assert path
    if slowly and slowline.obstacle() is None:
        with over_2g(night) as (page, address, line):
            before = line.traffic().bytes
            pressed(night.hand, page, address + path[0])
            assert line.traffic().bytes - before <= 14_000
        return
    context = night.browser.new_context(**(PHONE | {"java_script_enabled": False}))
    pressed(night.hand, context.new_page(), night.address + path[0])
    context.close()


def pressed(hand: Pointer, page: sync_api.Page, address: str) -> None:
    """One button, and nothing but what it is about."""
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    hand.press(page.get_by_role("button"))
    page.get_by_role("heading", name="Prise en compte").wait_for()


@contextmanager
def over_2g(night: Night) -> Iterator[tuple[sync_api.Page, str, slowline.SlowLine]]:
    """A telephone at the near end of 30 kbit/s, 600 ms, 5 % loss; waitress, as in ``entente serve``, at the far end."""
    import waitress

    from entente_node.wsgi import application

    with slowline.slow_line(30_000, 0.3, 0.05, 7) as line, line.listen(line.far) as listening:
        server = waitress.create_server(application, sockets=[listening], threads=2, ident=None)
        serving = threading.Thread(target=server.run)
        serving.start()
        try:
            program = line.program(line.near, CHROMIUM, Path(settings.NODE))
            phone = night.browser.browser_type.launch(executable_path=str(program), args=list(FLAGS))
            page = phone.new_context(**PHONE).new_page()
            page.set_default_timeout(120_000)
            yield page, f"http://{line.far.address}:{listening.getsockname()[1]}", line
            phone.close()
        finally:
            server.close()
            serving.join()
            connections["default"].close()


def who_did_what(night: Night, side: str, code: str) -> None:
    """The alert's page says who was called and who answered, and what came of it."""
    page = night.at(side, f"/alerts/{code}")
    assert HEADLINE in page.locator("h1").inner_text()
    told = page.locator("main").inner_text()
    for words in ("suppl", "permanence prévenue", "reçu et pris en compte"):
        assert words.lower() in told.lower(), (side, words)


def proposed_in_tillaberi(night: Night, code: str) -> str:
    """A measure about the alert, for both civil protections; its code."""
    hand, page = night.hand, night.at("tillaberi", f"/alerts/{code}")
    hand.press(page.get_by_role("link", name="Proposer une mesure"))
    page.wait_for_url("**/records/new/action?about=*")
    of = page.locator("main form")
    for who in ("gao.ml", "tillaberi.ne"):
        box = page.locator(f"[name=services][value='{who}/protection-civile']")
        if not box.is_visible():
            hand.press(page.locator("details", has=box).locator("summary"))
        hand.tick(box)
    hand.write(of.locator("[name=what]"), MEASURE)
    if not of.locator("[name=purpose]").input_value():
        hand.choose(of.locator("[name=purpose]"), "humanitarian")
    hand.tick(of.locator("[name=confirmed]"))
    hand.press(page.get_by_role("button", name="Enregistrer la fiche").last)
    page.wait_for_url(re.compile(r"/measures/TIL-\w{5}$"))
    return page.url.rpartition("/")[2]


def moved(night: Night, side: str, code: str, button: str, words: str = "") -> None:
    """What a side says of the measure."""
    hand, page = night.hand, night.at(side, f"/measures/{code}")
    if words:
        if not page.locator("[name=words]").is_visible():
            hand.press(page.locator("details", has=page.locator("[name=words]")).locator("summary"))
        hand.write(page.locator("[name=words]"), words)
    hand.press(page.get_by_role("button", name=button))
    page.locator("main .note.good").wait_for()
    night.exchange()


def figures(night: Night, side: str) -> str:
    """The table of the figures, as a side shows it."""
    page = night.at(side, "/duty")
    night.hand.press(page.get_by_role("link", name=re.compile("chiffres", re.IGNORECASE)).first)
    page.wait_for_url("**/duty/figures*")
    return " ".join(page.locator("main table").inner_text().split())


WAYS = {
    "by pointer": (Pointer(), WIDE),
    "by keyboard": (Keys(), WIDE),
    "without scripts": (Pointer(), PHONE | {"java_script_enabled": False}),
}


@pytest.mark.parametrize("night", WAYS.values(), ids=WAYS, indirect=True)
def test_from_alert_to_response_and_both_sides_agree(night: Night) -> None:
    code = raised_in_gao(night)
    night.exchange()
    text = the_backup_is_called(night, code)
    night.federation.clock.advance(minutes=4)
    acknowledged_from(night, text, slowly=night.options is WIDE and not isinstance(night.hand, Keys))
    night.exchange()
    for side in ("gao", "tillaberi"):
        who_did_what(night, side, code)
    measure = proposed_in_tillaberi(night, code)
    night.exchange()
    moved(night, "gao", measure, "Nous acceptons")
    moved(night, "tillaberi", measure, "Elle est faite", RESULT)
    page = night.at("gao", f"/measures/{measure}")
    assert RESULT in page.locator("main").inner_text()
    page = night.at("tillaberi", f"/alerts/{code}")
    night.hand.press(page.get_by_role("button", name="Clore"))
    page.locator("main .note.good").wait_for()
    night.exchange()
    assert {node.dossier(code).state for node in (night.federation.gao, night.federation.tillaberi)} == {
        "closed"
    }
    ours, theirs = (figures(night, side) for side in ("gao", "tillaberi"))
    assert ours == theirs
    assert "100" in ours, "answered in time"
    assert Record.objects.filter(code=measure).exists()

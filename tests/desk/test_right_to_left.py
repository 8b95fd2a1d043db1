"""Right to left: ready for a language like Arabic, and for people who write it today.

There is no catalogue for Arabic: a node that has one only adds its code. The pages turn round by themselves.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings

from entente_node.directory import language as languages
from tests import parties
from tests.desk.conftest import CHROMIUM, Desk

HEADLINE = "فيضان مفاجئ (donnée synthétique)"
WORDS = "انقطع الجسر (donnée synthétique)"
VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "use", "path", "rect", "circle"})
APART = frozenset({"bdi", "title", "option", "textarea", "script"})
"""Elements that keep the direction of their words apart by themselves, or cannot mix them with others."""


class Directions(HTMLParser):
    """Words of one text that stand in a page with nothing that keeps their direction apart."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words
        self.open: list[tuple[str, bool]] = []
        self.bare: list[str] = []
        self.seen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append((tag, tag in APART or ("dir", "auto") in attrs))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.words in data:
            self.seen += 1
            if not any(apart for _tag, apart in self.open):
                self.bare.append(" > ".join(tag for tag, _apart in self.open))


def bare(page: str, words: str) -> tuple[int, list[str]]:
    """How often the words stand in a page, and where nothing keeps them apart."""
    found = Directions(words)
    found.feed(page)
    return found.seen, found.bare


def test_what_people_wrote_keeps_its_own_direction(desk: Desk, raised: str) -> None:
    gao = desk.federation.gao
    drafts = [
        parties.alert(code=None, headline=HEADLINE, description=WORDS, severity="Extreme"),
        parties.action(code=None, about=raised, what=HEADLINE),
    ]
    alert, measure = (filing.record.code for filing in gao.file(drafts, confirmed=True))
    desk.federation.exchange()
    desk.node.answer(str(alert), service="protection-civile", step="acknowledged", text=WORDS)
    desk.federation.clock.advance(minutes=1)
    for path, words in (
        ("/", HEADLINE),
        (f"/alerts/{alert}", HEADLINE),
        (f"/alerts/{alert}", WORDS),
        (f"/measures/{measure}", HEADLINE),
        ("/measures", HEADLINE),
        ("/measures/board", HEADLINE),
        ("/records", HEADLINE),
        ("/timeline?area=all", HEADLINE),
        ("/timeline?area=all", WORDS),
        ("/search?q=فيضان", "مفاجئ"),
    ):
        seen, found = bare(desk.page(path), words)
        assert seen, path
        assert found == [], path


@pytest.fixture
def in_arabic(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A node that speaks a language from right to left as well; its words are still those of the source."""
    monkeypatch.setattr(settings, "LANGUAGES", [*settings.LANGUAGES, ("ar", "العربية")])
    monkeypatch.setattr(languages, "SPOKEN", frozenset({*languages.SPOKEN, "ar"}))
    return desk


@pytest.mark.parametrize("path", ["/", "ALERT", "/measures", "/duty", "/search", "/account", "/exchange"])
def test_every_page_turns_round(in_arabic: Desk, raised: str, path: str) -> None:
    page = in_arabic.page(path.replace("ALERT", f"/alerts/{raised}"), language="ar")
    assert '<html lang="ar" dir="rtl">' in page
    assert not re.findall("[←→]", re.sub('class="arrow">[←→]|<option.*?</option>|<h2.*?</h2>', "", page))


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
def test_a_telephone_shows_it_from_right_to_left(
    in_arabic: Desk, raised: str, address: str, browser: Any
) -> None:
    cookie = settings.SESSION_COOKIE_NAME
    client = in_arabic.client(language="ar")
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.add_cookies([{"name": cookie, "value": client.cookies[cookie].value, "url": address}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    for path in ("/", f"/alerts/{raised}", "/duty", "/measures", "/account"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.dir") == "rtl", path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        logo, lookup = (page.locator(one).bounding_box() for one in (".home img", ".lookup"))
        assert logo["x"] > lookup["x"], "the name begins at the right"
    page.goto(f"{address}/alerts/{raised}")
    assert (
        page.locator(".arrow").first.evaluate("one => getComputedStyle(one).transform")
        == "matrix(-1, 0, 0, 1, 0, 0)"
    )
    page.locator(".folded summary").click()
    menu = page.locator(".folded > ul").bounding_box()
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= 360
    context.close()

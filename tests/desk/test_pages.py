"""Every page of the desk: no fault that axe-core finds, in both languages, light and dark; light on the line; in French.

The list of pages is :mod:`tests.desk.every_page`; a route that is not in it fails here.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from entente_node.settings import HERE as APP
from tests.desk.conftest import CHROMIUM, Desk
from tests.desk.every_page import ADDRESSES, IN_STEPS, NIGHTLY, NO_PAGE, furnished, role_for
from tests.desk.looking import looked_at
from tests.desk.test_dialogue import federation
from tests.desk.test_wall_generated import routes

__all__ = ["federation"]  # the agreement with an article for the dialogue

STATIC = APP / "static" / "desk"
WIDTHS = {"fr": 360, "en": 1280}
FUNCTION_WORDS = frozenset(
    {"the", "and", "with", "from", "for", "of", "to", "is", "are", "was", "has", "have", "not", "it", "this"}
    | {
        "that",
        "by",
        "at",
        "you",
        "your",
        "no",
        "what",
        "which",
        "who",
        "all",
        "been",
        "they",
        "their",
        "only",
    }
)
"""Words that an English sentence has and a French one has not."""
SAID_BY_PEOPLE = re.compile(
    r"<(\w+)[^>]*\bdir=\"auto\"[^>]*>.*?</\1>|<(bdi|code|style|script|option)\b.*?</\2>"
    r"|<button[^>]*\blang=.*?</button>|<\w+[^>]*class=\"[^\"]*\b(?:code|hash)\b[^\"]*\".*?</\w+>",
    re.DOTALL,
)


def pages(desk: Desk, raised: str) -> Iterator[tuple[str, str]]:
    """Each route with each of its addresses."""
    known = furnished(desk, raised)
    for route, addresses in ADDRESSES.items():
        for address in addresses:
            yield route, address.format(**known)


def clients(desk: Desk, language: str) -> dict[Any, Client]:
    """A browser for each role that opens a page."""
    found: dict[Any, Client] = {None: Client(headers={"accept-language": language})}
    for role in {role_for(route) for route in ADDRESSES} - {None}:
        found[role] = desk.client(role=str(role), language=language)
    return found


def test_the_list_has_every_page() -> None:
    named = {route for route in routes(get_resolver().url_patterns) if not route.startswith("api:")}
    assert sorted(named - set(ADDRESSES) - NO_PAGE - set(IN_STEPS)) == []
    assert sorted((set(ADDRESSES) | NO_PAGE | set(IN_STEPS)) - named) == []
    assert all((Path(__file__).parents[2] / file).exists() for file in IN_STEPS.values())


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
@pytest.mark.parametrize("language", WIDTHS)
def test_no_page_has_a_fault(desk: Desk, raised: str, address: str, browser: Any, language: str) -> None:
    opened = list(pages(desk, raised))
    known = clients(desk, language)
    width, cookie = WIDTHS[language], settings.SESSION_COOKIE_NAME
    options = {"viewport": {"width": width, "height": 800}, "reduced_motion": "reduce", "locale": language}
    found, titles = [], {}
    for role, client in known.items():
        context = browser.new_context(**options)
        if role is not None:
            context.add_cookies([{"name": cookie, "value": client.cookies[cookie].value, "url": address}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        for route, path in opened:
            if role_for(route) != role:
                continue
            spoken = "fr" if route == "acknowledge" and "unknown" not in path else language
            answer = page.goto(address + path)
            assert answer.status == (404 if "unknown" in path else 200), path
            found += looked_at(page, path, spoken, width)
            assert page.locator("h1").count() == 1, path
            titles[path] = page.title()
        context.close()
    assert not found, "\n".join(f"{path}: {fault}" for path, fault in found)
    assert all(titles.values())
    assert len(set(titles.values())) > len(titles) * 0.7, "a title says which page it is"


def test_what_an_officer_opens_is_light(desk: Desk, raised: str) -> None:
    style, script = (len(gzip.compress((STATIC / name).read_bytes())) for name in ("desk.css", "live.js"))
    assert style <= 9_000
    opened = list(pages(desk, raised))
    known = clients(desk, "fr")
    weights = {}
    for route, path in opened:
        if route in NIGHTLY and "unknown" not in path:
            weights[path] = len(gzip.compress(known[role_for(route)].get(path).content))
    assert {path: size for path, size in weights.items() if size > 10_000} == {}
    assert max(weights.values()) + style + script + (STATIC / "logo.svg").stat().st_size <= 60_000


def test_no_page_in_french_says_anything_in_english(desk: Desk, raised: str) -> None:
    opened = list(pages(desk, raised))
    known = clients(desk, "fr")
    found = {}
    for route, path in opened:
        answer = known[role_for(route)].get(path, follow=True)
        html = answer.content.decode().replace("-of-", "-")  # the names of the test's accounts
        assert '<html lang="fr"' in html, path
        said = re.sub(r"<[^>]*>", " ", SAID_BY_PEOPLE.sub(" ", html.partition("<body")[2]))
        said += " ".join(re.findall(r'(?:aria-label|title|placeholder|alt|data-\w+)="([^"]*)"', html))
        words = FUNCTION_WORDS & set(re.findall(r"[a-zà-ÿ’]+", said))
        if words:
            found[path] = {
                word: re.findall(rf".{{0,40}}\b{word}\b.{{0,40}}", " ".join(said.split()))[:2]
                for word in words
            }
    assert found == {}


def test_the_style_knows_no_left_and_no_right() -> None:
    style = (STATIC / "desk.css").read_text("utf-8")
    sided = re.compile(
        r"(?<![\w-])(?:(?:margin|padding|border|inset)-(?:left|right)|left|right|float)\s*:|:\s*(?:left|right)\b"
    )
    assert sided.findall(style) == []
    four = [one.split() for one in re.findall(r"(?:margin|padding|inset|border-width):([^;}]+)", style)]
    assert [sides for sides in four if len(sides) == 4 and sides[1] != sides[3]] == []

"""The navigation: what an officer needs at night first, and nothing that the account may not open."""

from __future__ import annotations

import re

import pytest

from entente_node.directory.roles import Role
from tests.desk.conftest import Desk, text_of

LINK = re.compile(r'<a[^>]* href="([^"]+)"')


def links_of(page: str) -> list[str]:
    """The addresses in the head of a page."""
    header = page.partition("<header")[2].partition("</header>")[0]
    return list(dict.fromkeys(LINK.findall(header)))


@pytest.mark.parametrize("role", Role)
def test_each_role_may_open_whatever_is_shown_to_it(desk: Desk, role: Role) -> None:
    client = desk.client(role=role)
    page = text_of(client.get("/account"))
    shown = links_of(page)
    assert len(shown) > 4
    for path in shown:
        answer = client.get(path, follow=True)
        assert answer.status_code == 200, path
        home = path == "/" and role is Role.ADMINISTRATOR
        assert home or re.search(r'aria-current="page"', text_of(answer)), path


def test_what_is_needed_at_night_comes_first(desk: Desk) -> None:
    shown = links_of(desk.page("/", language="en"))
    assert shown[1:5] == ["/duty", "/measures", "/records", "/flows"]
    assert {"/search", "/timeline", "/notifications", "/account"} <= set(shown)


@pytest.mark.parametrize(
    ("role", "never"),
    [
        (Role.OBSERVER, {"/duty", "/notifications", "/accounts", "/audit"}),
        (Role.COMMUNITY, {"/duty", "/measures", "/flows", "/notifications", "/accounts", "/audit"}),
        (Role.ADMINISTRATOR, {"/records", "/measures", "/flows", "/dialogue", "/search", "/timeline"}),
        (Role.AGENT, {"/notifications", "/accounts", "/audit"}),
    ],
)
def test_what_a_role_may_not_open_is_not_there(desk: Desk, role: Role, never: set[str]) -> None:
    assert not never & set(links_of(text_of(desk.client(role=role).get("/account"))))

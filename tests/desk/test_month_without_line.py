"""A month without a network: the desk says so, nothing is lost, and one exchange makes up for all of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from entente.errors import TransportError
from entente.node import Node
from tests import parties
from tests.desk.conftest import Desk
from tests.federation import Federation

DAYS = 30


def filed(node: Node) -> str:
    code = node.file([parties.alert(code=None)], confirmed=True)[0].record.code
    assert code is not None
    return code


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", page).split())


def test_the_desk_says_it_nothing_is_lost_and_one_exchange_makes_up_for_it(
    federation: Federation, desk_of: Callable[[str], Desk]
) -> None:
    gao, tillaberi, clock = federation.gao, federation.tillaberi, federation.clock
    federation.exchange()
    lines = federation.line(gao, tillaberi), federation.line(tillaberi, gao)
    for line in lines:
        line.cut = True
    written: dict[str, Node] = {}
    for _ in range(DAYS):
        clock.advance(days=1)
        for node, other in ((gao, tillaberi), (tillaberi, gao)):
            written |= {filed(node): other, filed(node): other}
            with pytest.raises(TransportError):
                federation.exchange(node, other)
    desk = desk_of("tillaberi")
    page = words(desk.page("/"))
    assert "was last heard 30 days ago" in page
    assert "telephone if it is urgent, or carry a stick" in page
    assert "Last try less than a minute ago" in page
    for line in lines:
        line.cut = False
    federation.exchange()
    for code, other in written.items():
        assert other.store.shown(code) is not None, code
        assert federation.kayes.store.shown(code) is None
    for node in (gao, tillaberi):
        assert [one.problem for one in node.verify()] == [None] * 2
        assert all(one.receipted == one.frontier.size for one in node.store.journals() if one.ours)
    assert federation.kayes.store.journals() == []
    assert "was last heard 30 days ago" not in words(desk.page("/"))

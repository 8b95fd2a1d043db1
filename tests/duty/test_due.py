"""A measure whose end has passed: the duty of the services that take part is told once, by day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from entente.node import Node
from entente_node.duty import watch
from entente_node.duty.models import Shift
from entente_node.duty.rota import Rota
from tests import parties
from tests.duty.material import HERE, calls, with_rota
from tests.federation import Federation
from tests.machines import guarded

SERVICES = (f"gao.ml/{HERE}", f"tillaberi.ne/{HERE}")
CALLED = [(HERE, "permanence", "duty", "measure")]


def proposed(federation: Federation, **more: object) -> str:
    """A measure of both civil protections that ends on 3 February, known on both sides."""
    record = parties.action(**({"code": None, "services": SERVICES, "until": "2022-02-03"} | more))
    code = federation.gao.file([record], confirmed=True)[0].record.code
    federation.exchange()
    assert code is not None
    return code


def moved(node: Node, federation: Federation, code: str, state: str) -> None:
    federation.clock.advance(minutes=1)
    record = parties.action(code=None, about=code, state=state, at="2022-02-04T08:00:00Z", services=SERVICES)
    node.file([record], confirmed=True)
    federation.exchange()


def at(federation: Federation, day: int, hour: int) -> datetime:
    federation.clock.now = datetime(2022, 2, day, hour, 0, tzinfo=UTC)
    return federation.clock.now


@pytest.fixture
def sides(federation: Federation) -> tuple[Federation, list[Node]]:
    """Both sides, each with a rota of its civil protection; those of the other services have none."""
    nodes = [federation.gao, federation.tillaberi]
    for node in nodes:
        with_rota(node)
    return federation, nodes


def test_the_duty_of_both_sides_is_told_once_and_nobody_is_woken(
    sides: tuple[Federation, list[Node]],
) -> None:
    federation, nodes = sides
    code = proposed(federation)
    for node in nodes:
        watch.once(node, at(federation, 3, 12))
        watch.once(node, at(federation, 4, 2))
        assert calls(node) == [], "the day is not over, or it is night"
        morning = at(federation, 4, 9)
        assert [call.code for call in watch.once(node, morning)] == [code]
        assert watch.once(node, morning) == []
        assert calls(node) == CALLED
        Rota(node).rows(Shift).update(function="suppleant")
        assert watch.once(node, at(federation, 5, 9)) == [], "said once to a service, whoever is on duty"


def test_it_ends_when_either_side_says_that_it_is_done(sides: tuple[Federation, list[Node]]) -> None:
    federation, nodes = sides
    code = proposed(federation, state="under_way")
    for node in nodes:
        watch.once(node, at(federation, 4, 9))
    moved(federation.tillaberi, federation, code, "done")
    for node in nodes:
        watch.once(node, federation.clock.now)
        assert calls(node) == []
        assert calls(node, ended=True) == CALLED


@pytest.mark.parametrize(
    "more",
    [
        {"until": None},
        {"until": "2022-01-10"},
        {"until": "2022-03"},
        {"state": "done"},
        {"services": ("gao.ml/elevage",), "service": "elevage", "purpose": "pastoral"},
    ],
)
def test_nobody_is_told_of_what_is_not_late_is_long_over_or_is_another_service_s(
    sides: tuple[Federation, list[Node]], more: dict[str, object]
) -> None:
    federation, nodes = sides
    proposed(federation, **more)
    for node in nodes:
        watch.once(node, at(federation, 4, 9))
        assert calls(node) == []


def test_who_is_not_a_party_is_told_nothing(federation: Federation) -> None:
    with_rota(federation.kayes)
    proposed(federation)
    watch.once(federation.kayes, at(federation, 4, 9))
    assert calls(federation.kayes) == []


def test_nobody_is_told_by_a_clock_that_nobody_believes(sides: tuple[Federation, list[Node]]) -> None:
    federation, _nodes = sides
    proposed(federation)
    machine = guarded(federation, "tillaberi")
    machine.jumps(days=3, hours=1)
    node = federation.tillaberi
    machine.passes(hours=72)
    watch.once(node, node.clock())
    assert calls(node) == []
    machine.jumps(days=-3, hours=-1)
    watch.once(node, node.clock().replace(second=0))
    assert calls(node) == CALLED

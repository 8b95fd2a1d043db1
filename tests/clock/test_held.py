"""What waits while a clock is held, and what goes on: on both sides, and on that of a third."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from entente.courier.quarantine import blank_old
from entente.records import decode
from entente_node.clock.guard import Guard
from entente_node.duty import watch
from entente_node.duty.models import Call
from tests import parties
from tests.duty.material import HERE, calls, raise_alert, with_rota
from tests.federation import Federation
from tests.machines import Machine, guarded
from tests.node.test_quarantine import ORIGIN as FORGED
from tests.node.test_quarantine import _forged
from tests.node.test_reduction import CLOSED, count, left, weekly

__all__ = ["weekly"]

DUTY = (HERE, "permanence", "duty", "new")
BACKUP = (HERE, "suppleant", "backup", "unanswered")
ABOVE = (HERE, "directeur", "escalation", "overdue")
AUTHOR = ("protection-civile", "permanence", "author", "overdue")


def look(federation: Federation) -> list[tuple[str, str, str, str]]:
    """One look of Tillabéri's watch; what is open there."""
    node = federation.tillaberi
    watch.once(node, node.clock())
    return calls(node)


@pytest.fixture
def machine(federation: Federation) -> Iterator[Machine]:
    """Tillabéri's machine; it has a rota, and an alert of Gao of which the duty knows."""
    with_rota(federation.tillaberi)
    raise_alert(federation.gao)
    federation.exchange()
    machine = guarded(federation, "tillaberi")
    assert look(federation) == [DUTY]
    return machine


@pytest.mark.parametrize("days", [400, -400])
def test_no_deadline_passes_while_the_clock_is_held_and_it_passes_after(
    federation: Federation, machine: Machine, days: int
) -> None:
    machine.jumps(days=days)
    for _ in range(3):
        machine.passes(hours=2)
        assert look(federation) == [DUTY]
    machine.jumps(days=-days)
    assert look(federation) == [DUTY, BACKUP, ABOVE]


@pytest.mark.parametrize("days", [400, -400])
def test_an_alert_that_arrives_by_a_wrong_clock_is_shown_and_calls_the_duty(
    federation: Federation, machine: Machine, days: int
) -> None:
    machine.jumps(days=days)
    machine.passes(minutes=1)
    federation.clock.advance(minutes=1)
    code = raise_alert(federation.gao)
    federation.exchange()
    assert look(federation) == [DUTY, DUTY]
    assert Call.objects.using("tillaberi").filter(code=code).exists()
    assert federation.kayes.store.shown(code) is None


def test_an_alert_that_comes_after_a_start_in_another_year_is_shown_and_calls_the_duty(
    federation: Federation, machine: Machine
) -> None:
    machine.starts(days=-18_000)
    federation.clock.advance(days=5)
    code = raise_alert(federation.gao)
    federation.exchange()
    assert federation.tillaberi.store.shown(code) is not None
    assert look(federation) == [DUTY, DUTY]


@pytest.mark.parametrize("days", [400, -400])
def test_what_leaves_has_the_time_that_was_expected_and_the_partner_shows_it(
    federation: Federation, machine: Machine, days: int
) -> None:
    machine.jumps(days=days)
    code = raise_alert(federation.tillaberi)
    federation.exchange()
    shown = federation.gao.store.shown(code)
    assert shown is not None
    assert decode(shown.body).released_at == "2022-02-01T08:00:03Z"
    machine.jumps(days=-days)
    later = raise_alert(federation.tillaberi)
    federation.exchange()
    assert federation.gao.store.shown(later) is not None


def test_the_author_is_not_told_that_the_others_are_late_and_what_it_was_told_stays(
    federation: Federation,
) -> None:
    with_rota(federation.gao)
    machine = guarded(federation, "gao")
    gao = federation.gao
    raise_alert(gao)
    federation.exchange()
    machine.jumps(days=3)
    watch.once(gao, gao.clock())
    assert calls(gao) == []
    machine.jumps(days=-3)
    machine.passes(hours=2)
    watch.once(gao, gao.clock())
    assert calls(gao) == [AUTHOR]
    machine.jumps(days=-3)
    watch.once(gao, gao.clock())
    assert calls(gao) == [AUTHOR]


def test_a_record_that_came_while_a_wrong_clock_was_confirmed_is_late_all_the_same(
    federation: Federation, machine: Machine
) -> None:
    machine.jumps(days=400)
    guard = federation.tillaberi.is_clock_held
    assert isinstance(guard, Guard)
    assert guard.confirm()
    code = raise_alert(federation.gao, at="2022-02-01T08:00:00Z")
    federation.exchange()
    machine.jumps(days=-400)
    assert guard()
    assert guard.confirm()
    machine.passes(hours=3)
    watch.once(federation.tillaberi, federation.tillaberi.clock())
    levels = Call.objects.using("tillaberi").filter(code=code).values_list("level", flat=True)
    assert {"backup", "escalation"} <= set(levels)


def test_nothing_is_erased_while_the_clock_is_held(federation: Federation) -> None:
    _forged(federation, kind="omen")
    federation.exchange()
    machine = guarded(federation, "tillaberi")
    tillaberi = federation.tillaberi
    machine.jumps(days=31)
    assert tillaberi.tidy() == 0
    assert blank_old(tillaberi._office) == 0
    assert tillaberi.store.entries(FORGED, 0, 1)[0].payload is not None
    guard = tillaberi.is_clock_held
    assert isinstance(guard, Guard)
    guard.confirm()
    assert tillaberi.tidy() == 1
    assert [one.problem for one in tillaberi.verify()] == [None]


def test_no_window_closes_while_the_clock_is_held(weekly: Federation) -> None:
    machine = guarded(weekly, "gao")
    weekly.gao.file([count(), count(direction="outgoing")])
    weekly.exchange()
    machine.jumps(days=9)
    weekly.gao.release()
    assert left(weekly.gao) == []
    machine.jumps(days=-9)
    machine.clock.now = CLOSED
    machine.up += int((CLOSED - datetime(2022, 2, 2, 8, tzinfo=UTC)) / timedelta(seconds=1))
    weekly.gao.release()
    assert len(left(weekly.gao)) == 2


def test_no_delay_ends_while_the_clock_is_held(federation: Federation) -> None:
    machine = guarded(federation, "gao")
    (filing,) = federation.gao.file([parties.flow(at="2022-02-01")])
    before = federation.gao.release()
    machine.jumps(days=20)
    assert [one.total for one in federation.gao.release()] == [0 for _ in before]
    assert federation.gao.store.sent(filing.id) == []

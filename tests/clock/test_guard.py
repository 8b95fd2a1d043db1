"""The guard of a clock: what it remembers over processes, what it tells, whom it believes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entente.clock import DAY, Change
from entente_node.clock.guard import EVERY, Guard
from entente_node.clock.models import Clock as Row
from entente_node.clock.reading import count
from entente_node.ledger.models import Journal
from tests import parties
from tests.federation import Clock, Federation
from tests.machines import Machine, guarded


@pytest.fixture
def machine(ledgers: None) -> Machine:  # noqa: ARG001  asked for what it does
    return Machine(Clock())


def guard_of(machine: Machine) -> Guard:
    """As another process has it."""
    return Guard(machine.clock, machine)


def told(guard: Guard) -> list[Change]:
    changes: list[Change] = []
    guard.tell(lambda change, _right, _found: changes.append(change))
    return changes


def test_a_jump_is_held_for_every_process_and_told_once(machine: Machine) -> None:
    assert not guard_of(machine)()
    machine.jumps(days=30)
    assert guard_of(machine)()
    assert guard_of(machine)()
    assert told(guard_of(machine)) == [Change.HELD]
    assert told(guard_of(machine)) == []


def test_while_it_is_held_the_node_goes_by_what_the_machine_counts(machine: Machine) -> None:
    guard = guard_of(machine)
    before = guard.now()
    machine.jumps(days=-400)
    machine.passes(hours=5)
    assert guard.now() - before == timedelta(hours=5, seconds=3)


def test_it_ends_by_itself_when_the_clock_is_put_right(machine: Machine) -> None:
    guard_of(machine)()
    machine.jumps(days=30)
    assert guard_of(machine)()
    machine.passes(hours=1)
    machine.jumps(days=-30)
    assert not guard_of(machine)()
    assert told(guard_of(machine)) == [Change.HELD, Change.CAME_BACK]
    assert guard_of(machine).now() == machine.clock.now


def test_a_person_ends_it(machine: Machine) -> None:
    guard = guard_of(machine)
    assert not guard.confirm()
    machine.jumps(days=30)
    assert guard()
    assert guard_of(machine).confirm()
    assert not guard_of(machine)()
    machine.passes(seconds=5)
    assert not guard()
    assert told(guard) == [Change.HELD, Change.CONFIRMED]


def test_a_power_cut_forgets_no_more_than_a_minute(machine: Machine) -> None:
    guard = guard_of(machine)
    guard()
    for _ in range(100):
        machine.passes(seconds=7)
        guard()
    row = Row.objects.get()
    assert machine.clock.now.timestamp() - row.last_wall < EVERY + 7


def test_it_writes_once_a_minute_at_most(machine: Machine) -> None:
    guard = guard_of(machine)
    for _ in range(30):
        guard()
        machine.passes(seconds=2)
    assert Row.objects.get().turn <= 1


def test_a_machine_that_was_off_for_a_night_goes_on_and_one_that_was_off_for_weeks_asks(
    machine: Machine,
) -> None:
    guard_of(machine)()
    machine.starts(hours=12)
    assert not guard_of(machine)()
    machine.starts(weeks=3)
    assert guard_of(machine)()
    assert guard_of(machine).now() < machine.clock.now - timedelta(weeks=2)


def test_a_clock_whose_battery_is_empty_is_held(machine: Machine) -> None:
    guard_of(machine)()
    machine.starts(days=-18_000)
    assert guard_of(machine)()


def test_what_a_partner_signed_lately_ends_it_for_a_machine_that_was_off(federation: Federation) -> None:
    machine = guarded(federation, "tillaberi")
    machine.starts(weeks=3)
    federation.clock.advance(weeks=3)
    assert federation.tillaberi.is_clock_held()
    federation.gao.file([parties.alert(code=None)], confirmed=True)
    federation.exchange()
    machine.passes(seconds=5)
    assert not federation.tillaberi.is_clock_held()
    guard = federation.tillaberi.is_clock_held
    assert isinstance(guard, Guard)
    assert told(guard) == [Change.HELD, Change.PARTNER_AGREES]


def test_no_partner_ends_it_for_a_clock_that_went_back(federation: Federation) -> None:
    machine = guarded(federation, "tillaberi")
    machine.jumps(days=-30)
    federation.gao.file([parties.alert(code=None)], confirmed=True)
    federation.exchange()
    machine.passes(seconds=5)
    assert federation.tillaberi.is_clock_held()


def test_a_node_that_never_looked_is_held_against_what_it_wrote(federation: Federation) -> None:
    federation.gao.file([parties.alert(code=None)], confirmed=True)
    federation.exchange()
    machine = Machine(Clock())
    machine.clock.now = federation.clock.now - timedelta(days=3)
    assert Guard(machine.clock, machine, "gao")()
    assert not Guard(machine.clock, machine, "kayes")()


def test_a_ledger_of_an_older_version_stops_nothing(machine: Machine) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE clock_clock")
    assert not guard_of(machine)()


def test_a_hold_lasts_though_its_row_cannot_be_read(machine: Machine) -> None:
    from django.db import connection

    guard = guard_of(machine)
    guard()
    machine.jumps(days=30)
    assert guard()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE clock_clock RENAME TO elsewhere")
    machine.passes(minutes=5)
    assert guard()


def test_a_partner_that_signs_a_date_of_another_year_silences_no_other(federation: Federation) -> None:
    machine = guarded(federation, "tillaberi")
    federation.gao.file([parties.alert(code=None)], confirmed=True)
    federation.exchange()
    machine.starts(weeks=3)
    federation.clock.advance(weeks=3)
    assert federation.tillaberi.is_clock_held()
    federation.gao.file([parties.alert(code=None)], confirmed=True)
    federation.exchange()
    Journal.objects.using("tillaberi").create(
        origin="kayes.ml/urgent",
        agreement="other",
        sender="kayes.ml",
        recipient="tillaberi.ne",
        lane="urgent",
        ours=False,
        released_at="2099-01-01T00:00:00Z",
    )
    machine.passes(seconds=5)
    assert not federation.tillaberi.is_clock_held()


def test_the_operating_system_counts() -> None:
    (up, boot), (later, same) = count(), count()
    assert 0 <= later - up < DAY
    assert boot == same
    assert boot

"""Both sides compute the same figures from the records that they exchanged."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.node import Node
from entente.response import Figures, figures
from entente_node.duty import watch
from entente_node.duty.cases import cases
from entente_node.duty.rota import ledger_of
from entente_node.ledger.models import Record
from tests.duty.material import HERE, raise_alert, with_rota
from tests.federation import Federation


def of(node: Node, federation: Federation, **when: object) -> list[Figures]:
    """The figures as this node computes them from all that it holds."""
    records = Record.objects.using(ledger_of(node)).all()
    return figures(cases(node, records, **when), federation.clock.now)


def test_a_night_counts_the_same_on_both_sides(federation: Federation) -> None:
    with_rota(federation.tillaberi)
    fast, slow, never = (raise_alert(federation.gao) for _ in range(3))
    back = raise_alert(federation.tillaberi, code=None)
    raise_alert(federation.gao, severity="Minor")  # no article sets a time for it
    federation.exchange()
    federation.clock.advance(minutes=10)
    watch.once(federation.tillaberi, federation.clock.now)
    federation.tillaberi.answer(fast, service=HERE, step="acknowledged", function="permanence")
    federation.gao.answer(back, service=HERE, step="under_way")
    federation.clock.advance(minutes=60)
    watch.once(federation.tillaberi, federation.clock.now)
    federation.tillaberi.answer(slow, service=HERE, step="acknowledged", function="suppleant")
    federation.clock.advance(minutes=20)
    federation.tillaberi.answer(fast, service=HERE, step="under_way")
    federation.gao.answer(fast, service=HERE, step="closed")
    federation.exchange()
    federation.exchange(federation.tillaberi, federation.gao)
    here, there = of(federation.gao, federation), of(federation.tillaberi, federation)
    assert here == there
    gao, tillaberi = here
    assert (gao.party, tillaberi.party) == ("gao.ml", "tillaberi.ne")
    assert (gao.count, gao.acknowledged.in_time, gao.acted.in_time) == (1, 1, 1)
    assert (tillaberi.count, tillaberi.acknowledged.in_time, tillaberi.acknowledged.late) == (3, 1, 1)
    assert (tillaberi.acknowledged.overdue, tillaberi.acknowledged.percent) == (1, 33)
    assert tillaberi.acknowledged.took.median == (10 + 70) * 60 // 2
    assert tillaberi.closed.median == 90 * 60
    assert federation.gao.dossier(never).state == "new"


def test_only_what_both_hold_is_counted(federation: Federation) -> None:
    code = raise_alert(federation.gao)
    assert of(federation.gao, federation) == []
    federation.exchange()
    federation.clock.advance(minutes=5)
    federation.tillaberi.answer(code, service=HERE, step="acknowledged")
    # It has not left: on neither side is it an answer yet.
    for node in (federation.gao, federation.tillaberi):
        assert [one.acknowledged.waiting for one in of(node, federation)] == [1]
    federation.exchange()
    for node in (federation.gao, federation.tillaberi):
        assert [one.acknowledged.in_time for one in of(node, federation)] == [1]


def test_the_time_runs_from_the_release_and_not_from_the_filing(federation: Federation) -> None:
    code = raise_alert(federation.gao)
    federation.clock.advance(hours=3)
    federation.exchange()
    federation.clock.advance(minutes=30)
    federation.tillaberi.answer(code, service=HERE, step="acknowledged")
    federation.exchange()
    for node in (federation.gao, federation.tillaberi):
        (found,) = of(node, federation)
        assert (found.acknowledged.in_time, found.acknowledged.took.median) == (1, 1800)


def test_a_period_counts_what_was_released_in_it(federation: Federation) -> None:
    raise_alert(federation.gao)
    federation.exchange()
    released = federation.clock.now
    federation.clock.advance(days=1)
    raise_alert(federation.gao)
    raise_alert(federation.gao)
    federation.exchange()
    for node in (federation.gao, federation.tillaberi):
        assert [one.count for one in of(node, federation, since=released + timedelta(hours=1))] == [2]
        assert [one.count for one in of(node, federation, until=released + timedelta(hours=1))] == [1]
        assert of(node, federation, since=released + timedelta(days=2)) == []


def test_a_reader_counts_only_what_it_may_see(federation: Federation) -> None:
    raise_alert(federation.gao)
    raise_alert(federation.gao, purpose="security", description=None, headline=None)
    federation.exchange()
    records = Record.objects.using("tillaberi")
    for mandate, count in (("humanitarian", 1), ("security", 1), ("trade", 0)):
        found = cases(federation.tillaberi, records.visible([mandate]))
        assert len(found) == count


NIGHTS = st.lists(
    st.tuples(
        st.sampled_from(["gao", "tillaberi"]),
        st.sampled_from(["acknowledged", "under_way", "closed"]),
        st.integers(0, 7),
        st.integers(0, 90),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(night=NIGHTS)
def test_whatever_is_answered_in_whatever_order_both_sides_agree(
    federation: Federation, night: list[tuple[str, str, int, int, bool]]
) -> None:
    sides = (federation.gao, federation.tillaberi)
    codes = [raise_alert(node) for node in sides for _ in range(2)]
    federation.exchange()
    for who, step, which, minutes, exchange in night:
        federation.clock.advance(minutes=minutes)
        node: Node = getattr(federation, who)
        node.answer(codes[which % len(codes)], service=HERE, step=step)
        watch.once(node, federation.clock.now)
        if exchange:
            federation.exchange()
    federation.exchange()
    federation.exchange(federation.tillaberi, federation.gao)
    assert of(federation.gao, federation) == of(federation.tillaberi, federation)
    assert cases(federation.gao, Record.objects.using("gao").all()) == cases(
        federation.tillaberi, Record.objects.using("tillaberi").all()
    )

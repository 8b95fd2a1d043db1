"""Flows added up, as they are at this moment: the tallies, and what came after them.

A page asks here and never waits for the courier: the few records that are not in the tallies yet are
added up with them, each behind its gate of the wall.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from django.db import connection
from django.db.models import Max, QuerySet, Sum

from entente_node.ledger.adding import DAY, HOUR, Adding, Flow, zone_name
from entente_node.ledger.counted import FLOWS
from entente_node.ledger.models import POSITION_BITS, Record
from entente_node.ledger.tallies import DayTally, HourTally, Tallied, TallyGate
from entente_node.ledger.tallying import STANDING, add_left, flows, heads, tallied
from entente_node.ledger.wall import Gate, Wall

if TYPE_CHECKING:
    from entente.node import Node

T = TypeVar("T")

_TRIES: Final = 5
_MANY: Final = 50_000


def consistent(node: Node, read: Callable[[Tallied], T]) -> T:
    """What ``read`` makes of the tallies and of what came after them, while nothing was moved from one to the other.

    Tallies in another time zone than the agreement's are as good as none: then ``read`` gets an empty
    state, and all that it asks for came after it.
    """
    zone = zone_name(node.register)
    for _ in range(_TRIES):
        state = tallied()
        found = read(state if state.zone == zone else Tallied(zone=""))
        if tallied().version == state.version:
            break
    return found


def days(state: Tallied, kind: str, wall: Wall) -> QuerySet[DayTally]:
    """The tallies of a kind that are open, with their gates."""
    return DayTally.objects.filter(gate__in=_open(state, kind, wall))


def hours(state: Tallied, kind: str, wall: Wall) -> QuerySet[HourTally]:
    """How many flows of a kind there were, of those that are open."""
    return HourTally.objects.filter(gate__in=_open(state, kind, wall))


def _open(state: Tallied, kind: str, wall: Wall) -> list[int]:
    gates = TallyGate.objects.filter(kind=kind) if state.zone else ()
    return [one.pk for one in gates if wall.opens(gate_of(one))]


def gate_of(row: TallyGate) -> Gate:
    """What the wall asks of a tally."""
    return Gate(row.kind, row.tlp, row.audience, row.agreement, row.service)


def since(state: Tallied, kind: str, first: int, end: int) -> list[Flow]:
    """What is not in the tallies yet: flows of a kind that begin from day ``first`` to before ``end``."""
    newest = Record.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if newest <= state.record:
        return []
    # Few are new: they are found by their number, and not among all that these days ever had.
    plain = "r.kind = %s AND r.starts >= %s AND r.starts < %s"
    where = (
        plain
        if newest - state.record > _MANY
        else "r.kind || '' = %s AND r.starts + 0 >= %s AND r.starts + 0 < %s"
    )
    return flows(
        f"WHERE {where} AND r.id > %s {STANDING}",
        [kind, first * DAY * HOUR, end * DAY * HOUR, state.record],
    )


def exchanged(node: Node, opens: Callable[[Gate], bool], first: int, end: int) -> int:
    """How many flows that begin from ``first`` to before ``end`` (Unix seconds) left for a partner, or came."""
    return consistent(node, lambda state: _exchanged(node, opens, first, end, state))


def _exchanged(node: Node, opens: Callable[[Gate], bool], first: int, end: int, state: Tallied) -> int:
    whole = range(-(-first // HOUR), end // HOUR)
    if not whole:
        return _exchanged_directly(opens, first, end)
    found = _exchanged_directly(opens, first, whole.start * HOUR)
    found += _exchanged_directly(opens, whole.stop * HOUR, end)
    gates = {one.pk: one for one in TallyGate.objects.all() if opens(gate_of(one))} if state.zone else {}
    rows = HourTally.objects.filter(gate__in=gates, hour__gte=whole.start, hour__lt=whole.stop)
    for row in rows.values("gate").annotate(came=Sum("records"), gone=Sum("left")).order_by():
        found += row["came"] if gates[row["gate"]].agreement else row["gone"]
    new = Adding.of(node)
    for kind in FLOWS:
        new.add(since(state, kind, whole.start // DAY, whole.stop // DAY + 1))
    add_left(new, heads(state), sys.maxsize)
    for (gate, hour), (records, left) in new.hours.items():
        if hour in whole and opens(gate.gate):
            found += records if gate.agreement else left
    return found


def _exchanged_directly(opens: Callable[[Gate], bool], first: int, end: int) -> int:
    """The same from the records, for less than an hour."""
    if first >= end:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id, r.kind, r.starts, r.party, r.service, r.tlp, r.audience, NULL, r.local, j.agreement "
            "FROM ledger_record r LEFT JOIN ledger_entry e ON e.position = r.entry "
            f"LEFT JOIN ledger_journal j ON j.id = (e.position >> {POSITION_BITS}) "
            f"WHERE r.kind IN ({', '.join(['%s'] * len(FLOWS))}) AND r.starts >= %s AND r.starts < %s "
            "AND r.withdrawn_at IS NULL "
            "AND (NOT r.local OR EXISTS (SELECT 1 FROM ledger_entry s WHERE s.record = r.id))",
            [*FLOWS, first, end],
        )
        return sum(opens(Flow(*row).gated.gate) for row in cursor.fetchall())

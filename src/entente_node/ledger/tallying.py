"""Flows added up beside their records, after they came: filing and receiving do no more work for it.

The courier adds up what is new in every round, some thousand records at a time, in a transaction
of its own that begins when all is decoded. Whoever reads takes the tallies and, one by one, the few
records that came after them (:mod:`entente_node.ledger.tallied`): so a page is right at every moment, and fast once
the courier has caught up. Nothing here is a source: :func:`start_again` empties it, and rounds fill it.

What changes behind it is tallied anew a day at a time: :func:`forget` for whoever takes records away,
and :func:`audit`, every now and then, for days whose number of records is not what was tallied.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction
from django.db.models import Max, Min

from entente_node.ledger.adding import DAY, HOUR, Adding, Flow, Gated, zone_name
from entente_node.ledger.counted import FLOWS, OF_KIND
from entente_node.ledger.models import POSITION_BITS, Journal, Record
from entente_node.ledger.tallies import DayTally, HourTally, Tallied, TallyGate

if TYPE_CHECKING:
    from entente.node import Node

MOST: Final = 10_000
"""Records of one step: a tenth of a second, of which the ledger is locked for a few milliseconds."""
MONTH: Final = 30
_INDEX: Final = (1 << POSITION_BITS) - 1

_ROWS: Final = (
    "SELECT r.id, r.kind, r.starts, r.party, r.service, r.tlp, r.audience, COALESCE(r.body, e.payload), "
    "r.local, j.agreement FROM ledger_record r "
    "LEFT JOIN ledger_entry e ON e.position = r.entry "
    f"LEFT JOIN ledger_journal j ON j.id = (e.position >> {POSITION_BITS}) "
)
STANDING: Final = "AND r.withdrawn_at IS NULL ORDER BY r.id"
_NEW: Final = f"WHERE r.id > %s AND r.id <= %s {STANDING}"
_OF_A_DAY: Final = f"WHERE r.kind = %s AND r.starts >= %s AND r.starts < %s AND r.id <= %s {STANDING}"


def tallied() -> Tallied:
    """How far it has come; nothing tallied where there is no row yet."""
    return Tallied.objects.first() or Tallied(zone="")


def fold(node: Node, most: int = MOST) -> int:
    """Add up what is new, ``most`` records and as many entries at most; gives how many there were.

    One process does this, the courier: where another one was faster, nothing is written.
    """
    zone = zone_name(node.register)
    if tallied().zone != zone:
        start_again(zone)
    state = tallied()
    newest = Record.objects.aggregate(newest=Max("pk"))["newest"] or 0
    until = min(newest, state.record + most)
    before = heads(state)
    adding = Adding.of(node)
    adding.add(flows(_NEW, [state.record, until]) if until > state.record else ())
    ends = add_left(adding, before, most)
    new = until - state.record + sum(ends[key] - before[key][0] for key in ends)
    if new:
        with transaction.atomic():
            if not _moves(state, record=until, journals=json.dumps(ends)):
                return 0
            adding.write()
    return new


def start_again(zone: str) -> None:
    """Empty the tallies: the rounds of the courier fill them."""
    with transaction.atomic():
        version = tallied().version
        with connection.cursor() as cursor:
            for table in (DayTally, HourTally, TallyGate, Tallied):
                cursor.execute(f"DELETE FROM {table._meta.db_table}")  # noqa: SLF001  a name of ours
        Tallied.objects.create(zone=zone, version=version + 1)


def forget(node: Node, kind: str, first: int, last: int) -> None:
    """Records of the kind that began between these (Unix seconds) were taken away: their days are tallied anew."""
    for bucket in range(first // HOUR // DAY, last // HOUR // DAY + 1):
        while not _anew(node, kind, bucket):
            pass  # another process was faster: from what is there now


def audit(node: Node, first: int, last: int) -> int:
    """Tally the days from ``first`` to before ``last`` anew that have not as many records as were tallied.

    Days are counted from 1970, in UTC; the index on (kind, starts) answers, a million records in
    less than a fifth of a second. Gives how many days were wrong.
    """
    state = tallied()
    wrong = 0
    for kind in FLOWS:
        there = _counts(
            "SELECT starts / 86400, COUNT(*) FROM ledger_record "
            "WHERE kind = %s AND starts >= %s AND starts < %s AND id <= %s GROUP BY 1",
            [kind, first * DAY * HOUR, last * DAY * HOUR, state.record],
        )
        held = _counts(
            "SELECT t.hour / 24, SUM(t.records) FROM ledger_hourtally t JOIN ledger_tallygate g ON g.id = t.gate_id "
            "WHERE g.kind = %s AND t.hour >= %s AND t.hour < %s GROUP BY 1",
            [kind, first * DAY, last * DAY],
        )
        if tallied().version != state.version:
            return wrong  # counted while it moved: another time
        for bucket in sorted(day for day in there.keys() | held.keys() if there[day] != held[day]):
            wrong += _anew(node, kind, bucket)
            state = tallied()
    return wrong


def audit_next(node: Node, day: int) -> int:
    """Audit a month from ``day`` on, and give the day to go on with: little at a time, all of it in time."""
    first, last = (
        HourTally.objects.aggregate(first=Min("hour"), last=Max("hour")).get(end) for end in ("first", "last")
    )
    if first is None or last is None:
        return 0
    day = day if first // DAY <= day <= last // DAY else first // DAY
    audit(node, day, day + MONTH)
    return day + MONTH


def flows(where: str, values: Sequence[Any]) -> list[Flow]:
    """The flows that a WHERE clause of ours finds: ``r`` is the record."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS + where, values)
        return [Flow(*row) for row in cursor.fetchall() if row[1] in OF_KIND]


def _counts(query: str, values: Sequence[Any]) -> Counter[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return Counter({int(day): int(many) for day, many in cursor.fetchall()})


def _moves(state: Tallied, **changes: Any) -> bool:
    """Say that the tallies change; False where they have changed since ``state`` was read."""
    now = Tallied.objects.filter(pk=state.pk, version=state.version)
    return bool(now.update(version=state.version + 1, **changes))


def heads(state: Tallied) -> dict[int, tuple[int, int]]:
    """Of our journals, how many entries are tallied and how many there are, by key."""
    done = {int(key): many for key, many in json.loads(state.journals).items()}
    sizes = Journal.objects.filter(ours=True).order_by("pk").values_list("pk", "size")
    return {key: (done.get(key, 0), size) for key, size in sizes}


def add_left(adding: Adding, before: Mapping[int, tuple[int, int]], most: int) -> dict[int, int]:
    """Add what of ours has left: of each record the first entry that is tallied. Gives how far each journal is."""
    ends: dict[int, int] = {}
    for journal, (done, size) in before.items():
        ends[journal] = until = min(size, done + most)
        most -= until - done
        if until > done:
            span = [(journal << POSITION_BITS) + done, (journal << POSITION_BITS) + until]
            again = _left_before(span, {key: head[0] for key, head in before.items()} | ends)
            adding.left(_left_between(span, again))
    return ends


def _left_between(span: Sequence[int], but: Iterable[int]) -> Iterable[tuple[Gated, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.position, r.id, r.kind, r.starts, r.party, r.service, r.tlp, r.audience FROM ledger_entry e "
            "JOIN ledger_record r ON r.id = e.record WHERE e.position >= %s AND e.position < %s",
            span,
        )
        rows = cursor.fetchall()
    left_out = frozenset(but)
    for position, *header in rows:
        flow = Flow(*header)
        if flow.kind in OF_KIND and position not in left_out:
            yield flow.gated, flow.starts


def _left_before(span: Sequence[int], ends: Mapping[int, int]) -> Iterable[int]:
    """Of the entries of a span, those whose record has another one that is tallied already, or stands before it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.position, f.position FROM ledger_entry e "
            "JOIN ledger_entry f ON f.record = e.record AND f.position <> e.position "
            "WHERE e.position >= %s AND e.position < %s AND e.record IS NOT NULL",
            span,
        )
        for position, other in cursor.fetchall():
            journal, index = other >> POSITION_BITS, other & _INDEX
            same = journal == position >> POSITION_BITS
            if other < position if same else index < ends.get(journal, 0):
                yield position


def _anew(node: Node, kind: str, bucket: int) -> bool:
    """Tally the records of a kind and a day anew; False where the tallies moved meanwhile."""
    state = tallied()
    first = bucket * DAY * HOUR
    adding = Adding.of(node)
    of_day = flows(_OF_A_DAY, [kind, first, first + DAY * HOUR, state.record])
    adding.add(of_day)
    ends = {key: done for key, (done, _size) in heads(state).items()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.record, e.position FROM ledger_entry e JOIN ledger_record r ON r.id = e.record "
            "WHERE r.kind = %s AND r.starts >= %s AND r.starts < %s",
            [kind, first, first + DAY * HOUR],
        )
        left = {
            record
            for record, position in cursor.fetchall()
            if position & _INDEX < ends.get(position >> POSITION_BITS, 0)
        }
    adding.left((flow.gated, flow.starts) for flow in of_day if flow.id in left)
    with transaction.atomic():
        if not _moves(state):
            return False
        DayTally.objects.filter(gate__kind=kind, bucket=bucket).delete()
        HourTally.objects.filter(
            gate__kind=kind, hour__gte=bucket * DAY, hour__lt=(bucket + 1) * DAY
        ).delete()
        adding.write()
    return True

"""Flows added up beside their records, after they came: filing and receiving do no more work for it.

The courier adds up what is new in every round, some thousand records at a time, in a transaction
of its own that begins when all is decoded. Whoever reads takes the tallies and, one by one, the few
records that came after them (:mod:`entente_node.ledger.tallied`): so a page is right at every moment, and fast once
the courier has caught up. Nothing here is a source: :func:`start_again` empties it, and rounds fill it.

What changes behind it is tallied anew a day at a time: :func:`forget` for whoever takes records away,
and :func:`audit`, every now and then, for days whose number of records is not what was tallied.

Of a partner's sums (records that it added up before they left) the newest of each counts, even where
it says less or nothing.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from django.db import connection, transaction
from django.db.models import Max, Min

from entente.errors import EntenteError
from entente.records import reread
from entente.records.times import zone as zone_of_name
from entente.register import Register
from entente_node.ledger.counted import FLOWS, OF_KIND, Counted, counted, day_of
from entente_node.ledger.flows import group_of
from entente_node.ledger.models import POSITION_BITS, Journal, Record
from entente_node.ledger.tallies import DayTally, HourTally, Tallied, TallyGate
from entente_node.ledger.wall import Gate

if TYPE_CHECKING:
    from entente.node import Node

MOST: Final = 10_000
"""Records of one step: a tenth of a second, of which the ledger is locked for a few milliseconds."""
HOUR: Final = 3_600
DAY: Final = 24
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
_PUT_DAY: Final = (
    "INSERT INTO ledger_daytally (gate_id, series, bucket, day, known, place, name, post, direction, sum, "
    "total, silent, records) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
    "ON CONFLICT (gate_id, series, bucket, day, known, place, name, post, direction, sum) DO UPDATE SET "
    "total = CASE WHEN excluded.total IS NULL THEN ledger_daytally.total "
    "ELSE COALESCE(ledger_daytally.total, 0) + excluded.total END, "
    "silent = ledger_daytally.silent + excluded.silent, records = ledger_daytally.records + excluded.records"
)
_REPLACED: Final = "DELETE FROM ledger_daytally WHERE sum = %s AND NOT (sum = '')"
"""With the condition of the index word for word, or SQLite does not use it."""
_PUT_HOUR: Final = (
    'INSERT INTO ledger_hourtally (gate_id, hour, records, "left") VALUES (%s, %s, %s, %s) '
    "ON CONFLICT (gate_id, hour) DO UPDATE SET records = ledger_hourtally.records + excluded.records, "
    '"left" = ledger_hourtally."left" + excluded."left"'
)


class Gated(NamedTuple):
    """The columns of a gate."""

    kind: str
    party: str
    agreement: str
    service: str
    tlp: str
    audience: int

    @property
    def gate(self) -> Gate:
        """What the wall asks."""
        return Gate(self.kind, self.tlp, self.audience, self.agreement, self.service)


class Key(NamedTuple):
    """The columns of a day's tally, but for its numbers and its gate."""

    series: str
    bucket: int
    day: date
    known: bool
    place: str
    name: str
    post: str
    direction: str
    sum: str


class Flow(NamedTuple):
    """One flow: its number, its header, its bytes."""

    id: int
    kind: str
    starts: int
    party: str
    service: str
    tlp: str
    audience: int
    body: bytes | None = None
    local: bool = True
    agreement: str | None = None

    @property
    def gated(self) -> Gated:
        """What decides who may see it."""
        agreement, service = ("", self.service) if self.local else (self.agreement or "", "")
        return Gated(self.kind, self.party, agreement, service, self.tlp, self.audience)


Number = tuple[int | None, int, int]
"""Total, silent, records."""


@dataclass
class Adding:
    """Flows being added up, outside any transaction."""

    register: Register
    me: str
    zone: tzinfo
    days: dict[tuple[Gated, Key], list[Any]] = field(default_factory=dict)
    sums: dict[str, tuple[Gated, Key, Number]] = field(default_factory=dict)
    """What partners told added up, the newest of each."""
    hours: dict[tuple[Gated, int], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    _gates: dict[Gated, Gated] = field(default_factory=dict)
    _adds_up: dict[tuple[str, str], bool] = field(default_factory=dict)

    @classmethod
    def of(cls, node: Node) -> Adding:
        """Nothing yet, for this node, in its time zone."""
        return cls(node.register, node.keys.party, zone_of_name(zone_name(node.register)))

    def each(self) -> Iterator[tuple[Gated, Key, Number]]:
        """What was added up."""
        for (gate, key), (total, silent, records) in self.days.items():
            yield gate, key, (total, silent, records)
        yield from self.sums.values()

    def add(self, flows: Iterable[Flow]) -> None:
        """Add flows, in the order in which they came."""
        for flow in flows:
            gate = flow.gated
            gate = self._gates.setdefault(gate, gate)
            self.hours[gate, flow.starts // HOUR][0] += 1
            said = counted(bytes(flow.body)) if flow.body is not None else None
            if said is None or (flow.local and (said.article or said.released_at)):
                continue
            self._count(flow, gate, said)

    def _count(self, flow: Flow, gate: Gated, said: Counted) -> None:
        when = day_of(said.at, self.zone)
        counting = next((one for one in OF_KIND[flow.kind] if one.holds(said)), None)
        if when is None or counting is None:
            return
        value = counting.of(said)
        number: Number = (value, int(value is None), said.observations or 1)
        place, name = ("", "") if said.place is None else (said.place.code or "", said.place.name or "")
        told = "" if flow.local else self._sum(flow, said)
        key = Key(
            counting.series, flow.starts // HOUR // DAY, *when, place, name or place, said.post or "",
            said.direction, told,
        )  # fmt: skip
        if told:
            self.sums[told] = (gate, key, number)
            return
        total, silent, records = number
        row = self.days.get((gate, key))
        if row is None:
            self.days[gate, key] = [total, silent, records]
            return
        if total is not None:
            row[0] = total if row[0] is None else row[0] + total
        row[1] += silent
        row[2] += records

    def _sum(self, flow: Flow, said: Counted) -> str:
        """Which of its party's sums it is; empty for a record that is none."""
        agreement, article = flow.agreement or "", said.article or ""
        known = self._adds_up.get((agreement, article))
        if known is False or flow.body is None:
            return ""
        try:
            group = group_of(self.register, agreement, self.me, reread(bytes(flow.body)))
        except EntenteError:
            group = None
        self._adds_up[agreement, article] = group is not None
        if group is None:
            return ""
        named = msgspec.json.encode((flow.party, flow.audience, group))
        return blake2b(named, digest_size=16).hexdigest()

    def left(self, headers: Iterable[tuple[Gated, int]]) -> None:
        """Ours that have left for the first time, as (gate, starts)."""
        for gate, starts in headers:
            self.hours[gate, starts // HOUR][1] += 1

    def write(self) -> None:
        """Put all of it into the tables; inside a transaction."""
        gates = {
            gate: TallyGate.objects.get_or_create(**gate._asdict())[0].pk
            for gate in {gate for gate, _ in (*self.days, *self.hours)}
            | {one[0] for one in self.sums.values()}
        }
        with connection.cursor() as cursor:
            if self.sums:
                cursor.executemany(
                    "DELETE FROM ledger_daytally WHERE sum = %s", [(one,) for one in self.sums]
                )
            rows = [(gates[gate], *key, *number) for (gate, key), number in self.days.items()]
            rows += [(gates[gate], *key, *number) for gate, key, number in self.sums.values()]
            cursor.executemany(_PUT_DAY, rows)
            cursor.executemany(_PUT_HOUR, [(gates[gate], hour, *n) for (gate, hour), n in self.hours.items()])


def zone_name(register: Register) -> str:
    """The time zone in which this node's days are counted: that of its first agreement in force."""
    policies = register.policies()
    return policies[0].standing.signed.agreement.time_zone if policies else "UTC"


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

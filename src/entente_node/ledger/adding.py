"""Flows being added up: by gate of the wall, day and place, outside any transaction until they are written.

Of a partner's sums (records that it added up before they left) the newest of each counts, even where
it says less or nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, tzinfo
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from django.db import connection

from entente.errors import EntenteError
from entente.records import reread
from entente.records.times import zone as zone_of_name
from entente.register import Register
from entente_node.ledger.counted import OF_KIND, Counted, counted, day_of
from entente_node.ledger.flows import group_of
from entente_node.ledger.tallies import TallyGate
from entente_node.ledger.wall import Gate

if TYPE_CHECKING:
    from entente.node import Node

HOUR: Final = 3_600
DAY: Final = 24

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
                cursor.executemany(_REPLACED, [(one,) for one in self.sums])
            rows = [(gates[gate], *key, *number) for (gate, key), number in self.days.items()]
            rows += [(gates[gate], *key, *number) for gate, key, number in self.sums.values()]
            cursor.executemany(_PUT_DAY, rows)
            cursor.executemany(_PUT_HOUR, [(gates[gate], hour, *n) for (gate, hour), n in self.hours.items()])


def zone_name(register: Register) -> str:
    """The time zone in which this node's days are counted: that of its first agreement in force."""
    policies = register.policies()
    return policies[0].standing.signed.agreement.time_zone if policies else "UTC"

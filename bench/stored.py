"""A ledger with years of records in it: ``python -m bench.stored FOLDER FLOWS ALERTS``.

What a node holds after two years on a busy corridor, written straight into its ledger: real records
through the codec, reduced by the agreement's articles, salted, committed to and hashed into journals
that verify (``entente verify``), half of them ours and half received. Only the way there is shorter:
nobody releases, seals or carries, and the disk is not waited for. All of it is synthetic and says so.

The number of flows decides how many posts there are: 24 on each side, and two years, for ten million.
"""

from __future__ import annotations

import random
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from bench import workload
from bench.node import PASSPHRASE
from entente.agreements.document import Agreement, Keys, Party, Respond, Service, agreement_text, read_note
from entente.agreements.steps import sign
from entente.apply import apply
from entente.courier.admission import row_and_audience
from entente.journal.checkpoint import Checkpoint, Origin, sign_checkpoint
from entente.journal.entry import Row, entries
from entente.journal.receipt import sign_receipt
from entente.journal.tree import EMPTY, Frontier, leaf_hashes
from entente.node import Node
from entente.places import Place, place_of
from entente.policy import Outcome, Policy
from entente.records import Alert, CorridorStatus, FlowOfGoods, FlowOfLivestock, Message, Situation, encode
from entente.records.base import PURPOSES, Purpose, Record
from entente.records.codes import new_code
from entente.records.times import instant, parse_at
from entente.sealing import generate_identity, recipient_of
from entente.signing import COSIGNATURE, SigningKey
from entente.store import AUDIENCE, Append, Extension, Header, header_of
from entente_node.folder import Config, Folder

NORTH: Final = workload.SENDER
SOUTH: Final = workload.RECIPIENT
MOST_POSTS: Final = 24
LEAST_DAYS: Final = 56
BATCH: Final = 10_000
"""Flows in one transaction: nobody else writes here."""

_HOURS: Final = range(6, 19)
_WAYS: Final = ("incoming", "outgoing")
_MEANS: Final = ("bus", "truck", "motorbike", "foot")
_PRODUCTS: Final = ("011", "012", "162", "231", "333")
_HERDS: Final = ("cattle", "sheep")
PER_POST: Final = len(_HOURS) * len(_WAYS) * (len(_MEANS) + len(_PRODUCTS) + len(_HERDS))
"""Flows that one post counts in a day: people by their means, goods by product, herds by species."""
_PATTERNS: Final = 7
"""Days that differ; after them, the numbers are those of a week ago."""
_PURPOSES: Final[tuple[Purpose, ...]] = ("humanitarian", "security", "pastoral", "mobility")
"""Of what is urgent."""
_OPEN: Final = (30, 0.02)
"""Of the alerts, the newest are not closed: so many at least, and this share; a third of them waits for an answer."""
_OTHERS: Final = 0.05
"""Situations and reports of the corridor, for each alert."""

Lane = Literal["urgent", "routine"]


def size_of(flows: int) -> tuple[int, int]:
    """How many posts a side, and how many days, make so many flows."""
    posts = min(max(flows // (LEAST_DAYS * 2 * PER_POST), 1), MOST_POSTS)
    return posts, max(1, -(-flows // (posts * 2 * PER_POST)))


@dataclass
class _Journal:
    """One journal being written: North's own, or its copy of South's."""

    origin: Origin
    ours: bool
    frontier: Frontier = EMPTY
    released_at: str = ""
    rows: dict[Row, int] = field(default_factory=dict)
    which: list[int] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    records: list[int | None] = field(default_factory=list)

    def add(self, row: Row, payload: bytes, record: int | None) -> None:
        self.which.append(self.rows.setdefault(row, len(self.rows)))
        self.payloads.append(payload)
        self.records.append(record)


class Corridor:
    """North's node, South's keys, and the agreement of the two."""

    def __init__(self, folder: Path, flows: int, now: datetime) -> None:
        self.now = now
        self.posts, self.days = size_of(flows)
        self.flows = flows
        self.first_day = now.date() - timedelta(days=self.days - 1)
        self.chance = random.Random(workload.SEED)
        made = Folder(folder)
        made.create(Config(party=NORTH, name=NORTH, short="NOR", country="ML", language="en"), PASSPHRASE)
        from entente_node.local import open_node, prepare

        prepare(folder)
        self.node: Node = open_node(folder)
        self.south = {
            "authority": SigningKey.from_seed(f"{SOUTH}/authority", secrets.token_bytes(32)),
            "log": SigningKey.from_seed(f"{SOUTH}/log", secrets.token_bytes(32)),
            "receipts": SigningKey.from_seed(f"{SOUTH}/receipts", secrets.token_bytes(32), COSIGNATURE),
        }
        self.policy = self._agreed(made.authority(PASSPHRASE))
        self._in_force = self.node.clock()
        self.journals = {
            (ours, lane): _Journal(Origin(*ends, lane, 1), ours)
            for ours, ends in (
                (True, (NORTH, workload.AGREEMENT, SOUTH)),
                (False, (SOUTH, workload.AGREEMENT, NORTH)),
            )
            for lane in ("urgent", "routine")
        }
        self.codes: set[str] = set()

    def _agreed(self, authority: SigningKey) -> Policy:
        keys = self.node.keys
        verifiers = {
            "authority": keys.authority,
            "log": keys.log.verifier,
            "receipts": keys.receipts.verifier,
        }
        public = {
            NORTH: Keys(
                seal=recipient_of(keys.seal[0]), **{role: str(one) for role, one in verifiers.items()}
            ),
            SOUTH: Keys(
                seal=generate_identity()[1], **{role: str(one.verifier) for role, one in self.south.items()}
            ),
        }
        both = (_party(NORTH, "NOR", "ML", public[NORTH]), _party(SOUTH, "SOU", "NE", public[SOUTH]))
        draft = agreement(both, self.first_day - timedelta(days=1), self.now.date())
        note = sign(read_note(self.node.sign(agreement_text(draft), authority)), self.south["authority"])
        self.node.adopt(note.to_bytes(), authority)
        return self.node.register.policies()[0]

    def code(self, *, ours: bool) -> str:
        """A code that is not taken."""
        while True:
            code = new_code("NOR" if ours else "SOU", secrets.token_bytes(8))
            if code not in self.codes:
                self.codes.add(code)
                return code

    def released(self, record: Record, *, ours: bool) -> Record:
        """The record as its article lets it leave."""
        sender, recipient = (NORTH, SOUTH) if ours else (SOUTH, NORTH)
        decision = self.policy.decide(
            record, sender=sender, recipient=recipient, now=self._in_force, confirmed=True, target_known=True
        )
        if decision.outcome is not Outcome.RELEASE:
            raise ValueError(f"{record.kind()} does not leave: {decision.reason}")
        return self.policy.generalise(record, decision, self._in_force)

    def write(self, items: Sequence[tuple[Record, Record, bool]], filed_at: int) -> None:
        """Write (record, as it left, ours) as if it had been filed, released and received at once."""
        released_at = instant(datetime.fromtimestamp(filed_at, UTC))
        local = [self._local(record, filed_at) for record, _, ours in items if ours]
        with self.node.store.transaction():
            ids = iter(apply(self.node.store, local))
            for _record, left, ours in items:
                found = row_and_audience(self.policy, left)
                assert found is not None
                journal = self.journals[ours, left.lane]
                journal.add(found[0], encode(left), next(ids) if ours else None)
            received = [left for _, left, ours in items if not ours]
            positions: dict[str, Iterator[int]] = {left.lane: iter(()) for left in received}
            for journal in self.journals.values():
                if journal.payloads:
                    found_positions = self._extend(journal, released_at, filed_at)
                    if not journal.ours:
                        positions[journal.origin.lane] = iter(found_positions)
            headers = [self._received(left, next(positions[left.lane]), filed_at) for left in received]
            apply(self.node.store, headers)

    def _local(self, record: Record, filed_at: int) -> tuple[Header, Record]:
        header = header_of(
            record,
            party=NORTH,
            audience=AUDIENCE[record.purpose],
            filed_at=filed_at,
            body=encode(record),
            confirmed=True,
        )
        return header, record

    def _received(self, left: Record, position: int, filed_at: int) -> tuple[Header, Record]:
        found = row_and_audience(self.policy, left)
        assert found is not None
        return header_of(left, party=SOUTH, audience=found[1], filed_at=filed_at, entry=position), left

    def _extend(self, journal: _Journal, released_at: str, arrived_at: int) -> list[int]:
        """Append what was added to a journal; the keys of its entries where it is not ours."""
        count, rows = len(journal.payloads), list(journal.rows)
        random_bytes = secrets.token_bytes(16 * count)
        salts = [random_bytes[i : i + 16] for i in range(0, 16 * count, 16)]
        hashes = leaf_hashes(entries(rows, journal.which, salts, journal.payloads))
        before, journal.frontier = journal.frontier.size, journal.frontier.extend(hashes)
        what: dict[str, Any] = {
            "origin": str(journal.origin), "expected": before, "rows": rows, "which": journal.which,
            "salts": salts, "payloads": journal.payloads, "after": journal.frontier, "released_at": released_at,
        }  # fmt: skip
        positions: list[int] = []
        if journal.ours:
            self.node.store.append(Append(records=journal.records, seed=None, **what))
        else:
            nothing = [None] * count
            positions = self.node.store.receive(
                Extension(
                    erased=nothing,
                    quarantines=[""] * count,
                    arrived_at=arrived_at,
                    checkpoint=b"",
                    receipt=b"",
                    **what,
                )
            )
        journal.released_at = released_at
        journal.which, journal.payloads, journal.records = [], [], []
        return positions

    def close(self) -> None:
        """Sign each journal's head as its owner, and receipt it as its recipient; both have heard of all."""
        keys, store = self.node.keys, self.node.store
        at = int(self.now.timestamp())
        for journal in self.journals.values():
            origin = str(journal.origin)
            if not journal.frontier.size:
                continue
            checkpoint = Checkpoint(origin, journal.frontier.size, journal.frontier.root())
            log = keys.log if journal.ours else self.south["log"]
            receipts = self.south["receipts"] if journal.ours else keys.receipts
            signed = sign_checkpoint(checkpoint, log).to_bytes()
            receipt = sign_receipt(checkpoint, receipts, at).to_bytes()
            from entente_node.ledger.models import Journal

            Journal.objects.filter(origin=origin).update(checkpoint=signed)
            if journal.ours:
                store.put_receipt(origin, journal.frontier.size, receipt)
            else:
                Journal.objects.filter(origin=origin).update(receipt=receipt, receipt_sent_in=1)
        from django.db.models import Max

        from entente_node.ledger.models import Record as Rows

        last = Rows.objects.aggregate(last=Max("id"))["last"] or 0
        store.channel(workload.AGREEMENT, SOUTH)
        store.update_channel(
            workload.AGREEMENT,
            SOUTH,
            sent=1,
            seen=1,
            confirmed=1,
            notes_sent_in=0,
            decided=last,
            heard_at=self.now,
        )


def _party(id_: str, short: str, country: str, keys: Keys) -> Party:
    services = (
        Service(id="monitoring", name="Monitoring (synthetic)", mandates=PURPOSES),
        Service(id="livestock", name="Livestock (synthetic)", mandates=("pastoral", "trade")),
        Service(id="security", name="Security (synthetic)", mandates=("security",)),
    )
    return msgspec.structs.replace(workload.party(id_, short, country, keys), services=services)


def agreement(parties: tuple[Party, Party], effective: date, today: date) -> Agreement:
    """An agreement under which all of this could leave, with deadlines for alerts."""
    drafted = workload.agreement(parties, today)
    both = tuple(one.id for one in parties)
    kept = [one for one in drafted.articles if one.id == "W1"]
    wanted: list[tuple[str, Purpose]] = [
        *((kind, purpose) for kind in ("alert", "message") for purpose in PURPOSES),
        ("flow-of-people", "mobility"),
        ("flow-of-goods", "trade"),
        ("flow-of-livestock", "pastoral"),
        *((kind, "humanitarian") for kind in ("situation", "corridor-status", "action", "observation")),
    ]
    shared = [workload.share(i, kind, purpose, both) for i, (kind, purpose) in enumerate(wanted, start=1)]
    respond = Respond(
        id="R1", text="Grave alerts are acknowledged within the hour.", kinds=("alert",),
        severities=("Extreme", "Severe"), acknowledge_within_minutes=60, act_within_minutes=360,
        escalate_to="Nobody (synthetic)",
    )  # fmt: skip
    return msgspec.structs.replace(drafted, effective=effective, articles=(*kept, *shared, respond))


class Flows:
    """Flows of every day from both sides: a few days of numbers, again and again with other dates."""

    def __init__(self, corridor: Corridor) -> None:
        self._corridor = corridor
        self._days = [
            [one for ours in (True, False) for one in self._of_a_day(ours=ours)] for _ in range(_PATTERNS)
        ]

    def _of_a_day(self, *, ours: bool) -> Iterator[tuple[int, Record, Record, bool]]:
        """Each with its hour: (hour, record, as it left, ours)."""
        posts = [one for one in workload.AREAS if one.code.startswith("PN" if ours else "PS")]
        for number in range(self._corridor.posts):
            area = posts[number % len(posts)]
            known = {"post": f"SYN-{'N' if ours else 'S'}{number:02}", "place": place_of(area)}
            for record in self._of_a_post(known):
                at = parse_at(record.at)[0].hour
                yield at, record, self._corridor.released(record, ours=ours), ours

    def _of_a_post(self, known: dict[str, Any]) -> Iterator[Record]:
        chance = self._corridor.chance
        places = [place_of(one) for one in workload.AREAS if one.level == "locality"]
        for hour in _HOURS:
            start = datetime.combine(self._corridor.first_day, datetime.min.time(), UTC) + timedelta(
                hours=hour
            )
            for way in _WAYS:
                for means in _MEANS:
                    yield workload.flow(chance, start, places, direction=way, transport=means, **known)
                for product in _PRODUCTS:
                    yield self._goods(start, way, product, known)
                for herd in _HERDS:
                    yield self._herd(start, way, herd, known)

    def _goods(self, start: datetime, way: Any, product: Any, known: dict[str, Any]) -> Record:
        chance = self._corridor.chance
        unit = "litre" if product == "333" else chance.choice(("kg", "tonne", "bag"))
        return FlowOfGoods(
            at=f"{start:%Y-%m-%dT%HZ}", service="livestock", purpose="trade", tlp="GREEN",
            method="observation", direction=way, product=product,
            flow_type="import" if way == "incoming" else "export", unit=unit,
            quantity=chance.randint(1, 400), bag_kg=50 if unit == "bag" else None, **known,
        )  # fmt: skip

    def _herd(self, start: datetime, way: Any, herd: str, known: dict[str, Any]) -> Record:
        heads = int(self._corridor.chance.expovariate(1 / 40))
        return FlowOfLivestock(
            at=f"{start:%Y-%m-%dT%HZ}", service="livestock", purpose="pastoral", tlp="GREEN",
            method="observation", direction=way, heads=heads, **{herd: heads}, **known,
        )  # fmt: skip

    def of_day(self, number: int) -> list[tuple[Record, Record, bool]]:
        """The flows of one day, in the order of the hours."""
        day = self._corridor.first_day + timedelta(days=number)
        released_at = instant(datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC))
        replace = msgspec.structs.replace
        return [
            (
                replace(record, at=f"{day}T{hour:02}Z") if ours else left,
                replace(left, at=f"{day}T{hour:02}Z", released_at=released_at),
                ours,
            )
            for hour, record, left, ours in self._days[number % _PATTERNS]
        ]


def _urgent(corridor: Corridor, alerts: int) -> Iterator[tuple[int, list[tuple[Record, Record, bool]]]]:
    """(when, an alert with its answers, or another record), oldest first."""
    chance = corridor.chance
    span = corridor.days * 86_400 - 7_200
    first = int(corridor.now.timestamp()) - span - 3_600
    localities: Sequence[Place] = [place_of(one) for one in workload.AREAS if one.level == "locality"]
    for number in range(alerts):
        moment = datetime.fromtimestamp(first + span * number // max(alerts, 1), UTC)
        ours = bool(number % 2)
        code = corridor.code(ours=ours)
        purpose = chance.choices(_PURPOSES, (60, 15, 15, 10))[0]
        alert = Alert(
            at=instant(moment), service="monitoring", purpose=purpose,
            tlp=chance.choices(("GREEN", "AMBER"), (4, 1))[0], place=chance.choice(localities), code=code,
            status="Test", category=(chance.choice(("Met", "Safety", "Health", "Transport")),),
            urgency="Immediate", severity=chance.choice(("Extreme", "Severe", "Moderate", "Minor")),
            certainty="Observed", event=f"Synthetic exercise {number}",
            headline=f"Synthetic exercise {number}: water over the road, the ferry stands still",
        )  # fmt: skip
        found = [_left(corridor, alert, moment, ours=ours)]
        still_open = number >= alerts - max(_OPEN[0], alerts * _OPEN[1])
        steps = ("acknowledged", "under_way", "closed")[: number % 3 if still_open else 3]
        for step in steps:
            moment += timedelta(minutes=chance.randint(5, 90))
            answer = Message(
                at=instant(moment), service="monitoring", purpose=purpose, tlp=alert.tlp,
                code=corridor.code(ours=not ours), about=code, to_party=NORTH if ours else SOUTH, step=step,
            )  # fmt: skip
            found.append(_left(corridor, answer, moment, ours=not ours))
        yield first + span * number // max(alerts, 1), found
    for number in range(int(alerts * _OTHERS)):
        moment = datetime.fromtimestamp(first + int(span * number / (alerts * _OTHERS)), UTC)
        ours = bool(number % 2)
        header: dict[str, Any] = {
            "at": instant(moment), "service": "monitoring", "purpose": "humanitarian", "tlp": "GREEN",
            "place": chance.choice(localities), "code": corridor.code(ours=ours),
        }  # fmt: skip
        other: Record = (
            Situation(**header, group="displaced", total=chance.randint(10, 900))
            if number % 4
            else CorridorStatus(**header, status=chance.choice(("open", "restricted", "closed")),
                                side=NORTH if ours else SOUTH, post=f"SYN-{number % 8:02}")
        )  # fmt: skip
        yield int(moment.timestamp()), [_left(corridor, other, moment, ours=ours)]


def _left(corridor: Corridor, record: Record, moment: datetime, *, ours: bool) -> tuple[Record, Record, bool]:
    left = msgspec.structs.replace(corridor.released(record, ours=ours), released_at=instant(moment))
    return record, left, ours


def build(folder: Path, flows: int, alerts: int) -> None:
    """Make the node of the folder, with so many flows and alerts, half of them received."""
    now = datetime.now(UTC).replace(microsecond=0)
    corridor = Corridor(folder, flows, now)
    from django.db import connection

    from entente_node.ledger import tallying

    with connection.cursor() as cursor:
        # Made anew where it fails: nothing here is worth waiting for a disk.
        cursor.execute("PRAGMA synchronous=OFF")
    counted = Flows(corridor)
    left, written, started, said = flows, 0, time.monotonic(), 0.0
    waiting: list[tuple[Record, Record, bool]] = []
    for day in range(corridor.days):
        of_day = counted.of_day(day)[:left]
        waiting += of_day
        left -= len(of_day)
        filed_at = int(
            datetime.combine(corridor.first_day + timedelta(days=day), datetime.max.time(), UTC).timestamp()
        )
        if len(waiting) >= BATCH or day + 1 == corridor.days:
            corridor.write(waiting, min(filed_at, int(now.timestamp())))
            written += len(waiting)
            waiting = []
            _checkpoint(connection)
            if time.monotonic() - said > 5:
                said = time.monotonic()
                _say(f"{written:,} of {flows:,} flows, {written / (said - started):,.0f} a second")
    batch: list[tuple[Record, Record, bool]] = []
    for moment, items in sorted(_urgent(corridor, alerts), key=lambda one: one[0]):
        batch += items
        if len(batch) >= BATCH // 4:
            corridor.write(batch, moment)
            batch = []
            _checkpoint(connection)
    if batch:
        corridor.write(batch, int(now.timestamp()))
    corridor.close()
    _say("adding the flows up …")
    while tallying.fold(corridor.node, most=50_000):
        pass
    _checkpoint(connection)
    _say(f"{flows:,} flows and {alerts:,} alerts in {time.monotonic() - started:,.0f} s")


def _checkpoint(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    build(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

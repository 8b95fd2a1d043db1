"""Which functions are to be called now, for one open record: the ladder.

**The ladder.** A record of the others that waits for our answer opens a call for the function
on duty, in each of our services that may see it and has a rota. Where the agreement sets a
time: at half of it the backup is called, at its end the service's escalation functions
together, and half of the time later the duty of the service above. With nobody on duty the
next rung is called at once. A record that came late, by stick or after weeks without a line,
still leaves each rung a part of the time, counted from when it came; its deadline stays the
agreement's. What has no time set waits for whoever is on duty, and wakes nobody above.

While the clock is held (:mod:`entente.clock`), no time passes: who is on duty is called for what
comes, and where the rota names nobody at an hour that nobody believes, the next rung at once.

On the side that raised it: once another side has let its time pass, our own duty is called, to
call them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

from entente.agreements.document import Agreement
from entente.dossier import CODEC, Dossier, deadlines
from entente.errors import EntenteError
from entente.node import Node
from entente.records import Action, decode
from entente.records import Record as CoreRecord
from entente.records.message import ANSWERING, Step
from entente.records.times import parse_instant
from entente.response import article_for
from entente_node.duty.mandates import NOWHERE, walls_of
from entente_node.duty.models import Level, Reason
from entente_node.duty.rota import OnDuty, Rota
from entente_node.ledger.models import POSITION_BITS, Entry, Journal, Record
from entente_node.ledger.wall import Gate, Wall

GRACE: Final = timedelta(minutes=10)
"""What each rung gets at most of its own when a record came late."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that there should be."""

    row: Record
    service: str
    function: str
    level: Level
    reason: Reason
    deadline: datetime | None

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes it the same call."""
        return (self.row.code or "", self.service, self.function, self.level, self.reason)

    @property
    def step(self) -> Step | None:
        """What the other side is told of it; nothing of a call about a record of ours."""
        if self.row.local:
            return None
        return "notified" if self.level == Level.DUTY else "escalated"


class Look:
    """One look at what is open: the node, its rota, its services; each is asked once."""

    def __init__(self, node: Node, now: datetime) -> None:
        self.node = node
        self.now = now
        self.is_clock_held = node.is_clock_held()
        self.rota = Rota(node, once=True)
        self._duties: dict[str, OnDuty | None] = {}
        self._journals: dict[int, str] = {}

    @cached_property
    def agreements(self) -> list[Agreement]:
        """The agreements in force."""
        return [policy.standing.signed.agreement for policy in self.node.register.policies()]

    @cached_property
    def walls(self) -> dict[str, Wall]:
        """Our services, and what the mandates of each open."""
        return walls_of(self.node)

    @cached_property
    def watched(self) -> list[str]:
        """Those of them that have a rota."""
        return [service for service in self.walls if self.rota.has_rota(service)]

    def opens(self, service: str, row: Record) -> bool:
        """Whether the mandates of a service of ours, under the agreement that a record came through, open it."""
        wall = self.walls.get(service)
        return wall is not None and wall.opens(
            Gate(row.kind, row.tlp, row.audience, self._came_through(row), "")
        )

    def _came_through(self, row: Record) -> str:
        if row.local or row.entry is None:
            return "" if row.local else NOWHERE
        key = row.entry >> POSITION_BITS
        if key not in self._journals:
            found = self.rota.rows(Journal).filter(pk=key).values_list("agreement", flat=True).first()
            self._journals[key] = found or NOWHERE
        return self._journals[key]

    def has_passed(self, moment: datetime | None) -> bool:
        """Whether a moment is over; none is while the clock is held."""
        return moment is not None and not self.is_clock_held and moment < self.now

    def came_at(self, row: Record, opened: datetime) -> datetime:
        """When a record came; of one that came while the clock stood ahead, when it was opened."""
        came = datetime.fromtimestamp(row.filed_at, UTC)
        return came if came <= self.now else opened

    def on_duty(self, service: str) -> OnDuty | None:
        """Who has the duty of a service now."""
        if service not in self._duties:
            self._duties[service] = self.rota.on_duty(service, self.now)
        return self._duties[service]

    def read(self, rows: Sequence[Record]) -> dict[int, CoreRecord]:
        """The records of rows, by key; without what was erased, or what this version cannot read."""
        entries = self.rota.rows(Entry).in_bulk([row.entry for row in rows if row.entry is not None])
        found = {}
        for row in rows:
            entry = entries.get(row.entry) if row.entry is not None else None
            data = row.body if row.body is not None else entry.payload if entry else None
            if data is None:
                continue
            try:
                found[row.pk] = decode(bytes(data))
            except EntenteError:
                continue
        return found


def wanted(look: Look, row: Record, record: CoreRecord) -> Iterator[Wanted]:
    """The calls that there should be by now for an open record, whether or not they are open already."""
    folded = dossier_of(row)
    if folded is None:
        return
    article = article_for(look.agreements, record, row.party)
    if row.local:
        yield from _of_ours(look, row, record, folded)
        return
    if article is None and record.kind() != "alert":
        return  # what becomes of a measure, for one: nobody waits for an answer to it
    due = deadlines(folded, article)
    mine = {step.step for step in folded.steps if step.party == look.node.keys.party}
    for service in look.watched:
        if not look.opens(service, row) or not _is_meant(record, f"{look.node.keys.party}/{service}"):
            continue
        if not mine.intersection(ANSWERING):
            yield from _ladder(look, row, service, folded, due.acknowledge_by)
        elif look.has_passed(due.act_by) and due.act_by and not mine & {"under_way", "closed"}:
            yield from _unacted(look, row, service, due.act_by)


def _is_meant(record: CoreRecord, service: str) -> bool:
    """Whether a record is for this service of ours: a measure is for those of ours that it names, if it names any."""
    if not isinstance(record, Action):
        return True
    party = service.partition("/")[0]
    named = [who for who in record.services if who.partition("/")[0] == party]
    return not named or service in named


def late(look: Look, row: Record, record: CoreRecord, folded: Dossier) -> dict[Reason, datetime]:
    """What some recipient of a record of ours should have done by now, and by when the first of them should."""
    article = article_for(look.agreements, record, row.party)
    if article is None or 0 <= look.now.timestamp() - row.filed_at <= 60 * article.acknowledge_within_minutes:
        return {}
    found: dict[Reason, datetime] = {}
    for sent in look.node.store.sent(row.pk):
        opened = parse_instant(sent.released_at)
        steps = {step.step for step in folded.steps if step.party == sent.recipient and step.moves}
        minutes: int | None
        if not steps:
            reason, minutes = Reason.OVERDUE, article.acknowledge_within_minutes
        elif steps == {"acknowledged"}:
            reason, minutes = Reason.UNACTED, article.act_within_minutes
        else:
            continue
        if minutes is not None and look.has_passed(by := opened + timedelta(minutes=minutes)):
            found[reason] = min(by, found.get(reason, by))
    return found


def _ladder(look: Look, row: Record, service: str, folded: Dossier, by: datetime | None) -> Iterator[Wanted]:
    """The calls that are due by now for a record that waits for an acknowledgement."""
    duty = look.on_duty(service)
    if duty is not None:
        yield Wanted(row, service, duty.function, Level.DUTY, Reason.NEW, by)
    if by is None:
        return
    opened = parse_instant(folded.opened_at)
    half = (by - opened) / 2
    came, grace = look.came_at(row, opened), min(half, GRACE)
    up = look.rota.escalation(service)
    now = opened if look.is_clock_held else look.now
    if duty is not None and duty.backup and now >= max(opened + half, came + grace):
        yield Wanted(row, service, duty.backup, Level.BACKUP, Reason.UNANSWERED, by)
    late = max(by, came + 2 * grace)
    reason = Reason.OVERDUE if now >= late else Reason.UNANSWERED
    if now >= late or duty is None:
        for function in up:
            if duty is None or function not in {duty.function, duty.backup}:
                yield Wanted(row, service, function, Level.ESCALATION, reason, by)
    # Above: half of the time after the service's own; at once where it has nobody to call.
    if now >= (late + half if up else late) or (duty is None and not up):
        yield from _above(look, row, service, reason, by)


def _above(look: Look, row: Record, service: str, reason: Reason, by: datetime) -> Iterator[Wanted]:
    """The duty of the service above, if its mandates open the record; its escalation if nobody is there."""
    above = look.rota.above(service)
    if not above or not look.opens(above, row):
        return
    duty = look.on_duty(above)
    for function in (duty.function,) if duty else look.rota.escalation(above):
        yield Wanted(row, above, function, Level.ESCALATION, reason, by)


def _unacted(look: Look, row: Record, service: str, by: datetime) -> Iterator[Wanted]:
    """It was acknowledged, and the time to act is over: the duty, and those above it."""
    duty = look.on_duty(service)
    if duty is not None:
        yield Wanted(row, service, duty.function, Level.DUTY, Reason.UNACTED, by)
    for function in look.rota.escalation(service):
        if duty is None or function != duty.function:
            yield Wanted(row, service, function, Level.ESCALATION, Reason.UNACTED, by)


def _of_ours(look: Look, row: Record, record: CoreRecord, folded: Dossier) -> Iterator[Wanted]:
    """What we raised and another side lets wait: our own duty is to call them."""
    for reason, by in late(look, row, record, folded).items():
        near = sorted(look.watched, key=lambda one: (one != row.service, one))
        service = next((one for one in near if look.opens(one, row)), "")
        if not service:
            continue
        duty = look.on_duty(service)
        for function in (duty.function,) if duty else look.rota.escalation(service):
            yield Wanted(row, service, function, Level.AUTHOR, reason, by)


def dossier_of(row: Record) -> Dossier | None:
    """The dossier of a row, folded when it last moved."""
    try:
        return CODEC.decode(row.dossier.steps.encode("utf-8"))
    except (Record.dossier.RelatedObjectDoesNotExist, EntenteError):
        return None

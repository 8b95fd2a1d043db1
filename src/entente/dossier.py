"""A record and all that answers it, folded into one state: by which side, when.

The fold does not depend on the order in which records arrive, so both sides come to the
same state once they hold the same records. It stores instants and never "overdue":
whether a deadline has passed is asked at a moment, of :func:`deadlines`.

========== ====================================================================
new        nobody on another side has answered
acknowledged  another side has seen it; of a measure, that it was declined
under way  another side acts: a message says so, or a measure about it was accepted
closed     any side has closed it
withdrawn  its author has withdrawn it
========== ====================================================================

Steps that only tell what was done on one side (``notified``, ``escalated``) stand in the
timeline and move no state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import msgspec

from entente.agreements.document import Respond
from entente.records import Record
from entente.records.action import Action
from entente.records.message import Message
from entente.records.times import instant, parse_at
from entente.records.withdrawal import Withdrawal
from entente.wire import Codec

StepName = Literal["acknowledged", "under_way", "closed", "notified", "escalated"]
State = Literal["new", "acknowledged", "under_way", "closed", "withdrawn"]

_RANK: Final[dict[str, int]] = {"new": 0, "acknowledged": 1, "under_way": 2, "closed": 3}
_TOLD: Final[dict[str, int]] = {"notified": -2, "escalated": -1}
"""Steps that move nothing: of the same instant, a call stands before the answer that it brought."""

_OF_A_MEASURE: Final[dict[str, StepName]] = {
    "declined": "acknowledged",
    "accepted": "under_way",
    "under_way": "under_way",
    "done": "under_way",
}


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One side did one thing: who, what, when, and the record that says so."""

    party: str
    step: StepName
    at: str
    record: str | None = None
    service: str | None = None
    function: str | None = None
    """Which of its functions, where the record says it."""

    @property
    def moves(self) -> bool:
        """Whether it answers; the others only tell who was called."""
        return self.step not in _TOLD


class Dossier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What has become of one record."""

    code: str
    party: str
    opened_at: str
    state: State
    steps: tuple[Step, ...] = ()


CODEC: Final[Codec[Dossier]] = Codec(Dossier, "a dossier")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """By when the agreement wants an answer; None where it says nothing."""

    acknowledge_by: datetime | None = None
    act_by: datetime | None = None


def fold(root: Record, party: str, opened_at: str, answers: Iterable[tuple[str, Record]]) -> Dossier:
    """The dossier of ``root``, which ``party`` raised, and its answers as (party, record).

    An acknowledgement or a beginning by the side that raised it does not count: the alert
    waits for the others. Ties are broken by the records' codes, so both sides agree.
    """
    if root.code is None:
        raise ValueError("a record without a code has no dossier")
    steps = []
    withdrawn = False
    for by, answer in answers:
        step = step_of(by, answer)
        if step is not None:
            steps.append(step)
        withdrawn = withdrawn or (isinstance(answer, Withdrawal) and by == party)
    steps.sort(key=lambda step: (parse_at(step.at)[0], order_of(step.step), step.record or ""))
    state: State = "new"
    for step in steps:
        counts = step.step == "closed" or step.party != party
        if counts and order_of(step.step) > _RANK[state]:
            state = step.step  # type: ignore[assignment]  # a step that moves is a state, and ranks above new
    return Dossier(
        code=root.code,
        party=party,
        opened_at=opened_at,
        state="withdrawn" if withdrawn else state,
        steps=tuple(steps),
    )


def opened_at(record: Record, filed_at: int) -> str:
    """When deadlines begin: the release that both sides know; before it, the filing (Unix seconds)."""
    return record.released_at or instant(datetime.fromtimestamp(filed_at, UTC))


def step_of(party: str, answer: Record) -> Step | None:
    """The step that an answer of a party is; None for one that is none, such as mere words."""
    name = _name_of(answer)
    if name is None:
        return None
    function = answer.function if isinstance(answer, Message) else None
    return Step(
        party=party, step=name, at=answer.at, record=answer.code, service=answer.service, function=function
    )


def order_of(step: StepName) -> int:
    """How steps of the same instant stand: calls before the answer that they brought, then by how far they go."""
    return _TOLD[step] if step in _TOLD else _RANK[step]


def _name_of(answer: Record) -> StepName | None:
    match answer:
        case Message(step=step):
            return step
        case Action(state=state):
            return _OF_A_MEASURE.get(state)
        case _:
            return None


def deadlines(dossier: Dossier, respond: Respond | None) -> Deadlines:
    """By when this dossier is to be acknowledged and acted on, under a respond article."""
    if respond is None:
        return Deadlines()
    opened = parse_at(dossier.opened_at)[0]

    def after(minutes: int | None) -> datetime | None:
        return None if minutes is None else opened + timedelta(minutes=minutes)

    return Deadlines(after(respond.acknowledge_within_minutes), after(respond.act_within_minutes))

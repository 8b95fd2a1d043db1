"""A measure and what became of it: proposed, accepted or declined, under way, done or abandoned.

A move is a record of its own that is about the measure: each side says what it does, in its own
journal, and nobody overwrites the other's words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from entente.records import Action, Record, validated
from entente.records.action import State
from entente.records.times import instant
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.ledger.models import Record as Row
from entente_node.ledger.reading import bodies_of, moment_of

_BY_OTHERS: Final[dict[str, tuple[State, ...]]] = {
    "proposed": ("accepted", "declined"),
    "accepted": ("under_way", "done", "abandoned"),
    "under_way": ("done", "abandoned"),
}
_BY_AUTHOR: Final[dict[str, tuple[State, ...]]] = _BY_OTHERS | {"proposed": ("abandoned",)}


@dataclass(frozen=True)
class Move:
    """What one side said of a measure."""

    name: str
    service: str
    ours: bool
    at: datetime
    state: str
    word: str
    result: str
    code: str


@dataclass(frozen=True)
class Measure:
    """A measure as it stands."""

    state: str
    word: str
    moves: list[Move]
    offered: list[tuple[State, str]]
    """What this side may say now."""


def measure(viewer: Viewer, row: Row, action: Action) -> Measure:
    """The measure, folded from what both sides said of it; the newest word counts."""
    return measures(viewer, [(row, action)])[row.pk]


def measures(viewer: Viewer, found: Iterable[tuple[Row, Action]]) -> dict[int, Measure]:
    """The same for many, in two queries."""
    roots = [(row, action) for row, action in found]
    codes = [row.code for row, _action in roots if row.code]
    rows = list(
        viewer.records().filter(kind=Action.kind(), about__in=codes, withdrawn_at=None).order_by("pk")
    )
    bodies = bodies_of(rows)
    moves: dict[str, list[Move]] = {}
    for row in rows:
        action = bodies.get(row.pk)
        if isinstance(action, Action):
            moves.setdefault(row.about, []).append(_move(viewer, row, action))
    return {row.pk: _folded(row, action, moves.get(row.code or "", [])) for row, action in roots}


def _folded(row: Row, action: Action, moves: list[Move]) -> Measure:
    ordered = sorted(moves, key=lambda move: (move.at, move.code))
    state = ordered[-1].state if ordered else action.state
    may = _BY_AUTHOR if row.local else _BY_OTHERS
    offered = may.get(state, ()) if row.withdrawn_at is None else ()
    return Measure(
        state,
        telling.word(Action, "state", state),
        ordered,
        [(one, telling.word(Action, "state", one)) for one in offered],
    )


def _move(viewer: Viewer, row: Row, action: Action) -> Move:
    return Move(
        name=viewer.name_of(row.party),
        service=viewer.service_name(row.party, row.service),
        ours=row.local,
        at=telling.exact(row.at) or moment_of(row),
        state=action.state,
        word=telling.word(Action, "state", action.state),
        result=action.result or "",
        code=row.code or "",
    )


def moved(viewer: Viewer, row: Row, action: Action, state: State, result: str) -> Record:
    """The record that says so: about the measure, with its purpose and its marking. Raises RecordError."""
    return validated(
        Action(
            at=instant(node().clock().astimezone(UTC)),
            service=viewer.user.service,
            purpose=action.purpose,
            tlp=action.tlp,
            place=action.place,
            about=row.code,
            state=state,
            services=action.services,
            start=action.start,
            until=action.until,
            what=action.what or telling.either(Action.title),
            result=result or None,
        )
    )

"""Measures as the desk tells them to one viewer: folded from what both sides said of them.

Everything comes from :meth:`Viewer.records`; what becomes of a measure is decided by
:mod:`entente.measures`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from entente import measures as core
from entente.measures import Asked, Measure
from entente.records import Action
from entente.records.action import State, Task
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.roles import May
from entente_node.ledger.models import Record as Row
from entente_node.ledger.reading import bodies_of, moment_of


@dataclass(frozen=True)
class Answer:
    """What one service that was asked said."""

    name: str
    """The service; empty: whoever gets it."""
    party: str
    ours: bool
    answer: str
    """accepted, declined, or empty: nothing yet."""
    word: str
    reason: str


@dataclass(frozen=True)
class Move:
    """What one side said of a measure, and when."""

    name: str
    service: str
    ours: bool
    at: datetime
    state: str
    word: str
    text: str
    code: str


@dataclass(frozen=True)
class Piece:
    """One task of a measure."""

    task: Task
    word: str
    service: str


@dataclass(frozen=True)
class Told:
    """A measure, ready to be shown to one viewer."""

    row: Row
    action: Action
    measure: Measure
    viewer: Viewer
    rows: tuple[Row, ...]
    """The rows of its moves."""

    @property
    def code(self) -> str:
        """What people say."""
        return self.row.code or ""

    @property
    def title(self) -> str:
        """What is done, in its author's words."""
        text = (self.action.what or telling.either(Action.title)).split("\n")[0]
        return text[:1].upper() + text[1:160]

    @property
    def state(self) -> State:
        """How it stands."""
        return self.measure.state

    @property
    def word(self) -> str:
        """How it stands, in a word."""
        return telling.word(Action, "state", self.state)

    @property
    def is_open(self) -> bool:
        """Whether something may still be done."""
        return self.state in core.OPEN and self.row.withdrawn_at is None

    @property
    def waits(self) -> bool:
        """Whether it waits for this account's service to accept or decline."""
        viewer = self.viewer
        return (
            self.is_open
            and viewer.may(May.MEASURE)
            and self.measure.waits_for(viewer.party, viewer.user.service)
        )

    @property
    def offered(self) -> list[tuple[State, str]]:
        """What this account may say now."""
        viewer = self.viewer
        if self.row.withdrawn_at is not None or not viewer.may(May.MEASURE):
            return []
        found = core.offered(self.measure, self.action, viewer.party, viewer.user.service)
        return [(state, telling.word(Action, "state", state)) for state in found]

    @property
    def where(self) -> str:
        """The place by its name."""
        return telling.where(self.action.place)

    @property
    def when(self) -> str:
        """From when to when, as far as it is known; empty where it is not."""
        viewer, action = self.viewer, self.action
        ends = [telling.when(at, viewer.zone, viewer.now) for at in (action.start, action.until) if at]
        return " – ".join(dict.fromkeys(ends))

    @property
    def party_name(self) -> str:
        """Who proposed it."""
        return self.viewer.name_of(self.row.party)

    @property
    def services(self) -> tuple[str, ...]:
        """The services of the measure by name."""
        return tuple(self._service(who) for who in self.action.services)

    @property
    def asked(self) -> list[Answer]:
        """The services that were asked, and what they said."""
        return [self._answer(one) for one in self.measure.asked]

    @property
    def tasks(self) -> list[Piece]:
        """Its tasks as they stand."""
        return [
            Piece(task, telling.word(Task, "state", task.state), self._service(task.service or ""))
            for task in self.measure.tasks
        ]

    @property
    def moves(self) -> list[Move]:
        """What was said, oldest first."""
        by_code = {row.code: row for row in self.rows}
        found = []
        for move in self.measure.moves:
            row = by_code.get(move.action.code)
            if row is None:
                continue
            said = [text for text in (move.action.reason, move.action.result) if text]
            found.append(
                Move(
                    name=self.viewer.name_of(move.party),
                    service=self.viewer.service_name(move.party, move.action.service),
                    ours=row.local,
                    at=telling.exact(row.at) or moment_of(row),
                    state=move.action.state,
                    word=telling.word(Action, "state", move.action.state),
                    text="\n".join(said),
                    code=row.code or "",
                )
            )
        return found

    def _answer(self, one: Asked) -> Answer:
        return Answer(
            name=self._service(one.who),
            party=self.viewer.name_of(one.party) if one.party else "",
            ours=one.party == self.viewer.party,
            answer=one.answer or "",
            word=telling.word(Action, "state", one.answer) if one.answer else "",
            reason=one.reason,
        )

    def _service(self, who: str) -> str:
        party, _, service = who.partition("/")
        return self.viewer.service_name(party, service) if service else ""


def measures(viewer: Viewer, found: Iterable[tuple[Row, Action]]) -> dict[int, Told]:
    """The measures of these rows, by their keys, in two queries more, however many."""
    roots = list(found)
    codes = [row.code for row, _action in roots if row.code]
    rows = list(
        viewer.records().filter(kind=Action.kind(), about__in=codes, withdrawn_at=None).order_by("pk")
    )
    bodies = bodies_of(rows)
    moves: dict[str, list[tuple[Row, Action]]] = {}
    for row in rows:
        action = bodies.get(row.pk)
        if isinstance(action, Action):
            moves.setdefault(row.about, []).append((row, action))
    told = {}
    for row, action in roots:
        said = moves.get(row.code or "", [])
        folded = core.fold(action, row.party, [(of.party, move) for of, move in said])
        told[row.pk] = Told(row, action, folded, viewer, tuple(of for of, _move in said))
    return told


def measure(viewer: Viewer, row: Row, action: Action) -> Told:
    """One measure."""
    return measures(viewer, [(row, action)])[row.pk]


def measures_about(viewer: Viewer, code: str | None) -> list[Told]:
    """The measures that were proposed about one record, as they stand, oldest first."""
    mine = viewer.records().filter(kind=Action.kind(), about=code or None, withdrawn_at=None)
    rows = list(mine.exclude(code=None).order_by("pk"))
    bodies = bodies_of(rows)
    found = [(row, action) for row in rows if isinstance(action := bodies.get(row.pk), Action)]
    return list(measures(viewer, found).values()) if found else []


def roots(viewer: Viewer, most: int) -> list[tuple[Row, Action]]:
    """The newest measures themselves, without what was said of them later."""
    every = viewer.records().filter(kind=Action.kind(), code__isnull=False)
    rows = list(
        every.filter(withdrawn_at=None)
        .exclude(about__in=every.values("code"))
        .order_by("-starts", "-pk")[:most]
    )
    bodies = bodies_of(rows)
    return [(row, action) for row in rows if isinstance(action := bodies.get(row.pk), Action)]

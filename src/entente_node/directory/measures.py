"""Measures as the desk tells them to one viewer: folded from what both sides said of them.

Everything comes from :meth:`Viewer.records`; what becomes of a measure is decided by
:mod:`entente.measures`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from entente import measures as core
from entente.measures import Asked, Measure
from entente.records import Action
from entente.records.action import State, Task
from entente.records.times import period
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
    tasks: tuple[Piece, ...]
    """Those that it added or changed."""
    code: str
    is_taken_back: bool = False
    may_take_back: bool = False
    """Whether this account's service said it, and nothing since."""


@dataclass(frozen=True)
class Piece:
    """One task of a measure."""

    task: Task
    word: str
    service: str

    @property
    def mark(self) -> str:
        """What the fields of a form call it: others may add tasks meanwhile, so its place says nothing."""
        return sha256(f"{self.task.service}\0{self.task.what}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Told:
    """A measure, ready to be shown to one viewer."""

    row: Row
    action: Action
    measure: Measure
    viewer: Viewer
    said: tuple[tuple[Row, Action], ...]
    """Its moves, with those that were taken back."""

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
    def is_late(self) -> bool:
        """Whether its end has passed, and it is neither done nor given up; none is while nobody believes the clock."""
        until, viewer = self.action.until, self.viewer
        if until is None or viewer.is_clock_held or not self.is_open:
            return False
        return period(until, str(viewer.zone))[1] <= viewer.now

    @property
    def is_with_us(self) -> bool:
        """Whether this account's service proposed it or takes part in it."""
        own = f"{self.viewer.party}/{self.viewer.user.service}"
        return own in self.action.services or (
            self.row.local and self.row.service == self.viewer.user.service
        )

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
    def until(self) -> str:
        """When it was to end; empty where nothing says it."""
        return telling.when(self.action.until, self.viewer.zone, self.viewer.now) if self.action.until else ""

    @property
    def done(self) -> int:
        """How many of its tasks are done."""
        return sum(task.state == "done" for task in self.measure.tasks)

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
        return self._pieces(self.measure.tasks)

    @property
    def moves(self) -> list[Move]:
        """What was said, oldest first; what was taken back stands there without its words."""
        by_code = {row.code: (row, action) for row, action in self.said}
        standing = [by_code[move.action.code] for move in self.measure.moves if move.action.code in by_code]
        ours = [row.pk for row, _action in standing if self._is_own(row)]
        back = [(row, action) for row, action in self.said if row.withdrawn_at is not None]
        moves = [self._move(row, action, last=ours[-1:] == [row.pk]) for row, action in (*standing, *back)]
        return sorted(moves, key=lambda move: move.at) if back else moves

    def _is_own(self, row: Row) -> bool:
        return row.local and row.service == self.viewer.user.service

    def _move(self, row: Row, action: Action, *, last: bool) -> Move:
        back = row.withdrawn_at is not None
        said = [text for text in (action.reason, action.result) if text and not back]
        return Move(
            name=self.viewer.name_of(row.party),
            service=self.viewer.service_name(row.party, action.service),
            ours=row.local,
            at=telling.exact(row.at) or moment_of(row),
            state=action.state,
            word=telling.word(Action, "state", action.state),
            text="\n".join(said),
            tasks=() if back else tuple(self._pieces(action.tasks)),
            code=row.code or "",
            is_taken_back=back,
            may_take_back=last and self.row.withdrawn_at is None and self.viewer.may(May.MEASURE),
        )

    def _pieces(self, tasks: Iterable[Task]) -> list[Piece]:
        return [
            Piece(task, telling.word(Task, "state", task.state), self._service(task.service or ""))
            for task in tasks
        ]

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
    rows = list(viewer.records().filter(kind=Action.kind(), about__in=codes).order_by("pk"))
    bodies = bodies_of(rows)
    moves: dict[str, list[tuple[Row, Action]]] = {}
    for row in rows:
        action = bodies.get(row.pk)
        if isinstance(action, Action):
            moves.setdefault(row.about, []).append((row, action))
    told = {}
    for row, action in roots:
        said = moves.get(row.code or "", [])
        standing = [(of.party, move) for of, move in said if of.withdrawn_at is None]
        folded = core.fold(action, row.party, standing)
        told[row.pk] = Told(row, action, folded, viewer, tuple(said))
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

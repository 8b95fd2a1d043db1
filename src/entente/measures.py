"""A measure and what both sides said of it, folded: which service accepted, how far it is, what came of it.

A move is an action that is about the measure. Each side says its own, in its own journal, and
nobody overwrites the other's words. The fold does not depend on the order in which records
arrive, so both sides come to the same state once they hold the same records.

========= ====================================================================
proposed  a service that was asked has not answered
accepted  every service that was asked has answered, and one of them accepts
declined  every service that was asked declines
under way  somebody has begun
done      somebody says so: it counts more than any other word
abandoned somebody says so, and nobody that it is done
========= ====================================================================

A service is asked when the measure names it and it did not propose it itself. A word of a
service that is not named counts for the named ones of its side that have not spoken: a
prefect answers for his services. A measure that names nobody but its proposer is put to
whoever gets it: the first word of another side counts, and a later one replaces it.

A move says the tasks that it adds or changes, and no other. Of what was said of one task the
word with the most changes behind it counts; of two that were said at the same time, each without
the other, the one that is further: a tick is never lost, and a later correction counts. A word
that counts many more changes than the words that are here explain counts for nothing: nobody
closes a task to the others by naming a large number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from msgspec.structs import replace

from entente.records.action import Action, State, Task, TaskState
from entente.records.times import parse_at

Answer = Literal["accepted", "declined"]

_ANSWERS: Final = frozenset({"accepted", "declined"})
_LATER: Final[tuple[State, ...]] = ("done", "abandoned", "under_way")
"""What counts more than answers, strongest first: no order of clocks decides, so both sides agree."""
OPEN: Final[tuple[State, ...]] = ("proposed", "accepted", "under_way")
"""States in which something may still be done."""
_FURTHER: Final[tuple[TaskState, ...]] = ("open", "under_way", "dropped", "done")
"""Of two words on a task, each said without the other, the later in this order counts."""
_UNSEEN: Final = 20
"""So many changes of a task in a row may be missing here: taken back, kept back, or yet to come."""

_BY_ASKED: Final[dict[State, tuple[State, ...]]] = {
    "accepted": ("under_way", "done", "abandoned"),
    "under_way": ("under_way", "done", "abandoned"),
}
_BY_AUTHOR: Final[dict[State, tuple[State, ...]]] = {**_BY_ASKED, "proposed": ("abandoned",)}


@dataclass(frozen=True, slots=True)
class Move:
    """What one service said of a measure."""

    party: str
    action: Action

    @property
    def who(self) -> str:
        """The service and whose it is, as measures name it."""
        return f"{self.party}/{self.action.service}"

    @property
    def said_at(self) -> datetime:
        """When it was said: an article may have made ``at`` coarser, its release is known to the second."""
        return parse_at(self.action.released_at or self.action.at)[0]


@dataclass(frozen=True, slots=True)
class Asked:
    """One service that was asked, and what it said; None: nothing yet."""

    who: str
    """``party/service``; empty where the measure is put to whoever gets it."""
    answer: Answer | None = None
    reason: str = ""

    @property
    def party(self) -> str:
        """Whose service it is; empty for whoever."""
        return self.who.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as it stands."""

    proposer: str
    """The party that proposed it."""
    state: State
    asked: tuple[Asked, ...]
    moves: tuple[Move, ...]
    """Oldest first."""
    tasks: tuple[Task, ...]
    progress: int | None
    """What was said last, in per cent; else the share of tasks that are done; None where nothing tells."""
    result: str

    def waits_for(self, party: str, service: str) -> bool:
        """Whether the service is to accept or decline."""
        anybody = "" if party != self.proposer else None
        return any(one.answer is None and one.who in {anybody, f"{party}/{service}"} for one in self.asked)


def fold(root: Action, party: str, moves: Iterable[tuple[str, Action]]) -> Measure:
    """The measure that ``party`` proposed, with the moves as (party, action)."""
    ordered = tuple(
        sorted(
            (Move(by, move) for by, move in moves), key=lambda move: (move.said_at, move.action.code or "")
        )
    )
    asked = _asked(root, party)
    for move in ordered:
        if move.action.state in _ANSWERS:
            asked = _answered(asked, move, party)
    said = [move.action for move in ordered]
    tasks = _merged([root, *said])
    stated = next(
        (action.progress for action in reversed([root, *said]) if action.progress is not None), None
    )
    return Measure(
        proposer=party,
        state=_state(root, asked, ordered),
        asked=asked,
        moves=ordered,
        tasks=tasks,
        progress=_share_done(tasks) if stated is None else stated,
        result=next((action.result for action in reversed([root, *said]) if action.result), ""),
    )


def offered(measure: Measure, root: Action, party: str, service: str) -> tuple[State, ...]:
    """What a service of a party may say of the measure now."""
    answers: tuple[State, ...] = ()
    named = {one.who for one in measure.asked}
    of_ours = any(one.party == party and one.answer is None for one in measure.asked)
    stands_in = of_ours and f"{party}/{service}" not in named
    if measure.state in OPEN and (stands_in or measure.waits_for(party, service)):
        answers = ("accepted", "declined")
    by_author = party == measure.proposer and root.state == "proposed"
    return answers + (_BY_AUTHOR if by_author else _BY_ASKED).get(measure.state, ())


def _asked(root: Action, party: str) -> tuple[Asked, ...]:
    own = f"{party}/{root.service}"
    return tuple(Asked(who) for who in root.services if who != own) or (Asked(""),)


def _answered(asked: tuple[Asked, ...], move: Move, proposer: str) -> tuple[Asked, ...]:
    answer: Answer = "accepted" if move.action.state == "accepted" else "declined"
    reason = move.action.reason or move.action.result or ""
    if any(one.who == move.who for one in asked):
        return tuple(Asked(one.who, answer, reason) if one.who == move.who else one for one in asked)

    def meant(one: Asked) -> bool:
        return move.party != proposer if not one.who else one.party == move.party and one.answer is None

    return tuple(Asked(one.who, answer, reason) if meant(one) else one for one in asked)


def _state(root: Action, asked: tuple[Asked, ...], moves: Sequence[Move]) -> State:
    said = {move.action.state for move in moves}
    for later in _LATER:
        if later in said:
            return later
    if root.state != "proposed":
        return root.state
    if any(one.answer is None for one in asked):
        return "proposed"
    return "accepted" if any(one.answer == "accepted" for one in asked) else "declined"


def _merged(said: Iterable[Action]) -> tuple[Task, ...]:
    """Every task that was given, in the order in which it first was, as it stands."""
    words: dict[tuple[str, str | None], list[Task]] = {}
    for action in said:
        for task in action.tasks:
            words.setdefault((task.what, task.service), []).append(task)
    return tuple(_stands(of_one) for of_one in words.values())


def _stands(words: Sequence[Task]) -> Task:
    """What counts of all that was said of one task, in whatever order it came."""
    ordered = sorted(words, key=lambda task: (task.changes, _FURTHER.index(task.state)))
    standing = replace(ordered[0], changes=0)
    for task in ordered:
        if task.changes > standing.changes + _UNSEEN:
            break
        standing = task
    return standing


def _share_done(tasks: Sequence[Task]) -> int | None:
    counted = [task for task in tasks if task.state != "dropped"]
    return 100 * sum(task.state == "done" for task in counted) // len(counted) if counted else None

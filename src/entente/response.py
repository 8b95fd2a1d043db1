"""How fast each side answers what the other sends it, against the article that both signed.

A :class:`Case` is one record as it went from its author to one other party, who has to answer
it. Everything in it is read from what both hold: the released record and the released answers,
byte for byte the entries of the two journals between them; never from when something was filed
or arrived here. So both nodes compute the same figures once they hold the same records.

The one rule for which article applies: of the agreements in their order, the first that names
the record's author; of its ``respond`` articles in document order, the first that fits. An
article with severities fits only records that have one of them; an article without fits every
record of its kinds. So what has no severity (an incident, a situation) is answered under an
article that names none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final, Literal

from entente.agreements.document import Agreement, Respond
from entente.dossier import Step, StepName, order_of, step_of
from entente.records import Action, Alert, Record
from entente.records.times import parse_at, parse_instant
from entente.records.withdrawal import Withdrawal

Standing = Literal["in_time", "late", "overdue", "waiting", "unanswered"]
"""``unanswered``: its author closed it before the other side had done that."""

_PERCENTILE: Final = 9, 10


def fits(article: Respond, record: Record) -> bool:
    """Whether an article says how fast this record is answered."""
    if record.kind() not in article.kinds or (isinstance(record, Action) and record.state != "proposed"):
        return False  # what becomes of a measure is said about it, and waits for no answer of its own
    severity = record.severity if isinstance(record, Alert) else None
    return not article.severities or severity in article.severities


def article_in(agreement: Agreement, record: Record) -> Respond | None:
    """The article of one agreement that says how fast this record is answered."""
    return next(
        (one for one in agreement.articles if isinstance(one, Respond) and fits(one, record)),
        None,
    )


def article_for(agreements: Iterable[Agreement], record: Record, author: str) -> Respond | None:
    """The article that says how fast a record of ``author`` is answered, of several agreements."""
    for agreement in agreements:
        if agreement.party(author) is not None:
            found = article_in(agreement, record)
            if found is not None:
                return found
    return None


@dataclass(frozen=True, slots=True)
class Case:
    """One record that one party had to answer: by when it should have, and when it did. Instants are aware."""

    code: str
    author: str
    responder: str
    agreement: str
    article: Respond
    opened_at: datetime
    steps: tuple[Step, ...]
    """What was done between these two, oldest first; calls as well."""
    acknowledged_at: datetime | None = None
    acted_at: datetime | None = None
    closed_at: datetime | None = None
    withdrawn: bool = False

    @property
    def acknowledge_by(self) -> datetime:
        """By when the agreement wants it acknowledged."""
        return self.opened_at + timedelta(minutes=self.article.acknowledge_within_minutes)

    @property
    def act_by(self) -> datetime | None:
        """By when the agreement wants something done; None where it does not say."""
        minutes = self.article.act_within_minutes
        return None if minutes is None else self.opened_at + timedelta(minutes=minutes)

    @property
    def is_open(self) -> bool:
        """Whether anything is still awaited of it."""
        return not self.withdrawn and self.closed_at is None

    def acknowledged(self, now: datetime) -> Standing:
        """How the acknowledgement stands at ``now``."""
        return self._standing(self.acknowledged_at, self.acknowledge_by, now)

    def acted(self, now: datetime) -> Standing | None:
        """How the action stands at ``now``; None where no action is asked for."""
        return None if self.act_by is None else self._standing(self.acted_at, self.act_by, now)

    def _standing(self, done: datetime | None, by: datetime, now: datetime) -> Standing:
        if done is not None:
            return "in_time" if done <= by else "late"
        if not self.is_open:
            return "unanswered"
        return "overdue" if by < now else "waiting"


def case_of(
    root: Record,
    answers: Iterable[tuple[str, Record]],
    *,
    author: str,
    responder: str,
    agreement: Agreement,
) -> Case | None:
    """What became of a released record between its author and one that it went to.

    ``answers`` are (party, record as it was released to the other); those of third parties do not
    count. None where the agreement sets no time, or the record was never released.
    """
    article = article_in(agreement, root)
    if article is None or root.code is None or root.released_at is None:
        return None
    opened = parse_instant(root.released_at)
    between = [(by, answer) for by, answer in answers if by in {author, responder}]
    steps = sorted(
        (step for by, answer in between if (step := step_of(by, answer)) is not None),
        key=lambda step: (_moment(step, agreement), order_of(step.step), step.record or ""),
    )

    def first(names: Iterable[StepName], by: Iterable[str]) -> datetime | None:
        moments = (_moment(step, agreement) for step in steps if step.step in names and step.party in by)
        found = next(moments, None)
        # A coarse time begins before the record did, and no clock is exact: nobody answers before he is asked.
        return None if found is None else max(found, opened)

    return Case(
        code=root.code,
        author=author,
        responder=responder,
        agreement=agreement.id,
        article=article,
        opened_at=opened,
        steps=tuple(steps),
        acknowledged_at=first(("acknowledged", "under_way", "closed"), (responder,)),
        acted_at=first(("under_way", "closed"), (responder,)),
        closed_at=first(("closed",), (author, responder)),
        withdrawn=any(isinstance(answer, Withdrawal) and by == author for by, answer in between),
    )


def _moment(step: Step, agreement: Agreement) -> datetime:
    return parse_at(step.at, agreement.time_zone)[0]


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in whole seconds: the middle, and what nine in ten did not exceed."""

    count: int
    median: int | None = None
    ninetieth: int | None = None


@dataclass(frozen=True, slots=True)
class Timeliness:
    """How often one thing was done in time."""

    in_time: int
    late: int
    overdue: int
    """Not done, and the time is over."""
    waiting: int
    """Not done, and there is time left."""
    unanswered: int
    took: Spread

    @property
    def percent(self) -> int | None:
        """How many of those that are done or due were done in time, rounded down; None while there are none."""
        settled = self.in_time + self.late + self.overdue
        return None if not settled else self.in_time * 100 // settled


@dataclass(frozen=True, slots=True)
class Figures:
    """How one side answered."""

    party: str
    count: int
    acknowledged: Timeliness
    acted: Timeliness
    """Of those of which the article wants an action."""
    closed: Spread


def figures(cases: Iterable[Case], now: datetime) -> list[Figures]:
    """The figures of each side that had to answer, by party.

    What was withdrawn before it was answered was never to be answered, and is not counted.
    """
    by_party: dict[str, list[Case]] = {}
    for case in cases:
        if not (case.withdrawn and case.acknowledged_at is None):
            by_party.setdefault(case.responder, []).append(case)
    return [_figures(party, by_party[party], now) for party in sorted(by_party)]


def _figures(party: str, cases: Sequence[Case], now: datetime) -> Figures:
    asked = [case for case in cases if case.act_by is not None]
    return Figures(
        party=party,
        count=len(cases),
        acknowledged=_timeliness(
            [case.acknowledged(now) for case in cases],
            spread(_seconds(case, case.acknowledged_at) for case in cases),
        ),
        acted=_timeliness(
            [case.acted(now) for case in asked],
            spread(_seconds(case, case.acted_at) for case in asked),
        ),
        closed=spread(_seconds(case, case.closed_at) for case in cases),
    )


def _timeliness(found: Sequence[Standing | None], took: Spread) -> Timeliness:
    return Timeliness(
        in_time=found.count("in_time"),
        late=found.count("late"),
        overdue=found.count("overdue"),
        waiting=found.count("waiting"),
        unanswered=found.count("unanswered"),
        took=took,
    )


def _seconds(case: Case, done: datetime | None) -> int | None:
    return None if done is None else int((done - case.opened_at).total_seconds())


def spread(seconds: Iterable[int | None]) -> Spread:
    """The middle (of an even number, halfway between the two, rounded down) and the ninetieth percentile.

    The percentile is by nearest rank: the smallest value that at least nine in ten do not exceed.
    """
    known = sorted(one for one in seconds if one is not None)
    if not known:
        return Spread(0)
    part, whole = _PERCENTILE
    rank = -(-len(known) * part // whole)
    return Spread(len(known), int(median(known)), known[rank - 1])

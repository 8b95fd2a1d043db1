"""What became of an observation: received, looked into, then an alert of its own or set aside with a reason.

Each move is a record that revises the first: what somebody saw and told is never overwritten.
Only the party that received an observation reviews it, so only its own records are folded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

import msgspec

from entente.records import Alert, Observation, validated
from entente.records.observation import Reason, State
from entente.records.times import instant
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.directory.roles import May
from entente_node.ledger.measures import contents
from entente_node.ledger.models import Record

_NEXT: Final[dict[State, tuple[State, ...]]] = {
    "received": ("under_review", "became_alert", "set_aside"),
    "under_review": ("became_alert", "set_aside"),
    "set_aside": ("under_review",),
    "became_alert": (),
}
"""What can be said next. What was set aside may be taken up again: people err."""


@dataclass(frozen=True)
class Move:
    """One thing that was said of an observation."""

    row: Record
    observation: Observation
    service: str

    @property
    def word(self) -> str:
        """The state in a word."""
        return telling.word(Observation, "state", self.observation.state)

    @property
    def reason(self) -> str:
        """Why it was set aside."""
        found = self.observation.set_aside_reason
        return telling.word(Observation, "set_aside_reason", found) if found else ""


@dataclass(frozen=True)
class Review:
    """An observation as it stands."""

    root: Record
    moves: tuple[Move, ...]
    """The record itself first."""

    @property
    def stands(self) -> Observation:
        """The newest word of it."""
        return self.moves[-1].observation

    @property
    def offered(self) -> tuple[State, ...]:
        """What can be said next; of our own records only."""
        may = self.root.local and self.root.withdrawn_at is None
        return _NEXT[self.stands.state] if may else ()

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all its records."""
        return frozenset(move.row.code or "" for move in self.moves)

    @property
    def reasons(self) -> list[tuple[Reason, str]]:
        """Why an observation can be set aside."""
        return [
            (reason, telling.word(Observation, "set_aside_reason", reason)) for reason in get_args(Reason)
        ]


def reviews(viewer: Viewer) -> dict[str, Review]:
    """Every observation that the viewer may see, by the codes of all its records."""
    rows = viewer.records().filter(kind=Observation.kind(), withdrawn_at=None, code__isnull=False)
    held = {record.code: (row, record) for row, record in contents(rows) if isinstance(record, Observation)}
    chains: dict[str | None, list[Observation]] = {}
    for _row, record in held.values():
        chains.setdefault(_root(record, held), []).append(record)
    found: dict[str, Review] = {}
    for root, chain in chains.items():
        chain.sort(key=lambda one: (one.code != root, one.at, one.code or ""))
        moves = tuple(_move(viewer, *held[one.code]) for one in chain)
        review = Review(held[root][0], moves)
        found |= dict.fromkeys(review.codes, review)
    return found


def say(
    viewer: Viewer, review: Review, state: State, *, reason: Reason | None = None, alert: str = ""
) -> None:
    """File what becomes of an observation. Raises EntenteError."""
    stands = review.stands
    record = msgspec.structs.replace(
        stands,
        at=instant(viewer.now),
        service=viewer.user.service,
        code=None,
        reported_at=None,
        revises=stands.code,
        about=alert or None,
        state=state,
        set_aside_reason=reason if state == "set_aside" else None,
    )
    # The words are those of the record that stands: whoever confirmed them has confirmed these.
    node().file([validated(record)], confirmed=review.moves[-1].row.confirmed)


def became(viewer: Viewer, alert: Alert) -> Review | None:
    """The observation of ours that an alert is made of, where this account may say so."""
    if not alert.about or not viewer.may(May.REVIEW):
        return None
    review = reviews(viewer).get(alert.about)
    return review if review is not None and "became_alert" in review.offered else None


def _move(viewer: Viewer, row: Record, record: Observation) -> Move:
    return Move(row, record, viewer.service_name(row.party, row.service))


def _root(record: Observation, held: dict[str | None, tuple[Record, Observation]]) -> str | None:
    """The first record of the chain, as far as it is one party's and is here."""
    party, seen = held[record.code][0].party, {record.code}
    while record.revises in held and record.revises not in seen:
        row, before = held[record.revises]
        if row.party != party:
            break
        record = before
        seen.add(record.code)
    return record.code

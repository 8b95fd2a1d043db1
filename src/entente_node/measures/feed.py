"""The calendar that a telephone subscribes to: measures, meetings and what was promised by when.

It reads as its account does, through the same wall; every fetch is decided anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from entente.interop.ical import Happening
from entente.records import Commitment, Meeting
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.measures import Told
from entente_node.ledger.reading import bodies_of
from entente_node.measures.listing import everything

_MOST: Final = 300
_ENDED: Final = frozenset({"declined", "abandoned"})
_SETTLED: Final = frozenset({"kept", "dropped"})


def happenings(viewer: Viewer) -> list[Happening]:
    """What the calendar holds for this viewer."""
    return [*_measures(viewer), *_meetings(viewer), *_promises(viewer)]


def _measures(viewer: Viewer) -> Iterator[Happening]:
    for told in everything(viewer):
        if told.state in _ENDED:
            continue
        yield Happening(
            uid=f"{told.code}@{told.row.party}",
            title=f"{told.title} ({told.word})",
            start=told.action.start or told.action.at,
            end=told.action.until,
            place=told.where,
            description="\n".join([told.code, *told.services, *_tasks(told)]),
            revision=len(told.said),
        )


def _tasks(told: Told) -> Iterator[str]:
    for piece in told.tasks:
        who = f", {piece.service}" if piece.service else ""
        yield f"- {piece.task.what} ({piece.word}{who})"


def _meetings(viewer: Viewer) -> Iterator[Happening]:
    rows = viewer.records().filter(kind=Meeting.kind(), withdrawn_at=None).order_by("-starts")[:_MOST]
    bodies = bodies_of(rows)
    revised = {body.revises for body in bodies.values() if body.revises}
    for row in rows:
        meeting = bodies.get(row.pk)
        if not isinstance(meeting, Meeting) or row.code in revised:
            continue
        title = meeting.subject or telling.either(Meeting.title)
        if meeting.state != "cancelled":
            yield Happening(
                uid=f"{row.code}@{row.party}",
                title=title,
                start=meeting.start or meeting.at,
                end=meeting.until,
                place=telling.where(meeting.place),
                description=row.code or "",
            )
        if meeting.next_start is not None:
            yield Happening(
                uid=f"{row.code}-next@{row.party}",
                title=_("Next meeting: %(title)s") % {"title": title},
                start=meeting.next_start,
                end=meeting.next_until,
                place=telling.where(meeting.next_place),
            )


def _promises(viewer: Viewer) -> Iterator[Happening]:
    rows = viewer.records().filter(kind=Commitment.kind(), withdrawn_at=None).order_by("-starts")[:_MOST]
    bodies = bodies_of(rows)
    revised = {body.revises for body in bodies.values() if body.revises}
    for row in rows:
        promise = bodies.get(row.pk)
        if not isinstance(promise, Commitment) or row.code in revised:
            continue
        if promise.due is not None and promise.state not in _SETTLED:
            text = (promise.text or telling.either(Commitment.title)).split("\n")[0][:160]
            yield Happening(
                uid=f"{row.code}-due@{row.party}",
                title=_("Due: %(what)s") % {"what": text},
                start=promise.due,
                description=row.code or "",
            )

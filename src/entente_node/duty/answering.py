"""A record that the agreement wants answered in a time, whatever its kind: by when, by whom, what was said.

The alert has a page of its own; this is for the incidents, situations and others that a respond
article of an agreement in force names. What is answered is filed by :mod:`entente_node.duty.answers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from entente.dossier import Dossier, deadlines
from entente.records import Record as CoreRecord
from entente.records.message import ANSWERING, Message, Step
from entente.response import article_for
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.directory.roles import May
from entente_node.duty.rota import Rota
from entente_node.ledger.models import Record
from entente_node.ledger.reading import bodies_of, moment_of

OPEN: Final = frozenset({"new", "acknowledged", "under_way"})
LONGEST: Final = 8_000


@dataclass(frozen=True)
class Said:
    """What one side said of it."""

    name: str
    """Empty: we."""
    service: str
    function: str
    what: str
    word: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Answerable:
    """A record that has to be answered, for one viewer."""

    dossier: Dossier
    ours: bool
    deadline: datetime | None
    escalate_to: str
    """Whom the article has told where nobody answers, in its own words."""
    steps: tuple[Step, ...]
    """What this side may say now; none where the viewer may not answer."""
    said: tuple[Said, ...]


def answerable(viewer: Viewer, row: Record, body: CoreRecord | None) -> Answerable | None:
    """How a record stands that a respond article names; None where none does, or it was taken back."""
    if body is None or row.kind == "alert" or row.withdrawn_at is not None:
        return None
    article = article_for(viewer.agreements, body, row.party)
    folded = viewer.dossiers([row]).get(row.pk) if article is not None else None
    if folded is None or folded.state == "withdrawn":
        return None
    due = deadlines(folded, article)
    taken = {step.step for step in folded.steps if step.party == viewer.party}
    # Who raised it can only close it.
    offered: tuple[Step, ...] = ("closed",) if row.local else ANSWERING
    may = viewer.may(May.ANSWER) and folded.state in OPEN
    return Answerable(
        dossier=folded,
        ours=row.local,
        deadline={"new": due.acknowledge_by, "acknowledged": due.act_by}.get(folded.state),
        escalate_to=(article.escalate_to or "") if article is not None else "",
        steps=tuple(step for step in offered if step not in taken) if may else (),
        said=_said(viewer, row),
    )


def _said(viewer: Viewer, row: Record) -> tuple[Said, ...]:
    rows = list(viewer.records().filter(about=row.code, kind="message").order_by("filed_at", "pk"))
    bodies, rota = bodies_of(rows), Rota(node(), once=True)
    found = []
    for one in rows:
        message = bodies.get(one.pk)
        # Who was called stands in a list of its own.
        if not isinstance(message, Message) or message.step in {"notified", "escalated"}:
            continue
        found.append(
            Said(
                name="" if one.local else viewer.name_of(one.party),
                service=viewer.service_name(one.party, one.service),
                function=rota.named(viewer, one.party, one.service, message.function)
                if message.function
                else "",
                what=message.step or "message",
                word=telling.word(Message, "step", message.step) if message.step else "",
                text=message.text or "",
                at=(telling.exact(one.at) or moment_of(one)).astimezone(UTC),
            )
        )
    return tuple(found)

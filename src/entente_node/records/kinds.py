"""Which kinds the desk lists and lets people file here, and what a record is called in a list."""

from __future__ import annotations

from typing import Final

from entente.records import (
    Action,
    Alert,
    Commitment,
    Communique,
    Contact,
    CorridorStatus,
    FlowOfGoods,
    FlowOfLivestock,
    FlowOfPeople,
    Incident,
    Meeting,
    Observation,
    Record,
    Situation,
)
from entente.records.base import Role, fields_of
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.roles import May

FILED: Final[dict[str, type[Record]]] = {
    kind.kind(): kind
    for kind in (
        Alert,
        Observation,
        Incident,
        Situation,
        CorridorStatus,
        Action,
        Contact,
        FlowOfPeople,
        FlowOfLivestock,
        FlowOfGoods,
        Meeting,
        Communique,
        Commitment,
    )
}
"""What has a form. Messages are written where they answer."""

TALKS: Final = frozenset({"meeting", "communique", "commitment"})
"""The kinds of the dialogue, which have a right of their own."""

LISTED: Final[dict[str, type[Record]]] = {
    kind.kind(): kind for kind in (Action, Situation, CorridorStatus, Incident, Observation, Contact)
}
"""What has a list and a page here. Alerts are on the situation, flows on a page of their own."""

ELSEWHERE: Final = {"alert": "alert", "communique": "communique", "action": "measure"}
"""Kinds with another page, by its name."""

_SAYS: Final = {
    "situation": ("group",),
    "incident": ("type",),
    "observation": ("subject", "what"),
    "action": ("what",),
    "contact": ("function",),
    "meeting": ("subject",),
    "communique": ("subject",),
    "commitment": ("text",),
}
STATES: Final = {
    "corridor-status": "status",
    "observation": "state",
    "incident": "resolution",
    "meeting": "state",
}
"""The field that says how a record stands; a measure's is moved by its answers."""

BADGES: Final = {
    "open": "closed",
    "restricted": "acknowledged",
    "closed": "new",
    "received": "new",
    "under_review": "acknowledged",
    "became_alert": "closed",
    "proposed": "new",
    "accepted": "acknowledged",
    "under_way": "under_way",
    "planned": "under_way",
    "held": "closed",
    "postponed": "acknowledged",
    "done": "closed",
}
"""The colour of a state; its word stands in it."""


def may_write(viewer: Viewer, kind: str) -> bool:
    """Whether the viewer may file a record of the kind."""
    return viewer.may_file(kind) and (kind not in TALKS or viewer.may(May.DIALOGUE))


def title_of(record: Record, kind: str) -> str:
    """What a record is called: the words or the choice that say most, else the name of its kind."""
    if isinstance(record, CorridorStatus):
        return (
            ", ".join(part for part in (telling.where(record.place), record.post or record.route) if part)
            or kind
        )
    for field in _SAYS.get(record.kind(), ()):
        value = getattr(record, field)
        if value:
            declared = fields_of(type(record))[field]
            text = telling.word(type(record), field, value) if declared.role is Role.CHOICE else str(value)
            text = text.split("\n")[0]
            return text[:1].upper() + text[1:160]
    return kind

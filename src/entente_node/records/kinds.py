"""Which kinds the desk lists and lets people file here, and what a record is called in a list."""

from __future__ import annotations

from typing import Final

from entente.records import (
    Action,
    Alert,
    Contact,
    CorridorStatus,
    FlowOfGoods,
    FlowOfLivestock,
    FlowOfPeople,
    Incident,
    Observation,
    Record,
    Situation,
)
from entente.records.base import Role, fields_of
from entente_node.directory import telling

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
    )
}
"""What has a form. Messages are written where they answer; what was agreed has pages of its own."""

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
}
STATES: Final = {"corridor-status": "status", "observation": "state", "incident": "resolution"}
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
    "done": "closed",
}
"""The colour of a state; its word stands in it."""


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

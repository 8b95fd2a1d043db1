"""A commitment: what a communiqué promises, who does it, by when, and what shows that it was kept.

Its state is what the services report; "overdue" is never stored, because it comes by itself:
:meth:`Commitment.is_overdue` asks it of a moment. Some indicators are measured by the exchange.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from entente.errors import RecordError
from entente.records.base import (
    At,
    Code,
    Field,
    Labels,
    Lane,
    Long,
    Record,
    Role,
    ServiceOfParty,
)
from entente.records.times import period

State = Literal["open", "under_way", "kept", "dropped"]
Indicator = Literal[
    "none",
    "records_per_week",
    "alerts_acknowledged_in_time_percent",
    "meetings_held",
    "measures_done",
]

_ALL = 100


class Commitment(Record, kw_only=True, frozen=True, tag="commitment"):
    """A promise with its services and its date; ``about`` is the communiqué that makes it."""

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "dialogue"
    placed: ClassVar[bool] = False
    # A target without what it counts, or the other way round, would promise something else.
    together: ClassVar[frozenset[str]] = frozenset({"indicator", "target"})
    title: ClassVar[tuple[str, str]] = ("Engagement", "Commitment")

    state: Annotated[
        State,
        Field(Role.CHOICE, "État", "State", hxl="#status+commitment"),
        Labels(
            {
                "open": ("ouvert", "open"),
                "under_way": ("en cours", "under way"),
                "kept": ("tenu", "kept"),
                "dropped": ("abandonné", "dropped"),
            }
        ),
    ]
    paragraph: Annotated[
        Annotated[int, Meta(ge=1, le=40)] | None,
        Field(
            Role.QUANTITY, "Paragraphe du communiqué", "Paragraph of the communiqué", hxl="#meta+paragraph"
        ),
    ] = None
    services: Annotated[
        tuple[ServiceOfParty, ...],
        Meta(max_length=20),
        Field(Role.LABEL, "Services responsables", "Responsible services", hxl="#org+services"),
    ] = ()
    due: Annotated[At | None, Field(Role.INSTANT, "Échéance", "Due", hxl="#date+due")] = None
    indicator: Annotated[
        Indicator | None,
        Field(Role.CHOICE, "Indicateur", "Indicator", hxl="#indicator+name"),
        Labels(
            {
                "none": ("aucun", "none"),
                "records_per_week": ("fiches échangées par semaine", "records exchanged a week"),
                "alerts_acknowledged_in_time_percent": (
                    "alertes prises en compte à temps, en %",
                    "alerts acknowledged in time, in %",
                ),
                "meetings_held": ("réunions tenues", "meetings held"),
                "measures_done": ("actions communes faites", "joint actions done"),
            }
        ),
    ] = None
    target: Annotated[
        Annotated[int, Meta(ge=0, le=1_000_000)] | None,
        Field(Role.QUANTITY, "Cible", "Target", hxl="#indicator+target+num"),
    ] = None
    evidence: Annotated[
        tuple[Code, ...],
        Meta(max_length=50),
        Field(Role.REFERENCE, "Preuves", "Evidence", hxl="#meta+evidence"),
    ] = ()
    text: Annotated[Long | None, Field(Role.FREE_TEXT, "Engagement", "Commitment", hxl="#description")] = None
    outcome: Annotated[
        Long | None, Field(Role.FREE_TEXT, "Suites", "What came of it", hxl="#description+outcome")
    ] = None

    def check(self) -> None:
        """A commitment says what is promised; services and evidence once each; a target with its indicator."""
        super().check()
        for listed in (self.services, self.evidence):
            if len(set(listed)) != len(listed):
                raise RecordError("a commitment names a service or a piece of evidence twice")
        if self.indicator == "alerts_acknowledged_in_time_percent" and (self.target or 0) > _ALL:
            raise RecordError("a share in per cent is at most 100")
        if (self.indicator in {None, "none"}) != (self.target is None):
            raise RecordError("an indicator and its target go together")
        if not self.is_released and self.text is None:
            raise RecordError("a commitment needs to say what is promised")

    def is_overdue(self, now: datetime, time_zone: str) -> bool:
        """Whether its date has passed and it is neither kept nor dropped; days are those of the time zone."""
        if self.due is None or self.state in {"kept", "dropped"}:
            return False
        return period(self.due, time_zone)[1] <= now

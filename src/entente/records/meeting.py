"""A meeting of the authorities: who is represented by which functions, on what, and when the next is.

Delegations are institutions and functions with the number of women and men, never names of persons.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from entente.errors import RecordError
from entente.places import Place
from entente.records.base import (
    At,
    Clause,
    Field,
    Labels,
    Lane,
    Long,
    Part,
    PartyId,
    Record,
    Role,
    Short,
)
from entente.records.times import certainly_after

State = Literal["planned", "held", "postponed", "cancelled"]

Members = Annotated[int, Meta(ge=0, le=10_000)]


class Delegation(Part, kw_only=True, frozen=True):
    """An institution at the table, led by a function, perhaps for another."""

    institution: Annotated[Short, Field(Role.FREE_TEXT, "Institution", "Institution")]
    party: Annotated[PartyId | None, Field(Role.LABEL, "Partie", "Party")] = None
    function: Annotated[Short | None, Field(Role.FREE_TEXT, "Fonction", "Function")] = None
    representing: Annotated[Short | None, Field(Role.FREE_TEXT, "Représentant", "Representing")] = None
    women: Annotated[Members | None, Field(Role.COUNT, "Femmes", "Women")] = None
    men: Annotated[Members | None, Field(Role.COUNT, "Hommes", "Men")] = None


class Meeting(Record, kw_only=True, frozen=True, tag="meeting"):
    """People of both sides at one table; ``at`` is when it was called or held."""

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "dialogue"
    placed: ClassVar[bool] = False
    title: ClassVar[tuple[str, str]] = ("Réunion", "Meeting")

    state: Annotated[
        State,
        Field(Role.CHOICE, "État", "State", hxl="#status+meeting"),
        Labels(
            {
                "planned": ("prévue", "planned"),
                "held": ("tenue", "held"),
                "postponed": ("reportée", "postponed"),
                "cancelled": ("annulée", "cancelled"),
            }
        ),
    ]
    start: Annotated[At | None, Field(Role.INSTANT, "Début", "From", hxl="#date+start")] = None
    until: Annotated[At | None, Field(Role.INSTANT, "Fin", "Until", hxl="#date+end")] = None
    next_place: Annotated[
        Place | None, Field(Role.PLACE, "Prochaine réunion : lieu", "Next meeting: place", hxl="#loc+next")
    ] = None
    next_start: Annotated[
        At | None,
        Field(Role.INSTANT, "Prochaine réunion : à partir de", "Next meeting: from", hxl="#date+next+start"),
    ] = None
    next_until: Annotated[
        At | None,
        Field(Role.INSTANT, "Prochaine réunion : jusqu’à", "Next meeting: until", hxl="#date+next+end"),
    ] = None
    subject: Annotated[Short | None, Field(Role.FREE_TEXT, "Objet", "Subject", hxl="#event+name")] = None
    chair: Annotated[
        Short | None, Field(Role.FREE_TEXT, "Présidence (fonction)", "Chair (function)", hxl="#contact+chair")
    ] = None
    delegations: Annotated[
        tuple[Delegation, ...],
        Meta(max_length=40),
        Field(Role.FREE_TEXT, "Délégations", "Delegations", hxl="#org+delegations"),
    ] = ()
    agenda: Annotated[
        tuple[Clause, ...],
        Meta(max_length=30),
        Field(Role.FREE_TEXT, "Ordre du jour", "Agenda", hxl="#description+agenda"),
    ] = ()
    conclusions: Annotated[
        Long | None, Field(Role.FREE_TEXT, "Conclusions", "Conclusions", hxl="#description+result")
    ] = None

    def check(self) -> None:
        """A meeting has a subject; its end and that of the next period come after their start."""
        super().check()
        for start, until in ((self.start, self.until), (self.next_start, self.next_until)):
            if start is not None and until is not None and certainly_after(start, until):
                raise RecordError("a meeting ends after its start")
        if not self.is_released and self.subject is None:
            raise RecordError("a meeting needs its subject")

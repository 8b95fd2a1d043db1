"""A flow of people at a monitoring point, as the Flow Monitoring Registry of IOM DTM counts it.

A post observes some hours of some days: totals are partial. A number that was not counted
is missing, never zero. Nobody is described: every number is of persons together.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from entente.errors import RecordError
from entente.places import Place
from entente.records.base import POST_SHAPE, At, Count, Field, Labels, PostId, Record, Role, has_shape
from entente.records.times import certainly_after

Direction = Literal["incoming", "outgoing", "internal"]
Transport = Literal["car", "bus", "truck", "motorbike", "bicycle", "foot", "camel", "boat", "other"]
FlowType = Literal["economic", "seasonal", "short_local", "forced", "other"]

Country = Annotated[str, Meta(min_length=2, max_length=2)]
"""ISO 3166-1 alpha-2; XX where the nationality is unknown."""

Nationalities = Annotated[dict[Country, Count], Meta(max_length=60)]


class FlowOfPeople(Record, kw_only=True, frozen=True, tag="flow-of-people"):
    """Persons seen crossing a point, over a period, in one direction."""

    family: ClassVar[str] = "flow"
    spoken: ClassVar[bool] = False
    title: ClassVar[tuple[str, str]] = ("Flux de personnes", "Flow of people")

    direction: Annotated[
        Direction,
        Field(Role.CHOICE, "Sens", "Direction", hxl="#indicator+direction"),
        Labels(
            {
                "incoming": ("entrant", "incoming"),
                "outgoing": ("sortant", "outgoing"),
                "internal": ("interne", "internal"),
            }
        ),
    ]
    post: Annotated[PostId | None, Field(Role.POST, "Point de suivi", "Post", hxl="#loc+post+code")] = None
    start: Annotated[
        At | None, Field(Role.INSTANT, "Début de la période", "Period from", hxl="#date+start")
    ] = None
    end: Annotated[At | None, Field(Role.INSTANT, "Fin de la période", "Period to", hxl="#date+end")] = None
    minutes: Annotated[
        Annotated[int, Meta(ge=0, le=44_640)] | None,
        Field(Role.QUANTITY, "Minutes observées", "Minutes observed", hxl="#indicator+minutes+num"),
    ] = None
    total: Annotated[Count | None, Field(Role.COUNT, "Total", "Total", hxl="#affected")] = None
    women: Annotated[Count | None, Field(Role.COUNT, "Femmes", "Women", hxl="#affected+f+adults")] = None
    men: Annotated[Count | None, Field(Role.COUNT, "Hommes", "Men", hxl="#affected+m+adults")] = None
    girls: Annotated[Count | None, Field(Role.COUNT, "Filles", "Girls", hxl="#affected+f+children")] = None
    boys: Annotated[Count | None, Field(Role.COUNT, "Garçons", "Boys", hxl="#affected+m+children")] = None
    under_five: Annotated[
        Count | None, Field(Role.COUNT, "Moins de cinq ans", "Under five", hxl="#affected+age0_4")
    ] = None
    pregnant: Annotated[
        Count | None, Field(Role.COUNT, "Femmes enceintes", "Pregnant women", hxl="#affected+f+pregnant")
    ] = None
    elderly: Annotated[
        Count | None, Field(Role.COUNT, "Personnes âgées", "Elderly", hxl="#affected+elderly")
    ] = None
    disabled: Annotated[
        Count | None,
        Field(Role.COUNT, "Personnes handicapées", "Persons with a disability", hxl="#affected+disabled"),
    ] = None
    unaccompanied: Annotated[
        Count | None,
        Field(Role.COUNT, "Enfants non accompagnés", "Unaccompanied children", hxl="#affected+unaccompanied"),
    ] = None
    nationalities: Annotated[
        Nationalities | None,
        Field(Role.COUNT, "Nationalités", "Nationalities", hxl="#affected+nationality"),
    ] = None
    transport: Annotated[
        Transport | None,
        Field(Role.CHOICE, "Moyen de transport", "Transport", hxl="#item+transport"),
        Labels(
            {
                "car": ("voiture", "car"),
                "bus": ("autobus", "bus"),
                "truck": ("camion", "truck"),
                "motorbike": ("moto", "motorbike"),
                "bicycle": ("vélo", "bicycle"),
                "foot": ("à pied", "on foot"),
                "camel": ("chameau", "camel"),
                "boat": ("pirogue ou bateau", "boat"),
                "other": ("autre", "other"),
            }
        ),
    ] = None
    flow_type: Annotated[
        FlowType | None,
        Field(Role.CHOICE, "Type de flux", "Type of flow", hxl="#cause+flow"),
        Labels(
            {
                "economic": ("économique, plus de six mois", "economic, over six months"),
                "seasonal": ("saisonnier", "seasonal"),
                "short_local": ("court et local", "short and local"),
                "forced": ("forcé", "forced"),
                "other": ("autre", "other"),
            }
        ),
    ] = None
    previous: Annotated[
        Place | None, Field(Role.PLACE, "Transit précédent", "Previous transit", hxl="#loc+previous")
    ] = None
    next: Annotated[Place | None, Field(Role.PLACE, "Prochaine étape", "Next stop", hxl="#loc+next")] = None
    destination: Annotated[
        Place | None, Field(Role.PLACE, "Destination finale", "Final destination", hxl="#loc+destination")
    ] = None

    def check(self) -> None:
        """The period in its order; while nothing was dropped or rounded, parts that fit their total."""
        super().check()
        if self.start is not None and self.end is not None and certainly_after(self.start, self.end):
            raise RecordError("a period ends after its start")
        if self.post is not None and not has_shape(self.post, POST_SHAPE):
            raise RecordError("{post} is not the id of a post", post=self.post)
        if self.nationalities:
            countries = "".join(self.nationalities)
            if not (countries.isascii() and countries.isalpha() and countries.isupper()):
                raise RecordError("a nationality is two capital letters (ISO 3166)")
        if not self.is_released:
            self._check_numbers()

    def _check_numbers(self) -> None:
        parts = (self.women or 0) + (self.men or 0) + (self.girls or 0) + (self.boys or 0)
        total = self.total
        if total is None:
            if None in (self.women, self.men, self.girls, self.boys):
                return
            # All four counted is the total: then the other parts must fit that.
            total = parts
        if parts > total:
            raise RecordError("women, men, girls and boys are more than the total")
        if self.nationalities is not None and sum(self.nationalities.values()) > total:
            raise RecordError("the nationalities are more than the total")
        for number in (self.under_five, self.pregnant, self.elderly, self.disabled, self.unaccompanied):
            if number is not None and number > total:
                raise RecordError("a part of the persons is more than the total")

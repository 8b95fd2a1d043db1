"""A flow of people at a monitoring point, as the Flow Monitoring Registry of IOM DTM counts it.

A post observes some hours of some days: totals are partial. A number that was not counted
is missing, never zero. Nobody is described: every number is of persons together.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from entente.errors import RecordError
from entente.places import Place
from entente.records.base import Count, Field, Labels, Role
from entente.records.flow import Flow
from entente.records.persons import (
    Boys,
    Disabled,
    Elderly,
    Girls,
    Men,
    Pregnant,
    Total,
    Unaccompanied,
    UnderFive,
    Women,
    check_parts,
    whole,
)

Transport = Literal["car", "bus", "truck", "motorbike", "bicycle", "foot", "camel", "boat", "other"]
FlowType = Literal["economic", "seasonal", "short_local", "forced", "other"]

Country = Annotated[str, Meta(min_length=2, max_length=2)]
"""ISO 3166-1 alpha-2; XX where the nationality is unknown."""

Nationalities = Annotated[dict[Country, Count], Meta(max_length=60)]


class FlowOfPeople(Flow, kw_only=True, frozen=True, tag="flow-of-people"):
    """Persons seen crossing a point, over a period, in one direction."""

    title: ClassVar[tuple[str, str]] = ("Flux de personnes", "Flow of people")
    whole: ClassVar[str | None] = "total"

    total: Total = None
    women: Women = None
    men: Men = None
    girls: Girls = None
    boys: Boys = None
    under_five: UnderFive = None
    pregnant: Pregnant = None
    elderly: Elderly = None
    disabled: Disabled = None
    unaccompanied: Unaccompanied = None
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
        if self.nationalities:
            countries = "".join(self.nationalities)
            if not (countries.isascii() and countries.isalpha() and countries.isupper()):
                raise RecordError("a nationality is two capital letters (ISO 3166)")
        if not self.is_released:
            self._check_numbers()

    def _check_numbers(self) -> None:
        total = whole(self.total, self.women, self.men, self.girls, self.boys)
        if total is None:
            return
        if self.nationalities is not None and sum(self.nationalities.values()) > total:
            raise RecordError("the nationalities are more than the total")
        check_parts(total, (self.under_five, self.pregnant, self.elderly, self.disabled, self.unaccompanied))

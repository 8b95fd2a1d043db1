"""A humanitarian situation, as the Emergency Tracking Tool of IOM DTM asks for it.

Who is there, where from, why, and what they need by sector. Numbers that were not counted are
missing, never zero; nobody is described.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta

from entente.errors import RecordError
from entente.places import Place
from entente.records.base import Count, Field, Labels, Lane, Long, Record, Role
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

Group = Literal["displaced", "refugees", "returnees", "hosts", "other"]
Cause = Literal["conflict", "insecurity", "natural_disaster", "other", "not_reported"]
Shelter = Literal["host_family", "rented", "collective", "site", "makeshift", "open_air", "home", "other"]
Sector = Literal[
    "food",
    "water_sanitation",
    "health",
    "nutrition",
    "shelter_items",
    "protection",
    "education",
    "livelihoods",
    "camp_coordination",
    "other",
]

BySector: TypeAlias = Annotated[dict[Sector, Count], Meta(max_length=10)]
"""Persons by sector; the same person may stand under several."""

SECTOR_LABELS = Labels(
    {
        "food": ("sécurité alimentaire", "food security"),
        "water_sanitation": ("eau, hygiène et assainissement", "water, sanitation and hygiene"),
        "health": ("santé", "health"),
        "nutrition": ("nutrition", "nutrition"),
        "shelter_items": ("abris et articles essentiels", "shelter and household items"),
        "protection": ("protection", "protection"),
        "education": ("éducation", "education"),
        "livelihoods": ("moyens d’existence", "livelihoods"),
        "camp_coordination": ("gestion des sites", "camp coordination"),
        "other": ("autre", "other"),
    }
)


class Situation(Record, kw_only=True, frozen=True, tag="situation"):
    """People in need at a place; ``about`` is the event that it follows."""

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "situation"
    title: ClassVar[tuple[str, str]] = ("Situation humanitaire", "Humanitarian situation")

    group: Annotated[
        Group,
        Field(Role.CHOICE, "Groupe", "Group", hxl="#group"),
        Labels(
            {
                "displaced": ("déplacés internes", "internally displaced"),
                "refugees": ("réfugiés", "refugees"),
                "returnees": ("retournés", "returnees"),
                "hosts": ("communauté d’accueil", "host community"),
                "other": ("autre", "other"),
            }
        ),
    ]
    cause: Annotated[
        Cause | None,
        Field(Role.CHOICE, "Motif", "Reason", hxl="#cause"),
        Labels(
            {
                "conflict": ("conflit", "conflict"),
                "insecurity": ("insécurité", "insecurity"),
                "natural_disaster": ("catastrophe naturelle", "natural disaster"),
                "other": ("autre", "other"),
                "not_reported": ("non indiqué", "not reported"),
            }
        ),
    ] = None
    households: Annotated[
        Count | None, Field(Role.COUNT, "Ménages", "Households", hxl="#affected+households")
    ] = None
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
    displaced_from: Annotated[
        Place | None, Field(Role.PLACE, "Venus de", "Displaced from", hxl="#loc+origin")
    ] = None
    displaced_to: Annotated[
        Place | None, Field(Role.PLACE, "Vont vers", "Displaced to", hxl="#loc+destination")
    ] = None
    shelter: Annotated[
        Shelter | None,
        Field(Role.CHOICE, "Abri", "Shelter", hxl="#item+shelter"),
        Labels(
            {
                "host_family": ("famille d’accueil", "host family"),
                "rented": ("logement loué", "rented housing"),
                "collective": ("bâtiment collectif", "collective building"),
                "site": ("site aménagé", "planned site"),
                "makeshift": ("abri de fortune", "makeshift shelter"),
                "open_air": ("en plein air", "in the open"),
                "home": ("chez soi", "own home"),
                "other": ("autre", "other"),
            }
        ),
    ] = None
    affected: Annotated[
        BySector | None,
        Field(Role.COUNT, "Touchés, par secteur", "Affected, by sector", hxl="#affected+sector"),
        SECTOR_LABELS,
    ] = None
    in_need: Annotated[
        BySector | None,
        Field(Role.COUNT, "Dans le besoin, par secteur", "In need, by sector", hxl="#inneed+sector"),
        SECTOR_LABELS,
    ] = None
    targeted: Annotated[
        BySector | None,
        Field(Role.COUNT, "Visés, par secteur", "Targeted, by sector", hxl="#targeted+sector"),
        SECTOR_LABELS,
    ] = None
    reached: Annotated[
        BySector | None,
        Field(Role.COUNT, "Atteints, par secteur", "Reached, by sector", hxl="#reached+sector"),
        SECTOR_LABELS,
    ] = None
    description: Annotated[
        Long | None, Field(Role.FREE_TEXT, "Description", "Description", hxl="#description")
    ] = None

    def check(self) -> None:
        """While nothing was dropped or rounded, parts that fit their total, and no more in need than affected."""
        super().check()
        if self.is_released:
            return
        parts = (self.under_five, self.pregnant, self.elderly, self.disabled, self.unaccompanied)
        total = whole(self.total, self.women, self.men, self.girls, self.boys)
        check_parts(total, (*parts, self.households))
        # Targeted and reached may be more than was known to be in need: help finds people.
        for sector, number in (self.in_need or {}).items():
            affected = (self.affected or {}).get(sector)
            if affected is not None and number > affected:
                raise RecordError("more persons are in need than affected, in one sector")

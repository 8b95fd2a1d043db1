"""The state of a corridor at a post or on a route, as one side sees it (DTM points of entry).

Each side reports for itself: where the two differ, both stand side by side, and nothing is
merged.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from entente.errors import RecordError
from entente.records.base import (
    POST_SHAPE,
    At,
    Count,
    Field,
    Labels,
    Lane,
    Long,
    PartyId,
    PostId,
    Record,
    Role,
    Slug,
    has_shape,
)
from entente.records.times import certainly_after

Status = Literal["open", "restricted", "closed"]
Restriction = Literal[
    "curfew",
    "convoy",
    "papers",
    "health_check",
    "fees",
    "weight_or_size",
    "security",
    "strike",
    "water_level",
    "works",
    "other",
]
Concerned = Literal["pedestrians", "light_vehicles", "buses", "trucks", "goods", "livestock", "boats"]
Road = Literal["passable", "difficult", "cut"]
Water = Literal["working", "low", "dry"]
Pasture = Literal["good", "fair", "poor"]


class CorridorStatus(Record, kw_only=True, frozen=True, tag="corridor-status"):
    """Whether one can pass, and in which state road, water and pasture are."""

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "corridor"
    title: ClassVar[tuple[str, str]] = ("État du corridor", "Corridor status")

    status: Annotated[
        Status,
        Field(Role.CHOICE, "Passage", "Passage", hxl="#access+status"),
        Labels(
            {
                "open": ("ouvert", "open"),
                "restricted": ("restreint", "restricted"),
                "closed": ("fermé", "closed"),
            }
        ),
    ]
    side: Annotated[PartyId, Field(Role.LABEL, "Côté", "Side", hxl="#org+side")]
    post: Annotated[PostId | None, Field(Role.POST, "Point de suivi", "Post", hxl="#loc+post+code")] = None
    route: Annotated[Slug | None, Field(Role.LABEL, "Itinéraire", "Route", hxl="#loc+route+code")] = None
    restriction: Annotated[
        tuple[Restriction, ...],
        Meta(max_length=11),
        Field(Role.CHOICE, "Restriction", "Restriction", hxl="#access+restriction"),
        Labels(
            {
                "curfew": ("couvre-feu ou heures limitées", "curfew or limited hours"),
                "convoy": ("en convoi seulement", "in convoy only"),
                "papers": ("documents exigés", "papers required"),
                "health_check": ("contrôle sanitaire", "health check"),
                "fees": ("taxes ou frais", "fees"),
                "weight_or_size": ("poids ou gabarit", "weight or size"),
                "security": ("raison de sécurité", "security"),
                "strike": ("grève ou barrage", "strike or road block"),
                "water_level": ("niveau de l’eau", "water level"),
                "works": ("travaux", "works"),
                "other": ("autre", "other"),
            }
        ),
    ] = ()
    concerned: Annotated[
        tuple[Concerned, ...],
        Meta(max_length=7),
        Field(Role.CHOICE, "Qui est concerné", "Who is concerned", hxl="#access+concerned"),
        Labels(
            {
                "pedestrians": ("piétons", "pedestrians"),
                "light_vehicles": ("véhicules légers et motos", "light vehicles and motorbikes"),
                "buses": ("autobus", "buses"),
                "trucks": ("camions", "trucks"),
                "goods": ("marchandises", "goods"),
                "livestock": ("bétail", "livestock"),
                "boats": ("pirogues et bateaux", "boats"),
            }
        ),
    ] = ()
    start: Annotated[At | None, Field(Role.INSTANT, "Depuis", "From", hxl="#date+start")] = None
    until: Annotated[At | None, Field(Role.INSTANT, "Jusqu’à", "Until", hxl="#date+end")] = None
    road: Annotated[
        Road | None,
        Field(Role.CHOICE, "Route", "Road", hxl="#status+road"),
        Labels(
            {
                "passable": ("praticable", "passable"),
                "difficult": ("difficile", "difficult"),
                "cut": ("coupée", "cut"),
            }
        ),
    ] = None
    water_point: Annotated[
        Water | None,
        Field(Role.CHOICE, "Point d’eau", "Water point", hxl="#status+water"),
        Labels(
            {
                "working": ("en service", "working"),
                "low": ("faible", "low"),
                "dry": ("à sec ou en panne", "dry or broken"),
            }
        ),
    ] = None
    pasture: Annotated[
        Pasture | None,
        Field(Role.CHOICE, "Pâturage", "Pasture", hxl="#status+pasture"),
        Labels({"good": ("bon", "good"), "fair": ("moyen", "fair"), "poor": ("mauvais", "poor")}),
    ] = None
    daily_in: Annotated[
        Count | None,
        Field(Role.COUNT, "Entrées par jour, estimées", "Daily in, estimated", hxl="#affected+incoming"),
    ] = None
    daily_out: Annotated[
        Count | None,
        Field(Role.COUNT, "Sorties par jour, estimées", "Daily out, estimated", hxl="#affected+outgoing"),
    ] = None
    description: Annotated[
        Long | None, Field(Role.FREE_TEXT, "Description", "Description", hxl="#description")
    ] = None

    def check(self) -> None:
        """A post or a route; what is open has no restriction, what is restricted says how; the end after the start."""
        super().check()
        if self.post is not None and not has_shape(self.post, POST_SHAPE):
            raise RecordError("{post} is not the id of a post", post=self.post)
        if len(set(self.restriction)) != len(self.restriction) or len(set(self.concerned)) != len(
            self.concerned
        ):
            raise RecordError("a corridor status names a restriction or who is concerned twice")
        if self.status == "open" and self.restriction:
            raise RecordError("a corridor that is open has no restriction")
        if self.start is not None and self.until is not None and certainly_after(self.start, self.until):
            raise RecordError("a period ends after its start")
        if self.is_released:
            return
        if self.post is None and self.route is None:
            raise RecordError("a corridor status needs a post or a route")
        if self.status == "restricted" and not self.restriction:
            raise RecordError("a restricted corridor needs the type of restriction")

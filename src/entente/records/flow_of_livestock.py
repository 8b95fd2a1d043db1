"""A flow of livestock at a post, as the Transhumance Tracking Tool of IOM DTM counts it.

Heads are quantities, herders are persons. ``surveyed_elsewhere`` is there so that one herd is
not counted twice along its way.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta

from entente.errors import RecordError
from entente.places import Place
from entente.records.base import Count, Field, Labels, Role
from entente.records.flow import Flow
from entente.records.persons import whole

Movement = Literal["normal", "massive", "early", "late", "unexpected"]
Surveyed = Literal["yes", "no", "unknown"]
Condition = Literal["good", "fair", "poor"]
Sign = Literal[
    "none",
    "lameness",
    "mouth_sores",
    "cough",
    "diarrhoea",
    "skin_lesions",
    "abortions",
    "wasting",
    "sudden_deaths",
    "other",
]

Heads: TypeAlias = Annotated[int, Meta(ge=0, le=10_000_000)]

_CONDITIONS = Labels({"good": ("bon", "good"), "fair": ("moyen", "fair"), "poor": ("mauvais", "poor")})


class FlowOfLivestock(Flow, kw_only=True, frozen=True, tag="flow-of-livestock"):
    """Animals seen crossing a point with their herders, over a period, in one direction."""

    title: ClassVar[tuple[str, str]] = ("Flux de bétail", "Flow of livestock")
    whole: ClassVar[str | None] = "herders"

    heads: Annotated[Heads | None, Field(Role.QUANTITY, "Têtes", "Heads", hxl="#indicator+livestock+num")] = (
        None
    )
    cattle: Annotated[Heads | None, Field(Role.QUANTITY, "Bovins", "Cattle", hxl="#indicator+cattle+num")] = (
        None
    )
    sheep: Annotated[Heads | None, Field(Role.QUANTITY, "Ovins", "Sheep", hxl="#indicator+sheep+num")] = None
    goats: Annotated[Heads | None, Field(Role.QUANTITY, "Caprins", "Goats", hxl="#indicator+goats+num")] = (
        None
    )
    camels: Annotated[
        Heads | None, Field(Role.QUANTITY, "Camelins", "Camels", hxl="#indicator+camels+num")
    ] = None
    donkeys: Annotated[
        Heads | None, Field(Role.QUANTITY, "Ânes", "Donkeys", hxl="#indicator+donkeys+num")
    ] = None
    horses: Annotated[
        Heads | None, Field(Role.QUANTITY, "Chevaux", "Horses", hxl="#indicator+horses+num")
    ] = None
    herders: Annotated[
        Count | None, Field(Role.COUNT, "Éleveurs et bergers", "Herders", hxl="#affected+herders")
    ] = None
    women: Annotated[
        Count | None,
        Field(Role.COUNT, "Dont femmes", "Of them women", hxl="#affected+f+adults+herders"),
    ] = None
    men: Annotated[
        Count | None, Field(Role.COUNT, "Dont hommes", "Of them men", hxl="#affected+m+adults+herders")
    ] = None
    girls: Annotated[
        Count | None, Field(Role.COUNT, "Dont filles", "Of them girls", hxl="#affected+f+children+herders")
    ] = None
    boys: Annotated[
        Count | None, Field(Role.COUNT, "Dont garçons", "Of them boys", hxl="#affected+m+children+herders")
    ] = None
    movement: Annotated[
        Movement | None,
        Field(Role.CHOICE, "Mouvement", "Movement", hxl="#event+movement"),
        Labels(
            {
                "normal": ("normal", "normal"),
                "massive": ("massif", "massive"),
                "early": ("précoce", "early"),
                "late": ("tardif", "late"),
                "unexpected": ("inattendu", "unexpected"),
            }
        ),
    ] = None
    surveyed_elsewhere: Annotated[
        Surveyed | None,
        Field(Role.CHOICE, "Déjà compté ailleurs", "Surveyed elsewhere", hxl="#meta+surveyed"),
        Labels({"yes": ("oui", "yes"), "no": ("non", "no"), "unknown": ("inconnu", "unknown")}),
    ] = None
    origin: Annotated[Place | None, Field(Role.PLACE, "Origine", "Origin", hxl="#loc+origin")] = None
    destination: Annotated[
        Place | None, Field(Role.PLACE, "Destination", "Destination", hxl="#loc+destination")
    ] = None
    pasture: Annotated[
        Condition | None,
        Field(Role.CHOICE, "État du pâturage", "Pasture", hxl="#status+pasture"),
        _CONDITIONS,
    ] = None
    water: Annotated[
        Condition | None,
        Field(Role.CHOICE, "État des points d’eau", "Water", hxl="#status+water"),
        _CONDITIONS,
    ] = None
    body_condition: Annotated[
        Condition | None,
        Field(Role.CHOICE, "Embonpoint des animaux", "Body condition", hxl="#status+body"),
        _CONDITIONS,
    ] = None
    disease_signs: Annotated[
        tuple[Sign, ...],
        Meta(max_length=9),
        Field(Role.CHOICE, "Signes de maladie", "Disease signs", hxl="#event+disease"),
        Labels(
            {
                "none": ("aucun", "none"),
                "lameness": ("boiteries", "lameness"),
                "mouth_sores": ("lésions de la bouche", "mouth sores"),
                "cough": ("toux", "cough"),
                "diarrhoea": ("diarrhée", "diarrhoea"),
                "skin_lesions": ("lésions de la peau", "skin lesions"),
                "abortions": ("avortements", "abortions"),
                "wasting": ("amaigrissement", "wasting"),
                "sudden_deaths": ("morts subites", "sudden deaths"),
                "other": ("autre", "other"),
            }
        ),
    ] = ()

    def check(self) -> None:
        """Signs once each, none beside no other; while nothing was dropped or rounded, parts that fit their total."""
        super().check()
        if len(set(self.disease_signs)) != len(self.disease_signs):
            raise RecordError("a sign of disease is named twice")
        if "none" in self.disease_signs and len(self.disease_signs) > 1:
            raise RecordError("no sign of disease goes with no other sign")
        if self.is_released:
            return
        whole(self.herders, self.women, self.men, self.girls, self.boys)
        species = (self.cattle, self.sheep, self.goats, self.camels, self.donkeys, self.horses)
        if self.heads is not None and sum(number or 0 for number in species) > self.heads:
            raise RecordError("the species are more heads than the total")

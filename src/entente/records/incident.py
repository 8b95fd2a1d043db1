"""An incident: what happened, what it did to people and herds, how it ended.

Types are those of IOM DTM's TTT and five more. No field asks who did it: there is no place
for suspects, names or groups, and weapons are a yes or a no.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from entente.records import events
from entente.records.base import Count, Field, Labels, Lane, Long, Record, Role

Type = Literal[
    events.Happening,
    "political_violence",
    "attack_on_civilians",
    "trafficking",
    "smuggling",
    "cattle_theft",
]
Resolution = Literal["open", "mediated", "authorities", "justice", "compensated", "by_itself", "other"]
YesNo = Literal["yes", "no"]


class Incident(Record, kw_only=True, frozen=True, tag="incident"):
    """Something that harmed people, herds or goods; ``about`` is the alert that announced it."""

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "incident"
    title: ClassVar[tuple[str, str]] = ("Incident", "Incident")

    type: Annotated[
        Type,
        Field(Role.CHOICE, "Type d’incident", "Type of incident", hxl="#event+type"),
        Labels(
            events.HAPPENING_WORDS
            | {
                "cattle_rustling": ("vol de bétail en bande ou armé", "cattle rustling, armed or in a band"),
                "political_violence": ("violence politique", "political violence"),
                "attack_on_civilians": ("attaque contre des civils", "attack on civilians"),
                "trafficking": ("traite ou trafic", "trafficking"),
                "smuggling": ("contrebande", "smuggling"),
                "cattle_theft": ("vol de bétail sans violence", "cattle theft without violence"),
            }
        ),
    ]
    killed: Annotated[Count | None, Field(Role.COUNT, "Tués", "Killed", hxl="#affected+killed")] = None
    injured: Annotated[Count | None, Field(Role.COUNT, "Blessés", "Injured", hxl="#affected+injured")] = None
    abducted: Annotated[Count | None, Field(Role.COUNT, "Enlevés", "Abducted", hxl="#affected+abducted")] = (
        None
    )
    displaced: Annotated[
        Count | None, Field(Role.COUNT, "Déplacés", "Displaced", hxl="#affected+displaced")
    ] = None
    livestock_lost: Annotated[
        Annotated[int, Meta(ge=0, le=10_000_000)] | None,
        Field(Role.QUANTITY, "Têtes de bétail perdues", "Heads of livestock lost", hxl="#impact+livestock"),
    ] = None
    weapons_seen: Annotated[
        YesNo | None,
        Field(Role.CHOICE, "Armes vues", "Weapons seen", hxl="#event+weapons"),
        Labels({"yes": ("oui", "yes"), "no": ("non", "no")}),
    ] = None
    resolution: Annotated[
        Resolution | None,
        Field(Role.CHOICE, "Issue", "How it was resolved", hxl="#status+resolution"),
        Labels(
            {
                "open": ("pas encore résolu", "not resolved yet"),
                "mediated": ("médiation locale", "local mediation"),
                "authorities": ("intervention des autorités", "the authorities stepped in"),
                "justice": ("confié à la justice", "before the courts"),
                "compensated": ("réparation convenue", "compensation agreed"),
                "by_itself": ("terminé de soi-même", "ended by itself"),
                "other": ("autre", "other"),
            }
        ),
    ] = None
    description: Annotated[
        Long | None, Field(Role.FREE_TEXT, "Description", "Description", hxl="#description")
    ] = None
    outcome: Annotated[
        Long | None, Field(Role.FREE_TEXT, "Suites", "What followed", hxl="#description+outcome")
    ] = None

"""An observation: what somebody of the community saw, before a moderator makes an alert of it.

It is kept apart from alerts on purpose: it is received, looked into, and then becomes an alert
of its own or is set aside with a reason. Nobody is asked who they are, only as what they speak.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from entente.errors import RecordError
from entente.records.base import At, Field, Labels, Lane, Long, Record, Role

State = Literal["received", "under_review", "became_alert", "set_aside"]
Subject = Literal[
    "insecurity",
    "displacement",
    "herds",
    "water_pasture",
    "flood",
    "fire",
    "human_health",
    "animal_health",
    "road",
    "market",
    "other",
]
Urgency = Literal["now", "days", "weeks", "unknown"]
Source = Literal[
    "womens_organisation",
    "youth_organisation",
    "herders_organisation",
    "farmers_organisation",
    "traders_organisation",
    "traditional_authority",
    "local_authority",
    "health_post",
    "school",
    "resident",
    "traveller",
    "other",
]
Reason = Literal["duplicate", "not_confirmed", "out_of_date", "elsewhere", "other_channel", "other"]


class Observation(Record, kw_only=True, frozen=True, tag="observation"):
    """Something that somebody saw and told; ``about`` is the alert that it became."""

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "observation"
    title: ClassVar[tuple[str, str]] = ("Observation", "Observation")

    state: Annotated[
        State,
        Field(Role.CHOICE, "État", "State", hxl="#status+observation"),
        Labels(
            {
                "received": ("reçue", "received"),
                "under_review": ("en cours d’examen", "under review"),
                "became_alert": ("devenue une alerte", "became an alert"),
                "set_aside": ("écartée", "set aside"),
            }
        ),
    ]
    set_aside_reason: Annotated[
        Reason | None,
        Field(Role.CHOICE, "Écartée parce que", "Set aside because", hxl="#status+reason"),
        Labels(
            {
                "duplicate": ("déjà signalée", "reported already"),
                "not_confirmed": ("non confirmée", "not confirmed"),
                "out_of_date": ("dépassée", "out of date"),
                "elsewhere": ("hors de la zone", "outside the zone"),
                "other_channel": ("traitée par une autre voie", "handled by another channel"),
                "other": ("autre", "other"),
            }
        ),
    ] = None
    subject: Annotated[
        Subject | None,
        Field(Role.CHOICE, "Sujet", "Subject", hxl="#event+subject"),
        Labels(
            {
                "insecurity": ("insécurité", "insecurity"),
                "displacement": ("personnes déplacées", "displaced people"),
                "herds": ("mouvement de troupeaux", "movement of herds"),
                "water_pasture": ("eau et pâturage", "water and pasture"),
                "flood": ("inondation", "flood"),
                "fire": ("feu", "fire"),
                "human_health": ("santé des personnes", "human health"),
                "animal_health": ("santé des animaux", "animal health"),
                "road": ("route ou passage", "road or crossing"),
                "market": ("marché et prix", "market and prices"),
                "other": ("autre", "other"),
            }
        ),
    ] = None
    since: Annotated[At | None, Field(Role.INSTANT, "Depuis", "Since", hxl="#date+start")] = None
    urgency: Annotated[
        Urgency | None,
        Field(Role.CHOICE, "Urgence ressentie", "How urgent it seems", hxl="#severity+urgency"),
        Labels(
            {
                "now": ("tout de suite", "now"),
                "days": ("dans les jours qui viennent", "within days"),
                "weeks": ("dans les semaines qui viennent", "within weeks"),
                "unknown": ("inconnue", "unknown"),
            }
        ),
    ] = None
    source: Annotated[
        Source | None,
        Field(Role.CHOICE, "Type de source", "Type of source", hxl="#meta+source"),
        Labels(
            {
                "womens_organisation": ("organisation de femmes", "women’s organisation"),
                "youth_organisation": ("organisation de jeunes", "youth organisation"),
                "herders_organisation": ("organisation d’éleveurs", "herders’ organisation"),
                "farmers_organisation": ("organisation d’agriculteurs", "farmers’ organisation"),
                "traders_organisation": (
                    "organisation de commerçants ou de transporteurs",
                    "traders’ or carriers’ organisation",
                ),
                "traditional_authority": ("autorité coutumière", "traditional authority"),
                "local_authority": ("collectivité locale", "local authority"),
                "health_post": ("centre de santé", "health post"),
                "school": ("école", "school"),
                "resident": ("personne du lieu", "somebody who lives there"),
                "traveller": ("personne de passage", "somebody passing through"),
                "other": ("autre", "other"),
            }
        ),
    ] = None
    what: Annotated[
        Long | None, Field(Role.FREE_TEXT, "Ce qui a été vu", "What was seen", hxl="#description")
    ] = None

    def check(self) -> None:
        """What was seen in words or by subject; a reason where set aside, the alert's code where it became one."""
        super().check()
        if self.set_aside_reason is not None and self.state != "set_aside":
            raise RecordError("only an observation that is set aside has a reason for it")
        if self.is_released:
            return
        if self.what is None and self.subject is None:
            raise RecordError("an observation needs to say what was seen, in words or by its subject")
        if self.state == "set_aside" and self.set_aside_reason is None:
            raise RecordError("an observation that is set aside needs a reason")
        if self.state == "became_alert" and self.about is None:
            raise RecordError("an observation that became an alert needs the alert’s code")

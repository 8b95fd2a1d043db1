"""The event types of IOM DTM's Transhumance Tracking Tool, which alerts and incidents share."""

from __future__ import annotations

from typing import Final, Literal

Happening = Literal[
    "agro_pastoral_conflict",
    "community_tension",
    "kidnapping",
    "robbery",
    "cattle_rustling",
    "field_destruction",
    "natural_hazard",
    "accident",
]
"""What an event alert of the TTT reports."""

Movement = Literal["massive_movement", "early_movement", "late_movement", "unexpected_movement"]
"""What a prevention alert of the TTT announces."""

HAPPENING_WORDS: Final[dict[str, tuple[str, str]]] = {
    "agro_pastoral_conflict": ("conflit agropastoral", "agro-pastoral conflict"),
    "community_tension": (
        "tension entre communautés ou au sein d’une communauté",
        "tension between or within communities",
    ),
    "kidnapping": ("enlèvement", "kidnapping"),
    "robbery": ("vol à main armée", "robbery"),
    "cattle_rustling": ("vol de bétail", "cattle rustling"),
    "field_destruction": ("destruction de champs", "field destruction"),
    "natural_hazard": ("aléa naturel", "natural hazard"),
    "accident": ("accident", "accident"),
}
MOVEMENT_WORDS: Final[dict[str, tuple[str, str]]] = {
    "massive_movement": ("mouvement massif", "massive movement"),
    "early_movement": ("mouvement précoce", "early movement"),
    "late_movement": ("mouvement tardif", "late movement"),
    "unexpected_movement": ("mouvement inattendu", "unexpected movement"),
}

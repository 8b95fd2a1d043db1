"""A record of each kind, as it is filed under the agreement."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from entente.places import Place, place_of
from entente.records import (
    Action,
    Alert,
    Attachment,
    Commitment,
    Communique,
    Contact,
    CorridorStatus,
    FlowOfGoods,
    FlowOfLivestock,
    FlowOfPeople,
    Incident,
    Meeting,
    Message,
    Observation,
    Situation,
    Withdrawal,
)
from entente.records.communique import Paragraph
from entente.records.communique import Signatory as Signs
from entente.records.meeting import Delegation
from tests.parties.authorities import BY_CODE


def place(code: str, *, exact: bool = False) -> Place:
    """The place of one of the areas; ``exact`` adds a point and a name that say more than the area."""
    found = place_of(BY_CODE[code])
    if exact:
        return msgspec.structs.replace(found, name=f"Puits près de {found.name}", lat=1_500_123, lon=70_456)
    return found


def _by_the_right_service(changes: dict[str, object]) -> dict[str, object]:
    """A record of another purpose is filed by a service with a mandate for it, unless a test says by whom."""
    acting = {"security": "securite", "pastoral": "elevage", "trade": "elevage"}.get(
        str(changes.get("purpose"))
    )
    return {"service": acting} | changes if acting else changes


def alert(**changes: object) -> Alert:
    """An alert from Labbezanga that article A4 shares."""
    return msgspec.structs.replace(
        Alert(
            at="2022-01-10T06:15:00Z",
            service="protection-civile",
            purpose="humanitarian",
            tlp="GREEN",
            code="GAO-7K3QX",
            place=place("labbezanga", exact=True),
            status="Exercise",
            category=("Met",),
            urgency="Immediate",
            severity="Severe",
            certainty="Observed",
            headline="Exercice : crue du fleuve (donnée synthétique)",
            description="Donnée synthétique, jamais transmise : l’article ne garde pas ce champ.",
        ),
        **_by_the_right_service(changes),
    )


def message(**changes: object) -> Message:
    """A message from Gao to Tillabéri about nothing in particular; article A6 shares it."""
    return msgspec.structs.replace(
        Message(
            at="2022-01-10T07:00:00Z",
            service="protection-civile",
            purpose="humanitarian",
            tlp="GREEN",
            to_party="tillaberi.ne",
            text="Message d’essai (donnée synthétique)",
        ),
        **_by_the_right_service(changes),
    )


def action(**changes: object) -> Action:
    """A joint action; article A7 shares it."""
    return msgspec.structs.replace(
        Action(
            at="2022-01-10T07:30:00Z",
            service="protection-civile",
            purpose="humanitarian",
            tlp="GREEN",
            place=place("ayorou"),
            state="proposed",
            what="Reconnaissance commune (donnée synthétique)",
        ),
        **_by_the_right_service(changes),
    )


def flow(**changes: object) -> FlowOfPeople:
    """A count of people at Labbezanga; article A8 shares it a day later."""
    return msgspec.structs.replace(
        FlowOfPeople(
            at="2022-01-08",
            service="protection-civile",
            purpose="mobility",
            tlp="GREEN",
            place=place("labbezanga", exact=True),
            direction="incoming",
            post="ML-GAO-01",
            start="2022-01-08T06:00:00Z",
            end="2022-01-08T18:00:00Z",
            total=42,
            women=10,
            men=20,
            nationalities={"ML": 30, "NE": 12},
            destination=place("tillaberi"),
        ),
        **_by_the_right_service(changes),
    )


def withdrawal(**changes: object) -> Withdrawal:
    """Takes the alert of :func:`alert` back."""
    return msgspec.structs.replace(
        Withdrawal(
            at="2022-01-10T08:00:00Z",
            service="protection-civile",
            purpose="humanitarian",
            tlp="GREEN",
            about="GAO-7K3QX",
            reason="error",
        ),
        **_by_the_right_service(changes),
    )


def livestock(**changes: object) -> FlowOfLivestock:
    """A count of herds at Labbezanga; no article of the agreement shares it."""
    return msgspec.structs.replace(
        FlowOfLivestock(
            at="2022-01-08",
            service="elevage",
            purpose="pastoral",
            tlp="GREEN",
            place=place("labbezanga", exact=True),
            direction="incoming",
            post="ML-GAO-01",
            start="2022-01-08T06:00:00Z",
            end="2022-01-08T18:00:00Z",
            heads=320,
            cattle=120,
            sheep=200,
            herders=14,
            women=2,
            men=8,
            movement="early",
            surveyed_elsewhere="unknown",
            origin=place("gao"),
            destination=place("tillaberi"),
            pasture="poor",
            disease_signs=("none",),
        ),
        **changes,
    )


def goods(**changes: object) -> FlowOfGoods:
    """A count of cereals at Labbezanga; no article of the agreement shares it."""
    return msgspec.structs.replace(
        FlowOfGoods(
            at="2022-01-08",
            service="elevage",
            purpose="trade",
            tlp="GREEN",
            place=place("labbezanga", exact=True),
            direction="outgoing",
            post="ML-GAO-01",
            product="011",
            flow_type="export",
            formality="informal",
            quantity=200,
            unit="bag",
            bag_kg=100,
            price_xof=22_000,
            source=place("gao"),
            destination=place("tillaberi"),
            checkpoints=3,
            delay_minutes=90,
        ),
        **changes,
    )


def observation(**changes: object) -> Observation:
    """What a women's organisation saw; no article of the agreement shares it."""
    return msgspec.structs.replace(
        Observation(
            at="2022-01-10T05:40:00Z",
            service="femmes",
            purpose="humanitarian",
            tlp="GREEN",
            place=place("labbezanga", exact=True),
            state="received",
            subject="flood",
            urgency="now",
            source="womens_organisation",
            what="L’eau monte autour du quai (donnée synthétique)",
        ),
        **changes,
    )


def incident(**changes: object) -> Incident:
    """A theft of cattle, behind the wall; no article of the agreement shares it."""
    return msgspec.structs.replace(
        Incident(
            at="2022-01-09T22:00:00Z",
            service="securite",
            purpose="security",
            tlp="AMBER",
            place=place("ayorou", exact=True),
            type="cattle_theft",
            injured=2,
            livestock_lost=40,
            weapons_seen="no",
            resolution="open",
            description="Vol de bétail (donnée synthétique)",
        ),
        **changes,
    )


def situation(**changes: object) -> Situation:
    """Displaced people at Ayorou; no article of the agreement shares it."""
    return msgspec.structs.replace(
        Situation(
            at="2022-01-10",
            service="protection-civile",
            purpose="humanitarian",
            tlp="GREEN",
            place=place("ayorou", exact=True),
            group="displaced",
            cause="natural_disaster",
            households=25,
            total=140,
            women=40,
            displaced_from=place("labbezanga"),
            affected={"food": 140},
            in_need={"food": 120},
            description="Crue (donnée synthétique)",
        ),
        **changes,
    )


def corridor_status(**changes: object) -> CorridorStatus:
    """Labbezanga as Gao sees it; no article of the agreement shares it."""
    return msgspec.structs.replace(
        CorridorStatus(
            at="2022-01-10T06:00:00Z",
            service="protection-civile",
            purpose="mobility",
            tlp="GREEN",
            place=place("labbezanga"),
            status="restricted",
            side="gao.ml",
            post="ML-GAO-01",
            restriction=("water_level",),
            concerned=("trucks", "livestock"),
            start="2022-01-10",
            road="difficult",
            daily_in=120,
        ),
        **changes,
    )


def contact(**changes: object) -> Contact:
    """A duty function with a number that nobody has; no article of the agreement shares it."""
    return msgspec.structs.replace(
        Contact(
            at="2022-01-10",
            service="protection-civile",
            purpose="humanitarian",
            tlp="AMBER",
            function="permanence",
            telephone="+22300000000",
            languages=("fr", "ses"),
            start="2022-01-10T18:00:00Z",
            until="2022-01-11T06:00:00Z",
            backup="officier-de-garde",
        ),
        **changes,
    )


def meeting(**changes: object) -> Meeting:
    """A meeting that never took place; no article of the agreement shares it."""
    return msgspec.structs.replace(
        Meeting(
            at="2022-01-10",
            service="protection-civile",
            purpose="administration",
            tlp="GREEN",
            place=place("gao"),
            state="held",
            start="2022-01-10",
            until="2022-01-11",
            subject="Réunion d’essai des deux régions (donnée synthétique)",
            chair="Gouverneur de la région de Gao",
            delegations=(
                Delegation(institution="Région de Gao", party="gao.ml", women=3, men=9),
                Delegation(
                    institution="Région de Tillabéri",
                    party="tillaberi.ne",
                    function="Directeur général",
                    representing="Gouverneur de la région de Tillabéri",
                    women=2,
                    men=7,
                ),
            ),
            agenda=("Échange d’informations", "Corridor"),
            next_place=place("tillaberi"),
            next_start="2022-06",
        ),
        **changes,
    )


def communique(**changes: object) -> Communique:
    """A fictional communiqué, of which the second paragraph waits; no article of the agreement shares it."""
    agreed = {"gao.ml": "agreed", "tillaberi.ne": "agreed"}
    return msgspec.structs.replace(
        Communique(
            at="2022-01-11",
            service="protection-civile",
            purpose="administration",
            tlp="GREEN",
            language="fr",
            subject="Communiqué conjoint (modèle fictif)",
            preamble=("Considérant la coopération des deux régions,",),
            paragraphs=(
                Paragraph(text="Les deux régions échangent leurs informations.", consent=agreed),
                Paragraph(text="Elles se réunissent de nouveau.", consent={"gao.ml": "agreed"}),
            ),
            done="Fait à Gao, le 11 janvier 2022 (fictif)",
            signatories=(
                Signs(party="gao.ml", function="Gouverneur de la région de Gao"),
                Signs(
                    party="tillaberi.ne",
                    function="Directeur général",
                    representing="Gouverneur de la région de Tillabéri",
                    under="délégation de signature (fictive)",
                ),
            ),
        ),
        **changes,
    )


def commitment(**changes: object) -> Commitment:
    """A promise of the fictional communiqué; no article of the agreement shares it."""
    return msgspec.structs.replace(
        Commitment(
            at="2022-01-11",
            service="protection-civile",
            purpose="administration",
            tlp="GREEN",
            state="open",
            paragraph=1,
            services=("gao.ml/protection-civile", "tillaberi.ne/protection-civile"),
            due="2022-06",
            indicator="records_per_week",
            target=20,
            text="Échanger chaque semaine (modèle fictif)",
        ),
        **changes,
    )


PICTURE = b"\xff\xd8\xff\xe0 synthetic: no camera made this \xff\xd9"


def attachment(**changes: object) -> Attachment:
    """An image of the alert, in one part; no article of the agreement shares it."""
    return msgspec.structs.replace(
        Attachment(
            at="2022-01-10T06:20:00Z",
            service="protection-civile",
            purpose="humanitarian",
            tlp="GREEN",
            about="GAO-7K3QX",
            media_type="image/jpeg",
            size=len(PICTURE),
            sha256=sha256(PICTURE).hexdigest(),
            part=1,
            parts=1,
            data=PICTURE,
            caption="Le gué sous l’eau (modèle fictif)",
        ),
        **changes,
    )


EVERY_KIND = {
    "alert": alert,
    "message": message,
    "action": action,
    "withdrawal": withdrawal,
    "flow-of-people": flow,
    "flow-of-livestock": livestock,
    "flow-of-goods": goods,
    "observation": observation,
    "incident": incident,
    "situation": situation,
    "corridor-status": corridor_status,
    "contact": contact,
    "meeting": meeting,
    "communique": communique,
    "commitment": commitment,
    "attachment": attachment,
}
"""How a record of each kind is made."""

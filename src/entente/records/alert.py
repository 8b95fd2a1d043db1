"""An alert: the fields and values of OASIS CAP 1.2, and the event types of IOM DTM's TTT.

Values are CAP's own words, so that an alert goes to and from CAP without a table. What CAP
says in several languages and areas is one text and one place here; the CAP file it came
from stays on its node (:mod:`entente.interop.cap`).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, get_args

from msgspec import Meta

from entente.errors import RecordError
from entente.records import events
from entente.records.base import At, Field, Labels, Lane, Long, Record, Role, Short
from entente.records.times import certainly_after

Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]
MsgType = Literal["Alert", "Update", "Cancel", "Ack", "Error"]
Scope = Literal["Public", "Restricted", "Private"]
Category = Literal[
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
]
Response = Literal[
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"
]
Urgency = Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
Severity = Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
Certainty = Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]
TttKind = Literal["event", "prevention"]
TttEvent = Literal[events.Happening, events.Movement]

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""From the gravest, as CAP lists them."""

CATEGORY_LABELS: Final = Labels(
    {
        "Geo": ("géophysique", "geophysical"),
        "Met": ("météorologie", "weather"),
        "Safety": ("sûreté publique", "public safety"),
        "Security": ("sécurité", "security"),
        "Rescue": ("secours", "rescue"),
        "Fire": ("incendie", "fire"),
        "Health": ("santé", "health"),
        "Env": ("environnement", "environment"),
        "Transport": ("transport", "transport"),
        "Infra": ("infrastructures", "infrastructure"),
        "CBRNE": (
            "NRBCE (nucléaire, radiologique, biologique, chimique, explosif)",
            "CBRNE (chemical, biological, radiological, nuclear, explosive)",
        ),
        "Other": ("autre", "other"),
    }
)


class Alert(Record, kw_only=True, frozen=True, tag="alert"):
    """Something that happened or may happen, and that the other side may have to act on."""

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "alert"
    title: ClassVar[tuple[str, str]] = ("Alerte", "Alert")

    status: Annotated[
        Status,
        Field(Role.CHOICE, "Statut", "Status", hxl="#status+alert"),
        Labels(
            {
                "Actual": ("réel", "actual"),
                "Exercise": ("exercice", "exercise"),
                "System": ("système", "system"),
                "Test": ("essai", "test"),
                "Draft": ("projet", "draft"),
            }
        ),
    ]
    category: Annotated[
        tuple[Category, ...],
        Meta(min_length=1, max_length=12),
        Field(Role.CHOICE, "Catégorie", "Category", hxl="#event+category"),
        CATEGORY_LABELS,
    ]
    urgency: Annotated[
        Urgency,
        Field(Role.CHOICE, "Urgence", "Urgency", hxl="#severity+urgency"),
        Labels(
            {
                "Immediate": ("immédiate", "immediate"),
                "Expected": ("attendue sous peu", "expected soon"),
                "Future": ("à venir", "future"),
                "Past": ("passée", "past"),
                "Unknown": ("inconnue", "unknown"),
            }
        ),
    ]
    severity: Annotated[
        Severity,
        Field(Role.CHOICE, "Gravité", "Severity", hxl="#severity"),
        Labels(
            {
                "Extreme": ("extrême", "extreme"),
                "Severe": ("grave", "severe"),
                "Moderate": ("modérée", "moderate"),
                "Minor": ("mineure", "minor"),
                "Unknown": ("inconnue", "unknown"),
            }
        ),
    ]
    certainty: Annotated[
        Certainty,
        Field(Role.CHOICE, "Certitude", "Certainty", hxl="#severity+certainty"),
        Labels(
            {
                "Observed": ("constatée", "observed"),
                "Likely": ("probable", "likely"),
                "Possible": ("possible", "possible"),
                "Unlikely": ("improbable", "unlikely"),
                "Unknown": ("inconnue", "unknown"),
            }
        ),
    ]
    msg_type: Annotated[
        MsgType | None,
        Field(Role.CHOICE, "Type de message", "Message type", hxl="#event+msgtype"),
        Labels(
            {
                "Alert": ("alerte", "alert"),
                "Update": ("mise à jour", "update"),
                "Cancel": ("annulation", "cancellation"),
                "Ack": ("accusé de réception", "acknowledgement"),
                "Error": ("rejet", "error"),
            }
        ),
    ] = None
    scope: Annotated[
        Scope | None,
        Field(Role.CHOICE, "Diffusion d’origine", "Original scope", hxl="#meta+scope"),
        Labels(
            {
                "Public": ("publique", "public"),
                "Restricted": ("restreinte", "restricted"),
                "Private": ("privée", "private"),
            }
        ),
    ] = None
    response: Annotated[
        tuple[Response, ...],
        Meta(max_length=9),
        Field(Role.CHOICE, "Conduite à tenir", "Response", hxl="#activity+response"),
        Labels(
            {
                "Shelter": ("se mettre à l’abri", "take shelter"),
                "Evacuate": ("évacuer", "evacuate"),
                "Prepare": ("se préparer", "prepare"),
                "Execute": ("exécuter le plan prévu", "carry out the plan"),
                "Avoid": ("éviter", "avoid"),
                "Monitor": ("suivre la situation", "monitor"),
                "Assess": ("évaluer", "assess"),
                "AllClear": ("fin d’alerte", "all clear"),
                "None": ("aucune", "none"),
            }
        ),
    ] = ()
    onset: Annotated[At | None, Field(Role.INSTANT, "Début", "Onset", hxl="#date+onset")] = None
    expires: Annotated[At | None, Field(Role.INSTANT, "Expire", "Expires", hxl="#date+expires")] = None
    ttt_kind: Annotated[
        TttKind | None,
        Field(Role.CHOICE, "Alerte TTT", "TTT alert", hxl="#event+kind"),
        Labels({"event": ("événement", "event"), "prevention": ("prévention", "prevention")}),
    ] = None
    ttt_event: Annotated[
        TttEvent | None,
        Field(Role.CHOICE, "Événement TTT", "TTT event", hxl="#event+type"),
        Labels(events.HAPPENING_WORDS | events.MOVEMENT_WORDS),
    ] = None
    event: Annotated[Short | None, Field(Role.FREE_TEXT, "Événement", "Event", hxl="#event+name")] = None
    headline: Annotated[Short | None, Field(Role.FREE_TEXT, "Titre", "Headline", hxl="#event+headline")] = (
        None
    )
    description: Annotated[
        Long | None, Field(Role.FREE_TEXT, "Description", "Description", hxl="#description")
    ] = None
    instruction: Annotated[
        Long | None, Field(Role.FREE_TEXT, "Consigne", "Instruction", hxl="#description+instruction")
    ] = None

    def check(self) -> None:
        """Lists without repetition; the end after the onset; a TTT event with its kind."""
        super().check()
        if len(set(self.category)) != len(self.category) or len(set(self.response)) != len(self.response):
            raise RecordError("an alert names a category or a response twice")
        if self.onset is not None and self.expires is not None and certainly_after(self.onset, self.expires):
            raise RecordError("an alert expires after its onset")
        if not self.is_released and self.ttt_event is not None and self.ttt_kind is None:
            raise RecordError("a TTT event needs its kind: event or prevention")

"""A small agreement between two of them: its articles, and the whole as it is signed and adopted."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec

from entente.agreements.document import (
    Agreement,
    Exceptional,
    Form,
    Function,
    Respond,
    Share,
    Signatory,
    Signed,
    Text,
    Withhold,
    Zone,
    agreement_text,
    read_note,
)
from entente.agreements.steps import Standing
from entente.signing import sign_note
from tests.parties.authorities import AREAS, GAO, PARTIES, TILLABERI, Authority

WATERMARK = "MODÈLE FICTIF : aucun texte officiel n’a été publié, personne n’a signé ceci"

ALERT_FIELDS = (
    "reported_at",
    "verification",
    "revises",
    "status",
    "category",
    "urgency",
    "severity",
    "certainty",
    "response",
    "onset",
    "expires",
    "ttt_kind",
    "ttt_event",
    "event",
    "headline",
)
MESSAGE_FIELDS = ("about", "to_party", "to_service", "to_function", "step", "function", "answer_by", "text")
FLOW_FIELDS = (
    "direction",
    "start",
    "end",
    "minutes",
    "total",
    "women",
    "men",
    "girls",
    "boys",
    "destination",
)

_BOTH = ("gao.ml", "tillaberi.ne")

ARTICLES = (
    Text(
        id="A1", text="Les parties échangent les fiches que décrivent les articles suivants, et rien d’autre."
    ),
    Withhold(id="A2", text="Ce qui est marqué RED ne sort jamais.", tlp_from="RED"),
    Withhold(
        id="A3",
        text="Ce que des organisations communautaires ont confié pour la sécurité ne sort jamais.",
        purposes=("security",),
        services=("femmes",),
    ),
    Share(
        id="A4",
        text="Les alertes humanitaires, pastorales et de mobilité sont transmises sans délai, par localité.",
        from_=_BOTH,
        to=_BOTH,
        kinds=("alert",),
        purposes=("humanitarian", "mobility", "pastoral"),
        tlp="AMBER",
        form=Form(fields=ALERT_FIELDS, place="locality", time="exact"),
        retention_days=730,
    ),
    Share(
        id="A5",
        text="Les alertes de sécurité sont transmises aux services de sécurité, sans texte, par cercle ou département.",
        from_=_BOTH,
        to=_BOTH,
        kinds=("alert",),
        purposes=("security",),
        tlp="GREEN",
        form=Form(
            fields=("revises", "status", "category", "urgency", "severity", "certainty", "ttt_event"),
            place="district",
            time="day",
            tlp="AMBER",
        ),
        retention_days=90,
    ),
    Share(
        id="A6",
        text="Les services se répondent et s’écrivent.",
        from_=_BOTH,
        to=_BOTH,
        kinds=("message",),
        purposes=("humanitarian", "mobility", "pastoral", "security", "administration"),
        tlp="AMBER",
        form=Form(fields=MESSAGE_FIELDS, place="locality", time="exact"),
        retention_days=730,
    ),
    Share(
        id="A7",
        text="Les actions communes sont annoncées et suivies.",
        from_=_BOTH,
        to=_BOTH,
        kinds=("action",),
        purposes=("humanitarian", "mobility", "pastoral"),
        tlp="AMBER",
        form=Form(
            fields=(
                "about",
                "state",
                "services",
                "start",
                "until",
                "progress",
                "what",
                "tasks",
                "reason",
                "result",
            ),
            place="locality",
            time="hour",
        ),
        retention_days=730,
    ),
    Share(
        id="A8",
        text="Les flux de personnes sont transmis le lendemain, par cercle ou département et par jour.",
        from_=_BOTH,
        to=_BOTH,
        kinds=("flow-of-people",),
        purposes=("mobility",),
        tlp="GREEN",
        recipients=("mobility", "humanitarian"),
        form=Form(fields=FLOW_FIELDS, place="district", time="day"),
        delay_hours=24,
        retention_days=365,
    ),
    Respond(
        id="A9",
        text="Une alerte extrême ou grave est prise en compte en une heure.",
        kinds=("alert",),
        severities=("Extreme", "Severe"),
        acknowledge_within_minutes=60,
        act_within_minutes=360,
        escalate_to="Le directeur de la protection civile",
    ),
)

EXCEPTIONAL = Exceptional(
    id="E1",
    text="En cas d’urgence, deux fonctions nommées transmettent ensemble une alerte qu’aucun article ne partage.",
    from_=_BOTH,
    to=_BOTH,
    kinds=("alert",),
    purposes=("humanitarian", "security"),
    tlp="AMBER+STRICT",
    functions=tuple(
        Function(party=party, service=service, function=function, name=name)
        for party in _BOTH
        for service, function, name in (
            ("protection-civile", "directeur", "Directeur de la protection civile"),
            ("protection-civile", "permanence", "Permanence de la protection civile"),
            ("securite", "coordonnateur", "Coordonnateur de la sécurité"),
            ("securite", "permanence", "Permanence de la sécurité"),
        )
    ),
    form=Form(fields=ALERT_FIELDS, place="district", time="hour", tlp="AMBER+STRICT"),
    retention_days=30,
)
"""An article that is not in ``ARTICLES``: what two functions of one side release together."""

CONTACTS = Share(
    id="A12",
    text="Les téléphones de permanence sont transmis.",
    from_=_BOTH,
    to=_BOTH,
    kinds=("contact",),
    purposes=("humanitarian", "pastoral", "security"),
    tlp="AMBER",
    form=Form(
        fields=("function", "telephone", "radio", "languages", "start", "until"),
        place="locality",
        time="exact",
    ),
    retention_days=30,
)
"""Nor is this one: whom to call."""

AGREEMENT = Agreement(
    id="gao-tillaberi",
    version=1,
    title="Entente d’échange entre les régions de Gao et de Tillabéri (modèle)",
    watermark=WATERMARK,
    legal_basis=("Convention de l’Union africaine sur la coopération transfrontalière, Niamey, 2014",),
    effective=date(2021, 12, 15),
    expires=date(2023, 12, 14),
    sign_by=date(2022, 3, 31),
    time_zone="Africa/Niamey",
    parties=(GAO.party, TILLABERI.party),
    signatories=(
        Signatory(party="gao.ml", function="Gouverneur de la région de Gao"),
        Signatory(
            party="tillaberi.ne",
            function="Directeur général",
            acting_for="Gouverneur de la région de Tillabéri",
            under="délégation de signature (fictive)",
        ),
    ),
    zone=Zone(name="Corridor Labbezanga–Kongo Kiré", areas=AREAS),
    articles=ARTICLES,
)
"""Valid and without warnings: whatever a test changes in it is the cause of what it finds."""

ADOPTED_AT = datetime(2021, 12, 10, 9, tzinfo=UTC)
NOW = datetime(2022, 1, 10, 8, 30, tzinfo=UTC)
"""A moment at which the agreement is in force."""


def agreement(**changes: object) -> Agreement:
    """The agreement, with other values in some fields of its top level."""
    return msgspec.structs.replace(AGREEMENT, **changes)


def exceptional(**changes: object) -> Agreement:
    """The agreement with its exceptional article, and others of its values there."""
    return agreement(articles=(*ARTICLES, msgspec.structs.replace(EXCEPTIONAL, **changes)))


def signed(agreement: Agreement = AGREEMENT, *signers: Authority) -> Signed:
    """The agreement, signed by these, or by each of its parties that this module has a key for."""
    by = signers or tuple(PARTIES[party.id] for party in agreement.parties if party.id in PARTIES)
    return read_note(sign_note(agreement_text(agreement), *(one.authority for one in by)).to_bytes())


def standing(agreement: Agreement = AGREEMENT, adopted_at: datetime | None = ADOPTED_AT) -> Standing:
    """The agreement, signed by all and adopted."""
    return Standing(signed(agreement), adopted_at)

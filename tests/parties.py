"""Three authorities and a small agreement, for every test that needs some. All of it is synthetic.

``GAO`` (gao.ml) is the author, ``TILLABERI`` (tillaberi.ne) the partner, ``KAYES`` (kayes.ml)
the non-party, who must get nothing. Their keys come from the hash of their names and belong to
nobody. Area codes and coordinates are public facts (OCHA common operational datasets,
GeoNames); the agreement is a fictional model, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

import msgspec

from entente.agreements.document import (
    Agreement,
    Exceptional,
    Form,
    Function,
    Keys,
    Party,
    Respond,
    Service,
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
from entente.places import Area, Place, place_of
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
from entente.sealing import recipient_of
from entente.signing import COSIGNATURE, ED25519, SigningKey, sign_note

WATERMARK = "MODÈLE FICTIF : aucun texte officiel n’a été publié, personne n’a signé ceci"

# age makes its keys itself: these were made once, for tests only, and have sealed nothing else.
_SEALS = {
    "gao.ml": "AGE-SECRET-KEY-1VPXCZ8003ZLMA7Q9JH4G3T7EG282AD7RLXTHG8NHLSF5DPHHZ9TS0RA4H9",
    "tillaberi.ne": "AGE-SECRET-KEY-1E2SWQ90HTG5FREA9G2ESPJMSTXP0KD3SMFRDUZKL8CNXRNDFPJCQ0UGD50",
    "kayes.ml": "AGE-SECRET-KEY-1DDKUCF0H8YRLSEV2WQ24HUJLV0APZP3086CYZK9Q0ANJF6M3X4FSSKRE55",
}


def synthetic_key(name: str, algorithm: int = ED25519) -> SigningKey:
    """The key whose seed is the hash of its name."""
    return SigningKey.from_seed(name, sha256(b"entente synthetic party " + name.encode()).digest(), algorithm)


@dataclass(frozen=True)
class Authority:
    """A party with its private halves."""

    id: str
    authority: SigningKey
    log: SigningKey
    receipts: SigningKey
    seal: str
    party: Party


def authority(
    party: str, name: str, short: str, country: str, services: tuple[Service, ...] = ()
) -> Authority:
    """An authority with the synthetic keys of its id; a seal key only for the three of this module."""
    keys = {role: synthetic_key(f"{party}/{role}") for role in ("authority", "log")}
    receipts = synthetic_key(f"{party}/receipts", COSIGNATURE)
    seal = _SEALS[party]
    public = Keys(
        authority=str(keys["authority"].verifier),
        log=str(keys["log"].verifier),
        receipts=str(receipts.verifier),
        seal=recipient_of(seal),
    )
    described = Party(id=party, name=name, short=short, country=country, keys=public, services=services)
    return Authority(party, keys["authority"], keys["log"], receipts, seal, described)


GAO = authority(
    "gao.ml",
    "Région de Gao",
    "GAO",
    "ML",
    (
        Service(
            id="protection-civile",
            name="Protection civile de Gao",
            mandates=("humanitarian", "mobility", "administration"),
        ),
        Service(id="elevage", name="Services vétérinaires de Gao", mandates=("pastoral", "trade")),
        Service(id="securite", name="Coordination de la sécurité de Gao", mandates=("security",)),
        Service(
            id="femmes", name="Organisation de femmes de Gao", mandates=("humanitarian",), community=True
        ),
    ),
)
TILLABERI = authority(
    "tillaberi.ne",
    "Région de Tillabéri",
    "TIL",
    "NE",
    (
        Service(
            id="protection-civile",
            name="Protection civile de Tillabéri",
            mandates=("humanitarian", "mobility", "administration"),
        ),
        Service(id="elevage", name="Services vétérinaires de Tillabéri", mandates=("pastoral", "trade")),
        Service(id="securite", name="Coordination de la sécurité de Tillabéri", mandates=("security",)),
    ),
)
KAYES = authority(
    "kayes.ml",
    "Région de Kayes",
    "KAY",
    "ML",
    (
        Service(
            id="protection-civile",
            name="Protection civile de Kayes",
            mandates=("humanitarian", "mobility", "pastoral", "security", "trade", "administration"),
        ),
    ),
)
PARTIES = {one.id: one for one in (GAO, TILLABERI, KAYES)}

_MALI = {"scheme": "ocha-cod", "version": "2021-12-20"}
_NIGER = {"scheme": "ocha-cod", "version": "2023-07-25"}
_OWN = {"scheme": "gao-tillaberi", "version": "1"}

AREAS = (
    Area(code="ML07", name="Gao", level="region", **_MALI),
    Area(code="ML0701", name="Ansongo", level="district", within="ML07", **_MALI),
    Area(code="ML0703", name="Gao", level="district", within="ML07", **_MALI),
    Area(code="NE006", name="Tillabéri", level="region", **_NIGER),
    Area(code="NE006002", name="Ayérou", level="district", within="NE006", **_NIGER),
    Area(code="NE006012", name="Tillabéri", level="district", within="NE006", **_NIGER),
    Area(code="gao", name="Gao", level="locality", within="ML0703", lat=1_627_167, lon=-4_472, **_OWN),
    Area(
        code="labbezanga",
        name="Labbezanga",
        level="locality",
        within="ML0701",
        lat=1_497_361,
        lon=71_028,
        **_OWN,
    ),
    Area(
        code="ayorou",
        name="Ayorou",
        level="locality",
        within="NE006002",
        lat=1_473_075,
        lon=91_739,
        **_OWN,
    ),
    Area(
        code="tillaberi",
        name="Tillabéri",
        level="locality",
        within="NE006012",
        lat=1_420_711,
        lon=145_418,
        **_OWN,
    ),
)
BY_CODE = {area.code: area for area in AREAS}

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

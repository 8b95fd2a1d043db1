"""Synthetic records of every kind, and strategies that make any record that is allowed. Nothing happened."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from typing import Any, get_args

from hypothesis import strategies as st

from entente.places import LEVELS
from entente.records import (
    KINDS,
    Record,
    attachment,
    codes,
    commitment,
    corridor_status,
    flow_of_goods,
    flow_of_livestock,
    from_plain,
    incident,
    meeting,
    observation,
    situation,
)
from entente.records import alert as alerts
from entente.records import flow_of_people as flows
from entente.records.action import State
from entente.records.base import PURPOSES, TLPS, Method, Verification
from entente.records.communique import Consent
from entente.records.flow import Direction
from entente.records.message import Step
from entente.records.withdrawal import Reason

GAO_1 = codes.new_code("GAO", b"\x01\x02\x03")
GAO_2 = codes.new_code("GAO", b"\x04\x05\x06")
TIL_1 = codes.new_code("TIL", b"\x07\x08\x09")

LABBEZANGA = {
    "name": "Labbezanga",
    "code": "labbezanga",
    "scheme": "gao-tillaberi",
    "version": "1",
    "lat": 1_497_361,
    "lon": 71_028,
    "level": "locality",
}

HEADER = {
    "at": "2021-12-01T14:30:00Z",
    "service": "protection-civile",
    "purpose": "humanitarian",
    "tlp": "GREEN",
}

PICTURE = b"\xff\xd8\xff\xe0 synthetic: no camera made this \xff\xd9"
"""Bytes that stand for an image: records carry it and do not look into it."""

PLAIN: dict[str, dict[str, Any]] = {
    "alert": {
        **HEADER,
        "kind": "alert",
        "code": GAO_1,
        "place": LABBEZANGA,
        "status": "Exercise",
        "category": ["Met", "Safety"],
        "urgency": "Expected",
        "severity": "Severe",
        "certainty": "Likely",
        "onset": "2021-12-02T06:00:00Z",
        "expires": "2021-12-03T06:00:00Z",
        "event": "crue (exercice)",
    },
    "message": {
        **HEADER,
        "kind": "message",
        "code": TIL_1,
        "about": GAO_1,
        "to_party": "gao.ml",
        "step": "acknowledged",
    },
    "action": {
        **HEADER,
        "kind": "action",
        "code": GAO_2,
        "about": GAO_1,
        "place": LABBEZANGA,
        "state": "proposed",
        "services": ["gao.ml/protection-civile", "tillaberi.ne/protection-civile"],
        "start": "2021-12-02",
        "until": "2021-12-04",
        "what": "patrouille fluviale commune (exercice)",
    },
    "withdrawal": {**HEADER, "kind": "withdrawal", "about": GAO_1, "reason": "error"},
    "flow-of-people": {
        **HEADER,
        "kind": "flow-of-people",
        "purpose": "mobility",
        "place": LABBEZANGA,
        "post": "ML-GAO-01",
        "start": "2021-12-01T06:00:00Z",
        "end": "2021-12-01T18:00:00Z",
        "minutes": 480,
        "direction": "outgoing",
        "total": 12,
        "women": 3,
        "men": 4,
        "girls": 2,
        "boys": 3,
        "under_five": 2,
        "nationalities": {"ML": 9, "NE": 3},
        "transport": "bus",
        "flow_type": "seasonal",
        "destination": {"code": "DZ", "scheme": "iso3166-1", "version": "2020", "level": "country"},
    },
    "flow-of-livestock": {
        **HEADER,
        "kind": "flow-of-livestock",
        "purpose": "pastoral",
        "place": LABBEZANGA,
        "post": "ML-GAO-01",
        "start": "2021-12-01T06:00:00Z",
        "end": "2021-12-01T18:00:00Z",
        "minutes": 480,
        "direction": "incoming",
        "heads": 320,
        "cattle": 120,
        "sheep": 150,
        "goats": 50,
        "herders": 14,
        "women": 2,
        "men": 8,
        "girls": 1,
        "boys": 3,
        "movement": "early",
        "surveyed_elsewhere": "unknown",
        "origin": {"name": "Ansongo", "level": "district"},
        "destination": {"name": "Ayorou", "level": "locality"},
        "pasture": "poor",
        "water": "fair",
        "body_condition": "fair",
        "disease_signs": ["cough", "wasting"],
    },
    "flow-of-goods": {
        **HEADER,
        "kind": "flow-of-goods",
        "purpose": "trade",
        "place": LABBEZANGA,
        "post": "ML-GAO-01",
        "start": "2021-12-01",
        "end": "2021-12-01",
        "direction": "outgoing",
        "product": "011",
        "flow_type": "export",
        "formality": "informal",
        "quantity": 200,
        "unit": "bag",
        "bag_kg": 100,
        "price_xof": 22_000,
        "source": {"name": "Gao", "level": "region"},
        "destination": {"name": "Tillabéri", "level": "region"},
        "checkpoints": 3,
        "illicit_payment_xof": 0,
        "delay_minutes": 90,
    },
    "observation": {
        **HEADER,
        "kind": "observation",
        "service": "femmes",
        "code": GAO_1,
        "place": LABBEZANGA,
        "state": "received",
        "subject": "flood",
        "since": "2021-11-30",
        "urgency": "now",
        "source": "womens_organisation",
        "what": "l’eau monte autour du quai (exercice)",
    },
    "incident": {
        **HEADER,
        "kind": "incident",
        "purpose": "security",
        "code": GAO_2,
        "about": GAO_1,
        "place": LABBEZANGA,
        "type": "cattle_theft",
        "killed": 0,
        "injured": 2,
        "livestock_lost": 40,
        "weapons_seen": "no",
        "resolution": "mediated",
        "description": "vol de bétail (exercice)",
    },
    "situation": {
        **HEADER,
        "kind": "situation",
        "code": GAO_2,
        "about": GAO_1,
        "place": LABBEZANGA,
        "group": "displaced",
        "cause": "natural_disaster",
        "households": 25,
        "total": 140,
        "women": 40,
        "men": 30,
        "girls": 36,
        "boys": 34,
        "under_five": 20,
        "displaced_from": {"name": "Ansongo", "level": "district"},
        "shelter": "host_family",
        "affected": {"food": 140, "shelter_items": 140},
        "in_need": {"food": 120, "shelter_items": 90},
        "reached": {"food": 60},
        "description": "crue (exercice)",
    },
    "corridor-status": {
        **HEADER,
        "kind": "corridor-status",
        "purpose": "mobility",
        "code": GAO_1,
        "place": LABBEZANGA,
        "status": "restricted",
        "side": "gao.ml",
        "post": "ML-GAO-01",
        "route": "labbezanga-ayorou",
        "restriction": ["curfew"],
        "concerned": ["trucks", "livestock"],
        "start": "2021-12-01",
        "until": "2021-12-05",
        "road": "difficult",
        "water_point": "working",
        "pasture": "fair",
        "daily_in": 120,
        "daily_out": 90,
    },
    "contact": {
        **HEADER,
        "kind": "contact",
        "code": GAO_1,
        "function": "permanence",
        "telephone": "+22300000000",
        "radio": "canal 12 (exercice)",
        "languages": ["fr", "ses", "ff"],
        "start": "2021-12-01T18:00:00Z",
        "until": "2021-12-02T06:00:00Z",
        "backup": "officier-de-garde",
    },
    "meeting": {
        **HEADER,
        "kind": "meeting",
        "purpose": "administration",
        "code": GAO_1,
        "place": {"name": "Gao", "level": "locality"},
        "state": "held",
        "start": "2021-12-01",
        "until": "2021-12-02",
        "subject": "Réunion des deux régions (exercice)",
        "chair": "Gouverneur de la région",
        "delegations": [
            {"institution": "Région de Gao", "party": "gao.ml", "women": 3, "men": 9},
            {
                "institution": "Région de Tillabéri",
                "party": "tillaberi.ne",
                "function": "Directeur général",
                "representing": "Gouverneur de la région",
                "women": 2,
                "men": 7,
            },
            {"institution": "Organisation facilitatrice"},
        ],
        "agenda": ["Échange d’informations", "Corridor"],
        "next_place": {"name": "Tillabéri", "level": "locality"},
        "next_start": "2022-03",
    },
    "communique": {
        **HEADER,
        "kind": "communique",
        "purpose": "administration",
        "code": GAO_2,
        "about": GAO_1,
        "language": "fr",
        "subject": "Communiqué conjoint (modèle fictif)",
        "preamble": ["Considérant la coopération des deux régions,"],
        "paragraphs": [
            {
                "text": "Les deux régions échangent leurs informations.",
                "consent": {"gao.ml": "agreed", "tillaberi.ne": "agreed"},
            },
            {"text": "Elles se réunissent de nouveau.", "consent": {"gao.ml": "agreed"}},
        ],
        "done": "Fait à Gao, le 2 décembre 2021",
        "signatories": [
            {"party": "gao.ml", "function": "Gouverneur de la région de Gao"},
            {
                "party": "tillaberi.ne",
                "function": "Directeur général",
                "representing": "Gouverneur de la région de Tillabéri",
                "under": "délégation de signature (fictive)",
            },
        ],
    },
    "commitment": {
        **HEADER,
        "kind": "commitment",
        "purpose": "administration",
        "code": TIL_1,
        "about": GAO_2,
        "paragraph": 1,
        "state": "under_way",
        "services": ["gao.ml/protection-civile", "tillaberi.ne/protection-civile"],
        "due": "2022-06",
        "indicator": "records_per_week",
        "target": 20,
        "evidence": [GAO_1],
        "text": "Échanger chaque semaine (modèle fictif)",
    },
    "attachment": {
        **HEADER,
        "kind": "attachment",
        "about": GAO_1,
        "media_type": "image/jpeg",
        "size": len(PICTURE),
        "sha256": sha256(PICTURE).hexdigest(),
        "part": 1,
        "parts": 1,
        "data": b64encode(PICTURE).decode(),
        "width": 1280,
        "height": 960,
        "caption": "Le gué sous l’eau (donnée synthétique)",
    },
}
"""One of every kind."""


def plain(kind: str, /, **changes: Any) -> dict[str, Any]:
    """The synthetic record of a kind with some fields changed; None takes one away."""
    return {name: value for name, value in {**PLAIN[kind], **changes}.items() if value is not None}


def make(kind: str, /, **changes: Any) -> Record:
    """The same as a checked record."""
    return from_plain(plain(kind, **changes))


BIDI = "".join(map(chr, [*range(0x2028, 0x202F), *range(0x2066, 0x206A)]))
_CHARACTERS = {"exclude_categories": ("Cs", "Cc"), "exclude_characters": BIDI + "\ufffe\uffff"}
lines = st.text(st.characters(**_CHARACTERS), min_size=1, max_size=60)
texts = st.text(st.characters(**_CHARACTERS) | st.sampled_from("\n\t"), min_size=1, max_size=200)
slugs = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
prefixes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=8)
good_codes = st.builds(codes.new_code, prefixes, st.binary(min_size=3, max_size=3))
counts = st.integers(0, 10_000_000)

_zones = st.sampled_from(["Z", "+00:00", "-00:00", "+01:00", "-11:30", "+14:00", "+05:45"])
_FIRST, _LAST = datetime(2001, 1, 1), datetime(2198, 12, 31)  # noqa: DTZ001  (hypothesis draws local times)
days = st.dates(_FIRST.date(), _LAST.date())
exact_times = st.builds(
    lambda moment, zone: moment.strftime("%Y-%m-%dT%H:%M:%S") + zone, st.datetimes(_FIRST, _LAST), _zones
)
hours = st.builds(lambda day, hour, zone: f"{day}T{hour:02}{zone}", days, st.integers(0, 23), _zones)
weeks = days.map(lambda day: "{}-W{:02}".format(*day.isocalendar()))
months = days.map(lambda day: f"{day.year}-{day.month:02}")
times = st.one_of(exact_times, hours, days.map(str), weeks, months)


def one_of(literal: object) -> st.SearchStrategy[str]:
    return st.sampled_from(get_args(literal))


def some_of(literal: object, least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(one_of(literal), unique=True, min_size=least)


@st.composite
def plain_places(draw: st.DrawFn) -> dict[str, Any]:
    parts = draw(st.sets(st.sampled_from(["name", "code", "point"]), min_size=1))
    place: dict[str, Any] = {}
    if "name" in parts:
        place["name"] = draw(lines)
    if "code" in parts:
        short = st.text(st.characters(**_CHARACTERS), min_size=1, max_size=20)
        place |= {"code": draw(short), "scheme": draw(short), "version": draw(short)}
    if "point" in parts:
        place["lat"] = draw(st.integers(-9_000_000, 9_000_000))
        place["lon"] = draw(st.integers(-18_000_000, 18_000_000))
    if draw(st.booleans()):
        place["level"] = draw(st.sampled_from(LEVELS))
    return place


def _header(**more: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "reported_at": times,
        "place": plain_places(),
        "method": one_of(Method),
        "verification": one_of(Verification),
        "article": st.just("1#A2"),
        "released_at": exact_times,
        **more,
    }


def _always() -> dict[str, st.SearchStrategy[Any]]:
    return {
        "at": times,
        "service": slugs,
        "purpose": st.sampled_from(PURPOSES),
        "tlp": st.sampled_from(TLPS),
    }


plain_alerts = st.fixed_dictionaries(
    {
        **_always(),
        "kind": st.just("alert"),
        "status": one_of(alerts.Status),
        "category": some_of(alerts.Category, 1),
        "urgency": one_of(alerts.Urgency),
        "severity": one_of(alerts.Severity),
        "certainty": one_of(alerts.Certainty),
    },
    optional=_header(
        code=st.just(GAO_1),
        revises=st.just(GAO_2),
        msg_type=one_of(alerts.MsgType),
        scope=one_of(alerts.Scope),
        response=some_of(alerts.Response, 1),
        onset=times,
        expires=times,
        ttt_kind=one_of(alerts.TttKind),
        ttt_event=one_of(alerts.TttEvent),
        event=lines,
        headline=lines,
        description=texts,
        instruction=texts,
    ),
)
plain_messages = st.fixed_dictionaries(
    {**_always(), "kind": st.just("message"), "to_party": slugs},
    optional=_header(
        code=st.just(TIL_1),
        about=good_codes,
        to_service=slugs,
        to_function=slugs,
        step=one_of(Step),
        answer_by=times,
        text=texts,
    ),
)
plain_actions = st.fixed_dictionaries(
    {**_always(), "kind": st.just("action"), "state": one_of(State)},
    optional=_header(
        code=st.just(TIL_1),
        about=good_codes,
        services=st.lists(st.builds("{}/{}".format, slugs, slugs), unique=True, min_size=1, max_size=20),
        start=times,
        until=times,
        progress=st.integers(0, 100),
        what=lines,
        tasks=st.lists(
            st.fixed_dictionaries(
                {"what": lines},
                optional={
                    "service": st.builds("{}/{}".format, slugs, slugs),
                    "state": st.sampled_from(["under_way", "done", "dropped"]),
                },
            ),
            min_size=1,
            max_size=20,
        ),
        reason=texts,
        result=texts,
    ),
)
plain_withdrawals = st.fixed_dictionaries(
    {**_always(), "kind": st.just("withdrawal"), "about": good_codes, "reason": one_of(Reason)},
    optional={"released_at": exact_times},
)
_countries = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
_numbers = ("total", "women", "men", "girls", "boys")
_parts = ("under_five", "pregnant", "elderly", "disabled", "unaccompanied")
plain_flows = st.fixed_dictionaries(
    {**_always(), "kind": st.just("flow-of-people"), "direction": one_of(Direction)},
    optional=_header(
        post=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", fullmatch=True),
        start=times,
        end=times,
        minutes=st.integers(0, 44_640),
        nationalities=st.dictionaries(_countries, counts, max_size=60),
        transport=one_of(flows.Transport),
        flow_type=one_of(flows.FlowType),
        previous=plain_places(),
        next=plain_places(),
        destination=plain_places(),
        **dict.fromkeys((*_numbers, *_parts), counts),
    ),
)
_posts = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", fullmatch=True)
_parties = st.sampled_from(["gao.ml", "tillaberi.ne", "kayes.ml"])
_services = st.lists(st.builds("{}/{}".format, slugs, slugs), unique=True, min_size=1, max_size=20)
_languages = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=3)
_period: dict[str, st.SearchStrategy[Any]] = {"start": times, "until": times}
_observed: dict[str, st.SearchStrategy[Any]] = {
    "post": _posts,
    "start": times,
    "end": times,
    "minutes": st.integers(0, 44_640),
}


def _kind(
    kind: str,
    must: dict[str, st.SearchStrategy[Any]],
    may: dict[str, st.SearchStrategy[Any]],
    code: str | None = GAO_1,
) -> st.SearchStrategy[dict[str, Any]]:
    """A record of a kind; one with a code is about something now and then."""
    spoken = {} if code is None else {"code": st.just(code), "about": good_codes}
    return st.fixed_dictionaries(
        {**_always(), "kind": st.just(kind), **must}, optional={**_header(), **spoken, **may}
    )


plain_herds = _kind(
    "flow-of-livestock",
    {"direction": one_of(Direction)},
    {
        **_observed,
        **dict.fromkeys(("heads", "cattle", "sheep", "goats", "camels", "donkeys", "horses"), counts),
        **dict.fromkeys(("herders", "women", "men", "girls", "boys"), counts),
        "movement": one_of(flow_of_livestock.Movement),
        "surveyed_elsewhere": one_of(flow_of_livestock.Surveyed),
        "origin": plain_places(),
        "destination": plain_places(),
        **dict.fromkeys(("pasture", "water", "body_condition"), one_of(flow_of_livestock.Condition)),
        "disease_signs": some_of(flow_of_livestock.Sign, 1).filter(lambda signs: len(signs) < 10),
    },
    None,
)
plain_goods = _kind(
    "flow-of-goods",
    {
        "direction": one_of(Direction),
        "product": one_of(flow_of_goods.Product),
        "flow_type": one_of(flow_of_goods.FlowType),
    },
    {
        **_observed,
        "formality": one_of(flow_of_goods.Formality),
        "unit": one_of(flow_of_goods.Unit),
        "bag_kg": st.integers(1, 1_000),
        **dict.fromkeys(("quantity", "price_xof", "illicit_payment_xof"), st.integers(0, 10**9)),
        "source": plain_places(),
        "destination": plain_places(),
        "checkpoints": st.integers(0, 1_000),
        "delay_minutes": st.integers(0, 44_640),
    },
    None,
)
plain_observations = _kind(
    "observation",
    {"state": one_of(observation.State)},
    {
        "set_aside_reason": one_of(observation.Reason),
        "subject": one_of(observation.Subject),
        "since": times,
        "urgency": one_of(observation.Urgency),
        "source": one_of(observation.Source),
        "what": texts,
    },
)
plain_incidents = _kind(
    "incident",
    {"type": one_of(incident.Type)},
    {
        **dict.fromkeys(("killed", "injured", "abducted", "displaced", "livestock_lost"), counts),
        "weapons_seen": one_of(incident.YesNo),
        "resolution": one_of(incident.Resolution),
        "description": texts,
        "outcome": texts,
    },
)
_sectors = st.dictionaries(one_of(situation.Sector), counts)
plain_situations = _kind(
    "situation",
    {"group": one_of(situation.Group)},
    {
        "cause": one_of(situation.Cause),
        "shelter": one_of(situation.Shelter),
        "displaced_from": plain_places(),
        "displaced_to": plain_places(),
        "description": texts,
        **dict.fromkeys((*_numbers, *_parts, "households"), counts),
        **dict.fromkeys(("affected", "in_need", "targeted", "reached"), _sectors),
    },
)
plain_corridors = _kind(
    "corridor-status",
    {"status": one_of(corridor_status.Status), "side": _parties},
    {
        **_period,
        "post": _posts,
        "route": slugs,
        "restriction": some_of(corridor_status.Restriction, 1),
        "concerned": some_of(corridor_status.Concerned, 1),
        "road": one_of(corridor_status.Road),
        "water_point": one_of(corridor_status.Water),
        "pasture": one_of(corridor_status.Pasture),
        "daily_in": counts,
        "daily_out": counts,
        "description": texts,
    },
)
plain_contacts = _kind(
    "contact",
    {"function": slugs},
    {
        **_period,
        "telephone": st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True),
        "radio": lines,
        "languages": st.lists(_languages, unique=True, min_size=1, max_size=12),
        "backup": slugs,
        "backup_service": slugs,
    },
)
_numbers_at_a_table = st.integers(0, 10_000)
_delegations = st.fixed_dictionaries(
    {"institution": lines},
    optional={
        "party": _parties,
        "function": lines,
        "representing": lines,
        "women": _numbers_at_a_table,
        "men": _numbers_at_a_table,
    },
)
plain_meetings = _kind(
    "meeting",
    {"state": one_of(meeting.State)},
    {
        **_period,
        "next_start": times,
        "next_until": times,
        "next_place": plain_places(),
        "subject": lines,
        "chair": lines,
        "delegations": st.lists(_delegations, min_size=1, max_size=5),
        "agenda": st.lists(lines, min_size=1, max_size=5),
        "conclusions": texts,
    },
)
_paragraphs = st.fixed_dictionaries(
    {"text": lines}, optional={"consent": st.dictionaries(_parties, one_of(Consent))}
)
_signatories = st.fixed_dictionaries(
    {"party": _parties, "function": lines}, optional={"representing": lines, "under": lines}
)
plain_communiques = _kind(
    "communique",
    {},
    {
        "language": _languages,
        "subject": lines,
        "preamble": st.lists(lines, min_size=1, max_size=4),
        "paragraphs": st.lists(_paragraphs, min_size=1, max_size=4),
        "done": lines,
        "signatories": st.lists(_signatories, min_size=1, max_size=3),
    },
)
plain_commitments = _kind(
    "commitment",
    {"state": one_of(commitment.State)},
    {
        "paragraph": st.integers(1, 40),
        "services": _services,
        "due": times,
        "indicator": one_of(commitment.Indicator),
        "target": st.integers(0, 1_000_000),
        "evidence": st.lists(good_codes, unique=True, min_size=1, max_size=5),
        "text": texts,
        "outcome": texts,
    },
)
_pictures = st.binary(min_size=1, max_size=60)
plain_attachments = _pictures.flatmap(
    lambda picture: _kind(
        "attachment",
        {
            "about": good_codes,
            "media_type": one_of(attachment.MediaType),
            "size": st.just(len(picture)),
            "sha256": st.just(sha256(picture).hexdigest()),
            "part": st.just(1),
            "parts": st.integers(1, 2),
            "data": st.just(b64encode(picture).decode()),
        },
        {"width": st.integers(1, 1280), "height": st.integers(1, 1280), "caption": lines},
        code=None,
    )
)
plain_records = st.one_of(
    plain_alerts,
    plain_messages,
    plain_actions,
    plain_withdrawals,
    plain_flows,
    plain_herds,
    plain_goods,
    plain_observations,
    plain_incidents,
    plain_situations,
    plain_corridors,
    plain_contacts,
    plain_meetings,
    plain_communiques,
    plain_commitments,
    plain_attachments,
)
"""Within the types; the rules between fields may still refuse one."""

assert set(PLAIN) == set(KINDS)

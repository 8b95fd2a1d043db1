"""Synthetic records of every kind, and strategies that make any record that is allowed. Nothing happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from hypothesis import strategies as st

from entente.places import LEVELS
from entente.records import KINDS, Record, codes, from_plain
from entente.records import alert as alerts
from entente.records import flow_of_people as flows
from entente.records.action import State
from entente.records.base import PURPOSES, TLPS, Method, Verification
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
        what=lines,
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
plain_records = st.one_of(plain_alerts, plain_messages, plain_actions, plain_withdrawals, plain_flows)
"""Within the types; the rules between fields may still refuse one."""

assert set(PLAIN) == set(KINDS)

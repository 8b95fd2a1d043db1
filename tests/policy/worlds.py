"""Agreements and records for the properties of the policy: any that the checks accept, and any at all."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
from hypothesis import strategies as st

from entente.agreements.checks import check_agreement
from entente.agreements.document import Agreement, Form, Share, Withhold, Zone
from entente.agreements.steps import Standing
from entente.errors import RecordError
from entente.places import LEVELS, PRECISIONS, Area, Place
from entente.records import KINDS, Record, times, validated
from entente.records.base import ALWAYS, PURPOSES, TLPS, Role, compulsory_of, fields_of
from tests.parties import (
    ADOPTED_AT,
    AREAS,
    EVERY_KIND,
    action,
    agreement,
    alert,
    flow,
    message,
    place,
    signed,
)

_OWN = {"scheme": "gao-tillaberi", "version": "1"}

# Beside the areas of the model: one with nothing around it, and one that skips a level.
ZONE = (
    *AREAS,
    Area(code="alone", name="Île sans cercle", level="locality", **_OWN),
    Area(code="leap", name="Poste de la région", level="locality", within="NE006", **_OWN),
)

PARTIES = ("gao.ml", "tillaberi.ne")
SERVICES = ("protection-civile", "elevage", "securite", "femmes")
NEXT = {"gao.ml": "tillaberi.ne", "tillaberi.ne": "gao.ml"}
SHARED_KINDS = tuple(name for name, kind in KINDS.items() if not kind.passes_always)


_SIGNED = signed()


def standing(draft: Agreement) -> Standing:
    """The draft as if both had signed it: thousands are made, and the policy looks at no signature."""
    return Standing(dataclasses.replace(_SIGNED, agreement=draft), ADOPTED_AT)


def some(values: Any, least: int = 1) -> st.SearchStrategy[tuple[Any, ...]]:
    """Some of the values, each once, in their order."""
    chosen = st.lists(st.sampled_from(values), min_size=least, unique=True)
    return chosen.map(lambda found: tuple(value for value in values if value in found))


@st.composite
def shares(draw: st.DrawFn, number: int) -> Share:
    kinds = draw(some(SHARED_KINDS))
    known = {name for kind in kinds for name in fields_of(KINDS[kind])}
    free = sorted(
        name
        for name in known - ALWAYS
        if all(
            fields_of(KINDS[kind])[name].role is not Role.HEADER
            for kind in kinds
            if name in fields_of(KINDS[kind])
        )
    )
    needed = {name for kind in kinds for name in compulsory_of(KINDS[kind])}
    kept = set(draw(st.one_of(st.just(tuple(free)), some(free, 0))))
    for kind in kinds:
        if KINDS[kind].together & (kept | needed):
            needed |= KINDS[kind].together
    tlp = draw(st.sampled_from(TLPS))
    return Share(
        id=f"S{number}",
        text="Article produit au hasard pour un essai",
        from_=draw(st.one_of(st.just(PARTIES), st.just(PARTIES), some(PARTIES))),
        to=draw(st.one_of(st.just(PARTIES), st.just(PARTIES), some(PARTIES))),
        kinds=kinds,
        purposes=draw(some(PURPOSES[:4])),
        tlp=tlp,
        where=draw(st.one_of(st.just(()), some([area.code for area in ZONE]))),
        recipients=draw(st.one_of(st.just(()), some(PURPOSES[:5]))),
        form=Form(
            fields=tuple(sorted({*kept, *needed})),
            place=draw(st.sampled_from(PRECISIONS)),
            time=draw(st.sampled_from(times.PRECISIONS)),
            tlp=draw(st.sampled_from([None, None, *TLPS[TLPS.index(tlp) :]])),
        ),
        delay_hours=draw(st.sampled_from([0, 0, 0, 1, 24, 24 * 40])),
        retention_days=draw(st.integers(1, 800)),
    )


@st.composite
def withholds(draw: st.DrawFn, number: int) -> Withhold:
    return Withhold(
        id=f"W{number}",
        text="Article produit au hasard pour un essai",
        from_=draw(some(PARTIES, 0)),
        kinds=draw(some(SHARED_KINDS, 0)),
        purposes=draw(some(PURPOSES[:4], 0)),
        services=draw(st.sampled_from([(), (), ("elevage",), ("protection-civile", "securite")])),
        tlp_from=draw(st.sampled_from([None, *TLPS])),
        where=draw(st.sampled_from([(), (), ("ML0701",), ("labbezanga", "NE006"), ("alone",)])),
    )


def is_sound(draft: Agreement) -> bool:
    return all(problem.severity == "warning" for problem in check_agreement(draft))


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    """Any sound agreement of the two: articles that the checks refuse after the others are left out."""
    taken: list[Share | Withhold] = []
    for number in range(draw(st.integers(1, 6))):
        article = draw(st.one_of(shares(number), shares(number), shares(number), withholds(number)))
        draft = agreement(articles=(*taken, article), zone=Zone(name="Zone d’essai", areas=ZONE))
        if is_sound(draft):
            taken.append(article)
    return agreement(articles=tuple(taken), zone=Zone(name="Zone d’essai", areas=ZONE))


AT = st.sampled_from(
    [
        "2022-01-08T06:15:00Z",
        "2022-01-10T00:30:59+01:00",
        "2021-12-31T23:30:00-05:00",
        "2022-01-09T23Z",
        "2022-01-09T23+05:00",
        "2022-01-09",
        "2021-W52",
        "2021-W48",
        "2021-12",
        "2022-02",
    ]
)


@st.composite
def places(draw: st.DrawFn, codes: tuple[str, ...] = ()) -> Place:
    """In the zone, exactly or as an area; now and then in no list, or with a code of another version."""
    area = draw(st.sampled_from([one for one in ZONE if not codes or one.code in codes]))
    found = Place(
        code=area.code,
        scheme=area.scheme,
        version=draw(st.sampled_from([area.version] * 15 + ["0"])),
        name=draw(st.sampled_from([None, area.name, "Puits derrière la maison bleue"])),
        level=draw(st.sampled_from([None, area.level, *LEVELS])),
    )
    if draw(st.booleans()):
        found = msgspec.structs.replace(found, lat=1_500_123, lon=70_456)
    if draw(st.sampled_from([False] * 15 + [True])):
        found = msgspec.structs.replace(found, code=None, scheme=None, version=None, name="Ailleurs")
    return found


CODES = st.sampled_from([None, None, "GAO-7K3QX"])


def records(aim: Share | None = None, recipient: str | None = None) -> st.SearchStrategy[Record]:
    """A record that its kind accepts; ``aim`` is an article to fit."""
    return any_records(aim, recipient).filter(is_valid)


def is_valid(record: Record) -> bool:
    try:
        validated(record)
    except RecordError:
        return False
    return True


@st.composite
def any_records(draw: st.DrawFn, aim: Share | None, recipient: str | None) -> Record:
    """A record of any shared kind, with what it may have and without."""
    marks = TLPS if aim is None else TLPS[: TLPS.index(aim.tlp) + 1]
    somewhere = places(() if aim is None else aim.where)
    common: dict[str, Any] = {
        "at": draw(AT),
        "service": draw(st.sampled_from(SERVICES)),
        "purpose": draw(st.sampled_from(PURPOSES[:4] if aim is None else aim.purposes)),
        "tlp": draw(st.sampled_from(marks)),
        "place": draw(somewhere) if draw(st.sampled_from([True] * 7 + [False])) else None,
        "reported_at": draw(st.one_of(st.none(), AT)),
        "verification": draw(st.sampled_from([None, "verified"])),
        "revises": draw(CODES),
        "about": draw(CODES),
    }
    match draw(st.sampled_from(SHARED_KINDS if aim is None else aim.kinds)):
        case "alert":
            return alert(
                **common,
                code=None,
                onset=draw(st.one_of(st.none(), AT)),
                headline=draw(st.sampled_from([None, "Mots d’essai"])),
                description=draw(st.sampled_from([None, "Plus de mots d’essai"])),
                response=draw(st.sampled_from([(), ("Monitor",)])),
            )
        case "message":
            return message(
                **common,
                to_party=draw(st.sampled_from(PARTIES if recipient is None else [recipient])),
                to_service=draw(st.sampled_from([None, "elevage"])),
                answer_by=draw(st.one_of(st.none(), AT)),
                text=draw(st.sampled_from([None, "Mots d’essai"])),
            )
        case "action":
            return action(**common, start=draw(st.one_of(st.none(), AT)))
        case "flow-of-people":
            return flow(
                **common,
                start=draw(st.one_of(st.none(), AT)),
                end=draw(st.one_of(st.none(), AT)),
                nationalities=None,
                women=draw(st.sampled_from([None, 0, 2])),
                men=None,
                total=draw(st.sampled_from([None, 0, 3, 4000])),
                destination=draw(st.one_of(st.none(), places(), st.just(place("tillaberi")))),
            )
        case other:
            return draw(declared(EVERY_KIND[other](**common)))


@st.composite
def declared(draw: st.DrawFn, record: Record) -> Record:
    """Of a kind that needs no more: with its own places and times, or others, and its pointers."""
    changes: dict[str, Any] = {}
    for name, field in fields_of(type(record)).items():
        if name in ALWAYS or name in {"about", "revises", "reported_at"}:
            continue
        if field.role is Role.INSTANT and draw(st.booleans()):
            changes[name] = draw(st.one_of(st.none(), AT))
        elif field.role is Role.PLACE and draw(st.booleans()):
            changes[name] = draw(st.one_of(st.none(), places()))
        elif field.role is Role.REFERENCE:
            changes[name] = draw(st.sampled_from([(), ("GAO-7K3QX",)]))
    return msgspec.structs.replace(record, **changes)


@st.composite
def asked(draw: st.DrawFn, draft: Agreement) -> tuple[Record, dict[str, Any]]:
    """A record and the other arguments of ``decide`` but now: mostly something that an article shares."""
    sender = draw(st.sampled_from(PARTIES))
    case = {
        "sender": sender,
        "recipient": NEXT[sender],
        "confirmed": draw(st.sampled_from([True, True, True, False])),
        "target_known": draw(st.booleans()),
    }
    aims = [one for one in draft.articles if isinstance(one, Share) and sender in one.from_]
    aims = [one for one in aims if NEXT[sender] in one.to]
    if aims and draw(st.sampled_from([True] * 7 + [False])):
        return draw(records(draw(st.sampled_from(aims)), NEXT[sender])), case
    return draw(records()), case


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Agreement, Record, dict[str, Any]]:
    """An agreement and one thing that is asked of it."""
    draft = draw(agreements())
    return (draft, *draw(asked(draft)))


@st.composite
def long_scenes(draw: st.DrawFn) -> tuple[Agreement, list[tuple[Record, dict[str, Any]]]]:
    """An agreement and several things that are asked of it."""
    draft = draw(agreements())
    return draft, draw(st.lists(asked(draft), min_size=2, max_size=8))

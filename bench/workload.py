"""What is measured on: synthetic counts of people at synthetic posts, and an agreement of 30 articles.

Nothing here was ever observed and nobody is meant: the posts are called ``SYN-…``, numbers come
from a seeded generator, the same in every run. The shape is that of flow monitoring: every post
counts, hour by hour in the light of day, who crosses in which direction and by which means, by
sex, age and nationality, with missing numbers where they were not counted.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Final

import msgspec

from entente.agreements.document import (
    Agreement,
    Article,
    Form,
    Party,
    Service,
    Share,
    Signatory,
    Withhold,
    Zone,
)
from entente.places import Area, Place, place_of
from entente.records import KINDS, Alert, FlowOfPeople
from entente.records.base import ALWAYS, PURPOSES, Role, fields_of
from entente.records.flow_of_people import FlowType

AGREEMENT: Final = "bench"
SENDER: Final = "north.example"
RECIPIENT: Final = "south.example"
SERVICE: Final = "monitoring"
FIRST_DAY: Final = datetime(2025, 1, 6, tzinfo=UTC)
SEED: Final = 20_250_106

_OWN: Final[dict[str, Any]] = {"scheme": "synthetic", "version": "1"}
_POSTS: Final = 8
_HOURS: Final = range(6, 19)
_COUNTRIES: Final = ("ML", "NE", "BF", "NG", "BJ", "TD", "SN", "GN")
_TYPES: Final[tuple[FlowType, ...]] = ("economic", "seasonal", "short_local", "forced")
_MEANS: Final = ("bus", "truck", "motorbike", "foot")
_BUSY: Final = {"bus": 70.0, "truck": 12.0, "motorbike": 16.0, "foot": 35.0}
"""Persons in a usual hour."""


def _areas() -> tuple[Area, ...]:
    regions = [Area(code=f"R{side}", name=f"Region {side}", level="region", **_OWN) for side in "NS"]
    districts = [
        Area(code=f"D{side}{i}", name=f"District {side}{i}", level="district", within=f"R{side}", **_OWN)
        for side in "NS"
        for i in (1, 2)
    ]
    posts = [
        Area(
            code=f"P{side}{i}{j}",
            name=f"Post {side}{i}{j}",
            level="locality",
            within=f"D{side}{i}",
            lat=1_500_000 + 7_000 * i + 900 * j,
            lon=(20_000 if side == "N" else 60_000) + 1_100 * j,
            **_OWN,
        )
        for side in "NS"
        for i in (1, 2)
        for j in range(1, _POSTS // 2 + 1)
    ]
    return (*regions, *districts, *posts)


AREAS: Final = _areas()


def _exact(area: Area, west_m: int) -> Place:
    """Where a post stands: more than may leave, so that every release makes it coarser."""
    return msgspec.structs.replace(place_of(area), lat=area.lat, lon=(area.lon or 0) - west_m)


def flows(count: int) -> Iterator[FlowOfPeople]:
    """The first so many counts, in the order in which they would be filed."""
    return islice(_flows(random.Random(SEED)), count)


def _flows(chance: random.Random) -> Iterator[FlowOfPeople]:
    here = [area for area in AREAS if area.code.startswith("PN")]
    there = [place_of(area) for area in AREAS if area.code.startswith("PS")]
    posts = [(f"SYN-{i:02}", _exact(area, 40 * i)) for i, area in enumerate(here, start=1)]
    day = FIRST_DAY
    while True:
        for hour in _HOURS:
            start = day + timedelta(hours=hour)
            for post, place in posts:
                for direction in ("incoming", "outgoing"):
                    for means in _MEANS:
                        yield flow(
                            chance, start, there, post=post, place=place, direction=direction, transport=means
                        )
        day += timedelta(days=1)


def flow(
    chance: random.Random, start: datetime, there: Sequence[Place], *, transport: str, **known: Any
) -> FlowOfPeople:
    usual = _BUSY[transport] * (1.6 if start.hour in {7, 8, 16, 17} else 1.0)
    women, men, girls, boys = (int(chance.expovariate(1 / (usual * part))) for part in (0.3, 0.4, 0.14, 0.16))
    total = women + men + girls + boys
    # On market days nobody has the time to look at everybody: what was not counted is missing.
    counted = chance.random() < 0.9
    return FlowOfPeople(
        at=_hour(start),
        service=SERVICE,
        purpose="mobility",
        tlp="GREEN",
        method="observation",
        minutes=60 if chance.random() < 0.85 else chance.choice((15, 30, 45)),
        total=total,
        women=women if counted else None,
        men=men if counted else None,
        girls=girls if counted else None,
        boys=boys if counted else None,
        under_five=_part(chance, girls + boys, 0.4) if counted else None,
        elderly=_part(chance, women + men, 0.15) if counted else None,
        nationalities=_nationalities(chance, total),
        transport=transport,  # type: ignore[arg-type]  # one of _MEANS
        flow_type=chance.choices(_TYPES, (3, 2, 6, 1))[0],
        destination=chance.choice(there) if chance.random() < 0.5 else None,
        **known,
    )


def _nationalities(chance: random.Random, total: int) -> dict[str, int] | None:
    if not total or chance.random() < 0.1:
        return None
    found: dict[str, int] = {}
    left = total
    for country in chance.sample(_COUNTRIES, chance.choice((1, 2, 3, 4))):
        found[country] = chance.randint(0, left)
        left -= found[country]
    return {country: persons for country, persons in sorted(found.items()) if persons} or None


def _part(chance: random.Random, persons: int, share: float) -> int:
    return sum(chance.random() < share for _ in range(min(persons, 12)))


def _hour(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%HZ}"


def alert(number: int, now: datetime) -> Alert:
    """A synthetic alert at one of the posts."""
    return Alert(
        at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        service=SERVICE,
        purpose="humanitarian",
        tlp="GREEN",
        place=place_of(AREAS[-1 - number % _POSTS]),
        status="Test",
        category=("Met",),
        urgency="Immediate",
        severity="Severe",
        certainty="Observed",
        event=f"Synthetic exercise {number}",
    )


def party(id_: str, short: str, country: str, keys: Any) -> Party:
    """One of the two authorities; both have a service for every purpose."""
    services = (Service(id=SERVICE, name="Monitoring (synthetic)", mandates=PURPOSES),)
    return Party(
        id=id_, name=f"{id_} (synthetic)", short=short, country=country, keys=keys, services=services
    )


def agreement(parties: tuple[Party, Party], today: date) -> Agreement:
    """An agreement of 30 articles that decide; flows of people match the last share article but one."""
    return Agreement(
        id=AGREEMENT,
        version=1,
        title="Synthetic agreement to measure with",
        watermark="SYNTHETIC: nobody has signed this",
        effective=today - timedelta(days=30),
        expires=today + timedelta(days=700),
        sign_by=today + timedelta(days=30),
        time_zone="Africa/Niamey",
        parties=parties,
        signatories=tuple(Signatory(party=one.id, function="Nobody (synthetic)") for one in parties),
        zone=Zone(name="Synthetic corridor", areas=AREAS),
        articles=_articles(tuple(one.id for one in parties)),
    )


def _articles(both: tuple[str, ...]) -> tuple[Article, ...]:
    withheld = [
        Withhold(id="W1", text="RED stays.", tlp_from="RED"),
        *(
            Withhold(id=f"W{i}", text="Stays.", purposes=(purpose,), where=(area.code,), tlp_from="AMBER")
            for i, (purpose, area) in enumerate(zip(PURPOSES, AREAS[-6:], strict=True), start=2)
        ),
    ]
    shared = [
        (kind, purpose)
        for kind in ("alert", "message", "action", "flow-of-people")
        for purpose in PURPOSES
        if (kind, purpose) != ("flow-of-people", "administration")
    ]
    last = ("flow-of-people", "mobility")
    shared.sort(key=lambda one: one == last)
    return (*withheld, *(share(i, kind, purpose, both) for i, (kind, purpose) in enumerate(shared, start=1)))


def share(number: int, kind: str, purpose: Any, both: tuple[str, ...]) -> Share:
    roles = fields_of(KINDS[kind])
    dropped = {"method", "post"} if kind.startswith("flow-") else set()
    kept = tuple(
        name for name, field in roles.items() if name not in ALWAYS | dropped and _leaves(field.role)
    )
    return Share(
        id=f"A{number}",
        text="Leaves by the hour and the locality.",
        from_=both,
        to=both,
        kinds=(kind,),
        purposes=(purpose,),
        tlp="AMBER",
        form=Form(fields=kept, place="locality", time="hour" if kind.startswith("flow-") else "exact"),
        retention_days=730,
    )


def _leaves(role: Role) -> bool:
    return role is not Role.HEADER


__all__ = ["AGREEMENT", "RECIPIENT", "SENDER", "agreement", "alert", "flows", "party"]

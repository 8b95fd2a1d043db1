"""What truly crosses the synthetic corridor: the same for whoever looks, and known to neither side.

A corridor is made from the localities of an agreement: three crossings between the two countries, a road,
a river and a pastoral track, each with a post at both ends. South is after the harvest, north is with the
rains. Every number is drawn from the seed, the crossing, the day and the direction, so any stretch of
days can be drawn alone. All of it is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import product
from typing import Final, Literal

from entente.errors import AgreementError
from entente.places import Area, around, distance_m
from entente.records.flow_of_people import FlowType
from entente_node.simulation.calendar import feast_factor, season
from entente_node.simulation.dice import Dice

Way = Literal["road", "river", "track"]
WAYS: Final[tuple[Way, ...]] = ("road", "river", "track")
PREFIX: Final = "SYN-"
"""How the id of every post of this module begins: nobody takes one for a post that exists."""

_LOCAL: Final[dict[Way, float]] = {"road": 60, "river": 25, "track": 12}
_HERDS: Final[dict[Way, float]] = {"road": 0.2, "river": 0.1, "track": 1.0}
_MIX: Final = {"cattle": 0.34, "sheep": 0.36, "goats": 0.24, "camels": 0.04, "donkeys": 0.02}
_ADULTS: Final[dict[FlowType, tuple[float, float]]] = {
    "short_local": (0.46, 0.24),
    "seasonal": (0.22, 0.10),
    "economic": (0.20, 0.06),
    "forced": (0.58, 0.56),
}
"""For each type of flow: the share of women and girls, the share of children."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where one crosses: a locality in the north, one in the south, the way between them."""

    number: int
    way: Way
    north: Area
    south: Area


@dataclass(frozen=True, slots=True)
class Post:
    """One end of a crossing, where one side counts."""

    id: str
    country: str
    area: Area
    beyond: Area
    crossing: Crossing
    northern: bool


@dataclass(frozen=True, slots=True)
class People:
    """Persons who cross on one day in one direction for one reason."""

    flow_type: FlowType
    women: int
    men: int
    girls: int
    boys: int


@dataclass(frozen=True, slots=True)
class Herds:
    """Animals that cross on one day in one direction."""

    heads: dict[str, int]
    movement: Literal["normal", "massive", "early"]


@dataclass(frozen=True, slots=True)
class Goods:
    """One product that crosses on one day in one direction: bags or kilos."""

    product: Literal["011", "042", "162", "282"]
    unit: Literal["bag", "kg"]
    quantity: int
    price_xof: int


@dataclass(frozen=True, slots=True)
class Displacement:
    """People who flee: one a year, from one side to the other, over some days."""

    begins: date
    days: int
    crossing: int
    southward: bool
    most: int

    def share(self, day: date) -> float:
        """How much of its height it has on a day: it comes at once and dwindles."""
        since = (day - self.begins).days
        return 1 - since / self.days if 0 <= since < self.days else 0.0


class Corridor:
    """The corridor of a seed between the localities of two countries.

    Args:
        areas: an agreement's list of places, by code.
        seed: any whole number; the same one on both nodes is the same corridor.

    Raises AgreementError unless localities of exactly two countries are in the list.
    """

    def __init__(self, areas: Mapping[str, Area], seed: int) -> None:
        self.seed = seed
        by_country: dict[str, list[Area]] = {}
        for area in areas.values():
            if area.level == "locality":
                by_country.setdefault(country_of(area, areas), []).append(area)
        if len(by_country) != 2:  # noqa: PLR2004  a corridor has two sides
            raise AgreementError(
                "a corridor needs localities of two countries in the agreement’s list: there are {countries}",
                countries=", ".join(sorted(by_country)) or "0",
            )
        first, second = sorted(by_country)
        pairs = sorted(product(by_country[first], by_country[second]), key=lambda pair: _apart(*pair))
        north_first = (pairs[0][0].lat or 0) >= (pairs[0][1].lat or 0)
        self.north, self.south = (first, second) if north_first else (second, first)
        self.crossings = tuple(
            Crossing(number, way, *(pair if north_first else pair[::-1]))
            for number, way in enumerate(WAYS, start=1)
            for pair in [pairs[1 % len(pairs)] if way == "track" else pairs[0]]
        )

    def posts(self, country: str) -> tuple[Post, ...]:
        """The posts of one side. Raises AgreementError for a country that is neither."""
        if country not in {self.north, self.south}:
            raise AgreementError(
                "{country} is no side of the corridor: {known}",
                country=country,
                known=f"{self.north}, {self.south}",
            )
        northern = country == self.north
        return tuple(
            Post(
                id=f"{PREFIX}{country}-{crossing.number}-{crossing.way.upper()}",
                country=country,
                area=crossing.north if northern else crossing.south,
                beyond=crossing.south if northern else crossing.north,
                crossing=crossing,
                northern=northern,
            )
            for crossing in self.crossings
        )

    @lru_cache(maxsize=64)  # noqa: B019  a corridor lives as long as its process
    def displacement(self, year: int) -> Displacement:
        """The displacement of a year."""
        dice = Dice(self.seed, "displacement", year)
        return Displacement(
            begins=date(year, 1, 1) + timedelta(days=int(20 + dice.share() * 310)),
            days=int(9 + dice.share() * 8),
            crossing=1 + int(dice.share() * len(WAYS)),
            southward=dice.happens(0.6),
            most=int(160 + dice.share() * 160),
        )

    def people(self, crossing: Crossing, day: date, *, southward: bool) -> list[People]:
        """The persons who cross, by what moves them."""
        base = _LOCAL[crossing.way]
        feast = feast_factor(day)
        means: dict[FlowType, float] = {
            "short_local": base * self._market(crossing, day, southward=southward) * feast,
            "seasonal": base * 0.5 * season(day, (11, 20) if southward else (6, 1), 60 if southward else 45),
            "economic": base * 0.06 * feast,
            "forced": 0.0,
        }
        fled = self.displacement(day.year)
        if (fled.crossing, fled.southward) == (crossing.number, southward):
            means["forced"] = fled.most * fled.share(day)
        dice = Dice(self.seed, "people", crossing.number, day.isoformat(), southward)
        return [
            _split(dice, flow_type, dice.number(mean))
            for flow_type, mean in means.items()
            if mean > 0 or flow_type == "short_local"
        ]

    def herds(self, crossing: Crossing, day: date, *, southward: bool) -> Herds | None:
        """The animals that cross, in the seasons and for the markets; None on a day without any."""
        shift, force = self._transhumance(day.year, southward=southward)
        peak = (date(day.year, 12, 1) if southward else date(day.year, 7, 1)) + timedelta(days=shift)
        height = season(day, (peak.month, peak.day), 45)
        market = 8.0 if self._market(crossing, day, southward=southward) > 1 else 0.0
        dice = Dice(self.seed, "herds", crossing.number, day.isoformat(), southward)
        total = dice.number((260 * force * height + market) * _HERDS[crossing.way])
        if not total:
            return None
        heads = {species: dice.number(total * share) for species, share in _MIX.items()}
        early = shift < -14 and height > 0  # noqa: PLR2004  days before the usual peak
        return Herds(heads, "massive" if force > 1.4 and height > 0.5 else "early" if early else "normal")  # noqa: PLR2004

    def goods(self, crossing: Crossing, day: date, *, southward: bool) -> list[Goods]:
        """What is carried: cereals, fish, salt, clothing, more of it for the markets."""
        dice = Dice(self.seed, "goods", crossing.number, day.isoformat(), southward)
        busy = self._market(crossing, day, southward=southward) * feast_factor(day)
        lean = season(day, (8, 1), 90)
        found = []
        if dice.happens(0.7 if busy > 1 else 0.25):
            price = int(22_000 * (1 + 0.35 * lean) / 250) * 250
            found.append(Goods("011", "bag", 1 + dice.number(20 * busy), price))
        if crossing.way == "river" and dice.happens(0.5):
            found.append(Goods("042", "kg", 10 + dice.number(120 * busy), 1_500))
        if southward and crossing.way == "track" and dice.happens(0.15):
            found.append(Goods("162", "bag", 1 + dice.number(8), 9_000))
        if not southward and crossing.way == "road" and dice.happens(0.3):
            found.append(Goods("282", "kg", 5 + dice.number(40 * busy), 2_500))
        return found

    def market_day(self, area: Area) -> int:
        """The weekday of a locality's market, Monday is 0: invented."""
        return int(Dice(self.seed, "market", area.code).share() * 7)

    def _market(self, crossing: Crossing, day: date, *, southward: bool) -> float:
        """How a market draws: towards it in the morning, back the same day."""
        towards, behind = (crossing.south, crossing.north) if southward else (crossing.north, crossing.south)
        if self.market_day(towards) == day.weekday():
            return 2.6
        return 2.1 if self.market_day(behind) == day.weekday() else 0.8

    @lru_cache(maxsize=256)  # noqa: B019  a corridor lives as long as its process
    def _transhumance(self, year: int, *, southward: bool) -> tuple[int, float]:
        """By how many days the herds of a year are early or late, and how many they are."""
        dice = Dice(self.seed, "transhumance", year, southward)
        return int(-24 + dice.share() * 34), 0.8 + dice.share()


def country_of(area: Area, areas: Mapping[str, Area]) -> str:
    """The country of an area: the first two letters of the code of the widest area around it."""
    *_inner, widest = around(area, areas)
    return widest.code[:2].upper()


def _apart(a: Area, b: Area) -> float:
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return float("inf")
    return distance_m((a.lat, a.lon), (b.lat, b.lon))


def _split(dice: Dice, flow_type: FlowType, total: int) -> People:
    female, young = _ADULTS[flow_type]
    children = dice.of(total, young)
    girls = dice.of(children, 0.5)
    women = dice.of(total - children, female)
    return People(flow_type, women, total - children - women, girls, children - girls)

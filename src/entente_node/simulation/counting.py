"""What one side writes down of what crosses: some hours of some days, with its own error.

Both sides look at the same crossing and neither sees all of it, so their numbers are near one another and
never the same by agreement. A day without a count is a day without a record, and what was not told apart
is missing: neither is ever zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from entente.errors import RecordError
from entente.places import place_of
from entente.records import Record, from_plain
from entente.records.base import Tlp
from entente.records.times import instant, zone
from entente_node.simulation.corridor import Corridor, Post, Way
from entente_node.simulation.dice import Dice

BUSY_HOURS: Final = 14
"""Hours of a day in which people cross; a post that counts less sees its share of them."""

_CLOSED: Final[dict[Way, float]] = {"road": 0.05, "river": 0.08, "track": 0.16}
_TRANSPORT: Final[dict[Way, Literal["bus", "boat", "foot"]]] = {
    "road": "bus",
    "river": "boat",
    "track": "foot",
}

PURPOSES: Final = {"flow-of-people": "mobility", "flow-of-livestock": "pastoral", "flow-of-goods": "trade"}
"""The purpose under which each kind is counted."""


class _Watch:
    """One post on one day: whether it counts, for how long, and how well it sees."""

    def __init__(self, seed: int, post: Post, day: date, tz: str) -> None:
        self.dice = Dice(seed, "count", post.id, day.isoformat())
        self.closed = self.dice.happens(_CLOSED[post.crossing.way]) or _is_away(seed, post, day)
        hours = 6 + int(self.dice.share() * 8)
        opens = datetime(day.year, day.month, day.day, 6 + int(self.dice.share() * 2), tzinfo=zone(tz))
        self.start, self.end = instant(opens), instant(opens + timedelta(hours=hours))
        self.minutes = hours * 60
        # A post has its own eye (some always miss more) and a good or a bad day.
        eye = Dice(seed, "eye", post.id).around(0.92, 0.03)
        self.sees = min(1.0, hours / BUSY_HOURS * eye * self.dice.around(1, 0.04))

    def seen(self, number: int) -> int:
        """How many of so many are written down."""
        return self.dice.of(number, self.sees)


def _is_away(seed: int, post: Post, day: date) -> bool:
    """Once a year a post does not count for a week or two: no fuel, no staff, not safe."""
    dice = Dice(seed, "away", post.id, day.year)
    begins = date(day.year, 1, 1) + timedelta(days=int(dice.share() * 350))
    return 0 <= (day - begins).days < 6 + int(dice.share() * 9)


def count(
    corridor: Corridor,
    country: str,
    first: date,
    days: int,
    *,
    services: Mapping[str, str],
    tz: str,
    tlp: Tlp = "GREEN",
) -> Iterator[Record]:
    """The records of one side over some days, day by day, post by post.

    Args:
        corridor: what truly crosses.
        country: the side that counts, ISO 3166-1 alpha-2.
        first: the first day.
        days: how many.
        services: kind of record, and the service that files it; kinds that are not named are not counted.
        tz: the zone of the posts' clocks.
        tlp: the marking of every record.

    Raises AgreementError for a country that is no side, RecordError for a kind that is not simulated.
    """
    kinds: dict[str, Callable[..., Iterator[dict[str, Any]]]] = {
        "flow-of-people": _people,
        "flow-of-livestock": _livestock,
        "flow-of-goods": _goods,
    }
    for kind in services:
        if kind not in kinds:
            raise RecordError("{kind} is no kind of record: {known}", kind=kind, known=", ".join(kinds))
    posts = corridor.posts(country)
    for number in range(days):
        day = first + timedelta(days=number)
        for post in posts:
            watch = _Watch(corridor.seed, post, day, tz)
            if watch.closed:
                continue
            for kind, service in services.items():
                for southward in (True, False):
                    common = {
                        "at": day.isoformat(),
                        "service": service,
                        "purpose": PURPOSES[kind],
                        "tlp": tlp,
                        "method": "observation",
                        "place": place_of(post.area),
                        "post": post.id,
                        "direction": "outgoing" if southward == post.northern else "incoming",
                        "start": watch.start,
                        "end": watch.end,
                        "minutes": watch.minutes,
                    }
                    for said in kinds[kind](corridor, post, day, watch, southward=southward):
                        yield from_plain({"kind": kind, **common, **said})


def _people(
    corridor: Corridor, post: Post, day: date, watch: _Watch, *, southward: bool
) -> Iterator[dict[str, Any]]:
    dice = watch.dice
    for true in corridor.people(post.crossing, day, southward=southward):
        parts = {
            "women": watch.seen(true.women),
            "men": watch.seen(true.men),
            "girls": watch.seen(true.girls),
            "boys": watch.seen(true.boys),
        }
        total = sum(parts.values())
        if not total and true.flow_type != "short_local":
            continue  # nobody came for this reason; that nobody came at all is worth a record
        said: dict[str, Any] = {
            "total": total,
            "flow_type": true.flow_type,
            "transport": "foot" if true.flow_type == "forced" else _TRANSPORT[post.crossing.way],
            "next" if southward == post.northern else "previous": place_of(post.beyond),
        }
        if dice.happens(0.9):  # else the crowd was counted, and nobody told who is who
            said |= parts
        if dice.happens(0.25):
            own = dice.of(total, 0.62)
            others = {"ML" if post.country != "ML" else "NE": dice.of(total - own, 0.9)}
            said["nationalities"] = {post.country: own} | others
        if true.flow_type == "forced" and dice.happens(0.7):
            said["unaccompanied"] = min(dice.number(total * 0.02), total)
        yield said


def _livestock(
    corridor: Corridor, post: Post, day: date, watch: _Watch, *, southward: bool
) -> Iterator[dict[str, Any]]:
    true = corridor.herds(post.crossing, day, southward=southward)
    if true is None:
        return
    dice = watch.dice
    # Herds are counted as they pass in one stream: of each, all or nothing is seen, and numbers are rounded.
    seen = {species: watch.seen(heads) for species, heads in true.heads.items()}
    heads = sum(seen.values())
    if not heads:
        return
    said: dict[str, Any] = {"heads": heads, "movement": true.movement}
    if dice.happens(0.85):
        said |= seen
    herders = 1 + dice.number(heads / 25)
    said |= {"herders": herders, "boys": (boys := dice.of(herders, 0.2)), "men": herders - boys}
    said["surveyed_elsewhere"] = "yes" if dice.happens(0.1) else "no" if dice.happens(0.7) else "unknown"
    if dice.happens(0.5):
        said["body_condition"] = "poor" if dice.happens(0.25) else "fair" if dice.happens(0.6) else "good"
    yield said


def _goods(
    corridor: Corridor, post: Post, day: date, watch: _Watch, *, southward: bool
) -> Iterator[dict[str, Any]]:
    dice = watch.dice
    out = southward == post.northern
    for true in corridor.goods(post.crossing, day, southward=southward):
        if not dice.happens(watch.sees):
            continue  # a cart passed before the post opened
        said: dict[str, Any] = {
            "product": true.product,
            "flow_type": "export" if out else "import",
            "formality": "formal" if post.crossing.way == "road" and dice.happens(0.6) else "informal",
            "unit": true.unit,
            "bag_kg": 100 if true.unit == "bag" else None,
            "quantity": max(1, int(dice.around(true.quantity, true.quantity * 0.05))),
            "price_xof": true.price_xof if dice.happens(0.6) else None,
        }
        if dice.happens(0.3):
            said |= {"checkpoints": dice.number(2), "delay_minutes": dice.number(45)}
        yield said

"""Both sides beside each other: what one counted going out, what the other counted coming in.

The two never agree to the last: posts lie apart, count different hours, and miss days. So
nothing is merged, the difference stands beside both, and what is partial says so. What is not
known is never shown as zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from entente.places import Area, around
from entente.records.flow import Flow
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.flows.series import Series
from entente_node.flows.tallies import Key, Sum, newest_week, sums_of

DAYS: Final = 7
HEIGHT: Final = 72
_SLOT: Final = 40
_BAR: Final = 13


@dataclass(frozen=True)
class Value:
    """A number of one side in one week, or why there is none."""

    sum: Sum | None

    @property
    def number(self) -> int | None:
        """What was counted; None where nothing is known."""
        return self.sum.total if self.sum else None

    @property
    def is_kept_back(self) -> bool:
        """Whether there are records and none says a number."""
        return self.sum is not None and self.sum.total is None

    @property
    def silent(self) -> int:
        """Records without a number, beside some that have one."""
        return self.sum.silent if self.sum is not None and self.sum.total is not None else 0

    @property
    def days(self) -> int | None:
        """How many days were counted; None where the days are not known."""
        return None if self.sum is None or self.sum.whole or self.sum.total is None else len(self.sum.days)

    @property
    def added_up(self) -> int | None:
        """How many counts stand behind a number whose days are not known."""
        return (
            self.sum.records
            if self.sum is not None and self.sum.whole and self.sum.total is not None
            else None
        )

    @property
    def is_partial(self) -> bool:
        """Whether days are missing, or numbers."""
        return bool(self.silent) or (self.days is not None and self.days < DAYS)


@dataclass(frozen=True)
class Week:
    """One week of a pair."""

    monday: date
    out: Value
    into: Value

    @property
    def label(self) -> str:
        """Its number."""
        return f"{self.monday.isocalendar().week:02d}"

    @property
    def difference(self) -> int | None:
        """What came in less what went out; None where one of them is not known."""
        if self.out.number is None or self.into.number is None:
            return None
        return self.into.number - self.out.number

    @property
    def share(self) -> int | None:
        """The difference in hundredths of the larger number."""
        largest = max(self.out.number or 0, self.into.number or 0)
        return None if self.difference is None or not largest else round(100 * self.difference / largest)

    @property
    def is_comparable(self) -> bool:
        """Whether neither side is partial."""
        return self.difference is not None and not (self.out.is_partial or self.into.is_partial)


@dataclass(frozen=True)
class Bar:
    """One bar of a drawing."""

    x: int
    y: int
    width: int
    height: int
    side: str
    partial: bool
    known: bool


@dataclass(frozen=True)
class Pair:
    """Everything that went from one party to the other, as both counted it."""

    sender: str
    sender_name: str
    receiver: str
    receiver_name: str
    sender_short: str
    receiver_short: str
    weeks: list[Week]
    is_ours: bool
    """Whether we are the sender."""

    @property
    def is_theirs(self) -> bool:
        """Whether we are the receiver."""
        return not self.is_ours

    @property
    def is_empty(self) -> bool:
        """Whether neither side says anything."""
        return all(week.out.sum is None and week.into.sum is None for week in self.weeks)

    @property
    def width(self) -> int:
        """Of the drawing."""
        return _SLOT * len(self.weeks)

    @property
    def bars(self) -> list[Bar]:
        """Two a week."""
        highest = max((v.number or 0 for w in self.weeks for v in (w.out, w.into)), default=0)
        return [
            bar
            for at, week in enumerate(self.weeks)
            for side, value in enumerate((week.out, week.into))
            if (
                bar := _bar(
                    value, highest, at * _SLOT + 5 + side * (_BAR + 2), _BAR, "out" if not side else "into"
                )
            )
        ]

    @property
    def ticks(self) -> list[tuple[int, str]]:
        """The weeks' numbers below the bars; not all where there are many."""
        every = 1 if len(self.weeks) <= 13 else 2  # noqa: PLR2004  a quarter of a year fits
        return [
            (at * _SLOT + _SLOT // 2, week.label) for at, week in enumerate(self.weeks) if at % every == 0
        ]


@dataclass(frozen=True)
class Post:
    """One post or place, one direction, week by week."""

    name: str
    post: str
    direction: str
    way: str
    values: list[Value]

    @property
    def bars(self) -> list[tuple[str, str]]:
        """One a week, those of one style in one path: a page has many posts."""
        highest = max((value.number or 0 for value in self.values), default=0)
        paths: dict[str, str] = {}
        for at, value in enumerate(self.values):
            bar = _bar(value, highest, at * 8, 6, "out")
            if bar is not None:
                style = f"{' partial' if bar.partial else ''}{'' if bar.known else ' unknown'}"
                drawn = f"M{bar.x} {bar.y}h{bar.width}v{bar.height}h-{bar.width}z"
                paths[style] = paths.get(style, "") + drawn
        return list(paths.items())

    @property
    def width(self) -> int:
        """Of the drawing."""
        return 8 * len(self.values)


@dataclass(frozen=True)
class Side:
    """The posts of one party."""

    party: str
    name: str
    is_ours: bool
    posts: list[Post]


@dataclass(frozen=True)
class Flows:
    """What the page shows."""

    series: Series
    unit: str
    weeks: list[date]
    pairs: list[Pair]
    sides: list[Side]
    newest: date | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted in these weeks."""
        return not self.sides


def flows(viewer: Viewer, series: Series, last: date, count: int, direction: str) -> Flows:
    """The weeks up to ``last``, as both sides counted them."""
    weeks = [last - timedelta(weeks=back) for back in range(count - 1, -1, -1)]
    sums = sums_of(viewer, series.kind, series.id, weeks)
    return Flows(
        series=series,
        unit=telling.either((series.fr_unit, series.en_unit)),
        weeks=weeks,
        pairs=_pairs(viewer, weeks, sums, direction),
        sides=_sides(viewer, sums, direction),
        newest=newest_week(viewer, series.kind),
    )


def _pairs(viewer: Viewer, weeks: Sequence[date], sums: Sequence[dict[Key, Sum]], way: str) -> list[Pair]:
    """For an agreement of two: each way. Of three, nobody says to whom what goes out goes."""
    found = []
    for agreement in viewer.named():
        if len(agreement.parties) != 2:  # noqa: PLR2004  a mirror has two sides
            continue
        shorts = {party.id: party.short for party in agreement.parties}
        ours = sorted((party.id for party in agreement.parties), key=lambda party: party != viewer.party)
        for sender, receiver, name in ((*ours, "outgoing"), (*reversed(ours), "incoming")):
            if way not in {"", name}:
                continue
            pair = Pair(
                sender,
                viewer.name_of(sender),
                receiver,
                viewer.name_of(receiver),
                shorts[sender],
                shorts[receiver],
                [
                    Week(
                        monday,
                        _value(of_week, sender, "outgoing"),
                        _value(of_week, receiver, "incoming"),
                    )
                    for monday, of_week in zip(weeks, sums, strict=True)
                ],
                sender == viewer.party,
            )
            if not pair.is_empty:
                found.append(pair)
        break
    return found


def _value(sums: dict[Key, Sum], party: str, direction: str) -> Value:
    """The posts of one side together: of their days, those on which every one of them counted."""
    posts: dict[tuple[str, str], list[Sum]] = {}
    for key, value in sums.items():
        if key.party == party and key.direction == direction:
            posts.setdefault((key.place, key.post), []).append(value)
    each = [joined.sum for joined in map(_joined, posts.values()) if joined.sum is not None]
    together = _joined(each)
    counted = [one.days for one in each if one.total is not None]
    if together.sum is not None and counted:
        together.sum.days = frozenset.intersection(*counted)
    return together


def _joined(values: Iterable[Sum]) -> Value:
    joined = Sum()
    for value in values:
        joined.add(value)
    return Value(joined if joined.records else None)


def _sides(viewer: Viewer, sums: Sequence[dict[Key, Sum]], way: str) -> list[Side]:
    rows: dict[tuple[str, str, str, str, str], list[list[Sum]]] = {}
    for at, of_week in enumerate(sums):
        for key, value in of_week.items():
            if way and key.direction != _seen_from(way, key.party == viewer.party):
                continue
            row = (key.party, key.place, key.name, key.post, key.direction)
            rows.setdefault(row, [[] for _ in sums])[at].append(value)
    areas = _areas(viewer)
    parties = sorted({row[0] for row in rows}, key=lambda party: (party != viewer.party, party))
    return [
        Side(
            party,
            viewer.name_of(party),
            party == viewer.party,
            [
                Post(
                    name=_place(place, name, areas),
                    post=post,
                    direction=direction,
                    way=telling.word(Flow, "direction", direction),
                    values=[_joined(values) for values in rows[row]],
                )
                for row in sorted(rows)
                for (whose, place, name, post, direction) in (row,)
                if whose == party
            ],
        )
        for party in parties
    ]


def _seen_from(way: str, ours: bool) -> str:  # noqa: FBT001  whose count it is
    """The direction at a post: what goes out of ours comes into theirs."""
    return way if ours else {"outgoing": "incoming", "incoming": "outgoing"}.get(way, way)


def _areas(viewer: Viewer) -> dict[str, Area]:
    return {area.code: area for agreement in viewer.agreements for area in agreement.zone.areas}


def _place(code: str, name: str, areas: dict[str, Area]) -> str:
    """The place by its name, with the area around it where that tells two apart."""
    area = areas.get(code)
    if area is None:
        return name
    outer = next((one for one in around(area, areas) if one.code != area.code), None)
    same = [one for one in areas.values() if one.name == area.name and one.code != area.code]
    if same and area.level in telling.LEVELS:
        return f"{area.name} ({telling.either(telling.LEVELS[area.level])})"
    return f"{area.name}, {outer.name}" if outer is not None and area.level == "locality" else area.name


def _bar(value: Value, highest: int, x: int, width: int, side: str) -> Bar | None:
    if value.sum is None:
        return None
    if value.number is None:
        return Bar(x, HEIGHT - 6, width, 6, side, partial=True, known=False)
    height = max(1, round(value.number / highest * HEIGHT)) if highest else 1
    return Bar(x, HEIGHT - height, width, height, side, partial=value.is_partial, known=True)

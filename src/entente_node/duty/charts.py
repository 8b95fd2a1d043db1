"""The figures of both sides as the page and the command show them: words, and bars drawn here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from entente.agreements.document import Respond
from entente.response import Case, Figures, Timeliness, figures
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.duty.cases import cases

PERIODS: Final = (7, 30, 90, 365)
USUAL: Final = 30
WIDTH: Final = 300
_PARTS: Final = ("in_time", "late", "overdue", "waiting", "unanswered")


@dataclass(frozen=True)
class Segment:
    """One part of a bar: how many stood so, where it begins, how wide it is."""

    part: str
    count: int
    x: str
    width: str
    """Written with a point: a page in French would put a comma."""


@dataclass(frozen=True)
class Bar:
    """One thing that one side had to do, and how it did it."""

    label: str
    took: Timeliness
    segments: tuple[Segment, ...]
    median: str
    ninetieth: str


@dataclass(frozen=True)
class Side:
    """The figures of one side that had to answer."""

    party: str
    name: str
    is_ours: bool
    figures: Figures
    bars: tuple[Bar, ...]
    closed_median: str
    closed_ninetieth: str


@dataclass(frozen=True)
class Times:
    """What one article wants, and how each side kept it."""

    article: Respond
    agreement: str
    acknowledge: str
    act: str
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class Chart:
    """What the page shows."""

    sides: tuple[Side, ...]
    articles: tuple[Times, ...]
    since: datetime | None


def chart(viewer: Viewer, days: int | None) -> Chart:
    """The figures of the records that the viewer may see, released in the last ``days``; None: ever."""
    since = None if days is None else viewer.now - timedelta(days=days)
    found = cases(node(), viewer.records(), since=since, until=viewer.now)
    by_article: dict[tuple[str, Respond], list[Case]] = {}
    for case in found:
        by_article.setdefault((case.agreement, case.article), []).append(case)
    return Chart(
        sides=_sides(viewer, found),
        articles=tuple(
            Times(
                article=article,
                agreement=agreement,
                acknowledge=minutes_word(article.acknowledge_within_minutes),
                act=minutes_word(article.act_within_minutes) if article.act_within_minutes else "",
                sides=_sides(viewer, some),
            )
            for (agreement, article), some in sorted(
                by_article.items(), key=lambda one: (one[0][1].acknowledge_within_minutes, one[0][1].id)
            )
        ),
        since=since,
    )


def _sides(viewer: Viewer, found: Sequence[Case]) -> tuple[Side, ...]:
    sides = [_side(viewer, one) for one in figures(found, viewer.now)]
    return tuple(sorted(sides, key=lambda side: (not side.is_ours, side.name)))


def _side(viewer: Viewer, one: Figures) -> Side:
    bars = [_bar(pgettext("figures", "acknowledged"), one.acknowledged)]
    if _total(one.acted):
        bars.append(_bar(pgettext("figures", "acted on"), one.acted))
    return Side(
        party=one.party,
        name=viewer.name_of(one.party),
        is_ours=one.party == viewer.party,
        figures=one,
        bars=tuple(bars),
        closed_median=seconds_word(one.closed.median),
        closed_ninetieth=seconds_word(one.closed.ninetieth),
    )


def _total(took: Timeliness) -> int:
    return sum(getattr(took, part) for part in _PARTS)


def _bar(label: str, took: Timeliness) -> Bar:
    total, x = _total(took), 0.0
    segments = []
    for part in _PARTS:
        count: int = getattr(took, part)
        width = WIDTH * count / total if total else 0.0
        if count:
            segments.append(Segment(part, count, f"{x:.1f}", f"{width:.1f}"))
        x += width
    return Bar(
        label, took, tuple(segments), seconds_word(took.took.median), seconds_word(took.took.ninetieth)
    )


def seconds_word(seconds: int | None) -> str:
    """How long, in words; a dash where it is not known."""
    return "–" if seconds is None else telling.span(seconds)


def minutes_word(minutes: int) -> str:
    """How long an article gives, exactly."""
    days, rest = divmod(minutes, 24 * 60)
    if days and not rest:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    hours, rest = divmod(minutes, 60)
    if hours and not rest:
        return _("%(count)d h") % {"count": hours}
    return _("%(count)d min") % {"count": minutes}

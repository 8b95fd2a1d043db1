"""How fast a side answered, as people and as programs read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entente_node.cli.words import _

if TYPE_CHECKING:
    from entente.response import Figures, Timeliness


def figures_heads() -> list[str]:
    """What stands above the columns."""
    return [
        _("Side"),
        _("Records"),
        _("Acknowledged in time"),
        _("Half within"),
        _("9 in 10"),
        _("Acted on in time"),
        _("Half within"),
        _("9 in 10"),
        _("Closed, half within"),
    ]


def figures_row(one: Figures) -> list[str]:
    """One side in a line."""
    return [
        one.party,
        str(one.count),
        _percent(one.acknowledged),
        _minutes(one.acknowledged.took.median),
        _minutes(one.acknowledged.took.ninetieth),
        _percent(one.acted),
        _minutes(one.acted.took.median),
        _minutes(one.acted.took.ninetieth),
        _minutes(one.closed.median),
    ]


def figures_plain(one: Figures) -> dict[str, object]:
    """The same for programs."""
    return {
        "party": one.party,
        "records": one.count,
        "acknowledged": _timeliness_plain(one.acknowledged),
        "acted": _timeliness_plain(one.acted),
        "closed": {
            "count": one.closed.count,
            "median_seconds": one.closed.median,
            "ninetieth_seconds": one.closed.ninetieth,
        },
    }


def _percent(took: Timeliness) -> str:
    return "–" if took.percent is None else f"{took.percent}\u00a0%"


def _minutes(seconds: int | None) -> str:
    return "–" if seconds is None else _("{count} min", count=seconds // 60)


def _timeliness_plain(took: Timeliness) -> dict[str, object]:
    return {
        "in_time": took.in_time,
        "late": took.late,
        "overdue": took.overdue,
        "waiting": took.waiting,
        "unanswered": took.unanswered,
        "percent": took.percent,
        "median_seconds": took.took.median,
        "ninetieth_seconds": took.took.ninetieth,
    }

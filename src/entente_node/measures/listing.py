"""Lists of measures with links that filter, and the board: the same by state, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from entente.measures import OPEN
from entente.records import Action
from entente.records.action import State
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.areas import areas_of, elsewhere, named
from entente_node.directory.filters import Chosen, Group
from entente_node.directory.measures import Told, measures, roots

LIST: Final = "/measures"
BOARD: Final = "/measures/board"
PAGE: Final = 30
MOST: Final = 500
"""Measures that are folded for a list, the newest."""
COLUMNS: Final[tuple[State, ...]] = ("proposed", "accepted", "under_way", "done")
_SHOWN: Final = 20
"""Measures in one column of the board; the others are counted."""


_MEANT: Final[dict[str, tuple[State, ...]]] = {
    "open": OPEN,
    "proposed": ("proposed",),
    "accepted": ("accepted",),
    "under_way": ("under_way",),
    "done": ("done",),
    "ended": ("declined", "abandoned"),
    "all": (*OPEN, "done", "declined", "abandoned"),
}


@dataclass(frozen=True)
class Column:
    """One state of the board."""

    state: str
    label: str
    measures: list[Told]
    more: int
    url: str

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.measures) + self.more


@dataclass(frozen=True)
class Listing:
    """One page of the list."""

    measures: list[Told]
    filters: list[Group]
    older: str
    newer: str


@dataclass(frozen=True)
class Board:
    """The columns, and the filters above them."""

    columns: list[Column]
    filters: list[Group]


def everything(viewer: Viewer) -> list[Told]:
    """The measures that the viewer may see, newest first."""
    found = roots(viewer, MOST)
    told = measures(viewer, found)
    return [told[row.pk] for row, _action in found]


def _of(told: Told, whose: str) -> bool:
    """Whether the filter of that name shows the measure."""
    match whose:
        case "waits":
            return told.waits
        case "mine":
            return told.is_with_us
        case "ours" | "theirs":
            return told.row.local == (whose == "ours")
        case _:
            return True


def _stands(told: Told, state: str) -> bool:
    """Whether the measure is in what the filter of that name calls a state."""
    return told.is_late if state == "late" else told.state in _MEANT[state]


@dataclass(frozen=True)
class _Sieve:
    """The filters that the list and the board share, and the measures behind each."""

    viewer: Viewer
    chosen: Chosen
    every: list[Told]

    @classmethod
    def of(cls, viewer: Viewer, path: str, sent: Mapping[str, str]) -> _Sieve:
        """What an address chooses; unknown values mean the open ones, of everybody, anywhere."""
        allowed = {"state": _states(), "whose": _whose(), "area": _where(viewer)}
        values = {
            name: value if (value := sent.get(name, "")) in words else next(iter(words))
            for name, words in allowed.items()
        }
        if path == BOARD:
            del values["state"]
        return cls(viewer, Chosen(path, values, {"state": "open"}), everything(viewer))

    @cached_property
    def _elsewhere(self) -> frozenset[str]:
        return elsewhere(areas_of(self.viewer.agreements), self.viewer.user.areas)

    def fits(self, told: Told, **changes: str) -> bool:
        """Whether a measure is behind the filters, some of them changed."""
        wanted = {**self.chosen.values, **changes}
        return (
            _of(told, wanted["whose"])
            and ("state" not in wanted or _stands(told, wanted["state"]))
            and (not wanted["area"] or told.row.place not in self._elsewhere)
        )

    @property
    def shown(self) -> list[Told]:
        """The measures behind the filters."""
        return [told for told in self.every if self.fits(told)]

    @property
    def groups(self) -> list[Group]:
        """The filters, each link with how many are behind it."""
        words = {
            "state": (_("By state"), _states()),
            "whose": (_("Whose"), _whose()),
            "area": (_("Where"), _where(self.viewer)),
        }
        return [
            self.chosen.group(name, title, labels, partial(self._count, name))
            for name, (title, labels) in words.items()
            if name in self.chosen.values and len(labels) > 1
        ]

    def _count(self, name: str, value: str) -> int:
        return sum(self.fits(told, **{name: value}) for told in self.every)


def listing(viewer: Viewer, sent: Mapping[str, str], page: int) -> Listing:
    """The measures behind the filters of an address."""
    sieve = _Sieve.of(viewer, LIST, sent)
    shown = sieve.shown
    start = page * PAGE
    return Listing(
        measures=shown[start : start + PAGE],
        filters=sieve.groups,
        older=sieve.chosen.url(page=page + 1) if len(shown) > start + PAGE else "",
        newer=sieve.chosen.url(page=page - 1) if page else "",
    )


def board(viewer: Viewer, sent: Mapping[str, str]) -> Board:
    """The measures by state, those that wait for this service first, then those that are overdue."""
    sieve = _Sieve.of(viewer, BOARD, sent)
    shown = sieve.shown
    columns = []
    for state in COLUMNS:
        of = sorted(
            (told for told in shown if told.state == state),
            key=lambda told: (not told.waits, not told.is_late),
        )
        label = telling.word(Action, "state", state)
        url = Chosen(LIST, {"state": state, **sieve.chosen.values}).url()
        columns.append(Column(state, label, of[:_SHOWN], max(0, len(of) - _SHOWN), url))
    return Board(columns, sieve.groups)


def _states() -> dict[str, str]:
    return {
        "open": pgettext("measures", "Open"),
        "late": pgettext("measures", "Overdue"),
        "proposed": pgettext("measures", "Proposed"),
        "accepted": pgettext("measures", "Accepted"),
        "under_way": pgettext("measures", "Under way"),
        "done": pgettext("measures", "Done"),
        "ended": pgettext("measures", "Declined or given up"),
        "all": pgettext("measures", "All"),
    }


def _whose() -> dict[str, str]:
    return {
        "": _("Everybody’s"),
        "waits": _("Waiting for my answer"),
        "mine": _("With my service"),
        "ours": _("Proposed by us"),
        "theirs": _("Proposed to us"),
    }


def _where(viewer: Viewer) -> dict[str, str]:
    names = named(areas_of(viewer.agreements), viewer.user.areas)
    return {"": _("The whole zone")} | ({"mine": _("My area")} if names else {})

"""Lists of measures with links that filter, and the board: the same by state, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from entente.measures import OPEN
from entente.records.action import State
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.filters import Chosen, Group
from entente_node.directory.measures import Told, measures, roots

PAGE: Final = 30
MOST: Final = 500
"""Measures that are folded for a list, the newest."""
COLUMNS: Final[tuple[State, ...]] = ("proposed", "accepted", "under_way", "done")
_SHOWN: Final = 20
"""Measures in one column of the board; the others are counted."""


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
    waiting: int


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
            return _is_mine(told)
        case "ours" | "theirs":
            return told.row.local == (whose == "ours")
        case _:
            return True


def listing(viewer: Viewer, *, state: str, whose: str, page: int) -> Listing:
    """The measures in a state, of a side; unknown values mean the open ones of everybody."""
    every = everything(viewer)
    states, people = _states(), _whose()
    state, whose = state if state in states else "open", whose if whose in people else ""
    meant = [told for told in every if _of(told, whose)]
    shown = [told for told in meant if told.state in states[state][1]]
    here = [told for told in every if told.state in states[state][1]]
    start = page * PAGE
    wanted = _chosen(state, whose)
    labels = {name: label for name, (label, _of_them) in states.items()}
    return Listing(
        measures=shown[start : start + PAGE],
        filters=[
            wanted.group(
                "state",
                _("By state"),
                labels,
                lambda name: sum(told.state in states[name][1] for told in meant),
            ),
            wanted.group("whose", _("Whose"), people, lambda name: sum(_of(told, name) for told in here)),
        ],
        older=wanted.url(page=page + 1) if len(shown) > start + PAGE else "",
        newer=wanted.url(page=page - 1) if page else "",
        waiting=sum(told.waits for told in every),
    )


def board(viewer: Viewer) -> list[Column]:
    """The measures by state, those that wait for this service first."""
    every = everything(viewer)
    columns = []
    for state in COLUMNS:
        of = sorted((told for told in every if told.state == state), key=lambda told: not told.waits)
        label = telling.word(type(of[0].action), "state", state) if of else _states()[state][0]
        columns.append(Column(state, label, of[:_SHOWN], max(0, len(of) - _SHOWN), _chosen(state).url()))
    return columns


def _is_mine(told: Told) -> bool:
    viewer = told.viewer
    own = f"{viewer.party}/{viewer.user.service}"
    return own in told.action.services or (told.row.local and told.row.service == viewer.user.service)


def _states() -> dict[str, tuple[str, tuple[State, ...]]]:
    return {
        "open": (pgettext("measures", "Open"), OPEN),
        "proposed": (pgettext("measures", "Proposed"), ("proposed",)),
        "accepted": (pgettext("measures", "Accepted"), ("accepted",)),
        "under_way": (pgettext("measures", "Under way"), ("under_way",)),
        "done": (pgettext("measures", "Done"), ("done",)),
        "ended": (pgettext("measures", "Declined or given up"), ("declined", "abandoned")),
        "all": (pgettext("measures", "All"), (*OPEN, "done", "declined", "abandoned")),
    }


def _whose() -> dict[str, str]:
    return {
        "": _("Everybody’s"),
        "waits": _("Waiting for my answer"),
        "mine": _("With my service"),
        "ours": _("Proposed by us"),
        "theirs": _("Proposed to us"),
    }


def _chosen(state: str, whose: str = "") -> Chosen:
    return Chosen("/measures", {"state": state, "whose": whose}, {"state": "open"})

"""The situation: alerts and their state, most urgent first, and what could not leave.

Everything starts from :meth:`Viewer.records`, the counts as well.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from entente_node.alerts.corridor import Corridor, corridor
from entente_node.alerts.reading import OPEN, STATES, Reading, readings
from entente_node.directory.access import Viewer
from entente_node.directory.journeys import Held, withheld
from entente_node.ledger.lines import Line, lines
from entente_node.ledger.models import Record

PAGE: Final = 30
MOST_SORTED: Final = 300
"""Open alerts that are sorted by urgency, the newest: a night with more is read filter by filter."""


@dataclass(frozen=True)
class Choice:
    """One link of a filter."""

    label: str
    url: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Situation:
    """What the page shows."""

    alerts: list[Reading]
    waiting: int
    states: list[Choice]
    sides: list[Choice]
    withheld: list[Held]
    lines: list[Line]
    corridor: Corridor | None
    is_filtered: bool
    older: str
    newer: str


def situation(viewer: Viewer, *, state: str, side: str, page: int) -> Situation:
    """The alerts of the filters ``state`` and ``side``; unknown values mean no filter."""
    state = state if state in {"all", *STATES} else "open"
    alerts = viewer.records().filter(kind="alert", dossier__isnull=False)
    counts = Counter(
        {
            (row["dossier__state"], row["party"]): row["n"]
            for row in alerts.values("dossier__state", "party").annotate(n=Count("pk")).order_by()
        }
    )
    parties = sorted({party for _state, party in counts}, key=lambda party: (party != viewer.party, party))
    side = side if side in parties else "all"
    shown, more, mapped = _page(viewer, _filtered(alerts, state, side), state, page)
    return Situation(
        alerts=shown,
        waiting=_waiting(viewer, counts),
        states=_state_choices(counts, state, side),
        sides=_side_choices(viewer, counts, parties, state, side),
        withheld=withheld(viewer),
        lines=_lines(viewer),
        corridor=corridor(viewer, mapped),
        is_filtered=state != "open" or side != "all",
        older=_url(state, side, page + 1) if more else "",
        newer=_url(state, side, page - 1) if page else "",
    )


def _lines(viewer: Viewer) -> list[Line]:
    named = {agreement.id for agreement in viewer.named()}
    return [line for line in lines(viewer.now) if line.agreement in named]


def _filtered(alerts: QuerySet[Record], state: str, side: str) -> QuerySet[Record]:
    if state == "open":
        alerts = alerts.filter(dossier__state__in=OPEN)
    elif state != "all":
        alerts = alerts.filter(dossier__state=state)
    return alerts if side == "all" else alerts.filter(party=side)


def _page(
    viewer: Viewer, alerts: QuerySet[Record], state: str, page: int
) -> tuple[list[Reading], bool, list[Reading]]:
    """One page of the alerts, whether there are more, and those that the map shows."""
    newest = alerts.select_related("dossier").order_by("-dossier__opened_at", "-pk")
    start = page * PAGE
    if state == "open":
        ordered = sorted(readings(viewer, newest[:MOST_SORTED]), key=lambda reading: reading.rank)
        return ordered[start : start + PAGE], len(ordered) > start + PAGE, ordered
    rows = list(newest[start : start + PAGE + 1])
    shown = readings(viewer, rows[:PAGE])
    return shown, len(rows) > PAGE, shown


def _waiting(viewer: Viewer, counts: Counter[tuple[str, str]]) -> int:
    """How many alerts of the others wait for our answer or our action."""
    return sum(
        n
        for (state, party), n in counts.items()
        if party != viewer.party and state in {"new", "acknowledged"}
    )


def _state_choices(counts: Counter[tuple[str, str]], state: str, side: str) -> list[Choice]:
    def of(*states: str) -> int:
        return sum(n for (one, party), n in counts.items() if one in states and side in {"all", party})

    words = {
        "open": (pgettext("alerts", "Open"), of(*OPEN)),
        "new": (pgettext("alerts", "New"), of("new")),
        "acknowledged": (pgettext("alerts", "Acknowledged"), of("acknowledged")),
        "under_way": (pgettext("alerts", "Under way"), of("under_way")),
        "closed": (pgettext("alerts", "Closed"), of("closed")),
        "all": (pgettext("alerts", "All"), of(*STATES)),
    }
    return [Choice(label, _url(key, side), n, key == state) for key, (label, n) in words.items()]


def _side_choices(
    viewer: Viewer, counts: Counter[tuple[str, str]], parties: list[str], state: str, side: str
) -> list[Choice]:
    wanted = OPEN if state == "open" else STATES if state == "all" else (state,)

    def of(party: str) -> int:
        return sum(counts[one, party] for one in wanted)

    choices = [Choice(_("Both sides"), _url(state, "all"), sum(map(of, parties)), side == "all")]
    for party in parties:
        label = _("Ours") if party == viewer.party else viewer.name_of(party)
        choices.append(Choice(label, _url(state, party), of(party), side == party))
    return choices


def _url(state: str, side: str, page: int = 0) -> str:
    chosen = {"state": state, "side": side, "page": str(page)}
    defaults = {"state": "open", "side": "all", "page": "0"}
    query = urlencode({key: value for key, value in chosen.items() if value != defaults[key]})
    return f"/?{query}" if query else "/"

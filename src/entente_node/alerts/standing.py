"""Every alert that the viewer may see, in one row of what the situation filters and counts by.

Read from headers, dossiers and the first word of what is searched (:mod:`entente.records.words`),
without decoding a record, so that a page counts and decides whether it is still fresh in a few
queries. Bounded: of the open alerts and of the closed ones the newest :data:`MOST` each; a count
that reaches that says so with a plus sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Left

from entente.records.alert import SEVERITIES
from entente_node.alerts.reading import OPEN, STATES
from entente_node.directory.access import Viewer
from entente_node.ledger.models import Dossier, Record

MOST: Final = 1_000
_FACET: Final = 60
"""Characters in which the first word ends."""
_GRAVITY: Final = {severity.lower(): rank for rank, severity in enumerate(SEVERITIES)}
_DONE: Final = tuple(state for state in STATES if state not in OPEN)


class Standing(NamedTuple):
    """How one alert stands."""

    pk: int
    party: str
    state: str
    purpose: str
    place: str
    """The code of its place; empty: none, or one without a code."""
    opened_at: int
    severity: str
    """In lower case; empty where its content was erased."""
    event: str
    """What happened, or the first category: see :func:`entente.records.words.facet_of`."""

    def awaits(self, party: str) -> str:
        """What it waits for from ``party``: an answer, action, or nothing."""
        return {"new": "answer", "acknowledged": "action"}.get(self.state, "") if self.party != party else ""

    def rank(self, party: str) -> tuple[int, int, int, int, int]:
        """Most urgent first: what waits for us, then the gravest, then the least answered, then the newest."""
        return (
            0 if self.awaits(party) else 1 if self.state in OPEN else 2,
            _GRAVITY.get(self.severity, len(_GRAVITY)),
            STATES.index(self.state),
            -self.opened_at,
            -self.pk,
        )


def standings(viewer: Viewer) -> list[Standing]:
    """The open alerts and the newest of the others, in the state in which the viewer may know them."""
    alerts = viewer.records().filter(kind="alert", dossier__isnull=False)
    whole, folded = viewer.divided(alerts)
    found = _read(Dossier.objects.filter(state__in=OPEN), whole, {})
    for state in _DONE:
        found += _read(Dossier.objects.filter(state=state), whole, {})
    if folded:
        # Behind the wall somebody answered: what their dossiers are without that.
        states = {key: dossier.state for key, dossier in folded.items()}
        found += _read(Dossier.objects.filter(record__in=sorted(states)[-MOST:]), alerts, states)
    return found


def _read(standing: QuerySet[Dossier], alerts: QuerySet[Record], states: Mapping[int, str]) -> list[Standing]:
    """The newest of these dossiers that are of one of the alerts, by the index of their age: there may be many."""
    rows: Iterable[tuple[int, str, str, str, str, int, str | None]] = (
        standing.filter(Exists(alerts.filter(pk=OuterRef("record"))))
        .annotate(_facet=Left("record__said__words", _FACET))
        .order_by("-opened_at", "-record")
        .values_list(
            "record", "record__party", "state", "record__purpose", "record__place", "opened_at", "_facet"
        )[:MOST]
    )
    found = []
    for pk, party, state, purpose, place, opened_at, words in rows:
        severity, _slash, event = (words or "").partition(" ")[0].partition("/")
        found.append(Standing(pk, party, states.get(pk, state), purpose, place, opened_at, severity, event))
    return found

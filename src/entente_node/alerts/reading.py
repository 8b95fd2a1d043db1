"""One alert as the desk shows it: its header, its decoded record, what it waits for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from entente import dossier as dossiers
from entente.records.alert import Alert
from entente.response import article_for
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.ledger.models import Record, Withheld
from entente_node.ledger.reading import bodies_of, released_at

STATES: Final[tuple[dossiers.State, ...]] = ("new", "acknowledged", "under_way", "closed", "withdrawn")
OPEN: Final[tuple[dossiers.State, ...]] = ("new", "acknowledged", "under_way")


@dataclass(frozen=True)
class Reading:
    """An alert, ready to be shown to one viewer."""

    row: Record
    alert: Alert | None
    """None once its content was erased."""
    dossier: dossiers.Dossier
    viewer: Viewer
    held_from: tuple[str, ...] = ()
    """The names of those for whom it has not left."""

    @property
    def code(self) -> str:
        """The code that people say."""
        return self.dossier.code

    @property
    def state(self) -> str:
        """The dossier's state."""
        return self.dossier.state

    @property
    def is_ours(self) -> bool:
        """Whether our side raised it."""
        return self.row.local

    @property
    def is_open(self) -> bool:
        """Whether something may still be done about it."""
        return self.state in OPEN

    @property
    def title(self) -> str:
        """The headline that somebody wrote, else the event, else the words of a closed list."""
        alert = self.alert
        if alert is None:
            return ""
        if alert.headline or alert.event:
            return alert.headline or alert.event or ""
        if alert.ttt_event:
            return telling.word(Alert, "ttt_event", alert.ttt_event).capitalize()
        words = [telling.word(Alert, "category", one) for one in alert.category]
        return ", ".join(words).capitalize()

    @property
    def severity(self) -> str:
        """CAP's own word."""
        return self.alert.severity if self.alert else "Unknown"

    @property
    def severity_word(self) -> str:
        """The severity in the reader's language."""
        return telling.word(Alert, "severity", self.severity)

    @property
    def rehearsal(self) -> str:
        """Exercise, test, draft …: the word that says it is not the real thing; empty when it is."""
        if self.alert is None or self.alert.status == "Actual":
            return ""
        return telling.word(Alert, "status", self.alert.status)

    @property
    def where(self) -> str:
        """The place by its name."""
        return telling.where(self.alert.place) if self.alert else ""

    @property
    def when(self) -> str:
        """When it happened, as precisely as it is known."""
        return telling.when(self.row.at, self.viewer.zone, self.viewer.now)

    @property
    def exactly(self) -> datetime | None:
        """The instant at which it happened, where it is known."""
        return telling.exact(self.row.at)

    @property
    def party_name(self) -> str:
        """Who raised it."""
        return self.viewer.name_of(self.row.party)

    @property
    def service_name(self) -> str:
        """Which of their services."""
        return self.viewer.service_name(self.row.party, self.row.service)

    @property
    def awaits(self) -> str:
        """What it waits for: us (answer, action), the others (them), or nothing."""
        if not self.is_open or self.alert is None:
            return ""
        if self.is_ours:
            return "them" if self.state == "new" and not self.held_from else ""
        return {"new": "answer", "acknowledged": "action"}.get(self.state, "")

    @property
    def deadline(self) -> datetime | None:
        """The instant by which the agreement wants the next step."""
        due = deadlines_of(self)
        return {"new": due.acknowledge_by, "acknowledged": due.act_by}.get(self.state)


def deadlines_of(reading: Reading) -> dossiers.Deadlines:
    """By when the agreement wants this alert acknowledged and acted on."""
    if reading.alert is None:
        return dossiers.Deadlines()
    article = article_for(reading.viewer.agreements, reading.alert, reading.row.party)
    return dossiers.deadlines(reading.dossier, article)


def escalate_to(reading: Reading) -> str:
    """Whom the agreement has told where nobody answers this alert in time, in its own words."""
    if reading.alert is None:
        return ""
    article = article_for(reading.viewer.agreements, reading.alert, reading.row.party)
    return (article.escalate_to or "") if article is not None else ""


def readings(viewer: Viewer, rows: Iterable[Record]) -> list[Reading]:
    """The rows as the viewer is shown them; a few queries more, however many rows."""
    rows = list(rows)
    bodies, held, folds = bodies_of(rows), _held(viewer, rows), viewer.dossiers(rows)
    # Time runs from the instant that both sides know, not from when we wrote it down.
    released = released_at(row for row in rows if row.pk in folds and folds[row.pk].state in OPEN)
    found = []
    for row in rows:
        record, folded = bodies.get(row.pk), folds.get(row.pk)
        if folded is None:
            continue
        if row.pk in released:
            folded = msgspec.structs.replace(folded, opened_at=released[row.pk])
        found.append(
            Reading(row, record if isinstance(record, Alert) else None, folded, viewer, held.get(row.pk, ()))
        )
    return found


def _held(viewer: Viewer, rows: Iterable[Record]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    local = [row.pk for row in rows if row.local]
    for row in Withheld.objects.filter(record__in=local).order_by("recipient"):
        found[row.record_id] = (*found.get(row.record_id, ()), viewer.name_of(row.recipient))
    return found

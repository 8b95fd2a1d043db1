"""What became of one alert: where it came from, where it went and in which form, who answered what.

How one record came and went is told by :mod:`entente_node.directory.journeys`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db.models import BooleanField, ExpressionWrapper, Q

from entente.records.message import Message
from entente_node.alerts.reading import Reading
from entente_node.directory import telling
from entente_node.directory.halts import halts
from entente_node.directory.here import node
from entente_node.directory.journeys import (
    ANSWERS,
    Fact,
    Journey,
    facts,
    journeys_of,
    origin_of,
    withheld,
)
from entente_node.directory.measures import measures_about
from entente_node.duty.rota import Rota
from entente_node.duty.templatetags.duty import who_was_called
from entente_node.ledger.models import POSITION_BITS, Entry, Withheld
from entente_node.ledger.reading import bodies_of, journals_of, moment_of

_INDEX: Final = (1 << POSITION_BITS) - 1
TEXTS: Final = ("description", "instruction")
IN_THE_HEADING: Final = frozenset({"headline", "severity", "at", *TEXTS})
LAST: Final = (
    "service",
    "purpose",
    "tlp",
    "code",
    "article",
    "released_at",
    "released_by",
    "about",
    "revises",
)


@dataclass(frozen=True)
class Happening:
    """One line of the timeline."""

    party: str
    name: str
    service: str
    ours: bool
    at: datetime
    what: str
    """raised, a step, message, or the kind of another answer."""
    word: str
    function: str = ""
    """Which function of the service says so, or was called."""
    text: str = ""
    code: str = ""
    kind: str = ""
    journeys: tuple[Journey, ...] = ()

    @property
    def has_page(self) -> bool:
        """Whether it is a record that is read by itself."""
        return bool(self.code) and self.kind not in ANSWERS


def facts_of(reading: Reading) -> tuple[list[Fact], list[Fact], list[Fact]]:
    """What somebody wrote at length; what is known; how it is marked."""
    if reading.alert is None:
        return [], [], []
    everything = facts(reading.alert, reading.viewer, reading.row.party)
    return (
        [fact for fact in everything if fact.field in TEXTS],
        [fact for fact in everything if fact.field not in IN_THE_HEADING and fact.field not in LAST],
        [fact for fact in everything if fact.field in LAST],
    )


def recipients(reading: Reading) -> list[tuple[str, str]]:
    """Whom a message about this alert can be for: its author; for ours, those who got it, or could have."""
    viewer = reading.viewer
    if not reading.is_ours:
        return [(reading.row.party, reading.party_name)]
    sent = [j for j in journeys_of(viewer, [reading.row])[reading.row.pk] if j.journal is not None]
    if sent:
        return list({journey.recipient: journey.name for journey in sent}.items())
    return [
        (party.id, party.name)
        for agreement in viewer.named()
        for party in agreement.parties
        if party.id != viewer.party
    ]


def timeline(reading: Reading) -> list[Happening]:
    """What happened, oldest first: raised, then every answer that the viewer may see."""
    viewer = reading.viewer
    answers = viewer.records().filter(about=reading.code).exclude(kind="attachment")  # shown as pictures
    rows = list(answers.order_by("filed_at", "pk"))
    bodies, journeys = bodies_of(rows), journeys_of(viewer, rows)
    rota = Rota(node(), once=True)
    happenings = [
        Happening(
            party=reading.row.party,
            name=reading.party_name,
            service=reading.service_name,
            ours=reading.is_ours,
            at=datetime.fromtimestamp(reading.row.dossier.opened_at, UTC),
            what="raised",
            word="",
        )
    ]
    for row in rows:
        record = bodies.get(row.pk)
        what, word, text, function = "message", "", "", ""
        if isinstance(record, Message):
            text, function = record.text or "", record.function or ""
            if function:
                function = rota.named(viewer, row.party, row.service, function)
            if record.step is not None:
                what, word = record.step, telling.word(Message, "step", record.step)
        elif record is not None:
            what, word = record.kind(), telling.either(type(record).title)
        happenings.append(
            Happening(
                party=row.party,
                name=viewer.name_of(row.party),
                service=viewer.service_name(row.party, row.service),
                ours=row.local,
                at=telling.exact(row.at) or moment_of(row),
                what=what,
                word=word,
                function=function,
                text=text,
                code=row.code or "",
                kind=row.kind,
                journeys=tuple(journeys.get(row.pk, ())),
            )
        )
    return sorted(happenings, key=lambda happening: happening.at)


def seen(reading: Reading) -> tuple[object, ...]:
    """Values that change when, and only when, something changes that the page about an alert shows."""
    viewer, row = reading.viewer, reading.row
    about = viewer.records().filter(about=reading.code).order_by("pk")
    rows = [row, *about.only("local", "confirmed", "withdrawn_at")]
    mine = [one.pk for one in rows if one.local]
    # Not by their journeys, which decode what left: pictures are many parts.
    gone = list(
        Entry.objects.filter(record__in=mine)
        .order_by("position")
        .annotate(_erased=ExpressionWrapper(Q(payload=None), BooleanField()))
        .values_list("position", "record", "_erased")
    )
    journals = journals_of(position for position, _record, _erased in gone)
    left = [
        (record, position, position & _INDEX < journals[position >> POSITION_BITS].receipted, erased)
        for position, record, erased in gone
    ]
    kept_back = Withheld.objects.filter(record__in=mine).order_by("pk").values_list("pk", "decided_at")
    calls = who_was_called(viewer, reading.dossier)["called"]
    origin = origin_of(row)
    return (
        reading.code,
        reading.alert is None,
        reading.state,
        [(one.pk, one.confirmed, one.withdrawn_at) for one in rows],
        left,
        list(kept_back),
        [one.seen for one in withheld(viewer, row)],
        halts(viewer, row) if row.local and reading.alert is not None else (),
        [(one.name, one.service, one.function, one.step, one.at) for one in calls],
        [(told.code, told.state) for told in measures_about(viewer, reading.code)],
        origin is not None and origin.is_receipted,
    )

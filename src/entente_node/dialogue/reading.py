"""Communiqués, commitments and meetings as the desk shows them to one viewer.

Everything starts from :meth:`Viewer.records`: words, signatures, states and counts alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

from django.utils.translation import pgettext

from entente.dialogue import Negotiation, standing
from entente.indicators import Measured, measure
from entente.records import Commitment, Communique, Meeting
from entente.records.base import Record as CoreRecord
from entente.records.communique import Paragraph as Words
from entente.records.meeting import Delegation
from entente.records.times import parse_at
from entente.talks import Line
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.directory.roles import May
from entente_node.ledger.measures import Counts, contents
from entente_node.ledger.models import Record, RecordQuerySet
from entente_node.ledger.tallied import exchanged

R = TypeVar("R", bound=CoreRecord)

BADGES: Final = {
    "proposed": "acknowledged",
    "reserved": "new",
    "agreed": "under_way",
    "signed": "closed",
    "open": "",
    "under_way": "under_way",
    "kept": "closed",
    "dropped": "",
    "overdue": "new",
    "planned": "under_way",
    "held": "closed",
    "postponed": "acknowledged",
    "cancelled": "",
}
"""The colour of each state; its word stands beside it."""


@dataclass(frozen=True)
class Side:
    """How far one side is with a paragraph."""

    name: str
    word: str
    badge: str


@dataclass(frozen=True)
class Clause:
    """One paragraph with each side's consent."""

    number: int
    text: str
    sides: tuple[Side, ...]
    ours: str
    """What our own side says of it."""


@dataclass(frozen=True)
class Statement:
    """A communiqué, ready to be shown."""

    negotiation: Negotiation
    viewer: Viewer

    @property
    def code(self) -> str:
        """The code under which it was first proposed."""
        return self.negotiation.code

    @property
    def communique(self) -> Communique:
        """The words that stand."""
        return self.negotiation.current.communique

    @property
    def state(self) -> str:
        """How far it is."""
        return self.negotiation.state

    @property
    def word(self) -> str:
        """How far it is, in a word."""
        return {
            "proposed": pgettext("communiqué", "Proposed"),
            "reserved": pgettext("communiqué", "Reservation"),
            "agreed": pgettext("communiqué", "Agreed"),
        }.get(self.state, pgettext("communiqué", "Signed"))

    @property
    def badge(self) -> str:
        """The colour of the state."""
        return BADGES[self.state]

    @property
    def when(self) -> str:
        """When the words that stand were written, as precisely as it is known."""
        return telling.when(self.negotiation.wording.communique.at, self.viewer.zone, self.viewer.now)

    @property
    def author(self) -> str:
        """Whose words these are."""
        return self.viewer.name_of(self.negotiation.wording.party)

    @property
    def clauses(self) -> list[Clause]:
        """The paragraphs with each side's consent."""
        return [
            Clause(
                paragraph.number,
                paragraph.text,
                tuple(
                    Side(
                        self.viewer.name_of(party),
                        telling.word(Words, "consent", consent)
                        if consent
                        else pgettext("consent", "not yet"),
                        {"agreed": "closed", "proposed": "under_way", "reserved": "new"}.get(
                            consent or "", ""
                        ),
                    )
                    for party, consent in paragraph.sides.items()
                ),
                paragraph.sides.get(self.viewer.party) or "",
            )
            for paragraph in self.negotiation.paragraphs
        ]

    @property
    def lines(self) -> list[Line]:
        """Who signs, with which key, since when."""
        return node().talks.lines(self.negotiation)

    @property
    def may_consent(self) -> bool:
        """Whether our side has something left to say, and a say in it."""
        ours = self.viewer.party
        named = ours in {one.party for one in self.negotiation.signatories}
        open_ = named and ours not in self.negotiation.signed and self.state != "signed"
        return open_ and self.viewer.may(May.DIALOGUE)

    @property
    def is_agreed(self) -> bool:
        """Whether every side stands by every word: then its promises can be followed."""
        return self.state in {"agreed", "signed"}

    @property
    def waits_for_us(self) -> bool:
        """Whether our side has not said yet what it thinks of each paragraph."""
        return self.may_consent and any(not clause.ours for clause in self.clauses)

    @property
    def may_sign(self) -> bool:
        """Whether only our signature is left to be given by us."""
        return self.state == "agreed" and self.viewer.party in self.negotiation.missing


@dataclass(frozen=True)
class Promise:
    """A commitment with its state and what the exchange measures of it."""

    code: str
    commitment: Commitment
    measured: Measured | None
    is_overdue: bool
    services: tuple[str, ...]
    evidence: tuple[tuple[str, str], ...]
    """Code and kind of the evidence that the viewer may see."""
    due: str

    @property
    def state(self) -> str:
        """What the services report, or overdue."""
        return "overdue" if self.is_overdue else self.commitment.state

    @property
    def word(self) -> str:
        """The state in a word."""
        if self.is_overdue:
            return pgettext("commitment", "overdue")
        return telling.word(Commitment, "state", self.commitment.state)

    @property
    def badge(self) -> str:
        """The colour of the state."""
        return BADGES[self.state]

    @property
    def indicator(self) -> str:
        """What is counted."""
        return telling.word(Commitment, "indicator", self.commitment.indicator)

    @property
    def unit(self) -> str:
        """What stands after the number."""
        return "\u00a0%" if self.commitment.indicator == "alerts_acknowledged_in_time_percent" else ""


@dataclass(frozen=True)
class Gathering:
    """A meeting with who sat at the table, and when the next is."""

    code: str
    meeting: Meeting
    viewer: Viewer

    @property
    def word(self) -> str:
        """Its state in a word."""
        return telling.word(Meeting, "state", self.meeting.state)

    @property
    def badge(self) -> str:
        """The colour of the state."""
        return BADGES[self.meeting.state]

    @property
    def title(self) -> str:
        """What it is about."""
        return self.meeting.subject or telling.either(Meeting.title)

    @property
    def dates(self) -> str:
        """From when to when."""
        return self._span(self.meeting.start or self.meeting.at, self.meeting.until)

    @property
    def where(self) -> str:
        """The place by its name."""
        return telling.where(self.meeting.place)

    @property
    def next_dates(self) -> str:
        """From when to when the next is."""
        start = self.meeting.next_start
        return self._span(start, self.meeting.next_until) if start else ""

    @property
    def next_where(self) -> str:
        """Where the next is."""
        return telling.where(self.meeting.next_place)

    @property
    def delegations(self) -> list[tuple[Delegation, int | None]]:
        """Each institution with its number of persons; None where nobody counted."""
        return [
            (one, None if one.women is None and one.men is None else (one.women or 0) + (one.men or 0))
            for one in self.meeting.delegations
        ]

    def _span(self, start: str, until: str | None) -> str:
        zone, now = self.viewer.zone, self.viewer.now
        first = telling.when(start, zone, now)
        return f"{first} – {telling.when(until, zone, now)}" if until and until != start else first


def statements(viewer: Viewer) -> list[Statement]:
    """The communiqués that the viewer may see, newest first."""
    codes = {code for code in _visible(viewer, Communique).values_list("code", flat=True) if code}
    return [Statement(one, viewer) for one in node().talks.all(codes)]


def promises(viewer: Viewer) -> list[Promise]:
    """The commitments that the viewer may see, those to be kept first, then by their date."""
    flows = partial(exchanged, node(), viewer.wall.opens)
    counts = Counts(viewer.records(), viewer.agreements, viewer.dossiers, flows)
    zone = viewer.agreements[0].time_zone if viewer.agreements else "UTC"
    found = []
    for root, stands in standing(_records(viewer, Commitment)):
        evidence = (
            Record.objects.none()
            if not stands.evidence
            else viewer.records().filter(code__in=stands.evidence)
        )
        found.append(
            Promise(
                code=root.code or "",
                commitment=stands,
                measured=measure(stands, counts, now=viewer.now, time_zone=zone, promised=root.at),
                is_overdue=not viewer.is_clock_held and stands.is_overdue(viewer.now, zone),
                services=tuple(_service(viewer, one) for one in stands.services),
                evidence=tuple((row.code or "", row.kind) for row in evidence.order_by("pk")),
                due=telling.when(stands.due, viewer.zone, viewer.now) if stands.due else "",
            )
        )
    return sorted(found, key=lambda one: (one.commitment.state in {"kept", "dropped"}, _due(one)))


def gatherings(viewer: Viewer) -> list[Gathering]:
    """The meetings that the viewer may see, newest first."""
    found = [
        Gathering(root.code or "", stands, viewer) for root, stands in standing(_records(viewer, Meeting))
    ]
    return sorted(found, key=lambda one: _first(one.meeting.start or one.meeting.at), reverse=True)


def _records(viewer: Viewer, kind: type[R]) -> Iterable[R]:
    return [record for _, record in contents(_visible(viewer, kind)) if isinstance(record, kind)]


def _visible(viewer: Viewer, kind: type[CoreRecord]) -> RecordQuerySet:
    return viewer.records().filter(kind=kind.kind(), withdrawn_at=None)


def _service(viewer: Viewer, of: str) -> str:
    party, _, service = of.partition("/")
    return f"{viewer.service_name(party, service)} ({viewer.name_of(party)})"


def _due(promise: Promise) -> datetime:
    return _first(promise.commitment.due) if promise.commitment.due else datetime.max.replace(tzinfo=UTC)


def _first(at: str) -> datetime:
    return parse_at(at)[0]

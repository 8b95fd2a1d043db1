"""What became of one alert: where it came from, where it went and in which form, who answered what.

Read from what is kept, not decided again: the payload of an entry is, byte for byte, what
its recipient got.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from entente.agreements.document import Article
from entente.errors import EntenteError
from entente.records import decode
from entente.records.base import Record as CoreRecord
from entente.records.base import Role, fields_of
from entente.records.message import Message
from entente_node.alerts.reading import Reading, bodies_of, journals_of, moment_of
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.ledger.models import POSITION_BITS, Entry, Journal, Record, Withheld

TEXTS: Final = ("description", "instruction")
IN_THE_HEADING: Final = frozenset({"headline", "severity", "at", *TEXTS})
LAST: Final = ("service", "purpose", "tlp", "code", "article", "released_at", "about", "revises")


@dataclass(frozen=True)
class Fact:
    """One field with its label."""

    field: str
    label: str
    value: str
    written: bool
    """Somebody wrote it: its direction is its own."""


@dataclass(frozen=True)
class Origin:
    """Where a received record came from."""

    journal: Journal
    index: int
    is_receipted: bool

    @property
    def number(self) -> int:
        """The entry's number, as people count."""
        return self.index + 1


@dataclass(frozen=True)
class Journey:
    """One recipient: what it got, or why it got nothing."""

    recipient: str
    name: str
    released: CoreRecord | None = None
    facts: tuple[Fact, ...] = ()
    article: Article | None = None
    journal: Journal | None = None
    index: int = 0
    withheld: Withheld | None = None
    erased: bool = False

    @property
    def number(self) -> int:
        """The entry's number, as people count."""
        return self.index + 1

    @property
    def is_receipted(self) -> bool:
        """Whether the recipient has signed for it."""
        return self.journal is not None and self.index < self.journal.receipted


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
    text: str = ""
    code: str = ""
    journeys: tuple[Journey, ...] = ()


def facts_of(reading: Reading) -> tuple[list[Fact], list[Fact], list[Fact]]:
    """What somebody wrote at length; what is known; how it is marked."""
    if reading.alert is None:
        return [], [], []
    everything = facts(reading.alert, reading.viewer)
    return (
        [fact for fact in everything if fact.field in TEXTS],
        [fact for fact in everything if fact.field not in IN_THE_HEADING and fact.field not in LAST],
        [fact for fact in everything if fact.field in LAST],
    )


def facts(record: CoreRecord, viewer: Viewer) -> list[Fact]:
    """Every field that says something, under the label that its kind declares."""
    found = []
    for field, declared in fields_of(type(record)).items():
        value = telling.value_of(record, field, viewer.zone, viewer.now)
        if value:
            written = declared.role is Role.FREE_TEXT
            found.append(Fact(field, telling.either((declared.fr, declared.en)), value, written))
    return found


def origin_of(reading: Reading) -> Origin | None:
    """The journal and the entry that a received alert came in."""
    entry = reading.row.entry
    if entry is None:
        return None
    found = Entry.objects.filter(position=entry).first()
    journal = next(iter(journals_of([entry]).values()), None)
    if found is None or journal is None:
        return None
    return Origin(journal, found.index, journal.receipt is not None and found.index < journal.receipted)


def journeys_of(viewer: Viewer, rows: list[Record]) -> dict[int, list[Journey]]:
    """Of each local record: what each recipient got, or why not."""
    keys = [row.pk for row in rows if row.local]
    found: dict[int, list[Journey]] = {key: [] for key in keys}
    entries = list(Entry.objects.filter(record__in=keys).order_by("position"))
    journals = journals_of(entry.position for entry in entries)
    for entry in entries:
        if entry.record is not None:
            found[entry.record].append(_sent(viewer, entry, journals[entry.position >> POSITION_BITS]))
    for row in Withheld.objects.filter(record__in=keys).order_by("recipient"):
        gone = {journey.recipient for journey in found[row.record_id]}
        if row.recipient not in gone:
            found[row.record_id].append(Journey(row.recipient, viewer.name_of(row.recipient), withheld=row))
    return found


def may_count(viewer: Viewer, origin: Origin) -> bool:
    """Whether an entry's number tells the viewer nothing about purposes that the wall hides."""
    journal = origin.journal
    return any(
        viewer.may_count(agreement, journal.sender, journal.recipient)
        for agreement in viewer.agreements
        if agreement.id == journal.agreement
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


def undecided(viewer: Viewer, journeys: list[Journey]) -> list[str]:
    """The names of those for whom nothing has been decided yet."""
    decided = {journey.recipient for journey in journeys}
    others = (party.id for agreement in viewer.named() for party in agreement.parties)
    waiting = dict.fromkeys(party for party in others if party not in {viewer.party, *decided})
    return [viewer.name_of(party) for party in waiting]


def timeline(reading: Reading) -> list[Happening]:
    """What happened, oldest first: raised, then every answer that the viewer may see."""
    viewer = reading.viewer
    rows = list(viewer.records().filter(about=reading.code).order_by("filed_at", "pk"))
    bodies, journeys = bodies_of(rows), journeys_of(viewer, rows)
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
        what, word, text = "message", "", ""
        if isinstance(record, Message):
            text = record.text or ""
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
                text=text,
                code=row.code or "",
                journeys=tuple(journeys.get(row.pk, ())),
            )
        )
    return sorted(happenings, key=lambda happening: happening.at)


def _sent(viewer: Viewer, entry: Entry, journal: Journal) -> Journey:
    name = viewer.name_of(journal.recipient)
    if entry.payload is None:
        return Journey(journal.recipient, name, journal=journal, index=entry.index, erased=True)
    try:
        released = decode(bytes(entry.payload))
    except EntenteError:
        return Journey(journal.recipient, name, journal=journal, index=entry.index)
    return Journey(
        recipient=journal.recipient,
        name=name,
        released=released,
        facts=tuple(facts(released, viewer)),
        article=_article(journal.agreement, released.article),
        journal=journal,
        index=entry.index,
    )


def _article(agreement: str, cited: str | None) -> Article | None:
    version, _, wanted = (cited or "").partition("#")
    policy = node().register.of_version(agreement, int(version)) if version.isdigit() else None
    articles = policy.standing.signed.agreement.articles if policy else ()
    return next((article for article in articles if article.id == wanted), None)

"""What became of one record: where it came from, who got it and in which form, what did not leave.

Read from what is kept, not decided again: the payload of an entry is, byte for byte, what
its recipient got.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef

from entente.agreements.document import Article
from entente.contacts import function_name
from entente.errors import EntenteError
from entente.records import KINDS, decode
from entente.records.base import Record as CoreRecord
from entente.records.base import Role, fields_of
from entente_node.digits import whole
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.directory.pointing import as_seen
from entente_node.directory.whom import in_words
from entente_node.ledger.models import POSITION_BITS, Approval, Entry, Journal, Record, Withheld
from entente_node.ledger.reading import journals_of

WITHHELD_SHOWN: Final = 10
ANSWERS: Final = frozenset({"message", "withdrawal"})
"""Kinds that have no page of their own."""


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
class Held:
    """Something of ours that did not leave, and why."""

    row: Withheld
    kind: str
    recipient: str
    decided: tuple[str, ...] = ()
    """The functions that have decided, under an exceptional article, that it leaves."""

    @property
    def needs_confirmation(self) -> bool:
        """Whether it waits for a person to confirm its text."""
        return self.row.later and self.row.not_before is None and not self.row.record.confirmed

    @property
    def is_confirmed(self) -> bool:
        """Whether its text was confirmed, and the next release decides it again."""
        return self.row.later and self.row.not_before is None and self.row.record.confirmed

    @property
    def seen(self) -> tuple[object, ...]:
        """Values that change when, and only when, what is shown of it changes."""
        row = self.row
        return row.pk, row.decided_at, row.later, row.record.confirmed, self.decided

    @property
    def code(self) -> str:
        """The record to open: an answer is read with what it is about."""
        record = self.row.record
        return (record.about if record.kind in ANSWERS else "") or record.code or ""


def facts(record: CoreRecord, viewer: Viewer, party: str = "") -> list[Fact]:
    """Every field that says something, under the label that its kind declares; ``party`` whose record it is."""
    found = []
    record = in_words(viewer, as_seen(viewer, {0: record})[0], party)
    for field, declared in fields_of(type(record)).items():
        value = telling.value_of(record, field, viewer.zone, viewer.now)
        if value:
            written = declared.role is Role.FREE_TEXT
            found.append(Fact(field, telling.either((declared.fr, declared.en)), value, written))
    return found


def origin_of(row: Record) -> Origin | None:
    """The journal and the entry that a received record came in."""
    if row.entry is None:
        return None
    found = Entry.objects.filter(position=row.entry).first()
    journal = next(iter(journals_of([row.entry]).values()), None)
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


def undecided(viewer: Viewer, journeys: list[Journey]) -> list[str]:
    """The names of those for whom nothing has been decided yet."""
    decided = {journey.recipient for journey in journeys}
    others = (party.id for agreement in viewer.named() for party in agreement.parties)
    waiting = dict.fromkeys(party for party in others if party not in {viewer.party, *decided})
    return [viewer.name_of(party) for party in waiting]


def withheld(viewer: Viewer, record: Record | None = None) -> list[Held]:
    """What of ours did not leave, newest first: of one record and its answers, or of all."""
    mine = viewer.records().filter(local=True, withdrawn_at=None, code__isnull=False)
    rows = Withheld.objects.filter(spoken=True).select_related("record")
    if record is not None:
        about = mine.filter(pk=record.pk) | mine.filter(about=record.code)
        rows = rows.filter(record__in=list(about.values_list("pk", flat=True)))
    else:
        # From what is withheld, the newest first, and not from all that is seen: that may be everything.
        rows = rows.filter(Exists(mine.filter(pk=OuterRef("record"))))
    shown = list(rows.order_by("-decided_at", "-pk")[:WITHHELD_SHOWN])
    decided = _decided(viewer, shown)
    return [
        Held(
            row,
            telling.either(KINDS[row.record.kind].title),
            viewer.name_of(row.recipient),
            decided.get((row.record_id, row.agreement, row.recipient), ()),
        )
        for row in shown
    ]


def _decided(viewer: Viewer, rows: list[Withheld]) -> dict[tuple[int, str, str], tuple[str, ...]]:
    """Who has decided so far that these leave: (record, agreement, recipient) and the names of the functions."""
    agreements = {agreement.id: agreement for agreement in viewer.agreements}
    found: dict[tuple[int, str, str], tuple[str, ...]] = {}
    for one in Approval.objects.filter(record__in=[row.record_id for row in rows]).order_by("pk"):
        agreement = agreements.get(one.agreement)
        if agreement is not None and one.article.startswith(f"{agreement.version}#"):
            key = (one.record_id, one.agreement, one.recipient)
            name = function_name([agreement], viewer.party, one.service, one.function)
            found[key] = (*found.get(key, ()), name)
    return found


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
        facts=tuple(facts(released, viewer, viewer.party)),
        article=_article(journal.agreement, released.article),
        journal=journal,
        index=entry.index,
    )


def _article(agreement: str, cited: str | None) -> Article | None:
    version, _, wanted = (cited or "").partition("#")
    number = whole(version)
    policy = node().register.of_version(agreement, number) if number is not None else None
    articles = policy.standing.signed.agreement.articles if policy else ()
    return next((article for article in articles if article.id == wanted), None)

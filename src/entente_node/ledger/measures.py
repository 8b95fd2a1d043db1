"""What a commitment's indicator counts, of the records that one reader may see.

The reader's records come in (``Wall.records``), and what became of them as the reader may know
it; nothing else is looked at: a number never tells of records behind the wall.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

from django.db.models import Exists, OuterRef, Q

from entente import dossier as dossiers
from entente.agreements.document import Agreement
from entente.dialogue import standing
from entente.errors import EntenteError
from entente.indicators import Awaited
from entente.records import KINDS, Action, Meeting, decode
from entente.records import Record as CoreRecord
from entente.records.times import parse_at
from entente.response import article_for
from entente_node.ledger.counted import FLOWS
from entente_node.ledger.models import Entry, Record, RecordQuerySet

R = TypeVar("R", bound=CoreRecord)

_OTHERS: Final = sorted(KINDS.keys() - {*FLOWS, "attachment"})
"""A picture travels in parts: they are no records that anybody counts."""


class Counts:
    """The ledger as :class:`entente.indicators.Ledger` asks it."""

    def __init__(
        self,
        records: RecordQuerySet,
        agreements: Sequence[Agreement],
        dossiers_of: Callable[[Iterable[Record]], Mapping[int, dossiers.Dossier]],
        flows_exchanged: Callable[[int, int], int],
    ) -> None:
        """``dossiers_of``: what became of rows, as the reader may know it.

        ``flows_exchanged``: how many flows left or came that begin between two moments (Unix seconds), of
        those that the reader may see: from the tallies, there are too many to be counted.
        """
        self._records = records
        self._agreements = agreements
        self._dossiers_of = dossiers_of
        self._flows_exchanged = flows_exchanged

    def exchanged(self, since: datetime, until: datetime) -> int:
        """Records that left for a partner, or came from one."""
        left = Exists(Entry.objects.filter(record=OuterRef("pk")))
        others = self._between(since, until).filter(kind__in=_OTHERS).filter(Q(local=False) | left).count()
        return others + self._flows_exchanged(int(since.timestamp()), int(until.timestamp()))

    def alerts(self, since: datetime, until: datetime) -> Iterator[Awaited]:
        """Alerts with a deadline in the agreement, and when another side acknowledged them."""
        rows = (
            self._between(since, until).filter(kind="alert", dossier__isnull=False).select_related("dossier")
        )
        folds = self._dossiers_of(rows)
        for row, alert in contents(rows):
            article = article_for(self._agreements, alert, row.party)
            dossier = folds.get(row.pk)
            if article is None or dossier is None:
                continue
            by = dossiers.deadlines(dossier, article).acknowledge_by
            if by is not None:
                answered = [
                    parse_at(step.at)[0] for step in dossier.steps if step.party != row.party and step.moves
                ]
                yield Awaited(by, min(answered) if answered else None)

    def meetings(self, since: datetime, until: datetime) -> int:
        """Meetings held, by their first day: one that both sides wrote down is one."""
        held = [one for _, one in standing(self._of(Meeting)) if one.state == "held"]
        return len({one.start or one.at for one in held if _lies(one.start or one.at, since, until)})

    def measures(self, since: datetime, until: datetime) -> int:
        """Joint actions done; of one cause on one day, one."""
        done = [one for _, one in standing(self._of(Action)) if one.state == "done"]
        return len({(one.about or one.code, one.at[:10]) for one in done if _lies(one.at, since, until)})

    def _between(self, since: datetime, until: datetime) -> RecordQuerySet:
        return self._records.filter(
            withdrawn_at=None, starts__gte=int(since.timestamp()), starts__lt=int(until.timestamp())
        )

    def _of(self, kind: type[R]) -> list[R]:
        rows = self._records.filter(kind=kind.kind(), withdrawn_at=None)
        return [record for _, record in contents(rows) if isinstance(record, kind)]


def contents(rows: Iterable[Record]) -> list[tuple[Record, CoreRecord]]:
    """The rows with their records; those that were erased, or that this version cannot read, are left out."""
    rows = list(rows)
    received = Entry.objects.in_bulk([row.entry for row in rows if row.entry is not None])
    found = []
    for row in rows:
        entry = received.get(row.entry) if row.entry is not None else None
        data = row.body if row.body is not None else entry.payload if entry else None
        if data is None:
            continue
        try:
            found.append((row, decode(bytes(data))))
        except EntenteError:
            continue
    return found


def _lies(at: str, since: datetime, until: datetime) -> bool:
    return since <= parse_at(at)[0].astimezone(UTC) < until

"""Rows of the ledger read for pages: their records decoded, their journals, when they came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from entente.records import Record as CoreRecord
from entente.records import decode
from entente_node.ledger.models import POSITION_BITS, Entry, Journal, Record


def bodies_of(rows: Iterable[Record]) -> dict[int, CoreRecord]:
    """The records of these rows, decoded; without those whose content was erased."""
    rows = list(rows)
    received = Entry.objects.in_bulk([row.entry for row in rows if row.entry is not None])
    found = {}
    for row in rows:
        data = row.body
        if data is None and row.entry is not None and row.entry in received:
            data = received[row.entry].payload
        if data is not None:
            found[row.pk] = decode(bytes(data))
    return found


def journals_of(positions: Iterable[int]) -> dict[int, Journal]:
    """The journals of these entries, by key."""
    return Journal.objects.in_bulk({position >> POSITION_BITS for position in positions})


def moment_of(row: Record) -> datetime:
    """When the row was filed here, or arrived."""
    return datetime.fromtimestamp(row.filed_at, UTC)


def released_at(rows: Iterable[Record]) -> dict[int, str]:
    """When these records of ours were first released to somebody, as it stands in what that one got."""
    ours = [row.pk for row in rows if row.local]
    found: dict[int, str] = {}
    for entry in Entry.objects.filter(record__in=ours, payload__isnull=False).order_by("position"):
        record = decode(bytes(entry.payload or b""))
        if entry.record is not None and record.released_at is not None:
            found[entry.record] = min(record.released_at, found.get(entry.record, record.released_at))
    return found

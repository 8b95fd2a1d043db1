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

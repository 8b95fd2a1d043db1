"""Journals: their heads, entries, batches, receipts, and what a pouch adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction

from entente.errors import StoreError
from entente.journal.checkpoint import Origin
from entente.journal.entry import Row
from entente.journal.tree import EMPTY, Frontier
from entente.store import BatchState, ConflictError, Extension, JournalState, Kept
from entente_node.ledger import models
from entente_node.ledger.models import POSITION_BITS as _BITS
from entente_node.ledger.store.base import Base, Insert, as_bytes

INSERT_ENTRY: Final = Insert(
    "INSERT INTO ledger_entry (position, row_id, salt, payload, erased, record, quarantine, quarantined_at, "
    "trouble_sent_in)",
    "(%s, %s, %s, %s, NULLIF(%s, ''), NULLIF(%s, 0), %s, NULLIF(%s, 0), NULL)",
)
"""Empty text stands for no ``erased``, 0 for no ``record`` and no ``quarantined_at``: see entente.store.Header."""


class Journals(Base):
    """The Store's part for journals."""

    # Journals

    def journal(self, origin: str) -> JournalState | None:
        """The head of a journal."""
        row = self._rows(models.Journal).filter(origin=origin).first()
        return None if row is None else _state(row)

    def journals(self, agreement: str | None = None, partner: str | None = None) -> list[JournalState]:
        """The heads of the journals, urgent before routine."""
        rows = self._rows(models.Journal).all()
        if agreement is not None:
            rows = rows.filter(agreement=agreement)
        if partner is not None:
            rows = rows.filter(sender=partner) | rows.filter(recipient=partner)
        return [_state(row) for row in rows.order_by("-lane", "origin")]

    def entries(self, origin: str, start: int, count: int, *, most_bytes: int | None = None) -> list[Kept]:
        """Entries of a journal, in order; fewer once their payloads come to ``most_bytes``, but one at least."""
        if count <= 0:
            return []
        first = (self._rows(models.Journal).values_list("pk", flat=True).get(origin=origin) << _BITS) + start
        rows = {row.pk: Row(row.family, row.retention) for row in self._rows(models.Row).all()}
        kept: list[Kept] = []
        size = 0
        with self._cursor() as cursor:
            cursor.execute(
                "SELECT row_id, salt, payload, erased, quarantine FROM ledger_entry "
                "WHERE position >= %s AND position < %s ORDER BY position",
                [first, first + count],
            )
            for row, salt, payload, erased, quarantine in iter(cursor.fetchone, None):
                size += len(payload) if payload is not None else 0
                if most_bytes is not None and size > most_bytes and kept:
                    break
                kept.append(Kept(rows[row], as_bytes(salt), as_bytes(payload), as_bytes(erased), quarantine))
        return kept

    def batches(self, origin: str) -> list[BatchState]:
        """The appends to one of our journals that no receipt covers yet."""
        return [
            BatchState(row.start, row.count, as_bytes(row.seed), Frontier.from_bytes(bytes(row.peaks)))
            for row in self._rows(models.Batch).filter(journal__origin=origin).order_by("start")
        ]

    def put_receipt(self, origin: str, size: int, receipt: bytes) -> None:
        """A partner holds our journal up to ``size``: keep its receipt, destroy the seeds that it covers."""
        with transaction.atomic(using=self.alias):
            journal = self._rows(models.Journal).get(origin=origin)
            if size <= journal.receipted:
                return
            journal.receipted = size
            journal.receipt = receipt
            journal.claimed = max(journal.claimed or 0, size)
            covered = [
                b for b in self._rows(models.Batch).filter(journal=journal) if b.start + b.count <= size
            ]
            if covered:
                last = max(covered, key=lambda batch: batch.start)
                journal.base = last.start + last.count
                journal.base_peaks = bytes(last.peaks)
                self._rows(models.Batch).filter(pk__in=[batch.pk for batch in covered]).delete()
            journal.save(update_fields=["receipted", "receipt", "claimed", "base", "base_peaks"])

    def claim(self, origin: str, size: int) -> None:
        """What the partner's newest pouch says that it holds of our journal."""
        self._rows(models.Journal).filter(origin=origin).update(claimed=size)

    def receive(self, extension: Extension) -> list[int]:
        """Extend our copy of a partner's journal; gives the entries' keys. ConflictError."""
        with transaction.atomic(using=self.alias):
            journal = self._journal_for(extension.origin, ours=False)
            if journal.size != extension.expected:
                raise ConflictError("another process extended {origin}", origin=extension.origin)
            ids = self._row_ids(extension.rows)
            gone = self._row_ids([Row("erased", "P0D")])[0] if any(extension.erased) else 0
            first = (journal.pk << _BITS) + extension.expected
            with self._cursor() as cursor:
                INSERT_ENTRY.many(
                    cursor,
                    [
                        (
                            first + i,
                            gone if which < 0 else ids[which],
                            salt,
                            payload,
                            erased or "",
                            0,
                            quarantine,
                            extension.arrived_at if quarantine else 0,
                        )
                        for i, (which, salt, payload, erased, quarantine) in enumerate(
                            zip(
                                extension.which,
                                extension.salts,
                                extension.payloads,
                                extension.erased,
                                extension.quarantines,
                                strict=True,
                            )
                        )
                    ],
                )
            journal.size = extension.after.size
            journal.peaks = extension.after.to_bytes()
            journal.released_at = extension.released_at
            journal.checkpoint = extension.checkpoint
            journal.receipt = extension.receipt
            journal.receipted = extension.after.size
            journal.receipt_sent_in = None
            journal.save()
        return list(range(first, first + len(extension.which)))

    def receipts_sent(self, origins: Sequence[str], sequence: int) -> None:
        """A pouch of this sequence carries the receipts of these journals for the first time."""
        self._rows(models.Journal).filter(origin__in=origins).update(receipt_sent_in=sequence)

    def stop(self, origin: str, why: str) -> None:
        """A fork or a shrink: the journal stops, the evidence is kept."""
        if not self._rows(models.Journal).filter(origin=origin).exists():
            self._journal_for(origin, ours=False)
        self._rows(models.Journal).filter(origin=origin, stopped="").update(stopped=why)

    def _journal_for(self, origin: str, *, ours: bool) -> models.Journal:
        parts = Origin.parse(origin)
        journal, _ = self._rows(models.Journal).get_or_create(
            origin=origin,
            defaults={
                "agreement": parts.agreement,
                "sender": parts.sender,
                "recipient": parts.recipient,
                "lane": parts.lane,
                "ours": ours,
            },
        )
        if journal.ours != ours:
            raise StoreError("the journal {origin} is not the one to write", origin=origin)
        return journal

    def _row_ids(self, rows: Sequence[Row]) -> list[int]:
        return [self._rows(models.Row).get_or_create(family=row.k, retention=row.r)[0].pk for row in rows]


def _state(row: models.Journal) -> JournalState:
    return JournalState(
        origin=row.origin,
        agreement=row.agreement,
        sender=row.sender,
        recipient=row.recipient,
        lane=row.lane,
        ours=row.ours,
        frontier=Frontier.from_bytes(bytes(row.peaks)) if row.size else EMPTY,
        released_at=row.released_at,
        checkpoint=as_bytes(row.checkpoint),
        receipt=as_bytes(row.receipt),
        receipted=row.receipted,
        receipt_sent_in=row.receipt_sent_in,
        claimed=row.claimed,
        base=Frontier.from_bytes(bytes(row.base_peaks)) if row.base else EMPTY,
        stopped=row.stopped,
    )

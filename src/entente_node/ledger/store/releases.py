"""Release: what is to be decided, what went out, what was withheld and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import Max

from entente.policy import TEMPLATES
from entente.records import Attachment, decode
from entente.store import Append, ConflictError, Filed, Refusal, Sent
from entente.store.sums import Addend
from entente_node.ledger import models
from entente_node.ledger.models import POSITION_BITS as _BITS
from entente_node.ledger.store.approvals import Approvals
from entente_node.ledger.store.base import Insert, chunks, index_of
from entente_node.ledger.store.journals import INSERT_ENTRY, Journals
from entente_node.ledger.store.sums import Sums

_INSERT_WITHHELD: Final = Insert(
    "INSERT INTO ledger_withheld (agreement, recipient, decided_at, record_id, article, message, "
    '"values", later, not_before, spoken)',
    "(%s, %s, %s, %s, %s, %s, %s, %s, %s, (SELECT code IS NOT NULL FROM ledger_record WHERE id = %s))",
)

_PASSED_OVER: Final = 1_000
"""Received records that are looked through again and again, before a channel's mark is set behind them."""


class Releases(Journals, Sums, Approvals):
    """The Store's part for release."""

    # Release

    def undecided(self, agreement: str, partner: str, limit: int) -> list[Filed]:
        """Local records not yet decided for the partner, in the order of filing; not what was withdrawn."""
        if limit <= 0:
            return []
        newest = self._rows(models.Record).aggregate(newest=Max("id"))["newest"] or 0
        with self._cursor() as cursor:
            cursor.execute(
                "SELECT id, body, confirmed, filed_at FROM ledger_record WHERE local AND withdrawn_at IS NULL "
                "AND id > (SELECT decided FROM ledger_channel WHERE agreement = %s AND partner = %s) "
                "ORDER BY id LIMIT %s",
                [agreement, partner, limit],
            )
            found = _filed(cursor.fetchall())
        if not found:
            # Only what came lies behind what was decided: a month of that is not looked through in every round.
            behind = self._rows(models.Channel).filter(
                agreement=agreement, partner=partner, decided__lt=newest - _PASSED_OVER
            )
            if behind.exists():
                behind.update(decided=newest)
        return found

    def due(self, agreement: str, partner: str, now: int, limit: int) -> list[Filed]:
        """Local records to decide again; what was withdrawn before it left does not leave any more."""
        with self._cursor() as cursor:
            cursor.execute(
                "SELECT r.id, r.body, r.confirmed, r.filed_at FROM ledger_withheld w "
                "JOIN ledger_record r ON r.id = w.record_id "
                "WHERE w.later AND w.agreement = %s AND w.recipient = %s AND w.not_before <= %s "
                "AND r.withdrawn_at IS NULL ORDER BY r.id LIMIT %s",
                [agreement, partner, now, limit],
            )
            return _filed(cursor.fetchall())

    def release(
        self,
        agreement: str,
        partner: str,
        *,
        decided: int,
        expected_decided: int,
        appends: Sequence[Append],
        refusals: Sequence[Refusal],
        settled: Sequence[int],
        addends: Sequence[Addend] = (),
        approvals: tuple[int, int] | None = None,
        followed: Sequence[str] = (),
        now: int,
    ) -> None:
        """Write one step of releasing: entries, refusals, and how far it has come. ConflictError."""
        with transaction.atomic(using=self.alias):
            moved = (
                self._rows(models.Channel)
                .filter(agreement=agreement, partner=partner, decided=expected_decided)
                .update(decided=decided)
            )
            if not moved:
                raise ConflictError("another process releases for {partner}", partner=partner)
            if approvals is not None and approvals != self.approvals_mark():
                raise ConflictError("somebody has decided for {partner} meanwhile", partner=partner)
            for chunk in chunks(settled):
                waiting = self._rows(models.Withheld).filter(
                    agreement=agreement, recipient=partner, record_id__in=chunk, later=True
                )
                if waiting.delete()[0] != len(chunk):
                    raise ConflictError("another process releases for {partner}", partner=partner)
            for append in appends:
                self.append(append)
            self._add(addends)
            with self._cursor() as cursor:
                _INSERT_WITHHELD.many(
                    cursor,
                    [(agreement, partner, now, *refusal, refusal.record) for refusal in refusals],
                )
            for chunk in chunks(followed):
                self._rows(models.Withheld).filter(
                    agreement=agreement,
                    recipient=partner,
                    later=False,
                    message=TEMPLATES["target"],
                    record__in=self._rows(models.Record)
                    .filter(about__in=chunk, kind=Attachment.kind(), local=True)
                    .values("pk"),
                ).update(later=True, not_before=0)

    def append(self, append: Append) -> None:
        """Append to one of our journals. ConflictError."""
        journal = self._journal_for(append.origin, ours=True)
        if journal.size != append.expected:
            raise ConflictError("another process appended to {origin}", origin=append.origin)
        ids = self._row_ids(append.rows)
        first = (journal.pk << _BITS) + append.expected
        with self._cursor() as cursor:
            INSERT_ENTRY.many(
                cursor,
                [
                    (first + i, ids[which], salt, payload, "", record, "", 0)
                    for i, (which, salt, payload, record) in enumerate(
                        zip(append.which, append.salts, append.payloads, append.records, strict=True)
                    )
                ],
            )
        self._rows(models.Batch).create(
            journal=journal,
            start=append.expected,
            count=len(append.payloads),
            seed=append.seed,
            peaks=append.after.to_bytes(),
        )
        journal.size = append.after.size
        journal.peaks = append.after.to_bytes()
        journal.released_at = append.released_at
        journal.save(update_fields=["size", "peaks", "released_at"])

    def sent(self, record: int) -> list[Sent]:
        """What went out of a local record, in order."""
        with self._cursor() as cursor:
            cursor.execute(
                "SELECT j.agreement, j.recipient, j.origin, e.position, e.payload FROM ledger_entry e "
                f"JOIN ledger_journal j ON j.id = (e.position >> {_BITS}) "
                "WHERE e.record = %s AND e.payload IS NOT NULL ORDER BY e.position",
                [record],
            )
            return [
                Sent(
                    agreement,
                    recipient,
                    origin,
                    index_of(position),
                    bytes(payload),
                    _released_at(bytes(payload)),
                )
                for agreement, recipient, origin, position, payload in cursor.fetchall()
            ]

    def refusals(self, record: int) -> list[tuple[str, str, Refusal]]:
        """What was not released of a record: (agreement, recipient, why)."""
        return [
            (
                row.agreement,
                row.recipient,
                Refusal(record, row.article, row.message, row.values, row.later, row.not_before),
            )
            for row in self._rows(models.Withheld).filter(record_id=record).order_by("agreement", "recipient")
        ]


def _released_at(payload: bytes) -> str:
    return decode(payload).released_at or ""


def _filed(rows: Sequence[tuple[Any, ...]]) -> list[Filed]:
    return [Filed(id_, bytes(body), bool(confirmed), filed_at) for id_, body, confirmed, filed_at in rows]

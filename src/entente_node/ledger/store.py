"""The Store over Django's connection: typed rows in bulk, the journal's bytes as they are.

Bulk writes are plain SQL with ``executemany``, written so that SQLite and PostgreSQL both
take them; the rest is the ORM. Django's connections are one a thread, so one Store serves
every thread of a process.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from entente.errors import StoreError
from entente.journal.checkpoint import Origin
from entente.journal.entry import Row
from entente.journal.tree import EMPTY, Frontier
from entente.store import (
    Append,
    BatchState,
    ChannelState,
    ConflictError,
    DossierRow,
    Extension,
    Filed,
    Header,
    JournalState,
    Kept,
    Refusal,
    Sent,
    Shown,
    TroubleRow,
    VersionState,
)
from entente_node.ledger import models

_BITS: Final = models.POSITION_BITS
_MOST_IN_A_QUERY: Final = 500

_RECORD_COLUMNS: Final = (*Header._fields, "withdrawn_at")
_INSERT_RECORD: Final = (
    f"INSERT INTO ledger_record ({', '.join(_RECORD_COLUMNS)}) "
    f"VALUES ({', '.join(['%s'] * len(Header._fields))}, NULL)"
)
_INSERT_ENTRY: Final = (
    "INSERT INTO ledger_entry (position, row_id, salt, payload, erased, record, quarantine, trouble_sent_in) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, NULL)"
)
_SHOWN: Final = (
    "SELECT r.id, r.party, r.local, COALESCE(r.body, e.payload), r.filed_at, r.withdrawn_at, j.origin, e.position, "
    "r.confirmed FROM ledger_record r "
    "LEFT JOIN ledger_entry e ON e.position = r.entry "
    f"LEFT JOIN ledger_journal j ON j.id = (e.position >> {_BITS}) "
)


class DjangoStore:
    """The ledger of the node whose settings Django was given."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Whole or absent; SQLite takes the write lock at once (``transaction_mode`` IMMEDIATE)."""
        with transaction.atomic():
            yield

    # Agreements

    def versions(self) -> list[VersionState]:
        """Every version held, oldest first."""
        return [
            VersionState(
                agreement=row.agreement,
                version=row.version,
                digest=bytes(row.digest),
                note=bytes(row.note),
                adopt=None if row.adopt is None else bytes(row.adopt),
                adopted_at=row.adopted_at,
            )
            for row in models.Version.objects.order_by("agreement", "version")
        ]

    def put_version(self, version: VersionState) -> None:
        """Keep a version, or what has changed of it."""
        models.Version.objects.update_or_create(
            agreement=version.agreement,
            version=version.version,
            defaults={
                "digest": version.digest,
                "note": version.note,
                "adopt": version.adopt,
                "adopted_at": version.adopted_at,
            },
        )

    # Channels

    def channel(self, agreement: str, partner: str) -> ChannelState:
        """The channel; begun, deciding from the records filed from now on, where there is none."""
        row = models.Channel.objects.filter(agreement=agreement, partner=partner).first()
        if row is None:
            last = models.Record.objects.aggregate(last=Max("id"))["last"] or 0
            row, _ = models.Channel.objects.get_or_create(
                agreement=agreement, partner=partner, defaults={"decided": last}
            )
        return ChannelState(
            agreement=row.agreement,
            partner=row.partner,
            sent=row.sent,
            seen=row.seen,
            confirmed=row.confirmed,
            notes_sent_in=row.notes_sent_in,
            decided=row.decided,
            heard_at=row.heard_at,
            tried_at=row.tried_at,
            failure=row.failure,
        )

    def next_sequence(self, agreement: str, partner: str) -> int:
        """One more than ever given."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE ledger_channel SET sent = sent + 1 WHERE agreement = %s AND partner = %s RETURNING sent",
                [agreement, partner],
            )
            return int(cursor.fetchone()[0])

    def update_channel(self, agreement: str, partner: str, **changes: object) -> None:
        """Change columns of the channel; ``seen`` and ``confirmed`` never go down."""
        rows = models.Channel.objects.filter(agreement=agreement, partner=partner)
        for column in ("seen", "confirmed"):
            if column in changes:
                rows.filter(**{f"{column}__lt": changes[column]}).update(**{column: changes.pop(column)})
        if changes:
            rows.update(**changes)

    # Records

    def add_records(self, headers: Sequence[Header]) -> list[int]:
        """Make records visible; their ids follow one another. ConflictError on a code that is taken."""
        if not headers:
            return []
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(_INSERT_RECORD, headers)
                # The write lock is ours: nobody else has inserted in between.
                cursor.execute("SELECT MAX(id) FROM ledger_record")
                last = int(cursor.fetchone()[0])
        except IntegrityError:
            raise ConflictError("a code is taken already") from None
        return list(range(last - len(headers) + 1, last + 1))

    def codes_taken(self, codes: Collection[str]) -> set[str]:
        """Those of the codes that a record here has."""
        return {
            code
            for chunk in _chunks(codes)
            for code in models.Record.objects.filter(code__in=chunk).values_list("code", flat=True)
            if code
        }

    def codes_known_to(self, agreement: str, partner: str, codes: Collection[str]) -> set[str]:
        """Those of the codes whose record went to the partner, or came from it, under this agreement."""
        known: set[str] = set()
        for chunk in _chunks(codes):
            holes = ", ".join(["%s"] * len(chunk))
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT r.code FROM ledger_record r "
                    "JOIN ledger_entry e ON e.record = r.id OR e.position = r.entry "
                    f"JOIN ledger_journal j ON j.id = (e.position >> {_BITS}) "
                    f"WHERE r.code IN ({holes}) AND j.agreement = %s AND %s IN (j.sender, j.recipient)",
                    [*chunk, agreement, partner],
                )
                known.update(code for (code,) in cursor.fetchall())
        return known

    def shown(self, code: str) -> Shown | None:
        """The record of this code."""
        return next(iter(_shown("WHERE r.code = %s", [code])), None)

    def answers_to(self, code: str) -> list[Shown]:
        """The records about this code, oldest first."""
        return _shown("WHERE r.about = %s AND r.about <> '' ORDER BY r.id", [code])

    def confirm(self, record: int) -> None:
        """A person confirms that the free text may leave: what waited for that is due."""
        models.Record.objects.filter(id=record).update(confirmed=True)
        models.Withheld.objects.filter(record_id=record, later=True, not_before=None).update(not_before=0)

    def withdraw(self, code: str, at: int) -> None:
        """Mark a record withdrawn."""
        models.Record.objects.filter(code=code, withdrawn_at=None).update(withdrawn_at=at)

    def keep_original(self, record: int, media_type: str, data: bytes) -> None:
        """Keep what was imported, byte for byte."""
        models.Original.objects.create(record_id=record, media_type=media_type, data=data)

    def original(self, record: int) -> tuple[str, bytes] | None:
        """Media type and bytes of what the record was imported from."""
        row = models.Original.objects.filter(record_id=record).first()
        return None if row is None else (row.media_type, bytes(row.data))

    def put_dossiers(self, rows: Sequence[DossierRow]) -> None:
        """Write dossiers, new or moved."""
        models.Dossier.objects.bulk_create(
            [
                models.Dossier(
                    code=row.code,
                    record_id=row.record,
                    state=row.state,
                    steps=row.steps.decode("utf-8"),
                    opened_at=row.opened_at,
                    moved_at=row.moved_at,
                )
                for row in rows
            ],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["state", "steps", "moved_at"],
        )

    # Release

    def undecided(self, agreement: str, partner: str, limit: int) -> list[Filed]:
        """Local records not yet decided for the partner, in the order of filing."""
        if limit <= 0:
            return []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, body, confirmed, filed_at FROM ledger_record WHERE local AND id > "
                "(SELECT decided FROM ledger_channel WHERE agreement = %s AND partner = %s) ORDER BY id LIMIT %s",
                [agreement, partner, limit],
            )
            return _filed(cursor.fetchall())

    def due(self, agreement: str, partner: str, now: int, limit: int) -> list[Filed]:
        """Local records to decide again."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT r.id, r.body, r.confirmed, r.filed_at FROM ledger_withheld w "
                "JOIN ledger_record r ON r.id = w.record_id "
                "WHERE w.later AND w.agreement = %s AND w.recipient = %s AND w.not_before <= %s ORDER BY r.id LIMIT %s",
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
        now: int,
    ) -> None:
        """Write one step of releasing: entries, refusals, and how far it has come. ConflictError."""
        with transaction.atomic():
            moved = models.Channel.objects.filter(
                agreement=agreement, partner=partner, decided=expected_decided
            ).update(decided=decided)
            if not moved:
                raise ConflictError("another process releases for {partner}", partner=partner)
            for chunk in _chunks(settled):
                waiting = models.Withheld.objects.filter(
                    agreement=agreement, recipient=partner, record_id__in=chunk, later=True
                )
                if waiting.delete()[0] != len(chunk):
                    raise ConflictError("another process releases for {partner}", partner=partner)
            for append in appends:
                self._append(append)
            models.Withheld.objects.bulk_create(
                [
                    models.Withheld(
                        record_id=refusal.record,
                        agreement=agreement,
                        recipient=partner,
                        article=refusal.article,
                        message=refusal.message,
                        values=refusal.values,
                        decided_at=now,
                        later=refusal.later,
                        not_before=refusal.not_before,
                    )
                    for refusal in refusals
                ]
            )

    def _append(self, append: Append) -> None:
        journal = _journal_for(append.origin, ours=True)
        if journal.size != append.expected:
            raise ConflictError("another process appended to {origin}", origin=append.origin)
        ids = _row_ids(append.rows)
        first = (journal.pk << _BITS) + append.expected
        with connection.cursor() as cursor:
            cursor.executemany(
                _INSERT_ENTRY,
                [
                    (first + i, ids[which], salt, payload, None, record, "")
                    for i, (which, salt, payload, record) in enumerate(
                        zip(append.which, append.salts, append.payloads, append.records, strict=True)
                    )
                ],
            )
        models.Batch.objects.create(
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
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT j.agreement, j.recipient, j.origin, e.position, e.payload FROM ledger_entry e "
                f"JOIN ledger_journal j ON j.id = (e.position >> {_BITS}) "
                "WHERE e.record = %s AND e.payload IS NOT NULL ORDER BY e.position",
                [record],
            )
            return [
                Sent(agreement, recipient, origin, _index(position), bytes(payload))
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
            for row in models.Withheld.objects.filter(record_id=record).order_by("agreement", "recipient")
        ]

    # Journals

    def journal(self, origin: str) -> JournalState | None:
        """The head of a journal."""
        row = models.Journal.objects.filter(origin=origin).first()
        return None if row is None else _state(row)

    def journals(self, agreement: str | None = None, partner: str | None = None) -> list[JournalState]:
        """The heads of the journals, urgent before routine."""
        rows = models.Journal.objects.all()
        if agreement is not None:
            rows = rows.filter(agreement=agreement)
        if partner is not None:
            rows = rows.filter(sender=partner) | rows.filter(recipient=partner)
        return [_state(row) for row in rows.order_by("-lane", "origin")]

    def entries(self, origin: str, start: int, count: int, *, most_bytes: int | None = None) -> list[Kept]:
        """Entries of a journal, in order; fewer once their payloads come to ``most_bytes``, but one at least."""
        if count <= 0:
            return []
        first = (models.Journal.objects.values_list("pk", flat=True).get(origin=origin) << _BITS) + start
        rows = {row.pk: Row(row.family, row.retention) for row in models.Row.objects.all()}
        kept: list[Kept] = []
        size = 0
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT row_id, salt, payload, erased, quarantine FROM ledger_entry "
                "WHERE position >= %s AND position < %s ORDER BY position",
                [first, first + count],
            )
            for row, salt, payload, erased, quarantine in iter(cursor.fetchone, None):
                size += len(payload) if payload is not None else 0
                if most_bytes is not None and size > most_bytes and kept:
                    break
                kept.append(Kept(rows[row], _bytes(salt), _bytes(payload), _bytes(erased), quarantine))
        return kept

    def batches(self, origin: str) -> list[BatchState]:
        """The appends to one of our journals that no receipt covers yet."""
        return [
            BatchState(row.start, row.count, _bytes(row.seed), Frontier.from_bytes(bytes(row.peaks)))
            for row in models.Batch.objects.filter(journal__origin=origin).order_by("start")
        ]

    def put_receipt(self, origin: str, size: int, receipt: bytes) -> None:
        """A partner holds our journal up to ``size``: keep its receipt, destroy the seeds that it covers."""
        with transaction.atomic():
            journal = models.Journal.objects.get(origin=origin)
            if size <= journal.receipted:
                return
            journal.receipted = size
            journal.receipt = receipt
            journal.claimed = max(journal.claimed or 0, size)
            covered = [b for b in models.Batch.objects.filter(journal=journal) if b.start + b.count <= size]
            if covered:
                last = max(covered, key=lambda batch: batch.start)
                journal.base = last.start + last.count
                journal.base_peaks = bytes(last.peaks)
                models.Batch.objects.filter(pk__in=[batch.pk for batch in covered]).delete()
            journal.save(update_fields=["receipted", "receipt", "claimed", "base", "base_peaks"])

    def claim(self, origin: str, size: int) -> None:
        """What the partner's newest pouch says that it holds of our journal."""
        models.Journal.objects.filter(origin=origin).update(claimed=size)

    def receive(self, extension: Extension) -> list[int]:
        """Extend our copy of a partner's journal; gives the entries' keys. ConflictError."""
        with transaction.atomic():
            journal = _journal_for(extension.origin, ours=False)
            if journal.size != extension.expected:
                raise ConflictError("another process extended {origin}", origin=extension.origin)
            ids = _row_ids(extension.rows)
            gone = _row_ids([Row("erased", "P0D")])[0] if any(extension.erased) else 0
            first = (journal.pk << _BITS) + extension.expected
            with connection.cursor() as cursor:
                cursor.executemany(
                    _INSERT_ENTRY,
                    [
                        (
                            first + i,
                            gone if which < 0 else ids[which],
                            salt,
                            payload,
                            erased,
                            None,
                            quarantine,
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
        models.Journal.objects.filter(origin__in=origins).update(receipt_sent_in=sequence)

    def stop(self, origin: str, why: str) -> None:
        """A fork or a shrink: the journal stops, the evidence is kept."""
        journal = _journal_for(origin, ours=False)
        models.Journal.objects.filter(pk=journal.pk, stopped="").update(stopped=why)

    # Troubles

    def quarantined(self, agreement: str, partner: str, limit: int) -> list[tuple[TroubleRow, int | None]]:
        """What of the partner's we could not take, newest first, and in which pouch we first said so."""
        journals = {
            row.pk: row.origin
            for row in models.Journal.objects.filter(agreement=agreement, sender=partner, ours=False)
        }
        found = []
        for pk, origin in journals.items():
            rows = models.Entry.objects.exclude(quarantine="").filter(
                position__gte=pk << _BITS, position__lt=(pk + 1) << _BITS
            )
            found += [
                (TroubleRow(origin, row.index, row.quarantine.split(":", 1)[0]), row.trouble_sent_in)
                for row in rows.order_by("-position")[:limit]
            ]
        return found[:limit]

    def troubles_sent(self, troubles: Sequence[TroubleRow], sequence: int) -> None:
        """A pouch of this sequence reports these troubles for the first time."""
        journals = dict(models.Journal.objects.values_list("origin", "pk"))
        keys = [(journals[row.origin] << _BITS) + row.index for row in troubles]
        for chunk in _chunks(keys):
            models.Entry.objects.filter(position__in=chunk, trouble_sent_in=None).update(
                trouble_sent_in=sequence
            )

    def put_troubles(self, troubles: Sequence[TroubleRow], at: datetime) -> None:
        """What the partner could not take of ours."""
        models.Trouble.objects.bulk_create(
            [
                models.Trouble(origin=t.origin, index=t.index, reason=t.reason, reported_at=at)
                for t in troubles
            ],
            ignore_conflicts=True,
        )


def _chunks(items: Collection[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while chunk := list(islice(rest, _MOST_IN_A_QUERY)):
        yield chunk


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def _index(position: int) -> int:
    return position & ((1 << _BITS) - 1)


def _filed(rows: Sequence[tuple[Any, ...]]) -> list[Filed]:
    return [Filed(id_, bytes(body), bool(confirmed), filed_at) for id_, body, confirmed, filed_at in rows]


def _shown(where: str, values: Sequence[object]) -> list[Shown]:
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN + where, values)
        return [
            Shown(
                id=id_,
                party=party,
                local=bool(local),
                body=bytes(body),
                filed_at=filed_at,
                withdrawn_at=withdrawn_at,
                origin=origin,
                index=None if position is None else _index(position),
                confirmed=bool(confirmed),
            )
            for id_, party, local, body, filed_at, withdrawn_at, origin, position, confirmed in cursor.fetchall()
            if body is not None
        ]


def _journal_for(origin: str, *, ours: bool) -> models.Journal:
    parts = Origin.parse(origin)
    journal, _ = models.Journal.objects.get_or_create(
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


def _row_ids(rows: Sequence[Row]) -> list[int]:
    return [models.Row.objects.get_or_create(family=row.k, retention=row.r)[0].pk for row in rows]


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
        checkpoint=_bytes(row.checkpoint),
        receipt=_bytes(row.receipt),
        receipted=row.receipted,
        receipt_sent_in=row.receipt_sent_in,
        claimed=row.claimed,
        base=Frontier.from_bytes(bytes(row.base_peaks)) if row.base else EMPTY,
        stopped=row.stopped,
    )

"""Records and dossiers: what can be shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from entente.records import KINDS, Attachment
from entente.store import ConflictError, DossierRow, Header, Shown
from entente_node.ledger import finding, models
from entente_node.ledger.models import POSITION_BITS as _BITS
from entente_node.ledger.store.base import Base, Insert, chunks, index_of

_RECORD_COLUMNS: Final = (*Header._fields, "withdrawn_at")
_HOLES: Final = {
    "local": "%s = 1",
    "confirmed": "%s = 1",
    "code": "NULLIF(%s, '')",
    "body": "NULLIF(%s, '')",
    "entry": "NULLIF(%s, 0)",
}
"""How a column is made of what stands in a Header for false, true and null."""
_INSERT_RECORD: Final = Insert(
    f"INSERT INTO ledger_record ({', '.join(_RECORD_COLUMNS)})",
    f"({', '.join(_HOLES.get(name, '%s') for name in Header._fields)}, NULL)",
)
_SHOWN: Final = (
    "SELECT r.id, r.party, r.local, COALESCE(r.body, e.payload), r.filed_at, r.withdrawn_at, j.origin, e.position, "
    "r.confirmed, r.audience FROM ledger_record r "
    "LEFT JOIN ledger_entry e ON e.position = r.entry "
    f"LEFT JOIN ledger_journal j ON j.id = (e.position >> {_BITS}) "
)


_SILENT: Final = tuple(name for name, kind in KINDS.items() if not kind.tells)
"""Kinds that are about a record and say nothing of its state: their bytes are not read to fold it."""


class Records(Base):
    """The Store's part for records and dossiers."""

    # Records

    def add_records(self, headers: Sequence[Header]) -> list[int]:
        """Make records visible; their ids follow one another. ConflictError on a code that is taken."""
        if not headers:
            return []
        try:
            with transaction.atomic(using=self.alias), self._cursor() as cursor:
                _INSERT_RECORD.many(cursor, headers)
                # The write lock is ours: nobody else has inserted in between.
                cursor.execute("SELECT MAX(id) FROM ledger_record")
                last = int(cursor.fetchone()[0])
        except IntegrityError:
            raise ConflictError("a code is taken already") from None
        return list(range(last - len(headers) + 1, last + 1))

    def put_words(self, rows: Sequence[tuple[int, str]]) -> None:
        """What records are found by; new words take the place of old ones."""
        finding.put(rows, self.alias)

    def codes_taken(self, codes: Collection[str]) -> set[str]:
        """Those of the codes that a record here has."""
        return {
            code
            for chunk in chunks(codes)
            for code in self._rows(models.Record).filter(code__in=chunk).values_list("code", flat=True)
            if code
        }

    def codes_known_to(self, agreement: str, partner: str, codes: Collection[str]) -> set[str]:
        """Those of the codes whose record went to the partner, or came from it, under this agreement."""
        known: set[str] = set()
        for chunk in chunks(codes):
            holes = ", ".join(["%s"] * len(chunk))
            with self._cursor() as cursor:
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
        return next(iter(self._shown("WHERE r.code = %s", [code])), None)

    def filed(self, number: int) -> Shown | None:
        """The local record of this number."""
        return next(iter(self._shown("WHERE r.id = %s AND r.local", [number])), None)

    def records_of(self, kinds: Collection[str]) -> list[Shown]:
        """The records of these kinds that are not withdrawn, oldest first."""
        holes = ", ".join(["%s"] * len(kinds))
        return self._shown(f"WHERE r.kind IN ({holes}) AND r.withdrawn_at IS NULL ORDER BY r.id", list(kinds))

    def answers_to(self, code: str) -> list[Shown]:
        """The records about this code that may say something of its state, oldest first."""
        silent = ", ".join(["%s"] * len(_SILENT))
        return self._shown(
            f"WHERE r.about = %s AND r.about <> '' AND r.kind NOT IN ({silent}) ORDER BY r.id",
            [code, *_SILENT],
        )

    def pictures_of(self, code: str) -> list[Shown]:
        """The parts of our own pictures of this record, without those that were withdrawn, oldest first."""
        return self._shown(
            "WHERE r.about = %s AND r.about <> '' AND r.kind = %s AND r.local AND r.withdrawn_at IS NULL ORDER BY r.id",
            [code, Attachment.kind()],
        )

    def confirm(self, record: int) -> None:
        """A person confirms that the free text may leave: what waited for that is due."""
        self._rows(models.Record).filter(id=record).update(confirmed=True)
        self._rows(models.Withheld).filter(record_id=record, later=True, not_before=None).update(not_before=0)

    def withdraw(self, code: str, at: int) -> None:
        """Mark a record withdrawn, with its pictures; signed notes about it, which repeat what it said, are gone."""
        meant = Q(code=code) | Q(about=code, kind=Attachment.kind())
        self._rows(models.Record).filter(meant, withdrawn_at=None).update(withdrawn_at=at)
        # What is not shown as a fact any more is not found by its words, nor by those of its answers.
        self._rows(models.Said).filter(record__in=self._rows(models.Record).filter(code=code)).delete()
        self._rows(models.Said).filter(record__in=self._rows(models.Record).filter(about=code)).delete()
        self._rows(models.SignedNote).filter(subject=code).delete()

    def keep_original(self, record: int, media_type: str, data: bytes) -> None:
        """Keep what was imported, byte for byte."""
        self._rows(models.Original).create(record_id=record, media_type=media_type, data=data)

    def original(self, record: int) -> tuple[str, bytes] | None:
        """Media type and bytes of what the record was imported from."""
        row = self._rows(models.Original).filter(record_id=record).first()
        return None if row is None else (row.media_type, bytes(row.data))

    def put_dossiers(self, rows: Sequence[DossierRow]) -> None:
        """Write dossiers, new or moved."""
        self._rows(models.Dossier).bulk_create(
            [
                models.Dossier(
                    code=row.code,
                    record_id=row.record,
                    state=row.state,
                    steps=row.steps.decode("utf-8"),
                    opened_at=row.opened_at,
                    moved_at=row.moved_at,
                    audience=row.audience,
                    highest=row.highest,
                )
                for row in rows
            ],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["state", "steps", "moved_at", "audience", "highest"],
        )

    def _shown(self, where: str, values: Sequence[str | int]) -> list[Shown]:
        with self._cursor() as cursor:
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
                    index=None if position is None else index_of(position),
                    confirmed=bool(confirmed),
                    audience=audience,
                )
                for (
                    id_,
                    party,
                    local,
                    body,
                    filed_at,
                    withdrawn_at,
                    origin,
                    position,
                    confirmed,
                    audience,
                ) in cursor.fetchall()
                if body is not None
            ]

"""Sums: which records leave added up, what was closed, what was told."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import msgspec
from django.db import transaction
from django.db.models import Max, QuerySet

from entente.policy.aggregate import Closed, Group
from entente.store import ConflictError
from entente.store.sums import AddedUp, Addend, Closing, Held, Open, PartState, SumState, line
from entente_node.ledger import models
from entente_node.ledger import sums as tables
from entente_node.ledger.models import POSITION_BITS as _BITS
from entente_node.ledger.store.base import Base, chunks


class Sums(Base):
    """The Store's part for sums."""

    def counted(self, agreement: str, recipient: str, records: Collection[int]) -> set[int]:
        """Those of the records that are in a closed part which nobody knew to leave on this line too."""
        if not records:
            return set()
        rows = self._rows(tables.Addend).filter(
            record_id__gte=min(records), record_id__lte=max(records), part__isnull=False
        )
        known = line(agreement, recipient)
        found = {
            record
            for record, lines in rows.values_list("record_id", "part__lines")
            if known not in json.loads(lines)
        }
        return found.intersection(records)

    def _add(self, addends: Sequence[Addend]) -> None:
        """Keep what was decided to leave added up."""
        if not addends:
            return
        ids = {item.group: 0 for item in addends}
        due = {item.group: item.due for item in addends}
        for group in ids:
            row, new = self._rows(tables.Sum).get_or_create(**_key(group), defaults={"due": due[group]})
            ids[group] = row.pk
            if not new and not row.fresh:
                self._rows(tables.Sum).filter(pk=row.pk).update(fresh=True)
        with self._cursor() as cursor:
            cursor.executemany(
                "INSERT INTO ledger_addend (record_id, sum_id, part_id) VALUES (%s, %s, NULL) ON CONFLICT DO NOTHING",
                [(item.record, ids[item.group]) for item in addends],
            )

    def recall(self, agreement: str, version: int) -> None:
        """What waits in a sum of another version of the agreement is decided again."""
        old = (
            self._rows(tables.Addend)
            .filter(sum__agreement=agreement, part=None)
            .exclude(sum__article__startswith=f"{version}#")
        )
        if not old.exists():
            return
        with transaction.atomic(using=self.alias):
            found = defaultdict(list)
            for record, recipient in old.values_list("record_id", "sum__recipient"):
                found[recipient].append(record)
            old.delete()
            for recipient, records in found.items():
                for chunk in chunks(records):
                    self._rows(models.Withheld).filter(
                        agreement=agreement, recipient=recipient, record_id__in=chunk, later=True
                    ).update(not_before=0)

    def due_sums(self, now: int) -> dict[int, SumState]:
        """The sums of which the window has ended and that have addends nobody has looked at."""
        return self._states(self._rows(tables.Sum).filter(fresh=True, due__lte=now).order_by("pk"))

    def sums(self, ids: Collection[int]) -> dict[int, SumState]:
        """The sums of these ids."""
        found: dict[int, SumState] = {}
        for chunk in chunks(ids):
            found |= self._states(self._rows(tables.Sum).filter(pk__in=chunk).order_by("pk"))
        return found

    def _states(self, rows: QuerySet[tables.Sum]) -> dict[int, SumState]:
        found = list(rows)
        payloads: dict[int, bytes] = {}
        for chunk in chunks([row.entry for row in found if row.entry is not None]):
            entries = self._rows(models.Entry).filter(pk__in=chunk, payload__isnull=False)
            payloads |= {
                pk: bytes(payload) for pk, payload in entries.values_list("pk", "payload") if payload
            }
        return {row.pk: SumState(row.pk, _group(row), row.due, payloads.get(row.entry or 0)) for row in found}

    def open_addends(self, sums: Collection[int]) -> list[Open]:
        """The records in no closed part that go into any of these sums."""
        goes: dict[int, set[int]] = defaultdict(set)
        by_line: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for chunk in chunks(sums):
            records = (
                f"(SELECT record_id FROM ledger_addend WHERE part_id IS NULL AND sum_id IN ({_holes(chunk)}))"
            )
            with self._cursor() as cursor:
                cursor.execute(
                    f"SELECT record_id, sum_id FROM ledger_addend WHERE record_id IN {records}",
                    chunk,
                )
                for record, sum_ in cursor.fetchall():
                    goes[record].add(sum_)
                # What has left by itself, and what waits: for a day, or for a person.
                cursor.execute(
                    "SELECT e.record, j.agreement, j.recipient FROM ledger_entry e "
                    f"JOIN ledger_journal j ON j.id = (e.position >> {_BITS}) WHERE e.record IN {records} "
                    "UNION SELECT w.record_id, w.agreement, w.recipient FROM ledger_withheld w "
                    f"WHERE w.later AND w.record_id IN {records}",
                    [*chunk, *chunk],
                )
                for record, agreement, recipient in cursor.fetchall():
                    by_line[record].add((agreement, recipient))
        ends = {
            pk: (agreement, recipient)
            for chunk in chunks({sum_ for found in goes.values() for sum_ in found})
            for pk, agreement, recipient in self._rows(tables.Sum)
            .filter(pk__in=chunk)
            .values_list("pk", "agreement", "recipient")
        }
        return [
            Open(
                record,
                tuple(sorted(found)),
                tuple(sorted(line(*one) for one in by_line[record] - {ends[sum_] for sum_ in found})),
            )
            for record, found in sorted(goes.items())
        ]

    def parts(self, sums: Collection[int]) -> list[PartState]:
        """The closed parts of any of the sums."""
        ids: set[int] = set()
        for chunk in chunks(sums):
            ids.update(self._rows(tables.Part).filter(sums__in=chunk).values_list("pk", flat=True))
        found = []
        for chunk in chunks(sorted(ids)):
            for part in self._rows(tables.Part).filter(pk__in=chunk).prefetch_related("sums").order_by("pk"):
                goes = tuple(sorted(one.pk for one in part.sums.all()))
                closed = msgspec.json.decode(bytes(part.closed), type=Closed)
                found.append(PartState(part.pk, part.kin, goes, closed))
        return found

    def newest_part(self) -> int:
        """The id of the newest closed part, 0 without any."""
        return self._rows(tables.Part).aggregate(newest=Max("id"))["newest"] or 0

    def bodies(self, records: Sequence[int]) -> Iterator[bytes]:
        """The bytes of local records."""
        for chunk in chunks(records):
            rows = self._rows(models.Record).filter(pk__in=chunk, local=True)
            yield from (bytes(body) for body in rows.values_list("body", flat=True) if body is not None)

    def close(
        self,
        closings: Sequence[Closing],
        held: Sequence[Held],
        *,
        looked_at: Collection[int],
        expected_newest: int,
    ) -> None:
        """Close parts, say why what is held waits, and note which sums were looked at. ConflictError."""
        with transaction.atomic(using=self.alias):
            if self.newest_part() != expected_newest:
                raise ConflictError("another process adds up")
            for closing in closings:
                self._close(closing)
            for item in held:
                for sum_ in self._rows(tables.Sum).filter(pk__in=item.sums):
                    for chunk in chunks(item.records):
                        self._waiting(sum_, chunk).update(message=item.message, values=item.values)
            for chunk in chunks(looked_at):
                self._rows(tables.Sum).filter(pk__in=chunk).update(fresh=False)

    def _close(self, closing: Closing) -> None:
        part = self._rows(tables.Part).create(
            kin=closing.kin,
            lines=json.dumps(closing.lines),
            closed=msgspec.json.encode(closing.closed),
        )
        part.sums.add(*closing.sums)
        if closing.replaces is not None:
            self._rows(tables.Addend).filter(part_id=closing.replaces).update(part=part)
            self._rows(tables.Part).filter(pk=closing.replaces).delete()
        sums = list(self._rows(tables.Sum).filter(pk__in=closing.sums))
        for chunk in chunks(closing.records):
            taken = self._rows(tables.Addend).filter(record_id__in=chunk, part=None).update(part=part)
            if taken != len(chunk) * len(sums):
                raise ConflictError("another process adds up")
            for sum_ in sums:
                self._waiting(sum_, chunk).delete()
        self._rows(tables.Sum).filter(pk__in=closing.sums).update(untold=True)

    def _waiting(self, sum_: tables.Sum, records: Sequence[int]) -> QuerySet[models.Withheld]:
        return self._rows(models.Withheld).filter(
            agreement=sum_.agreement, recipient=sum_.recipient, record_id__in=records, later=True
        )

    def untold_sums(
        self, agreement: str, recipient: str, version: int, now: int, limit: int
    ) -> list[SumState]:
        """The due sums of this version with a part that the recipient has not been told of."""
        rows = self._rows(tables.Sum).filter(
            untold=True,
            agreement=agreement,
            recipient=recipient,
            due__lte=now,
            article__startswith=f"{version}#",
        )
        return list(self._states(rows.order_by("pk")[:limit]).values())

    def tell(self, sums: Sequence[int], origin: str, first: int) -> None:
        """The entries of the journal from ``first`` on tell these sums, in order."""
        journal = self._rows(models.Journal).values_list("pk", flat=True).get(origin=origin)
        for index, sum_ in enumerate(sums, start=(journal << _BITS) + first):
            if not self._rows(tables.Sum).filter(pk=sum_, untold=True).update(untold=False, entry=index):
                raise ConflictError("another process adds up")

    def nothing_to_tell(self, sums: Sequence[int]) -> None:
        """What is new in these sums changes nothing that may be known."""
        for chunk in chunks(sums):
            self._rows(tables.Sum).filter(pk__in=chunk).update(untold=False)

    def added_up(self, record: int) -> list[AddedUp]:
        """The sums that a local record leaves in."""
        rows = list(self._rows(tables.Addend).filter(record_id=record).order_by("sum_id"))
        states = self.sums([row.sum_id for row in rows])
        found = []
        for row in rows:
            parts = self.parts([row.sum_id])
            found.append(
                AddedUp(
                    group=states[row.sum_id].group,
                    due=states[row.sum_id].due,
                    records=self._rows(tables.Addend).filter(sum_id=row.sum_id).count(),
                    closed=row.part_id is not None,
                    hidden=frozenset(name for part in parts for name in part.closed.hidden),
                    payload=states[row.sum_id].payload,
                )
            )
        return found

    def told_sums(self, kind: str) -> list[SumState]:
        """The sums of a kind that have been told, with what was told last."""
        return list(
            self._states(
                self._rows(tables.Sum).filter(kind=kind, entry__isnull=False).order_by("pk")
            ).values()
        )

    def received(self, kind: str) -> Iterator[tuple[str, str, bytes]]:
        """The partners' records of a kind as they came: (party, agreement, payload), in the order of arrival."""
        with self._cursor() as cursor:
            cursor.execute(
                "SELECT r.party, j.agreement, e.payload FROM ledger_record r "
                "JOIN ledger_entry e ON e.position = r.entry "
                f"JOIN ledger_journal j ON j.id = (e.position >> {_BITS}) "
                "WHERE r.kind = %s AND NOT r.local AND r.withdrawn_at IS NULL AND e.payload IS NOT NULL "
                "ORDER BY r.id",
                [kind],
            )
            for party, agreement, payload in cursor.fetchall():
                yield party, agreement, bytes(payload)


def _holes(chunk: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(chunk))


def _key(group: Group) -> dict[str, str]:
    return {
        "agreement": group.agreement,
        "recipient": group.recipient,
        "article": group.article,
        "kind": group.kind,
        "purpose": group.purpose,
        "place": group.place,
        "window": group.window,
        "by": json.dumps(group.by),
    }


def _group(row: tables.Sum) -> Group:
    return Group(
        agreement=row.agreement,
        recipient=row.recipient,
        article=row.article,
        kind=row.kind,
        purpose=row.purpose,
        place=row.place,
        window=row.window,
        by=tuple(json.loads(row.by)),
    )

"""Agreements, channels and troubles: what a node knows of its lines to its partners."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max

from entente.journal.entry import Row
from entente.store import ChannelState, Kept, Quarantined, StatementState, TroubleRow, VersionState
from entente_node.ledger import models
from entente_node.ledger.models import POSITION_BITS as _BITS
from entente_node.ledger.store.base import Base, as_bytes, chunks


class Lines(Base):
    """The Store's part for agreements, channels and troubles."""

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
            for row in self._rows(models.Version).order_by("agreement", "version")
        ]

    def put_version(self, version: VersionState) -> None:
        """Keep a version, or what has changed of it."""
        self._rows(models.Version).update_or_create(
            agreement=version.agreement,
            version=version.version,
            defaults={
                "digest": version.digest,
                "note": version.note,
                "adopt": version.adopt,
                "adopted_at": version.adopted_at,
            },
        )

    def statements(self, party: str) -> list[StatementState]:
        """The key statements of a party, oldest first."""
        rows = self._rows(models.KeyStatement).filter(party=party).order_by("serial", "digest")
        return [StatementState(row.party, row.serial, row.digest, bytes(row.note)) for row in rows]

    def put_statement(self, statement: StatementState) -> None:
        """Keep a key statement beside those held."""
        self._rows(models.KeyStatement).get_or_create(
            party=statement.party,
            serial=statement.serial,
            digest=statement.digest,
            defaults={"note": statement.note},
        )

    # Channels

    def channel(self, agreement: str, partner: str) -> ChannelState:
        """The channel; begun, deciding from the records filed from now on, where there is none."""
        row = self._rows(models.Channel).filter(agreement=agreement, partner=partner).first()
        if row is None:
            last = self._rows(models.Record).aggregate(last=Max("id"))["last"] or 0
            row, _ = self._rows(models.Channel).get_or_create(
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
        with transaction.atomic(using=self.alias), self._cursor() as cursor:
            cursor.execute(
                "UPDATE ledger_channel SET sent = sent + 1 WHERE agreement = %s AND partner = %s RETURNING sent",
                [agreement, partner],
            )
            return int(cursor.fetchone()[0])

    def update_channel(self, agreement: str, partner: str, **changes: object) -> None:
        """Change columns of the channel; ``seen`` and ``confirmed`` never go down."""
        rows = self._rows(models.Channel).filter(agreement=agreement, partner=partner)
        for column in ("seen", "confirmed"):
            if column in changes:
                rows.filter(**{f"{column}__lt": changes[column]}).update(**{column: changes.pop(column)})
        if changes:
            rows.update(**changes)

    # Troubles

    def quarantined(self, agreement: str, partner: str, limit: int) -> list[tuple[TroubleRow, int | None]]:
        """What of the partner's we could not take and it has not seen, first what it may have seen."""
        journals = {
            row.pk: row.origin
            for row in self._rows(models.Journal).filter(agreement=agreement, sender=partner, ours=False)
        }
        seen = self.channel(agreement, partner).confirmed
        found: list[tuple[TroubleRow, int | None]] = []
        for pk, origin in journals.items():
            rows = (
                self._rows(models.Entry)
                .exclude(quarantine="")
                .exclude(trouble_sent_in__lte=seen)
                .filter(position__gte=pk << _BITS, position__lt=(pk + 1) << _BITS)
            )
            found += [
                (TroubleRow(origin, row.index, row.quarantine.split(":", 1)[0]), row.trouble_sent_in)
                for row in rows.order_by(F("trouble_sent_in").asc(nulls_last=True), "position")[:limit]
            ]
        # What was said in a pouch that may be lost is said again before anything is added.
        found.sort(key=lambda item: (item[1] is None, item[1] or 0))
        return found[:limit]

    def troubles_sent(self, troubles: Sequence[TroubleRow], sequence: int) -> None:
        """A pouch of this sequence reports these troubles for the first time."""
        journals = dict(self._rows(models.Journal).values_list("origin", "pk"))
        keys = [(journals[row.origin] << _BITS) + row.index for row in troubles]
        for chunk in chunks(keys):
            self._rows(models.Entry).filter(position__in=chunk, trouble_sent_in=None).update(
                trouble_sent_in=sequence
            )

    def quarantined_entries(self, origin: str) -> list[Quarantined]:
        """What of a partner's journal is held and not shown, oldest first."""
        pk = self._rows(models.Journal).values_list("pk", flat=True).get(origin=origin)
        rows = self._rows(models.Entry).exclude(quarantine="").select_related("row")
        return [
            Quarantined(
                row.position,
                Kept(
                    Row(row.row.family, row.row.retention),
                    as_bytes(row.salt),
                    as_bytes(row.payload),
                    as_bytes(row.erased),
                    row.quarantine,
                ),
                row.quarantined_at or 0,
            )
            for row in rows.filter(position__gte=pk << _BITS, position__lt=(pk + 1) << _BITS).order_by(
                "position"
            )
        ]

    def release_from_quarantine(self, entries: Sequence[int]) -> None:
        """These entries are admitted now."""
        for chunk in chunks(entries):
            self._rows(models.Entry).filter(position__in=chunk).update(quarantine="", quarantined_at=None)

    def blank(self, entries: Sequence[tuple[int, bytes]]) -> None:
        """Take payload and salt from entries, which stay."""
        for position, entry in entries:
            self._rows(models.Entry).filter(position=position).update(salt=None, payload=None, erased=entry)

    def put_troubles(self, troubles: Sequence[TroubleRow], at: datetime) -> None:
        """What the partner could not take of ours."""
        self._rows(models.Trouble).bulk_create(
            [
                models.Trouble(origin=t.origin, index=t.index, reason=t.reason, reported_at=at)
                for t in troubles
            ],
            ignore_conflicts=True,
        )

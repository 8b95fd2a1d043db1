"""Signed notes about records: kept with their records, owed to the partners that have these."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db import transaction

from entente.store import NoteState
from entente_node.ledger import models
from entente_node.ledger.store.records import Records


class Notes(Records):
    """The Store's part for signed notes about records."""

    def notes(self, digest: bytes) -> list[NoteState]:
        """The signed notes that have this text."""
        return [_state(row) for row in self._rows(models.SignedNote).filter(digest=digest).order_by("pk")]

    def put_note(self, note: NoteState, *, seen_by: str | None = None) -> None:
        """Keep a note, or its new lines: whoever had it as it was is owed it again."""
        with transaction.atomic(using=self.alias):
            row, _ = self._rows(models.SignedNote).update_or_create(
                agreement=note.agreement,
                subject=note.subject,
                digest=note.digest,
                defaults={"note": note.note, "held": msgspec.json.encode(dict(note.held)).decode("utf-8")},
            )
            sent = self._rows(models.NoteSent)
            sent.filter(note=row).delete()
            if seen_by is not None:
                sent.create(note=row, partner=seen_by, sent_in=0)

    def notes_owed(self, agreement: str, partner: str, limit: int) -> list[tuple[NoteState, int | None]]:
        """What the partner has not seen of the notes about records that it has; what was sent first."""
        confirmed = (
            self._rows(models.Channel)
            .filter(agreement=agreement, partner=partner)
            .values_list("confirmed", flat=True)
            .first()
        ) or 0
        seen = self._rows(models.NoteSent).filter(partner=partner, sent_in__lte=confirmed)
        rows = list(
            self._rows(models.SignedNote)
            .filter(agreement=agreement)
            .exclude(pk__in=seen.values("note"))
            .order_by("pk")
        )
        if not rows:
            return []
        known = self.codes_known_to(agreement, partner, {row.subject for row in rows})
        sent = dict(self._rows(models.NoteSent).filter(partner=partner).values_list("note", "sent_in"))
        owed = [(_state(row), sent.get(row.pk)) for row in rows if row.subject in known]
        # What was said in a pouch that may be lost is said again before anything is added.
        owed.sort(key=lambda item: (item[1] is None, item[1] or 0))
        return owed[:limit]

    def notes_sent(self, notes: Sequence[NoteState], partner: str, sequence: int) -> None:
        """A pouch of this sequence carries these notes for the first time as they are now."""
        for note in notes:
            row = self._rows(models.SignedNote).get(
                agreement=note.agreement, subject=note.subject, digest=note.digest
            )
            self._rows(models.NoteSent).get_or_create(
                note=row, partner=partner, defaults={"sent_in": sequence}
            )


def _state(row: models.SignedNote) -> NoteState:
    held = msgspec.json.decode(row.held, type=dict[str, int])
    return NoteState(row.agreement, row.subject, bytes(row.digest), bytes(row.note), held)

"""Approvals: which functions have decided that a record leaves under an exceptional article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.db.models import Count, Max

from entente.policy import Approval
from entente.records.base import LEAST_FUNCTIONS
from entente.store import ConflictError
from entente.store.approvals import Approved
from entente_node.ledger import models
from entente_node.ledger.store.base import Base, chunks


class Approvals(Base):
    """The Store's part for exceptional releases."""

    def approvals_mark(self) -> tuple[int, int]:
        """How many approvals there are, and the newest one's number, which is never given twice."""
        found = self._rows(models.Approval).aggregate(count=Count("pk"), newest=Max("pk"))
        return found["count"], found["newest"] or 0

    def approvals(
        self, agreement: str, recipient: str, records: Collection[int]
    ) -> dict[int, tuple[Approval, ...]]:
        """Of those of the records that have any and are not withdrawn: their approvals for the recipient, in order."""
        found: dict[int, list[Approval]] = defaultdict(list)
        for chunk in chunks(records):
            rows = self._rows(models.Approval).filter(
                agreement=agreement,
                recipient=recipient,
                record_id__in=chunk,
                record__withdrawn_at=None,
            )
            for row in rows.order_by("pk"):
                found[row.record_id].append(_approval(row))
        return {record: tuple(approvals) for record, approvals in found.items()}

    def approved(self, record: int) -> list[Approved]:
        """Every approval of a local record, in order."""
        rows = self._rows(models.Approval).filter(record_id=record).order_by("pk")
        return [
            Approved(record, row.agreement, row.recipient, _approval(row), row.why, row.at) for row in rows
        ]

    def approve(self, approved: Approved) -> None:
        """Keep an approval; once two stand, what is withheld of the record is decided again. ConflictError."""
        approval = approved.approval
        with transaction.atomic(using=self.alias):
            self._hold(approved)
            try:
                with transaction.atomic(using=self.alias):
                    self._rows(models.Approval).create(
                        record_id=approved.record,
                        agreement=approved.agreement,
                        recipient=approved.recipient,
                        article=approval.article,
                        service=approval.service,
                        function=approval.function,
                        by=approval.by,
                        why=approved.why,
                        at=approved.at,
                    )
            except IntegrityError:
                raise ConflictError("{function} has decided already", function=approval.title) from None
            self._decide_again(approved)

    def retract(self, approved: Approved) -> None:
        """Take an approval back; what waits of the record is decided again. ConflictError."""
        approval = approved.approval
        with transaction.atomic(using=self.alias):
            self._hold(approved)
            self._decide_again(approved)
            gone = self._rows(models.Approval).filter(
                record_id=approved.record,
                agreement=approved.agreement,
                recipient=approved.recipient,
                article=approval.article,
                service=approval.service,
                function=approval.function,
            )
            if not gone.delete()[0]:
                raise ConflictError("{function} has taken it back already", function=approval.title)

    def _hold(self, approved: Approved) -> None:
        """Wait for a release on this line, and make the next one wait: SQLite has done so already."""
        line = self._rows(models.Channel).filter(agreement=approved.agreement, partner=approved.recipient)
        list(line.select_for_update().values_list("pk", flat=True))

    def _decide_again(self, approved: Approved) -> None:
        """Nothing is due before two have decided: one alone changes no decision."""
        count = (
            self._rows(models.Approval)
            .filter(
                record_id=approved.record,
                agreement=approved.agreement,
                recipient=approved.recipient,
                article=approved.approval.article,
            )
            .count()
        )
        if count >= LEAST_FUNCTIONS:
            self._rows(models.Withheld).filter(
                record_id=approved.record, agreement=approved.agreement, recipient=approved.recipient
            ).update(later=True, not_before=0)


def _approval(row: models.Approval) -> Approval:
    return Approval(article=row.article, service=row.service, function=row.function, by=row.by)

"""Rows on their way into the ledger, 5,000 in a transaction: filed, known already, doubled or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from entente.errors import EntenteError, RecordError
from entente.records import Record
from entente_node.cli.explain import STYLES, outcome_title
from entente_node.cli.shell import Shell
from entente_node.cli.tables import TableRow
from entente_node.cli.words import _, number_of

if TYPE_CHECKING:
    from entente.filing import Filing
    from entente.node import Node
    from entente.policy import Decision
    from entente.rulings import Ruling

_KEPT: Final = 1_000
"""Refused rows in the JSON value; the report has all."""


class Taken(NamedTuple):
    """A row that can be filed: its record, and the hash by which it is known."""

    row: TableRow
    record: Record
    hash: bytes


@dataclass
class Refused:
    """Rows that were refused: how many, the first of them, and all in the report."""

    report: Any = None
    count: int = 0
    first: list[tuple[int, int, EntenteError]] = field(default_factory=list)

    def add(self, row: TableRow, error: EntenteError) -> None:
        """One more row that is refused."""
        self.count += 1
        if len(self.first) < _KEPT:
            self.first.append((row.line, row.last, error))
        self.note(row, error)

    def note(self, row: TableRow, error: EntenteError) -> None:
        """Write a row into the report."""
        if self.report is not None:
            self.report.writerow([row.line, row.last, _(error.message, **error.values)])


@dataclass
class Done:
    """What has become of the rows so far."""

    filed: int = 0
    already: int = 0
    doubled: int = 0
    first: int | None = None
    """The number of the first record of this run; those of later ones are higher."""
    told: dict[tuple[str, str, str, str, str], Told] = field(default_factory=dict)
    """By agreement, recipient, outcome, article and reason."""

    def add(self, filings: Sequence[Filing], rulings: Sequence[Sequence[Ruling]]) -> None:
        """A batch was filed, and this is what would happen to it now."""
        self.filed += len(filings)
        if filings and self.first is None:
            self.first = filings[0].id
        for ruled in rulings:
            for one in ruled:
                made = one.decision
                key = (one.agreement, one.recipient, made.outcome.value, made.article or "", made.reason.slug)
                told = self.told.get(key)
                if told is None:
                    told = self.told[key] = Told(made)
                told.count += 1
                told.alike = told.alike and (told.decision is made or told.decision.reason == made.reason)


@dataclass
class Told:
    """How many records have one decision, but for its date perhaps; ``decision`` is the first of them."""

    decision: Decision
    count: int = 0
    alike: bool = True


def file_batch(node: Node, batch: Sequence[Taken], done: Done, refused: Refused) -> None:
    """File those of the rows that never came before, and remember them: in one transaction."""
    from entente_node.ledger.imported import imported_before, keep_imported

    new: dict[bytes, Taken] = {}
    with node.store.transaction():
        known = imported_before([taken.hash for taken in batch])
        for taken in batch:
            before = known.get(taken.hash)
            if taken.hash in new or (before is not None and done.first is not None and before >= done.first):
                done.doubled += 1
                refused.note(
                    taken.row, RecordError("an earlier row of the file says the same: it was taken once")
                )
            elif before is not None:
                done.already += 1
            else:
                new[taken.hash] = taken
        filings = node.file([taken.record for taken in new.values()])
        keep_imported(zip(new, (filing.id for filing in filings), strict=True))
    done.add(filings, node.rulings_of([filing.record for filing in filings]))


def tell_done(shell: Shell, done: Done, *, dry_run: bool = False) -> None:
    """What has become of the rows, and what would happen to their records now."""
    for (_agreement, recipient, outcome, _article, _slug), told in done.told.items():
        reason = _(told.decision.reason.message, **told.decision.reason.values)
        if not told.alike:
            reason = _("of the first of them: {sentence}", sentence=reason)
        shell.tell(
            f"  → {recipient}: {told.count} × {outcome_title(told.decision)}. {reason}", STYLES[outcome]
        )
    if dry_run:
        shell.tell(number_of("{count} row can be filed.", "{count} rows can be filed.", done.filed), "green")
    else:
        shell.tell(number_of("{count} record filed.", "{count} records filed.", done.filed), "green")
    if done.already:
        shell.tell(
            number_of(
                "{count} row was imported before and adds nothing.",
                "{count} rows were imported before and add nothing.",
                done.already,
            )
        )
    if done.doubled:
        shell.tell(
            number_of(
                "{count} row says the same as an earlier one and was taken once.",
                "{count} rows say the same as an earlier one and were taken once.",
                done.doubled,
            ),
            "yellow",
        )

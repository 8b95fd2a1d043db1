"""What becomes of records that were filed, for people and for programs: recipient by recipient, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from entente.policy import Outcome
from entente_node.cli.exceptions import call_lines, calls_for, ways
from entente_node.cli.explain import STYLES, decision_plain, outcome_title
from entente_node.cli.prose import kind_title
from entente_node.cli.shell import Shell
from entente_node.cli.words import LANGUAGE, _, number_of

if TYPE_CHECKING:
    from entente.filing import Filing
    from entente.policy import Decision
    from entente.rulings import Ruling

_SHOWN: Final = 20
"""Records told one by one; more are counted by what happens to them."""


def filed_plain(filing: Filing, ruled: Sequence[Ruling]) -> dict[str, object]:
    """A filed record for programs."""
    return {
        "id": filing.id,
        "code": filing.record.code,
        "kind": filing.record.kind(),
        "rulings": [
            {"agreement": one.agreement, "recipient": one.recipient, **decision_plain(one.decision)}
            for one in ruled
        ],
    }


def tell(shell: Shell, filings: Sequence[Filing], rulings: Sequence[Sequence[Ruling]]) -> None:
    """A few filed records one by one, with what becomes of each; of many, how many fared in which way."""
    if len(filings) <= _SHOWN:
        for filing, ruled in zip(filings, rulings, strict=True):
            title = kind_title(filing.record.kind(), LANGUAGE)
            shell.tell(" ".join(part for part in (title, filing.record.code) if part), "bold")
            for one in ruled:
                tell_ruling(shell, one.recipient, one.decision)
            _tell_what_may_be_done(shell, filing, ruled)
            if not ruled:
                shell.tell("  " + _("no agreement is in force: it stays here"), "yellow")
    else:
        _tell_counts(shell, rulings)
    shell.tell(number_of("{count} record filed.", "{count} records filed.", len(filings)), "green")


def _tell_what_may_be_done(shell: Shell, filing: Filing, ruled: Sequence[Ruling]) -> None:
    """Of an urgent record that stays: whom to call, and which functions could release it."""
    record = filing.record
    stays = any(one.decision.outcome is not Outcome.RELEASE for one in ruled)
    if record.code is None or record.lane != "urgent" or not stays:
        return
    for explained in shell.node.explain(record.code):
        for line in (*call_lines(calls_for(shell.node, explained, record)), *ways(explained)):
            shell.tell(f"    {line}")


def tell_ruling(shell: Shell, recipient: str, decision: Decision) -> None:
    """What happens to a record for one recipient, and why."""
    reason = _(decision.reason.message, **decision.reason.values)
    shell.tell(f"  → {recipient}: {outcome_title(decision)}. {reason}", STYLES[decision.outcome.value])


def _tell_counts(shell: Shell, rulings: Sequence[Sequence[Ruling]]) -> None:
    # Most records share one remembered decision: sentences are made once for each of these.
    decisions = {id(one.decision): one.decision for ruled in rulings for one in ruled}
    sentences = {
        at: (one.outcome.value, outcome_title(one), _(one.reason.message, **one.reason.values))
        for at, one in decisions.items()
    }
    counts = Counter((one.recipient, *sentences[id(one.decision)]) for ruled in rulings for one in ruled)
    for (recipient, outcome, title, reason), count in counts.most_common():
        shell.tell(f"  → {recipient}: {count} × {title}. {reason}", STYLES[outcome])


def show_filing(shell: Shell, filing: Filing, *, confirmed: bool) -> None:
    """What was filed and what becomes of it, for every recipient."""
    ruled = shell.node.rulings(filing.record, confirmed=confirmed)
    if shell.json:
        shell.emit(filed_plain(filing, ruled))
        return
    tell(shell, [filing], [ruled])

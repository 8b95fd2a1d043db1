"""Why a record would or would not leave, article by article, and the very record that would.

Computed on demand with the same matching that decides, so that the two cannot differ; a test
holds them against each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from entente.agreements.document import Share, Withhold
from entente.policy.decide import Decision
from entente.policy.reasons import Reason, reason
from entente.policy.terms import Terms
from entente.records.base import Record


@dataclass(frozen=True, slots=True)
class Verdict:
    """One article: whether it applies to the record (shares it, or withholds it), and why or why not."""

    article: str
    fits: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, what each share and withhold article says in document order, and what would leave.

    ``released`` is there for what leaves now or later, in the form it would have at this moment.
    """

    decision: Decision
    verdicts: tuple[Verdict, ...]
    released: Record | None


def verdicts(terms: Terms, record: Record, *, sender: str, recipient: str) -> Iterator[Verdict]:
    """What each article that shares or withholds says of the record; nothing between strangers."""
    if terms.strangers(sender, recipient) is not None or record.passes_always:
        return
    first: str | None = None
    for article in terms.agreement.articles:
        match article:
            case Share():
                misfits = tuple(terms.all_misfits(article, record, sender, recipient))
                if misfits:
                    yield Verdict(article.id, fits=False, reasons=misfits)
                elif first is None:
                    first = article.id
                    why = reason("shared", article=article.id, recipient=recipient)
                    yield Verdict(article.id, fits=True, reasons=(why,))
                else:
                    why = reason("later", article=article.id, earlier=first)
                    yield Verdict(article.id, fits=True, reasons=(why,))
            case Withhold():
                no = terms.withholds_it(article, record, sender)
                if no is not None:
                    yield Verdict(article.id, fits=True, reasons=(no,))
                else:
                    unlike = tuple(terms.unlike(article, record, sender))
                    yield Verdict(article.id, fits=False, reasons=unlike)

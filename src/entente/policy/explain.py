"""Why a record would or would not leave, article by article, and the very record that would.

Computed on demand with the same matching that decides, so that the two cannot differ; a test
holds them against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from entente.agreements.document import Exceptional, Function, Share, Withhold
from entente.policy.approvals import Approval, deciders
from entente.policy.decide import Decision, Outcome
from entente.policy.reasons import OPENED, Reason, reason
from entente.policy.terms import Terms
from entente.records.base import Record


@dataclass(frozen=True, slots=True)
class Verdict:
    """One article: whether it applies to the record (shares it, withholds it, or released it), and why or why not."""

    article: str
    fits: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Recourse:
    """An exceptional article that would let out what stays: whose decision it takes, and who has decided.

    ``decision`` is what would happen once two have: it leaves, or its words wait to be confirmed.
    """

    article: Exceptional
    functions: tuple[Function, ...]
    decided: tuple[str, ...]
    decision: Decision


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, what each article that shares or withholds says in document order, and what would leave.

    ``released`` is there for what leaves now or later, in the form it would have at this moment;
    ``recourses`` only where something is to be decided by two functions.
    """

    decision: Decision
    verdicts: tuple[Verdict, ...]
    released: Record | None
    recourses: tuple[Recourse, ...] = ()


def verdicts(
    terms: Terms,
    record: Record,
    *,
    sender: str,
    recipient: str,
    decision: Decision,
    approvals: Sequence[Approval] = (),
) -> Iterator[Verdict]:
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
            case Exceptional():
                misfits = tuple(terms.all_misfits(article, record, sender, recipient))
                if misfits:
                    yield Verdict(article.id, fits=False, reasons=misfits)
                else:
                    functions = terms.functions(article, sender, record.purpose)
                    by = deciders(terms, article, sender, record, approvals)
                    cited = decision.article == terms.cite(article)
                    yield _exceptional(article, functions, by, decision, applies=cited)
            case Withhold():
                no = terms.withholds_it(article, record, sender)
                if no is not None:
                    yield Verdict(article.id, fits=True, reasons=(no,))
                else:
                    unlike = tuple(terms.unlike(article, record, sender))
                    yield Verdict(article.id, fits=False, reasons=unlike)


def _exceptional(
    article: Exceptional,
    functions: tuple[Function, ...],
    decided: tuple[str, ...],
    decision: Decision,
    *,
    applies: bool,
) -> Verdict:
    """What an exceptional article that fits the record would take, or took."""
    if applies:
        return Verdict(article.id, fits=True, reasons=(decision.reason,))
    if decision.reason.slug not in OPENED:
        stays = decision.outcome is Outcome.WITHHOLD
        slug = "exceptional-never" if stays else "exceptional-idle"
        return Verdict(article.id, fits=False, reasons=(reason(slug, article=article.id),))
    names = ", ".join(one.name for one in functions)
    takes = reason("exceptional-takes", article=article.id, functions=names)
    if not decided:
        return Verdict(article.id, fits=False, reasons=(takes,))
    so_far = ", ".join(one.name for one in functions if one.title in decided)
    begun = reason("exceptional-begun", article=article.id, functions=so_far)
    return Verdict(article.id, fits=False, reasons=(takes, begun))

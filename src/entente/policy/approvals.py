"""Who has decided, with another, that a record leaves under an exceptional article.

An approval is one function's, made by one account of its node. What the account was called never
leaves; the function does, in the record itself. An approval is for one version of the agreement:
what two people agreed to under one text, another text does not release.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from entente.agreements.document import Exceptional
from entente.policy.terms import Terms
from entente.records.base import LEAST_FUNCTIONS, Record

MOST_NAMED = 8
"""How many functions a released record names at most."""


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """One function has decided: ``article`` is a citation, ``by`` the account that pressed the button."""

    article: str
    service: str
    function: str
    by: str

    @property
    def title(self) -> str:
        """The function as a released record names it: ``service/function``."""
        return f"{self.service}/{self.function}"


def deciders(
    terms: Terms, article: Exceptional, sender: str, record: Record, approvals: Sequence[Approval]
) -> tuple[str, ...]:
    """The functions that have decided on the record by the article, in the order in which they did.

    Only those that the article names for the sender, whose service has a mandate for the record's
    purpose; each function once, and each account once.
    """
    cited = terms.cite(article)
    named = {one.title for one in terms.functions(article, sender, record.purpose)}
    found: list[str] = []
    accounts: set[str] = set()
    for approval in approvals:
        counts = approval.article == cited and approval.title in named
        if counts and approval.title not in found and approval.by not in accounts:
            found.append(approval.title)
            accounts.add(approval.by)
    return tuple(found[:MOST_NAMED])


def as_if_two(terms: Terms, article: Exceptional, sender: str, record: Record) -> tuple[Approval, ...]:
    """Approvals of two functions that may decide: to see what their decision would do."""
    return tuple(
        Approval(article=terms.cite(article), service=one.service, function=one.function, by=one.title)
        for one in terms.functions(article, sender, record.purpose)[:LEAST_FUNCTIONS]
    )

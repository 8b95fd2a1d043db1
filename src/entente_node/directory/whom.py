"""Whom to call on the other side when a record cannot leave.

From the contacts that came and that this account may see, those of services that would have been
allowed to see the record: nobody is named who has no mandate for it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from babel import Locale

from entente import contacts
from entente.agreements.document import Agreement, Exceptional
from entente.records import Contact
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.ledger.reading import bodies_of

_IN_PAIRS: Final = 8
"""Digits of a number in Mali and in Niger."""


@dataclass(frozen=True, slots=True)
class ToCall:
    """One function on duty, in the reader's words."""

    party: str
    service: str
    function: str
    telephone: str
    radio: str
    languages: str
    until: str
    code: str

    @property
    def dialled(self) -> str:
        """The telephone as people read it aloud: the country, then its last eight digits in pairs."""
        country, rest = self.telephone[:-_IN_PAIRS], self.telephone[-_IN_PAIRS:]
        return " ".join([country, *(rest[at : at + 2] for at in range(0, len(rest), 2))]).strip()


def whom_to_call(
    viewer: Viewer, agreement: Agreement, party: str, services: Collection[str]
) -> tuple[ToCall, ...]:
    """Who of these services of a party can be called now."""
    rows = list(
        viewer.records().filter(kind="contact", local=False, party=party, withdrawn_at=None).order_by("pk")
    )
    bodies = bodies_of(rows)
    came = [(row.party, body) for row in rows if isinstance(body := bodies.get(row.pk), Contact)]
    found = contacts.whom_to_call(
        came, party=party, services=services, now=viewer.now, time_zone=agreement.time_zone
    )
    return tuple(
        ToCall(
            party=viewer.name_of(one.party),
            service=viewer.service_name(one.party, one.service),
            function=function_name(agreement, one.party, one.service, one.function),
            telephone=one.telephone,
            radio=one.radio,
            languages=", ".join(_tongue(code) for code in one.languages),
            until="" if one.until is None else telling.clock(one.until, viewer.zone, viewer.now),
            code=one.code,
        )
        for one in found
    )


def function_name(agreement: Agreement, party: str, service: str, function: str) -> str:
    """What an article calls a function; where none names it, its slug as words."""
    for article in agreement.articles:
        for named in article.functions if isinstance(article, Exceptional) else ():
            if (named.party, named.service, named.function) == (party, service, function):
                return named.name
    return function.replace("-", " ").capitalize()


def _tongue(code: str) -> str:
    """A language by its name; by its code where nobody has named it."""
    name: str = Locale(telling.language()).languages.get(code, code)
    return name

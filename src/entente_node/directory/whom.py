"""Whom to call on the other side when a record cannot leave.

From the contacts that came and that this account may see, those of services that would have been
allowed to see the record: nobody is named who has no mandate for it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
from babel import Locale

from entente import contacts
from entente.agreements.document import Agreement
from entente.records import Contact, Message
from entente.records.base import Record as CoreRecord
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.ledger.reading import bodies_of

Kind = TypeVar("Kind", bound=CoreRecord)

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
    found = contacts.whom_to_call(came, party=party, services=services, now=viewer.now, agreement=agreement)
    return tuple(
        ToCall(
            party=viewer.name_of(one.party),
            service=viewer.service_name(one.party, one.service),
            function=one.name,
            telephone=one.telephone,
            radio=one.radio,
            languages=", ".join(_tongue(code) for code in one.languages),
            until="" if one.until is None else telling.clock(one.until, viewer.zone, viewer.now),
            code=one.code,
        )
        for one in found
    )


def in_words(viewer: Viewer, record: Kind, party: str) -> Kind:
    """A record of a party to be read by people: its functions by their names, as far as these are known."""
    changes: dict[str, object] = {}
    if isinstance(record, Contact):
        changes["function"] = viewer.function_name(party, record.service, record.function)
        if record.backup:
            of = record.backup_service or record.service
            changes["backup"] = viewer.function_name(party, of, record.backup)
    elif isinstance(record, Message):
        if record.function:
            changes["function"] = viewer.function_name(party, record.service, record.function)
        if record.to_function:
            to = record.to_service or ""
            changes["to_function"] = viewer.function_name(record.to_party, to, record.to_function)
    if record.released_by:
        halves = (title.partition("/") for title in record.released_by)
        changes["released_by"] = tuple(
            viewer.function_name(party, service, function) for service, _, function in halves
        )
    return msgspec.structs.replace(record, **changes) if changes else record


def _tongue(code: str) -> str:
    """A language by its name; by its code where nobody has named it."""
    name: str = Locale(telling.language()).languages.get(code, code)
    return name

"""Whom to call on the other side: functions on duty, from the contacts that it sent.

A contact is of a function, never of a person. It holds from its ``start`` until the end of its
``until``; one that a later contact revises is gone, whether or not the later one holds. Only
what an article granted has come: a telephone that it does not grant is not here to be shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from entente.agreements.document import Agreement, Exceptional
from entente.records import Contact
from entente.records.times import period


@dataclass(frozen=True, slots=True)
class ToCall:
    """One function of a service and how it is reached; ``until`` when its duty ends, if it says so."""

    party: str
    service: str
    function: str
    telephone: str
    radio: str
    languages: tuple[str, ...]
    until: datetime | None
    code: str
    name: str
    """What people call the function: what the agreement does, or its slug as words."""


def function_name(agreements: Iterable[Agreement], party: str, service: str, function: str) -> str:
    """What people call a function: what an exceptional article of an agreement does; else its slug as words."""
    for agreement in agreements:
        for article in agreement.articles:
            for named in article.functions if isinstance(article, Exceptional) else ():
                if (named.party, named.service, named.function) == (party, service, function):
                    return named.name
    words = function.replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def whom_to_call(
    contacts: Iterable[tuple[str, Contact]],
    *,
    party: str,
    services: Collection[str],
    now: datetime,
    agreement: Agreement,
) -> tuple[ToCall, ...]:
    """Who of the party's services can be called now, newest contact of each function.

    Args:
        contacts: (party, contact) as they came, oldest first.
        party: whose functions.
        services: those that may know; in this order. A service that is not among them is never named.
        now: the moment, aware.
        agreement: it names functions, and its zone is the one in which days are counted.
    """
    time_zone = agreement.time_zone
    newest: dict[tuple[str, str], Contact] = {}
    revised: set[str] = set()
    held = [contact for by, contact in contacts if by == party and contact.service in services]
    for contact in held:
        if contact.revises is not None:
            revised.add(contact.revises)
    for contact in held:
        if contact.code not in revised and _holds(contact, now, time_zone):
            newest[contact.service, contact.function] = contact
    order = list(services)
    found = [
        ToCall(
            party=party,
            service=contact.service,
            function=contact.function,
            telephone=contact.telephone or "",
            radio=contact.radio or "",
            languages=contact.languages,
            until=_end(contact, time_zone),
            code=contact.code or "",
            name=function_name([agreement], party, contact.service, contact.function),
        )
        for contact in newest.values()
        if contact.telephone or contact.radio
    ]
    return tuple(sorted(found, key=lambda one: (order.index(one.service), one.function)))


def _holds(contact: Contact, now: datetime, time_zone: str) -> bool:
    if contact.start is not None and period(contact.start, time_zone)[0] > now:
        return False
    end = _end(contact, time_zone)
    return end is None or now < end


def _end(contact: Contact, time_zone: str) -> datetime | None:
    if contact.until is None:
        return None
    return period(contact.until, time_zone)[1].astimezone(UTC)

"""A contact record for the function that is on duty: what an article may grant to the other side.

Nothing is published by itself: a person, or a timer that a person set up, asks for it. Each
contact revises the one before it of the same service and function.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from entente.errors import StoreError
from entente.filing import Filing
from entente.node import Node
from entente.records import Contact, decode, validated
from entente.records.base import PURPOSES, Purpose, Tlp
from entente.records.times import instant
from entente.store import audience_of
from entente_node.duty.ladder import Look
from entente_node.duty.rota import OnDuty


def publish(node: Node, service: str, *, tlp: Tlp, purpose: Purpose | None = None) -> Filing | None:
    """File the contact of the function on duty; None where the last one says the same. Raises StoreError."""
    look = Look(node, node.clock())
    if service not in look.walls:
        raise StoreError("{service} is no service of ours", service=service)
    duty = look.on_duty(service)
    if duty is None:
        raise StoreError("nobody is on duty now: a turn says who is")
    row = look.rota.function(service, duty.function)
    if row is None or not row.telephone:
        raise StoreError(
            "{function} has no telephone: `entente duty function` keeps it", function=duty.function
        )
    last = _last(node, service, duty.function)
    contact = Contact(
        at=instant(look.now),
        service=service,
        purpose=purpose or _purpose(look, service),
        tlp=tlp,
        function=duty.function,
        telephone=row.telephone,
        until=_until(look, duty),
        backup=duty.backup or None,
        revises=last.code if last else None,
    )
    if last is not None and _said(last) == _said(contact):
        return None
    validated(contact)
    return node.file([contact])[0]


def _said(contact: Contact) -> Contact:
    """What a contact says, without when it was said and which it revises."""
    return msgspec.structs.replace(contact, at="2000-01-01", code=None, revises=None)


def _until(look: Look, duty: OnDuty) -> str | None:
    # A duty that goes on for as long as it is followed has no end that is known.
    return instant(duty.until) if duty.until - look.now < timedelta(days=7) else None


def _purpose(look: Look, service: str) -> Purpose:
    mandates = look.walls[service].home
    wanted: tuple[Purpose, ...] = ("administration", *PURPOSES)
    for one in wanted:
        if mandates & audience_of([one]):
            return one
    raise StoreError("{service} has no mandate", service=service)


def _last(node: Node, service: str, function: str) -> Contact | None:
    found = None
    for shown in node.store.records_of(["contact"]):
        record = decode(shown.body) if shown.local else None
        if isinstance(record, Contact) and (record.service, record.function) == (service, function):
            found = record
    return found

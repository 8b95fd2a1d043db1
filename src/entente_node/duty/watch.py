"""Who has to be called, looked at again and again: calls are opened, escalated and ended.

One look (:func:`once`) is idempotent: a call exists once for a record, a function, a level and a
reason, and what tells the other side of it (a message with the step ``notified`` or
``escalated``) is filed in the transaction that opens it. So a look that is killed half-way is
continued by the next, and two processes that look at once double nothing. Who is called when:
:mod:`entente_node.duty.ladder`. Such messages move nothing, and never open calls.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from entente.agreements.document import Respond
from entente.dossier import Dossier as Folded
from entente.errors import EntenteError
from entente.node import Node
from entente.policy import Outcome
from entente.records.message import Message
from entente_node.duty import due
from entente_node.duty.ladder import Look, Wanted, dossier_of, late, wanted
from entente_node.duty.models import Call, Level, Reason
from entente_node.duty.rota import Rota
from entente_node.ledger.models import Dossier, Record, Withheld

RECENT: Final = timedelta(days=7)
"""What came longer ago is read on the desk and wakes nobody: a first rota does not call for old records."""
MOST: Final = 1_000
"""Open records that one look takes, the newest."""
_WAITING: Final = ("new", "acknowledged")


def once(node: Node, now: datetime) -> list[Call]:
    """End the calls that are settled, open those that are due; the new ones."""
    look = Look(node, now)
    _end(look, "")
    if not look.watched:
        return []
    rows = _open(look)
    known = set(
        look.rota.rows(Call)
        .filter(code__in={row.code for row in rows})
        .values_list("code", "service", "function", "level", "reason")
    )
    opened = []
    records = look.read(rows)
    for row in rows:
        record = records.get(row.pk)
        for one in wanted(look, row, record) if record is not None else ():
            if one.key not in known:
                known.add(one.key)
                call = open_call(node, one, now)
                if call is not None:
                    opened.append(call)
    return opened + due.once(look)


def open_call(node: Node, one: Wanted, now: datetime) -> Call | None:
    """Open a call, and tell the other side where the agreement lets that leave; None if it was open before."""
    message = _telling(node, one)
    rota = Rota(node)
    with node.store.transaction():
        # Somebody may have answered since this look began.
        if not rota.rows(Dossier).filter(record=one.row.pk, state=one.row.dossier.state).exists():
            return None
        call, created = rota.rows(Call).get_or_create(
            code=one.row.code,
            service=one.service,
            function=one.function,
            level=one.level,
            reason=one.reason,
            defaults={"at": now, "deadline": one.deadline},
        )
        if not created:
            return None
        if message is not None:
            node.file([message], confirmed=True)
    return call


def end(node: Node, now: datetime, code: str = "") -> int:
    """End the calls, of one record or of all, that were answered, closed or taken back; how many."""
    return _end(Look(node, now), code)


def _end(look: Look, code: str) -> int:
    calls = look.rota.rows(Call).filter(ended_at=None)
    waiting = list(calls.filter(code=code) if code else calls)
    if not waiting:
        return 0
    codes = {call.code for call in waiting}
    found = look.rota.rows(Record).filter(code__in=codes).select_related("dossier")
    rows = {row.code: row for row in found}
    count = 0
    for call in waiting:
        row = rows.get(call.code)
        by = _settled(look, row, call) if row is not None else ""
        if by is not None:
            still = look.rota.rows(Call).filter(pk=call.pk, ended_at=None)
            count += still.update(ended_at=look.now, ended_by=by[:129])
    return count


def _settled(look: Look, row: Record, call: Call) -> str | None:
    """Who settled what a call is about, empty for nobody in particular; None while it is open."""
    if call.reason == Reason.MEASURE:
        return "" if due.is_settled(look, row) else None
    folded, mine = dossier_of(row), look.node.keys.party
    if folded is None or folded.state in {"closed", "withdrawn"} or row.withdrawn_at is not None:
        return _who(folded, mine, {"closed"}) or ""
    if call.level == Level.AUTHOR and row.local:
        if look.is_clock_held:
            return None  # nobody knows whether they are late
        record = look.read([row]).get(row.pk)
        return None if record is not None and call.reason in late(look, row, record, folded) else ""
    if call.reason == Reason.WITHHELD:
        return None if look.rota.rows(Withheld).filter(record_id=row.pk).exists() else ""
    if row.local:
        return None
    if call.reason == Reason.UNACTED:
        return _who(folded, mine, {"under_way", "closed"})
    return _who(folded, mine, {"acknowledged", "under_way", "closed"})


def _who(folded: Folded | None, party: str, steps: set[str]) -> str | None:
    """The first function of a party that took one of these steps, as ``service/function``; None: nobody has."""
    for step in folded.steps if folded else ():
        if step.party == party and step.step in steps:
            return f"{step.service or ''}/{step.function or ''}".strip("/")
    return None


def _open(look: Look) -> list[Record]:
    """The records that may be waiting for somebody, newest first."""
    kinds = {"alert"} | {
        kind
        for agreement in look.agreements
        for article in agreement.articles
        if isinstance(article, Respond)
        for kind in article.kinds
    }
    since = int((look.now - RECENT).timestamp())
    recent = Q(dossier__opened_at__gte=since)
    if look.is_clock_held:
        # By a clock that stands ahead, what has just come was opened long ago.
        recent |= Q(filed_at__gte=since)
    return list(
        look.rota.rows(Record)
        .filter(recent, kind__in=kinds, withdrawn_at=None)
        .filter(dossier__state__in=_WAITING)
        .select_related("dossier")
        .order_by("-dossier__opened_at", "-pk")[:MOST]
    )


def _telling(node: Node, one: Wanted) -> Message | None:
    """The message that tells the author who was called; None where the agreement keeps it here."""
    if one.step is None or not one.row.code:
        return None
    try:
        message = node.answer_to(
            one.row.code,
            service=one.service,
            step=one.step,
            to=one.row.party,
            function=one.function,
        )
        rulings = node.rulings(message, confirmed=True)
    except EntenteError:
        return None  # who is called matters more than that the other side knows
    leaves = any(
        ruling.recipient == one.row.party and ruling.decision.outcome is not Outcome.WITHHOLD
        for ruling in rulings
    )
    return message if leaves else None

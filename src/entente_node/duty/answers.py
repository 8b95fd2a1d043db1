"""Acknowledge for our side: what a link, a reply by SMS and a button all do.

Once for a record and a side: whoever comes second is told who was first, in the transaction
that would have filed, so that two functions that answer at the same second are told apart.
"""

from __future__ import annotations

from entente.errors import RecordError, StoreError
from entente.filing import Filing
from entente.node import Node
from entente.records.codes import check_code
from entente.records.message import ANSWERING, Step
from entente.store import ConflictError
from entente_node.directory import auditing
from entente_node.directory.here import node as here
from entente_node.directory.models import User
from entente_node.duty.ladder import Look, dossier_of
from entente_node.duty.watch import end
from entente_node.ledger.models import Record


def acknowledge(
    code: str,
    service: str,
    function: str,
    account: User | None = None,
    *,
    text: str | None = None,
    to: str | None = None,
    node: Node | None = None,
) -> Filing:
    """Say to the other side that a function of our service has seen its record, and end the calls about it.

    ``text`` and ``to`` are those of :meth:`entente.node.Node.answer`.

    Raises StoreError where the service may see no such record, ConflictError where our side has
    answered already, RecordError for a record that is ours or that was withdrawn.
    """
    node = node or here()
    code = check_code(code)
    with node.store.transaction():
        _demand(node, code, service)
        filing = node.answer(
            code, service=service, step="acknowledged", text=text, to=to, function=function or None
        )
        end(node, node.clock(), code)
    auditing.write(account, "alert.answered", code, step="acknowledged", service=service, function=function)
    return filing


def answer(
    code: str,
    account: User,
    *,
    step: Step | None,
    text: str | None = None,
    to: str | None = None,
    node: Node | None = None,
) -> Filing:
    """What somebody answers on the desk: a step, words or both, as a function of its service. Raises EntenteError."""
    node = node or here()
    service, function = account.service, account.duty
    if step == "acknowledged":
        return acknowledge(code, service, function, account, text=text, to=to, node=node)
    filing = node.answer(code, service=service, step=step, text=text, to=to, function=function or None)
    if step is not None:
        end(node, node.clock(), code)
    auditing.write(
        account, "alert.answered", code, step=step or "message", service=service, function=function
    )
    return filing


def _demand(node: Node, code: str, service: str) -> None:
    look = Look(node, node.clock())
    row = look.rota.rows(Record).filter(code=code).select_related("dossier").first()
    folded = dossier_of(row) if row is not None else None
    if row is None or folded is None or not look.opens(service, row):
        raise StoreError("there is no record {code} here", code=code)
    if row.local:
        raise RecordError("{code} is a record of ours: the other side acknowledges it", code=code)
    if row.withdrawn_at is not None or folded.state == "withdrawn":
        raise RecordError("{code} was withdrawn: there is nothing to answer", code=code)
    for step in folded.steps:
        if step.party == node.keys.party and step.step in ANSWERING:
            raise ConflictError(
                "{code} was answered already at {at} by {function}",
                code=code,
                at=step.at,
                function="/".join(part for part in (step.service, step.function) if part),
            )
    if folded.state == "closed":
        raise RecordError("{code} is closed: there is nothing to acknowledge", code=code)

"""What answers a record: whom an answer goes to, what it must carry, and the dossier that it moves.

Nothing is written here: a message or a withdrawal is made, and filed like any record
(:mod:`entente.filing`).
"""

from __future__ import annotations

import msgspec

from entente import dossier as dossiers
from entente.courier.office import Office
from entente.dossier import Deadlines, Dossier
from entente.errors import RecordError
from entente.records import Message, Record, Withdrawal, decode, validated
from entente.records.base import TLP_RANK
from entente.records.message import Step
from entente.records.times import instant
from entente.records.withdrawal import Reason
from entente.response import article_for
from entente.store import AUDIENCE, Shown


def check(office: Office, record: Record, about: str) -> None:
    """A reply has its target's purpose and at least its marking (DESIGN.md section 5). Raises RecordError."""
    target = office.record(about)
    answered = decode(target.body)
    if record.purpose != answered.purpose:
        raise RecordError(
            "an answer to {code} has its purpose, {purpose}: a purpose never changes",
            code=about,
            purpose=answered.purpose,
        )
    if TLP_RANK[record.tlp] < TLP_RANK[answered.tlp]:
        raise RecordError("an answer to {code} is marked {tlp} at least", code=about, tlp=answered.tlp)
    if isinstance(record, Withdrawal) and not target.local:
        raise RecordError(
            "{code} is a record of {party}: only its author withdraws it", code=about, party=target.party
        )


def audience_of(office: Office, record: Record) -> int:
    """Who sees it here: the mandates for its purpose; of an answer, whoever sees what it answers."""
    if record.about and record.answers:
        return office.record(record.about).audience
    return AUDIENCE[record.purpose]


def message(
    office: Office,
    code: str,
    *,
    service: str,
    step: Step | None = None,
    text: str | None = None,
    to: str | None = None,
    function: str | None = None,
) -> Message:
    """A message about a record; see :meth:`entente.node.Node.answer`. Raises RecordError, StoreError."""
    shown = office.record(code)
    target = decode(shown.body)
    answer = Message(
        at=instant(office.clock()),
        service=service,
        purpose=target.purpose,
        tlp=target.tlp,
        about=target.code,
        to_party=to or _counterpart(office, shown, target),
        step=step,
        function=function,
        text=text,
    )
    validated(answer)
    return answer


def _counterpart(office: Office, shown: Shown, target: Record) -> str:
    """Whom an answer goes to: the author; for our own record, the one partner that got it."""
    if not shown.local:
        return shown.party
    partners = list(dict.fromkeys(sent.recipient for sent in office.store.sent(shown.id)))
    if not partners:
        raise RecordError(
            "nobody has received {code} yet: name the party that the message is for", code=target.code or ""
        )
    if len(partners) > 1:
        raise RecordError(
            "{code} went to {parties}: name the one that the message is for",
            code=target.code or "",
            parties=", ".join(partners),
        )
    return partners[0]


def withdrawal(office: Office, code: str, reason: Reason, *, service: str) -> Record:
    """What takes one of our records back. Raises RecordError, StoreError."""
    target = decode(office.record(code).body)
    return validated(
        Withdrawal(
            at=instant(office.clock()),
            service=service,
            purpose=target.purpose,
            tlp=target.tlp,
            about=target.code,
            reason=reason,
        )
    )


def dossier(office: Office, code: str) -> Dossier:
    """A record and all that answers it, folded from what is held now. Raises StoreError."""
    return _folded(office, office.record(code))


def deadlines(office: Office, code: str) -> Deadlines:
    """By when the agreement wants this record acknowledged and acted on. Raises StoreError."""
    shown = office.record(code)
    agreements = [policy.standing.signed.agreement for policy in office.register.policies()]
    article = article_for(agreements, decode(shown.body), shown.party)
    folded = _folded(office, shown)
    released = [sent.released_at for sent in office.store.sent(shown.id)] if shown.local else []
    if released:
        # Time runs from the instant that both sides know, not from when we wrote it down.
        folded = msgspec.structs.replace(folded, opened_at=min(released))
    return dossiers.deadlines(folded, article)


def _folded(office: Office, shown: Shown) -> Dossier:
    root = decode(shown.body)
    said = [(answer.party, decode(answer.body)) for answer in office.store.answers_to(root.code or "")]
    return dossiers.fold(root, shown.party, dossiers.opened_at(root, shown.filed_at), said)

"""What was released added up, by both sides: of each sum the newest, for pages that set the two beside each other.

Of ours it is what left, not what we counted: what is kept back from the partner is kept back
here too, so that both desks show the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entente.policy.aggregate import Group
from entente.records import Record, decode
from entente.register import Register
from entente_node.ledger.store import DjangoStore

if TYPE_CHECKING:
    from entente.node import Node


@dataclass(frozen=True, slots=True)
class Told:
    """A sum as its party last told it: ``recipient`` has it under ``group.agreement``."""

    party: str
    group: Group
    record: Record


def group_of(register: Register, agreement: str, recipient: str, record: Record) -> Group | None:
    """The sum that a released record is, by the article that it cites; None for a record that is none."""
    version, _, _ = (record.article or "0#").partition("#")
    policy = register.of_version(agreement, int(version))
    share = policy.article(record.article or "") if policy is not None else None
    if share is None or share.form.aggregate is None:
        return None
    return Group(
        agreement=agreement,
        recipient=recipient,
        article=record.article or "",
        kind=record.kind(),
        purpose=record.purpose,
        place=(record.place.code or "") if record.place else "",
        window=record.at,
        by=tuple(getattr(record, name, None) for name in share.form.aggregate.by),
    )


def newest(node: Node, kind: str) -> list[Told]:
    """The newest of each sum of a kind, ours first, then the partners' in the order in which they came."""
    return [*_ours(node, kind), *_theirs(node, kind)]


def _ours(node: Node, kind: str) -> Iterator[Told]:
    for state in _store(node).told_sums(kind):
        if state.payload is not None:
            yield Told(node.keys.party, state.group, decode(state.payload))


def _theirs(node: Node, kind: str) -> Iterator[Told]:
    found: dict[tuple[str, Group], Told] = {}
    for party, agreement, payload in _store(node).received(kind):
        record = decode(payload)
        group = group_of(node.register, agreement, node.keys.party, record)
        if group is not None:
            found[party, group] = Told(party, group, record)
    yield from found.values()


def _store(node: Node) -> DjangoStore:
    if not isinstance(node.store, DjangoStore):
        raise TypeError("the sums of a node are read from its own ledger")
    return node.store

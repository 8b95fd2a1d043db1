"""Three authorities in one process: an author, a partner, and a non-party who must get nothing.

Each has the real Node over a real SQLite file. A line between two of them hands a pouch to
the other node's door, as HTTP does, and can be cut.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from entente.agreements.document import Agreement, agreement_text
from entente.courier.exchange import Exchanged
from entente.courier.keys import Keys
from entente.errors import TransportError
from entente.node import Node
from entente_node.ledger.store import DjangoStore
from tests import parties

AGREEMENT = "gao-tillaberi"


class Clock:
    """A clock that a test sets; it stands still between."""

    def __init__(self) -> None:
        self.now = datetime(2022, 2, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class Line:
    """A carrier to one node's door: read the pouch, answer with one when that is wanted."""

    def __init__(self, to: Node, caller: str) -> None:
        self.to = to
        self.caller = caller
        self.cut = False
        self.pouches: list[bytes] = []

    def send(self, pouch: bytes) -> bytes | None:
        if self.cut:
            raise TransportError("the line is cut")
        self.pouches.append(pouch)
        read = self.to.read_pouch(pouch)
        if not read.answer:
            return None
        written = self.to.write_pouch(read.agreement, read.sender, poll=True)
        return None if written is None else written.pouch


def node_of(authority: parties.Authority, alias: str, clock: Clock) -> Node:
    short = authority.party.short
    keys = Keys(
        party=authority.id,
        short=short,
        log=authority.log,
        receipts=authority.receipts,
        seal=(authority.seal,),
        authority=authority.authority.verifier,
    )
    return Node(keys, DjangoStore(alias), clock=clock, entropy=secrets.token_bytes)


@dataclass
class Federation:
    """The three nodes and their clock."""

    gao: Node
    tillaberi: Node
    kayes: Node
    clock: Clock
    lines: dict[str, Line] = field(default_factory=dict)

    @classmethod
    def strangers(cls) -> Federation:
        """Three nodes that have signed nothing."""
        clock = Clock()
        return cls(
            node_of(parties.GAO, "gao", clock),
            node_of(parties.TILLABERI, "tillaberi", clock),
            node_of(parties.KAYES, "kayes", clock),
            clock,
        )

    @classmethod
    def agreed(cls, agreement: Agreement | None = None) -> Federation:
        """Gao and Tillabéri have signed; Gao, who proposed, has adopted, and Tillabéri has heard of it."""
        found = cls.strangers()
        draft = agreement_text(agreement or parties.agreement())
        signed = found.gao.sign(draft, parties.GAO.authority)
        signed = found.tillaberi.sign(signed, parties.TILLABERI.authority)
        found.gao.adopt(signed, parties.GAO.authority)
        found.exchange()
        return found

    def line(self, caller: Node, to: Node) -> Line:
        """The line from one node to another."""
        return self.lines.setdefault(f"{caller.keys.party}>{to.keys.party}", Line(to, caller.keys.party))

    def exchange(self, caller: Node | None = None, to: Node | None = None) -> Exchanged:
        """Release on both sides, then one exchange, begun by Gao unless said."""
        caller, to = caller or self.gao, to or self.tillaberi
        for node in (caller, to):
            node.release()
        return caller.exchange(AGREEMENT, to.keys.party, self.line(caller, to))

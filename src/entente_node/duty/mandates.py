"""What each service of ours may be told of: the same wall as that of its accounts, without their roles.

A call and a message are for a function, not for an account, so no role limits them; how much a
message says follows the marking. A mandate under one agreement opens nothing that came through
another.
"""

from __future__ import annotations

from typing import Final

from entente.node import Node
from entente.store import audience_of
from entente_node.ledger.wall import Wall

NOWHERE: Final = "-"
"""No agreement: what came and cannot be told through which opens to nobody."""


def walls_of(node: Node) -> dict[str, Wall]:
    """The walls of our services by their ids, under the agreements in force."""
    home: dict[str, int] = {}
    under: dict[str, list[tuple[str, int]]] = {}
    for policy in node.register.policies():
        agreement = policy.standing.signed.agreement
        party = agreement.party(node.keys.party)
        for service in party.services if party else ():
            opened = audience_of(service.mandates)
            home[service.id] = home.get(service.id, 0) | opened
            under.setdefault(service.id, []).append((agreement.id, opened))
    return {
        service: Wall(home=home[service], under=tuple(agreements), highest="RED")
        for service, agreements in under.items()
    }

"""Addresses by which something is done, and the roles that may: for everybody else they are closed."""

from __future__ import annotations

from dataclasses import dataclass, field

from entente_node.directory.roles import RIGHTS

WRITERS = frozenset({"agent", "officer", "coordinator"})


def adders(kind: str) -> frozenset[str]:
    """The roles that add pictures to their own service's records of a kind, by the desk's one table."""
    return frozenset(str(role) for role, rights in RIGHTS.items() if rights.adds_pictures_to(kind, own=True))


OFFICERS = frozenset({"officer", "coordinator"})
SPEAKERS = frozenset({"coordinator", "secretariat"})
ANSWERERS = OFFICERS | {"secretariat"}
KEEPERS = frozenset({"administrator"})
ROTA = OFFICERS | KEEPERS


@dataclass(frozen=True)
class Act:
    """One thing that is done by a form."""

    path: str
    """With the code of a record of the kind that stands in braces."""
    roles: frozenset[str]
    sent: dict[str, str] = field(default_factory=dict)
    reads: bool = False
    """It is opened, not sent."""
    needs_mandate: bool = True
    """A role alone is not enough: its service acts for some purpose."""


ACTS = {
    "answer": Act("/alerts/{alert}/answer", ANSWERERS, {"step": "closed", "text": "Vu"}),
    "answer-record": Act("/records/{situation}/answer", ANSWERERS, {"step": "message", "text": "Vu"}),
    "confirm": Act("/alerts/{alert}/confirm", OFFICERS),
    "new-record": Act("/records/new/alert", WRITERS, reads=True),
    "new-record-of": Act("/records/new/alert", WRITERS, {"tlp": "CLEAR"}),
    "revise": Act("/records/{meeting}/revise", SPEAKERS, reads=True),
    "review": Act("/records/{observation}/review", frozenset({"coordinator"}), {"state": "under_review"}),
    "approve-release": Act("/records/{alert}/release", OFFICERS, {"why": "essai"}),
    "retract-release": Act("/records/{alert}/release/retract", OFFICERS),
    "move-measure": Act("/measures/{action}/move", ANSWERERS, {"state": "accepted"}),
    "take-back-move": Act("/measures/{action}/moves/{action}/take-back", ANSWERERS),
    "consent": Act("/dialogue/communiques/{communique}/consent", SPEAKERS),
    "records-csv": Act("/records.csv", ANSWERERS, reads=True),
    "api:records": Act("/api/v1/records", ANSWERERS, reads=True),
    "own-rota": Act("/duty/rota", ROTA, reads=True, needs_mandate=False),
    "rota": Act("/duty/rota/protection-civile", ROTA, reads=True, needs_mandate=False),
    "change-rota": Act(
        "/duty/rota/protection-civile/change", ROTA, {"what": "function"}, needs_mandate=False
    ),
    "hand-over": Act("/duty/hand-over", ROTA, {"note": "essai"}, needs_mandate=False),
    "take-over": Act("/duty/hand-over/1/take", ROTA, needs_mandate=False),
    "new-channel": Act("/notifications/new", OFFICERS, reads=True, needs_mandate=False),
    "channel": Act("/notifications/1", OFFICERS, reads=True, needs_mandate=False),
    "act-on-channel": Act("/notifications/1/act", ROTA, {"deed": "test"}, needs_mandate=False),
    "retry-message": Act("/notifications/messages/1/retry", ROTA, needs_mandate=False),
    "subscribe-push": Act("/push/subscribe", ANSWERERS),
    "unsubscribe-push": Act("/push/end", ANSWERERS),
    "add-picture": Act("/pictures/{alert}/add", adders("alert")),
    "add-picture to an observation": Act("/pictures/{observation}/add", adders("observation")),
    "confirm-picture": Act("/pictures/{alert}/p1/confirm", OFFICERS),
    "take-back-picture": Act("/pictures/{alert}/p1/take-back", adders("alert")),
    "confirm-clock": Act("/clock/confirm", KEEPERS, {"shown": "0"}, needs_mandate=False),
    "audit": Act("/audit", KEEPERS, reads=True, needs_mandate=False),
    "audit-file": Act("/audit.jsonl", KEEPERS, reads=True, needs_mandate=False),
    "accounts": Act("/accounts", KEEPERS | {"coordinator"}, reads=True, needs_mandate=False),
    "one-account": Act(
        "/accounts/of/agent-elevage", KEEPERS | {"coordinator"}, reads=True, needs_mandate=False
    ),
    "new-account": Act("/accounts/new", KEEPERS, {"name": "intrus"}, needs_mandate=False),
    "change-account": Act(
        "/accounts/of/agent-elevage/change", KEEPERS, {"role": "coordinator"}, needs_mandate=False
    ),
    "lock-account": Act("/accounts/of/agent-elevage/lock", KEEPERS, needs_mandate=False),
    "link-account": Act("/accounts/of/agent-elevage/link", KEEPERS, needs_mandate=False),
    "end-sessions-of": Act(
        "/accounts/of/agent-elevage/sessions", KEEPERS | {"coordinator"}, needs_mandate=False
    ),
    "end-keys-of": Act("/accounts/of/agent-elevage/keys", KEEPERS | {"coordinator"}, needs_mandate=False),
}
"""By the name of the route."""

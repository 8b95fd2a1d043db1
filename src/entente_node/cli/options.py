"""What several verbs ask for: a code, the service that acts (one stands for it where none is named), since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from entente.errors import RecordError
from entente_node.cli.words import _

if TYPE_CHECKING:
    from entente.node import Node

Code = Annotated[
    str, typer.Argument(metavar="CODE", help=_("The code of a record, as it was said: GAO-7K3QX"))
]
ConfirmText = Annotated[
    bool, typer.Option("--confirm-text", help=_("I have read the free text and confirm that it may leave."))
]
ServiceOption = Annotated[
    str | None,
    typer.Option("--service", show_default=False, help=_("The service that acts; needed where several may.")),
]
Since = Annotated[
    str | None,
    typer.Option(metavar="DAY", show_default=False, help=_("Only what happened since: 2021-12-01")),
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="PARTY", show_default=False, help=_("Only the records of this party.")),
]


def default_service(node: Node, purpose: str) -> str:
    """The one service of ours with a mandate for the purpose. Raises RecordError where there is not one."""
    found: dict[str, None] = {}
    for policy in node.register.policies():
        party = policy.standing.signed.agreement.party(node.keys.party)
        for service in party.services if party else ():
            if purpose in service.mandates:
                found[service.id] = None
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise RecordError(
            "several services have this mandate: name one with --service ({services})",
            services=", ".join(found),
        )
    raise RecordError(
        "name the service that acts with --service: no agreement in force names one for this purpose"
    )

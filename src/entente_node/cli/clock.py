"""``clock``: whether this machine's clock is believed, and a person's word that it is right."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from entente.errors import StoreError
from entente.records.times import instant
from entente_node.cli.shell import Panel, Shell, group, verb
from entente_node.cli.words import _

if TYPE_CHECKING:
    from entente_node.clock.guard import Guard

verbs = typer.Typer()
noun = group(
    verbs,
    "clock",
    _("Whether this machine's clock is believed; while it is not, no deadline passes and nothing is erased."),
    panel=Panel.NODE,
)


@verb(noun, "show")
def show(shell: Shell) -> None:
    """What the clock shows, and where it should stand."""
    guard = _guard(shell)
    standing = guard.look()
    wall, right = _said(guard.seen().wall), _said(guard.expected(standing))
    if shell.json:
        shell.emit({"held": standing.hold is not None, "shows": wall, "expected": right})
    elif standing.hold is None:
        shell.tell(_("The clock is believed: {shows}.", shows=wall), "green")
    else:
        shell.tell(
            _("The clock is held: it shows {shows}, expected was {right}.", shows=wall, right=right), "red"
        )
        shell.tell(
            _(
                "No deadline passes and nothing is erased. If it is wrong, set it right; "
                "if it is right, say so with `entente clock confirm`."
            )
        )


@verb(noun, "confirm")
def confirm(
    shell: Shell,
    *,
    yes: Annotated[bool, typer.Option("--yes", help=_("Do not ask."))] = False,
) -> None:
    """Say that the clock is right as it stands: deadlines and erasures go on by it."""
    guard = _guard(shell)
    if guard.look().hold is None:
        raise StoreError("the clock is believed: there is nothing to confirm")
    wall = _said(guard.seen().wall)
    if not shell.ask(_("Is it {shows} now, in UTC?", shows=wall), yes=yes):
        raise StoreError("nothing was confirmed")
    guard.confirm()
    from entente_node.directory import clock

    clock.tell(shell.node)
    if shell.json:
        shell.emit({"held": False, "shows": _said(guard.seen().wall)})
    else:
        shell.tell(_("The clock is believed: {shows}.", shows=wall), "green")


def _guard(shell: Shell) -> Guard:
    node = shell.node
    from entente_node.directory.clock import guard_of

    guard = guard_of(node)
    if guard is None:
        raise StoreError("nobody guards the clock of this node")
    return guard


def _said(seconds: int) -> str:
    return instant(datetime.fromtimestamp(seconds, UTC))

"""``serve`` and ``demo``: what runs until it is stopped. Both are loaded only when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from entente.errors import StoreError
from entente_node.cli.shell import Panel, Shell, verb
from entente_node.cli.words import _

verbs = typer.Typer()


@verb(verbs, "serve", panel=Panel.NODE, json=False)
def serve(
    shell: Shell,
    *,
    host: Annotated[
        str | None,
        typer.Option(show_default=False, help=_("The address to listen on; else that of node.toml.")),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65_535, show_default=False, help=_("The port; else that of node.toml.")),
    ] = None,
) -> None:
    """Run the desk, release and the courier until Ctrl-C."""
    config = shell.folder.config
    run = _load("entente_node.serve", "serve")
    run(shell.folder, host=host or config.host, port=config.port if port is None else port)


@verb(verbs, "demo", panel=Panel.NODE, json=False, node=False)
def demo(
    _shell: Shell,
    *,
    once: Annotated[bool, typer.Option("--once", help=_("Play, check each statement, and end."))] = False,
) -> None:
    """Play the demonstration: the Gao meeting carried out by three nodes, from the agreement to the proof."""
    play = _load("entente_node.demo", "play")
    code = play(once=once)
    if code:
        raise typer.Exit(int(code))


def _load(module: str, name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  whatever is callable there
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise StoreError("{module} is not part of this installation", module=module) from None

"""Every verb of the command in one tree."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from entente_node.cli import (
    agreement,
    attaching,
    auditing,
    channels,
    clock,
    commitments,
    communique,
    duty,
    exceptions,
    explain,
    exporting,
    filing,
    identity,
    importing,
    journals,
    partners,
    people,
    pouches,
    reading,
    running,
    simulating,
    standing,
)
from entente_node.cli.shell import NodeOption, Noun
from entente_node.cli.words import _


def build() -> typer.main.Typer:
    """The command with its verbs, in the order in which people meet them."""
    app = typer.Typer(
        name="entente",
        cls=Noun,
        no_args_is_help=True,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help=_(
            "Two border authorities share what their signed agreement lets them share, and nothing else, with proof."
        ),
        epilog=_("Exit codes: 0 done, 1 refused, 2 wrong usage."),
    )

    @app.callback()
    def root(
        context: typer.Context,
        *,
        node: NodeOption = None,
        _version: Annotated[
            bool,
            typer.Option(
                "--version", callback=_show_version, is_eager=True, help=_("Show the version and end.")
            ),
        ] = False,
    ) -> None:
        context.obj = node

    for module in (
        identity,
        agreement,
        filing,
        attaching,
        importing,
        exporting,
        communique,
        commitments,
        reading,
        standing,
        explain,
        exceptions,
        pouches,
        partners,
        journals,
        auditing,
        people,
        channels,
        duty,
        simulating,
        running,
        clock,
    ):
        app.add_typer(module.verbs)
    return app


def _show_version(wanted: bool) -> None:  # noqa: FBT001  typer calls it with the flag
    if wanted:
        typer.echo(version("entente"))
        raise typer.Exit

"""What every verb has: a node, a language, two ways out, and one way to refuse.

Results go to standard output: for people, or with ``--json`` one JSON value and nothing
else. Whatever accompanies a result (progress, warnings, questions) goes to standard error,
so that a pipe gets the result alone. Text that came from elsewhere is printed without the
characters that move a terminal's cursor or turn the direction of reading.
"""

from __future__ import annotations

import getpass
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TextIO, get_type_hints

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from entente.errors import EntenteError, LimitError, StoreError
from entente_node.cli.words import _
from entente_node.folder import Folder
from entente_node.speech import printable

if TYPE_CHECKING:
    from entente.node import Node

LARGEST_FILE: Final = 64 * 1024 * 1024
"""Bytes of a file or of standard input that a verb reads whole."""

_PIPE_WIDTH: Final = 240
_SHORTEST_PASSPHRASE: Final = 12


class Panel:
    """The groups in which help lists the verbs."""

    BEGIN = _("To begin")
    RECORDS = _("Records")
    EXCHANGE = _("Exchange")
    PROOF = _("Proof")
    NODE = _("The node")


NodeOption = Annotated[
    Path | None,
    typer.Option(
        "--node",
        metavar="DIR",
        show_default=False,
        help=_("The folder of the node; without it ENTENTE_NODE, or the current folder."),
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help=_("One JSON value on standard output."))]


@dataclass
class Shell:
    """One call of one verb."""

    chosen: Path | None
    json: bool

    @cached_property
    def out(self) -> Console:
        """Where results go."""
        return _console(sys.stdout)

    @cached_property
    def err(self) -> Console:
        """Where everything else goes."""
        return _console(sys.stderr)

    @property
    def folder(self) -> Folder:
        """The node's folder, as it was named; whether it is one is found when it is read."""
        path = self.chosen or Path(os.environ.get("ENTENTE_NODE") or ".")
        return Folder(path.resolve())

    @cached_property
    def node(self) -> Node:
        """The node itself: Django and the ledger are loaded here. Raises StoreError."""
        from entente_node.local import open_node

        folder = self.folder
        folder.config  # noqa: B018  a folder that is no node is refused before Django looks for its ledger
        return open_node(folder.path)

    def load(self) -> None:
        """Open the node: Django is there then, and what has its models can be imported."""
        _ = self.node

    def audit(self, deed: str, subject: str = "", **detail: str | int) -> None:
        """Write what was done into the log of accesses, as the desk does; nobody has signed in to a command."""
        self.load()
        from entente_node.directory import auditing

        auditing.write(None, deed, subject, **detail, by="command")

    def emit(self, value: object) -> None:
        """One JSON value on standard output."""
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
        sys.stdout.buffer.flush()

    def raw(self, data: bytes) -> None:
        """Bytes on standard output as they are."""
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def tell(self, text: str, style: str = "") -> None:
        """A result for people."""
        self.out.print(Text(printable(text), style))

    def note(self, text: str, style: str = "") -> None:
        """What accompanies a result."""
        self.err.print(Text(printable(text), style))

    def table(self, titles: list[str], rows: list[list[str]]) -> None:
        """Rows for people."""
        table = Table(*map(escape, titles), box=None, header_style="bold", pad_edge=False)
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        if self.out.is_terminal:
            self.out.print(table)
            return
        # Rich fills every cell to its width: in a pipe those spaces are noise.
        with self.out.capture() as captured:
            self.out.print(table)
        self.out.print("\n".join(line.rstrip() for line in captured.get().rstrip().split("\n")))

    def ask(self, question: str, *, yes: bool) -> bool:
        """Whether a person agrees; ``yes`` answers for a script. At the end of input: no."""
        if yes:
            return True
        self.note(f"{question} {_('[y/N]')} ")
        return sys.stdin.readline().strip().lower() in {"y", "yes", "o", "oui"}

    def passphrase(self, file: Path | None, *, new: bool = False) -> str:
        """The passphrase of the authority key: from a file, from ENTENTE_PASSPHRASE, or asked for.

        It is never an argument: other users of the machine see those. Raises StoreError.
        """
        # Taken out of the environment, so that no process that we start inherits it.
        given = os.environ.pop("ENTENTE_PASSPHRASE", None)
        if file is not None:
            given = read_text(file).rstrip("\r\n")
        if given is None:
            given = self._ask_passphrase(new=new)
        if new and len(given) < _SHORTEST_PASSPHRASE:
            raise StoreError(
                "a passphrase has at least {count} characters: four or five words are easy to keep",
                count=_SHORTEST_PASSPHRASE,
            )
        return given

    def _ask_passphrase(self, *, new: bool) -> str:
        if not sys.stdin.isatty():
            raise StoreError(
                "there is nobody to ask for the passphrase: give it with --passphrase-file or ENTENTE_PASSPHRASE"
            )
        given = getpass.getpass(_("Passphrase of the authority key: "))
        if new and getpass.getpass(_("The same once more: ")) != given:
            raise StoreError("the two passphrases are not the same; nothing was changed")
        return given


def read_file(path: Path, *, limit: int = LARGEST_FILE) -> bytes:
    """The bytes of a file, ``-`` for standard input. Raises StoreError, LimitError."""
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(limit + 1)
        else:
            # A pipe or a device never ends: not more than one byte over the limit is read of anything.
            with path.open("rb") as file:
                data = file.read(limit + 1)
    except OSError as error:
        raise StoreError(
            "{file} cannot be read: {reason}", file=path, reason=error.strerror or type(error).__name__
        ) from None
    if len(data) > limit:
        raise LimitError("{file} is over {limit} bytes and was not read", file=path, limit=limit)
    return data


def read_text(path: Path, *, limit: int = LARGEST_FILE) -> str:
    """The UTF-8 text of a file. Raises StoreError, LimitError."""
    try:
        return read_file(path, limit=limit).decode("utf-8")
    except UnicodeDecodeError:
        raise StoreError("{file} is not text in UTF-8", file=path) from None


def write_file(path: Path, data: bytes) -> None:
    """Replace a file: whole or not at all, durable. Raises StoreError."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            "{file} cannot be written: {reason}", file=path, reason=error.strerror or type(error).__name__
        ) from None


class _Verb(TyperCommand):
    """A verb whose ``--help`` speaks the language of the others."""

    def get_help_option(self, ctx: Any) -> Any:
        """Typer's own option, in the language of the shell."""
        return _translated(super().get_help_option(ctx))


class Noun(TyperGroup):
    """A group whose ``--help`` speaks the language of the others."""

    def get_help_option(self, ctx: Any) -> Any:
        """Typer's own option, in the language of the shell."""
        return _translated(super().get_help_option(ctx))


def _translated(option: Any) -> Any:
    if option is not None:
        option.help = _("Show this message and exit.")
    return option


def verb(
    app: typer.Typer, name: str, *, panel: str | None = None, json: bool = True, node: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a verb: a function of a :class:`Shell` and its own arguments, with ``--node`` and ``--json``.

    Its docstring is its help, in the language of the shell: tools/messages.py puts it into the catalogue.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(function, include_extras=True)
        own = [
            parameter.replace(annotation=hints[parameter.name])
            for parameter in list(inspect.signature(function).parameters.values())[1:]
        ]
        common: list[tuple[str, object, object]] = [("context", typer.Context, inspect.Parameter.empty)]
        if node:
            common.append(("node", NodeOption, None))
        if json:
            common.append(("json", JsonOption, False))

        def run(*, context: typer.Context, **values: Any) -> None:
            chosen = values.pop("node", None) or context.find_root().obj
            function(Shell(chosen, json=values.pop("json", False)), **values)

        kind = inspect.Parameter.KEYWORD_ONLY
        parameters = [inspect.Parameter(*one[:1], kind, annotation=one[1], default=one[2]) for one in common]
        signature = inspect.Signature([one.replace(kind=kind) for one in own] + parameters)
        run.__signature__ = signature  # type: ignore[attr-defined]  # what typer reads
        run.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
        app.command(name, cls=_Verb, help=_(inspect.getdoc(function) or ""), rich_help_panel=panel)(run)
        return function

    return register


def group(app: typer.Typer, name: str, text: str, *, panel: str | None = None) -> typer.Typer:
    """A group of verbs under one noun."""
    noun = typer.Typer(cls=Noun, no_args_is_help=True)
    app.add_typer(noun, name=name, help=text, rich_help_panel=panel)
    return noun


def said(error: EntenteError) -> dict[str, object]:
    """An error or a reason for programs: the sentence, its template and its plain values."""
    return message_of(error.message, error.values)


def message_of(message: str, values: Mapping[str, object]) -> dict[str, object]:
    """A template and its values for programs: ``text`` in the command's language, ``message``, ``values``."""
    plain = {name: value if isinstance(value, int | str) else str(value) for name, value in values.items()}
    return {"text": _(message, **values), "message": message, "values": plain}


def _console(stream: TextIO) -> Console:
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)

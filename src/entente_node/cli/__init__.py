"""The command ``entente``.

One module a group of verbs; each verb parses, calls the node, and prints. Django is loaded
only by verbs that need the ledger. Exit codes: 0 done, 1 refused (a sentence on standard
error, in the language of the shell, that says what to do next), 2 usage, 130 interrupted.
``ENTENTE_TRACE=1`` shows where an unexpected fault comes from.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import Final

from entente_node.cli.words import _
from entente_node.speech import printable

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130


def main() -> None:
    """Run the command and end the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that does not know a letter gets a mark for it, and the sentence all the same.
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command; gives its exit code. Never a traceback, but for ENTENTE_TRACE."""
    try:
        code, text = _run(arguments)
    except KeyboardInterrupt:
        _say(_("interrupted"))
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone: nothing is left to be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except Exception as error:  # noqa: BLE001  the last line before the user
        if os.environ.get("ENTENTE_TRACE"):
            traceback.print_exc()
        _say(
            _(
                "a fault of the program itself ({fault}): please report it; ENTENTE_TRACE=1 shows where it is",
                fault=f"{type(error).__name__}: {error}",
            )
        )
        return REFUSED
    _say(text)
    return code


def _run(arguments: list[str]) -> tuple[int, str]:
    """The exit code and what is to be said; raises what is a fault of the program."""
    # Loaded here, so that Ctrl-C during the imports ends like any other.
    from entente_node.cli.app import build
    from entente_node.cli.faults import refusal

    try:
        code = int(build()(arguments, standalone_mode=False) or DONE)
    except BaseException as error:
        told = refusal(error)
        if told is None:
            raise
        return told
    # Typer has made an exit code of Ctrl-C by now.
    return code, _("interrupted") if code == INTERRUPTED else ""


def _say(text: str) -> None:
    if text:
        print(f"entente: {printable(text)}", file=sys.stderr)  # noqa: T201  the command's own voice

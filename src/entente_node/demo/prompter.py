"""Runs commands for the demonstration: a process that has loaded the program, and a child of it for each.

Loading Python, Django and the program takes ten times as long as what most commands then do, and
the demonstration runs some 140 of them. So each node has one process that has loaded everything
and nothing else: no ledger is open in it, no thread runs. What it is told to run runs in a child,
through the command's own entrance (:func:`entente_node.cli.run`), with its own standard input,
output and exit code, and ends with it.

One request a line on standard input, one answer a line on standard output, both JSON. It ends
when nobody can ask any more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

_GRACE: Final = 20.0
_LOADED: Final = "import sys; from entente_node.demo.prompter import main; main(sys.argv[1])"
_OWN: Final = frozenset({"ENTENTE_NODE", "DJANGO_SETTINGS_MODULE"})
"""What would name another node than the one of its commands."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a command."""

    code: int
    out: str
    err: str


class Prompter:
    """The process that runs the commands of one node, or those that need none."""

    def __init__(self, folder: Path | None, **environment: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, "-c", _LOADED, str(folder or "")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the demonstration, which ends this itself
            env={name: value for name, value in os.environ.items() if name not in _OWN}
            | {"PYTHONUTF8": "1"}
            | environment,
        )

    def run(self, words: list[str], stdin: str = "") -> Done:
        """Run ``entente`` with these words."""
        asked, answers = self._process.stdin, self._process.stdout
        if asked is None or answers is None:
            return Done(1, "", "")
        asked.write(json.dumps({"words": words, "stdin": stdin}).encode() + b"\n")
        asked.flush()
        answer = answers.readline()
        return (
            Done(**json.loads(answer)) if answer else Done(1, "", "the process that runs commands has ended")
        )

    def end(self) -> None:
        """Let it end; what it runs at this moment is waited for."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def main(folder: str) -> None:
    """Load everything; then run what is asked for, one after the other."""
    import_module("entente_node.cli.app")
    if folder:
        from entente_node.local import use

        use(Path(folder))
        import_module("entente_node.directory.keeping")
        import_module("entente_node.ledger.store")
    while line := sys.stdin.buffer.readline():
        sys.stdout.buffer.write(json.dumps(_run_one(json.loads(line))).encode() + b"\n")
        sys.stdout.buffer.flush()


def _run_one(asked: dict[str, Any]) -> dict[str, int | str]:
    with tempfile.TemporaryFile() as read, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        read.write(asked["stdin"].encode())
        read.seek(0)
        child = os.fork()
        if child == 0:
            _be_the_command(asked["words"], read.fileno(), out.fileno(), err.fileno())
        _child, status = os.waitpid(child, 0)
        said = [_all_of(file) for file in (out, err)]
    return {"code": os.waitstatus_to_exitcode(status), "out": said[0], "err": said[1]}


def _be_the_command(words: list[str], *files: int) -> None:
    """In the child: its own three files in the place of ours; it never returns."""
    code = 1
    try:
        for number, file in enumerate(files):
            os.dup2(file, number)
        # What of our own input was read ahead is not the command's.
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
        from entente_node.cli import run

        code = run(words)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _all_of(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode("utf-8", "replace"))

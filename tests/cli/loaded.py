"""``entente`` and ``material`` for tests: a process that has loaded the program, and a child of it for each call.

Loading Python and the program takes most of the processor time of most commands, and the tests run
hundreds of them. The command that a shell finds first in its PATH is then a few lines that hand
their words, folder, environment and three open files to that process. A child of it becomes the
command: it ends as the command ends. Everything that depends on a node is loaded in the child, so
nothing of one command is left for the next. What was asked for in another language than the process
has loaded, or with other settings of Python, is left to the installed command itself.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

INSTALLED: Final = Path(sys.executable).parent / "entente"
"""The command as it is installed: a process of its own for each call."""

_LOADED: Final = "import sys; from tests.cli.loaded import main; main(int(sys.argv[1]), sys.argv[2])"
_CALL: Final = """\
#!{python} -IS
import _socket, os, sys
us = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
us.connect({address!r})
mask = os.umask(0o77)
os.umask(mask)
told = [{name!r}, os.getcwd(), str(mask), str(len(sys.argv) - 1), *sys.argv[1:]]
told = [os.fsencode(one) for one in told] + [b"=".join(pair) for pair in os.environb.items()]
told = b"\\0".join(told)
us.sendmsg([len(told).to_bytes(8, "big")], [(_socket.SOL_SOCKET, 1, b"".join(n.to_bytes(4, sys.byteorder) for n in range(3)))])
while told:
    told = told[us.send(told):]
code = int(us.recv(16) or 255)
if code < 0:
    os.kill(os.getpid(), -code)
os._exit(code)
"""
_ERRORS: Final = 2
_READY: Final = (
    "PIL.Image", "PIL.ImageDraw", "allauth.account.app_settings", "allauth.account.checks", "allauth.core.context",
    "allauth.core.ratelimit", "allauth.mfa.app_settings", "allauth.models", "django.contrib.auth.decorators",
    "django.contrib.auth.hashers", "django.contrib.auth.password_validation", "django.contrib.auth.tokens",
    "django.contrib.messages", "django.contrib.sessions.backends.base", "django.contrib.sites.shortcuts",
    "django.contrib.staticfiles.apps", "django.core.management.commands.migrate", "django.db.backends.sqlite3.base",
    "django.db.models.sql.compiler", "django.forms", "django.middleware.cache", "django.template.defaultfilters",
    "django.template.defaulttags", "django.template.loader_tags", "django.templatetags.i18n", "django.views.debug",
    "django.views.decorators.cache", "django.views.decorators.csrf", "fsspec.implementations.local", "httpx",
    "icalendar", "pydantic.main", "pydantic.type_adapter", "qrcode", "entente.audit", "entente.node",
    "entente_node.transports.http", "entente_node.transports.mailbox", "typer._adapters", "rich.table", "tests.cli.material",
)  # fmt: skip
"""What most commands need and what no node's settings decide."""


class Loaded:
    """The process, for one language; ``folder`` has the two commands, to stand first in a PATH."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="entente"))
        address = str(self.folder / "socket")
        for name in ("entente", "material"):
            call = self.folder / name
            call.write_text(_CALL.format(python=sys.executable, address=address, name=name), "utf-8")
            call.chmod(0o755)
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(address)
            door.listen(64)
            self._process = subprocess.Popen(
                [sys.executable, "-c", _LOADED, str(door.fileno()), str(self.folder)],
                pass_fds=[door.fileno()],
                stdin=subprocess.PIPE,  # it ends with us, however we end
                env=environment,
            )

    def end(self) -> None:
        """Let it end; it takes its folder with it."""
        self._process.communicate(timeout=30)


def main(number: int, folder: str) -> None:
    """Load everything; then a child for each call, until nobody is there to call."""
    import gc

    from entente_node.cli import app  # noqa: F401  loaded here, once

    assert "DJANGO_SETTINGS_MODULE" not in os.environ
    for module in _READY:
        import_module(module)
    gc.freeze()
    calls: dict[int, tuple[int, socket.socket]] = {}
    with socket.socket(fileno=number) as door:
        while True:
            ready, _, _ = select.select([0, door, *calls], [], [])
            for one in ready:
                if one is door:
                    them, _ = door.accept()
                    child = os.fork()
                    if child == 0:
                        _answer(them)
                    calls[os.pidfd_open(child)] = child, them
                elif one == 0:
                    shutil.rmtree(folder)
                    return
                else:
                    child, them = calls.pop(one)
                    os.close(one)
                    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                    with them:
                        them.sendall(str(code).encode())


def _answer(them: socket.socket) -> NoReturn:
    """In the child: be what was called; it never returns."""
    code = 1
    try:
        size, files, _, _ = socket.recv_fds(them, 8, 3)
        told = b""
        while len(told) < int.from_bytes(size, "big"):
            told += them.recv(1 << 20)
        for mine, theirs in enumerate(files):
            os.dup2(theirs, mine)
        os.closerange(3, 1024)
        name, folder, mask, count, *rest = [os.fsdecode(one) for one in told.split(b"\0")]
        words, environment = rest[: int(count)], dict(one.split("=", 1) for one in rest[int(count) :])
        os.chdir(folder)
        os.umask(int(mask))
        code = _be(name, words, environment)
    finally:
        os._exit(code)


def _be(name: str, words: list[str], environment: dict[str, str]) -> int:
    from entente_node import speech
    from entente_node.cli.words import LANGUAGE

    mine = {one: os.environ.get(one) for one in os.environ if one.startswith("PYTHON")}
    theirs = {one: environment.get(one) for one in environment if one.startswith("PYTHON")}
    for one in set(os.environ) - set(environment):
        del os.environ[one]
    os.environ.update(environment)
    if mine != theirs or speech.shell_language() != LANGUAGE:
        command = [str(INSTALLED)] if name == "entente" else [sys.executable, "-m", "tests.cli.material"]
        os.execv(command[0], [*command, *words])
    os.environ["LANGUAGE"] = LANGUAGE  # as entente_node.cli.words leaves it
    sys.argv = [str(INSTALLED), *words]
    for number, one in enumerate(("stdin", "stdout", "stderr")):
        was = getattr(sys, one)
        file = os.fdopen(
            number, "w" if number else "r", encoding=was.encoding, errors=was.errors, closefd=False
        )
        if number and (number == _ERRORS or file.isatty()):
            file.reconfigure(line_buffering=True)
        setattr(sys, one, file)
        setattr(sys, f"__{one}__", file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if name == "material":
        from tests.cli import material

        material.main(words)
        sys.stdout.flush()
        return 0
    from entente_node.cli import main as command_main

    code = 0
    try:
        command_main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    sys.stdout.flush()
    sys.stderr.flush()
    return code

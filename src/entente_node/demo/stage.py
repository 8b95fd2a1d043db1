"""The stage of the demonstration: folders, processes and pages, reached only through public doors.

Nothing here opens a ledger or calls the core. A statement of the story is checked against
what a command printed or a page said; one that is not true ends the demonstration.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from html import escape as escape_html
from pathlib import Path
from typing import Any, Final, Self

import httpx
from rich.console import Console
from rich.markup import escape

from entente.errors import EntenteError
from entente_node.cli.words import LANGUAGE, _
from entente_node.demo.prompter import Prompter

PASSPHRASE: Final = "demonstration only"  # noqa: S105  the authorities are fictional, and so is their secret
_PATIENCE: Final = 30.0
_MARK: Final = ".entente-demo"


class UntrueError(EntenteError):
    """A statement of the story that is not true."""


@dataclass
class Authority:
    """One fictional authority: its folder, its address, what serves it."""

    party: str
    name: str
    short: str
    country: str
    folder: Path
    port: int
    server: subprocess.Popen[bytes] | None = None
    links: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where its desk and its pouch endpoint are."""
        return f"http://127.0.0.1:{self.port}"


class Stage:
    """Runs commands, serves nodes, opens pages, says what happens, checks what was said."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.console = Console(highlight=False, width=min(Console().width, 100))
        self.statements = 0
        self.frame = _free_port()
        """The port of the page that shows both desks; they are told to let it."""
        self._authorities: list[Authority] = []
        self._prompters: dict[str, Prompter] = {}

    def __enter__(self) -> Self:
        if self.root.exists():
            if not (self.root / _MARK).exists():
                raise UntrueError("{folder} is not a demonstration: move it away first", folder=self.root)
            shutil.rmtree(self.root)
        self.root.mkdir(parents=True)
        (self.root / _MARK).write_text("Made by `entente demo`, and removed by the next one.\n", "utf-8")
        return self

    def __exit__(self, *_error: object) -> None:
        for prompter in self._prompters.values():
            prompter.end()
        for authority in self._authorities:
            self.cut(authority)

    # Saying

    def act(self, title: str) -> None:
        """A new part of the story."""
        self.console.print(f"\n[bold cyan]── {escape(title)}[/]")

    def tell(self, text: str) -> None:
        """What happens, for a stranger."""
        self.console.print(escape(text))

    def quote(self, text: str) -> None:
        """What a node said, as it said it."""
        for line in text.strip().splitlines():
            self.console.print(f"   [dim]│[/] {escape(line)}", soft_wrap=True)

    def check(self, statement: str, *, true: bool) -> None:
        """A statement: shown when it is true, the end of the demonstration when it is not."""
        if not true:
            raise UntrueError("this is not true: {statement}", statement=statement)
        self.statements += 1
        self.console.print(f"   [green]✓[/] {escape(statement)}")

    def wait_for(self, what: str, ask: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
        """Ask until what was answered holds; the answer."""
        answers: list[Any] = []

        def holds_now() -> bool:
            answers.append(ask())
            return holds(answers[-1])

        self.wait_until(what, holds_now)
        return answers[-1]

    def wait_until(self, what: str, holds: Callable[[], bool]) -> float:
        """Wait until something holds; how long that took, in seconds. Over 30 s it is not true."""
        started = time.monotonic()
        with self.console.status(escape(what)):
            while not holds():
                if time.monotonic() - started > _PATIENCE:
                    raise UntrueError("this did not happen: {what}", what=what)
                time.sleep(0.15)
        return time.monotonic() - started

    # Doing

    def found(self, party: str, name: str, short: str, country: str) -> Authority:
        """A new authority with its own folder, keys and ledger."""
        authority = Authority(party, name, short, country, self.root / short.lower(), _free_port())
        self.run(
            None, "init", str(authority.folder), "--party", party, "--name", name, "--short", short,
            "--country", country, "--language", LANGUAGE,
        )  # fmt: skip
        # node.toml is a person's to edit: two nodes on one machine need two ports; links in messages an address.
        toml = authority.folder / "node.toml"
        text = toml.read_text("utf-8").replace("port = 8000", f"port = {authority.port}")
        text = text.replace('address = ""', f'address = "{authority.url}"')
        toml.write_text(text, "utf-8")
        self._authorities.append(authority)
        return authority

    def run(
        self,
        authority: Authority | None,
        *words: str,
        show: bool = True,
        refused: bool = False,
        stdin: str = "",
    ) -> str:
        """Run ``entente``; what it printed. ``refused``: it must refuse, and what it said is returned."""
        node = ["--node", str(authority.folder)] if authority is not None else []
        if show:
            self._show(authority, words)
        with self.console.status(""):
            done = self._prompter(authority).run([*node, *words], stdin)
        if (done.code != 0) != refused:
            raise UntrueError(
                "`entente {words}` ended with {code}: {output}",
                words=" ".join(words),
                code=done.code,
                output=(done.err or done.out).strip(),
            )
        return done.err if refused else done.out

    def _prompter(self, authority: Authority | None) -> Prompter:
        name = authority.party if authority else ""
        if name not in self._prompters:
            folder = authority.folder if authority else None
            self._prompters[name] = Prompter(folder, ENTENTE_PASSPHRASE=PASSPHRASE)
        return self._prompters[name]

    def ask(self, authority: Authority, *words: str, show: bool = False) -> Any:
        """Run ``entente … --json``; the value."""
        return json.loads(self.run(authority, *words, "--json", show=show))

    def _show(self, authority: Authority | None, words: tuple[str, ...]) -> None:
        node = f"--node {authority.folder.name} " if authority else ""
        line = " ".join(f'"{word}"' if " " in word else word for word in words if word != "--json")
        line = line.replace(f"{self.root}{os.sep}", "")
        # Not wrapped: a line that is copied is a command.
        self.console.print(f"   [dim]$ entente {escape(node + line)}[/]", soft_wrap=True)

    def serve(self, *authorities: Authority) -> None:
        """Start ``entente serve`` for each of them, side by side, and wait until their desks answer."""
        for authority in authorities:
            self._start(authority)
        for authority in authorities:
            opens = partial(_answers, authority.url)
            self.wait_until(_("{name} opens its desk", name=authority.name), opens)

    def _start(self, authority: Authority) -> None:
        self._show(authority, ("serve",))
        log = (authority.folder / "serve.log").open("ab")
        authority.server = subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "-m", "entente_node.cli", "--node", str(authority.folder), "serve"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"ENTENTE_FRAMED_BY": f"http://127.0.0.1:{self.frame}"},
        )
        log.close()

    def cut(self, authority: Authority) -> None:
        """Stop what serves an authority: nobody reaches it any more."""
        if authority.server is not None and authority.server.poll() is None:
            authority.server.send_signal(signal.SIGTERM)
            authority.server.wait(20)
        authority.server = None

    def open_public(self, authority: Authority, path: str) -> str:
        """A page as anybody sees it, without signing in."""
        answer = httpx.get(f"{authority.url}{path}", timeout=20, trust_env=False)
        answer.raise_for_status()
        return answer.text

    @staticmethod
    def as_html(text: str) -> str:
        """A text as a page of Django writes it."""
        return escape_html(text)

    def sign_in(self, authority: Authority, account: str) -> Desk:
        """A desk, opened with a one-time link as a person does: open it, press its button."""
        url = self.ask(authority, "user", "link", account)["url"]
        return Desk(authority.url, url)


class Desk:
    """The desk in a browser without JavaScript: pages and forms."""

    def __init__(self, base: str, link: str) -> None:
        self._client = httpx.Client(base_url=base, follow_redirects=True, timeout=20, trust_env=False)
        self._client.get(link)
        self.submit(link)

    def page(self, path: str) -> str:
        """The page's text."""
        answer = self._client.get(path)
        answer.raise_for_status()
        return answer.text

    def status(self, path: str) -> int:
        """The status of a page."""
        return self._client.get(path).status_code

    def submit(self, path: str, **values: str) -> str:
        """Send a form, as its button does; the page that follows."""
        token = next((c.value for c in self._client.cookies.jar if c.name.endswith("-csrf")), "")
        answer = self._client.post(path, data=values | {"csrfmiddlewaretoken": token})
        answer.raise_for_status()
        return answer.text


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code < httpx.codes.INTERNAL_SERVER_ERROR
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])

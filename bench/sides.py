"""Two nodes that have signed an agreement, each in its own process, and the line between them."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from bench import workload
from entente.agreements.document import Party

_PATIENCE: Final = 60.0
_CHUNK: Final = 1 << 16
_OF_A_NODE: Final = re.compile("ENTENTE_|DJANGO_")


class Relay:
    """Passes TCP on and counts its payload, both ways: the bytes that a link would carry."""

    def __init__(self, to: int) -> None:
        self.bytes = 0
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            called = socket.create_connection(("127.0.0.1", self._to))
            for one, other in ((caller, called), (called, caller)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(_CHUNK):
                other.sendall(data)
                self.bytes += len(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            return


def clean() -> dict[str, str]:
    """The environment: a node of the caller's, which it may name, is not the one that is measured."""
    return {name: value for name, value in os.environ.items() if not _OF_A_NODE.match(name)}


class Process:
    """A program that runs until the measurement is over."""

    def __init__(
        self, *arguments: str, environment: dict[str, str] | None = None, talks: bool = False
    ) -> None:
        self.child = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,  # serve's children end when it closes
            stdout=subprocess.PIPE if talks else subprocess.DEVNULL,
            stderr=None if talks else subprocess.DEVNULL,
            env=clean() | (environment or {}),
        )

    def ask(self, do: str, **what: Any) -> Any:
        """One request to ``bench.node``, and its answer."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(msgspec.json.encode({"do": do} | what) + b"\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline()
        if not answer:
            raise RuntimeError(f"the node ended while it was asked to {do}")
        return msgspec.json.decode(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe is not None:
                pipe.close()


class Pair:
    """North, who is asked to act, and South, who serves its door over HTTP."""

    def __init__(self, north: Process, relay: Relay, folders: dict[str, Path]) -> None:
        self.north = north
        self.relay = relay
        self.folders = folders

    @property
    def url(self) -> str:
        """South's address, by way of the relay."""
        return f"http://127.0.0.1:{self.relay.port}"

    def exchange(self) -> Any:
        """North exchanges with South until both are quiet."""
        return self.north.ask("exchange", url=self.url, partner=workload.RECIPIENT)

    @contextmanager
    def ledger(self, side: str = workload.RECIPIENT) -> Iterator[sqlite3.Connection]:
        """A ledger, to ask what it holds."""
        path = self.folders[side] / "ledger.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            yield connection


SIDES: Final = {workload.SENDER: ("NOR", "ML"), workload.RECIPIENT: ("SOU", "NE")}
"""Who measures with whom: the prefix of their codes, and their countries."""


def _talk(folder: Path) -> Process:
    return Process(sys.executable, "-m", "bench.node", str(folder), talks=True)


def prepare(folder: Path) -> Path:
    """Two nodes whose agreement is signed and adopted by the first: to be copied for every run."""
    with ExitStack() as stack:
        sides = {side: stack.enter_context(_talk(folder / side)) for side in SIDES}
        parties = []
        for side, (short, country) in SIDES.items():
            made = sides[side].ask("create", party=side, short=short, country=country)
            parties.append(msgspec.convert(made["party"], Party))
        draft = workload.agreement((parties[0], parties[1]), datetime.now(UTC).date())
        note = sides[workload.SENDER].ask("sign", agreement=msgspec.to_builtins(draft))["note"]
        note = sides[workload.RECIPIENT].ask("sign", note=note)["note"]
        sides[workload.SENDER].ask("adopt", note=note)
    return folder


@contextmanager
def pair(prepared: Path, folder: Path, *, couriers: bool = False) -> Iterator[Pair]:
    """Copies of the prepared nodes: North in a process that is asked, South behind its door.

    Without ``couriers`` they exchange when North is asked to; with them ``entente serve`` runs
    on both sides and they exchange by themselves.
    """
    shutil.copytree(prepared, folder)
    folders = {side: folder / side for side in SIDES}
    ports = {side: free_port() for side in SIDES}
    served = SIDES if couriers else [workload.RECIPIENT]
    with ExitStack() as stack:
        north = stack.enter_context(_talk(folders[workload.SENDER]))
        north.ask("open")
        relay = Relay(ports[workload.RECIPIENT])
        stack.callback(relay.close)
        two = Pair(north, relay, folders)
        north.ask("command", arguments=["partner", "add", workload.RECIPIENT, two.url])
        for side in served:
            stack.enter_context(_serve(folders[side], ports[side], courier=couriers))
        wait_for(lambda: all(listens(ports[side]) for side in served))
        two.exchange()  # South hears of the agreement
        yield two


def _serve(folder: Path, port: int, *, courier: bool) -> Process:
    """``entente serve``, or without a courier only the half of it that answers."""
    if courier:
        command = "from entente_node.cli import main; main()"
        return Process(sys.executable, "-c", command, "--node", str(folder), "serve", "--port", str(port))
    return Process(sys.executable, "-m", "entente_node.serve", "web", str(folder), "127.0.0.1", str(port))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody does."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def wait_for(happened: Callable[[], bool], pause: float = 0.02) -> None:
    """Wait until it has happened. Raises TimeoutError."""
    until = time.monotonic() + _PATIENCE
    while not happened():
        if time.monotonic() > until:
            raise TimeoutError("a node did not do what it was to do")
        time.sleep(pause)

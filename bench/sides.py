"""Two nodes that have signed an agreement, each in its own process, and the line between them."""

from __future__ import annotations

import os
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


class Process:
    """A program that runs until the measurement is over."""

    def __init__(
        self, *arguments: str, environment: dict[str, str] | None = None, talks: bool = False
    ) -> None:
        pipe = subprocess.PIPE if talks else subprocess.DEVNULL
        self.child = subprocess.Popen(
            arguments,
            stdin=pipe,
            stdout=pipe,
            stderr=None if talks else subprocess.DEVNULL,
            env=os.environ | (environment or {}),
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
    """North, who sends, and South, who serves its door over HTTP."""

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
def pair(prepared: Path, folder: Path) -> Iterator[Pair]:
    """Copies of the prepared nodes: the one in a process that is asked, the other behind its door."""
    shutil.copytree(prepared, folder)
    folders = {side: folder / side for side in SIDES}
    port = free_port()
    with ExitStack() as stack:
        stack.enter_context(_serve(folders[workload.RECIPIENT], port))
        north = stack.enter_context(_talk(folders[workload.SENDER]))
        north.ask("open")
        wait_for(lambda: listens(port))
        relay = Relay(port)
        stack.callback(relay.close)
        two = Pair(north, relay, folders)
        two.exchange()  # South hears of the agreement
        yield two


def _serve(folder: Path, port: int) -> Process:
    """The desk and the pouch endpoint of a node as ``entente serve`` runs them, without its courier."""
    return Process(
        *(sys.executable, "-m", "waitress", "--host=127.0.0.1", f"--port={port}", "--threads=8"),
        "entente_node.wsgi:application",
        environment={"ENTENTE_NODE": str(folder)},
    )


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

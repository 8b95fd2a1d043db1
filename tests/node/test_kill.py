"""Two real nodes in real processes; one of them is killed at any instant of an exchange, fifty times.

Whoever is killed comes back with what it had written down: nothing is lost, nothing doubled, no
sequence given twice. What is killed: the process that answers (the web), the one that calls (the
courier), and a whole ``entente serve`` with its children. Everything filed is synthetic.
"""

from __future__ import annotations

import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.db import connections

from entente.agreements.document import agreement_text
from entente.courier.keys import Keys
from entente.courier.outbound import is_waiting
from entente.errors import EntenteError
from entente.node import Node
from entente.records import Record
from entente.sealing import recipient_of
from entente_node.ledger import models
from entente_node.ledger.store import DjangoStore
from entente_node.transports.http import HttpTransport
from tests import parties
from tests.federation import AGREEMENT

SIDES = {"gao": parties.GAO, "tillaberi": parties.TILLABERI}
HOST = "127.0.0.1"

# Fifty in all.
WEB_KILLS = 24
COURIER_KILLS = 23
SERVE_KILLS = 3


def now() -> datetime:
    return datetime.now(UTC)


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


class Wire:
    """What lies between the two nodes: it passes pouches on, and remembers their numbers."""

    def __init__(self, to: int) -> None:
        self.pouches: defaultdict[tuple[str, int], set[bytes]] = defaultdict(set)
        self._readers: list[Node] = []
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                wire.remember(body)
                headers = {"Content-Type": self.headers["Content-Type"]}
                try:
                    reply = wire.client.post(f"http://{HOST}:{to}{self.path}", content=body, headers=headers)
                except httpx.HTTPError:
                    self.close_connection = True  # the node died under it: so does this connection
                    return
                if reply.status_code == httpx.codes.OK:
                    wire.remember(reply.content)
                with suppress(OSError):
                    self.send_response(reply.status_code)
                    self.send_header("Content-Type", reply.headers.get("Content-Type", "text/plain"))
                    self.send_header("Content-Length", str(len(reply.content)))
                    self.end_headers()
                    self.wfile.write(reply.content)

            def log_message(self, *_: object) -> None:
                pass

        self.client = httpx.Client(timeout=20)
        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def remember(self, pouch: bytes) -> None:
        for node in self._readers:
            with suppress(EntenteError):
                envelope = node.envelope(pouch)
                self.pouches[envelope.sender, envelope.sequence].add(sha256(pouch).digest())

    def between(self, *nodes: Node) -> None:
        self._readers = list(nodes)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.client.close()


@dataclass
class Pair:
    """Two nodes, each a folder; here they file, and in other processes they exchange."""

    folders: dict[str, Path]
    gao: Node
    tillaberi: Node
    wire: Wire
    port: int
    random: random.Random
    filed: dict[str, list[Record]] = field(default_factory=lambda: {"gao": [], "tillaberi": []})

    def node(self, name: str) -> Node:
        node: Node = getattr(self, name)
        return node

    def file_some(self) -> None:
        """A few alerts and a batch of flows on each side; now and then an answer."""
        for name in SIDES:
            node = self.node(name)
            flows: list[Record] = [
                parties.flow(total=self.random.randrange(42, 5_000))
                for _ in range(self.random.choice([3, 70, 400]))
            ]
            alerts: list[Record] = [parties.alert(code=None) for _ in range(self.random.randrange(3))]
            records = [*alerts, *flows]
            self.random.shuffle(records)
            self.filed[name] += [filing.record for filing in node.file(records, confirmed=True)]
            theirs = (
                models.Record.objects.using(name).filter(local=False, kind="alert").order_by("-id").first()
            )
            if theirs is not None and theirs.code and self.random.random() < 0.5:
                step = self.random.choice(["acknowledged", "under_way", "closed"])
                answer = node.answer(theirs.code, service="protection-civile", step=step)
                self.filed[name].append(answer.record)

    @contextmanager
    def running(self, *command: str, log: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process of a node in a session of its own; killed with all its children at the end."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"ENTENTE_NODE", "DJANGO_SETTINGS_MODULE"}
        }
        with (self.folders["gao"].parent / f"{log}.log").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=environment,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            assert process.stdin is not None
            process.stdin.close()

    def web(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return self.running(
            "entente_node.serve", "web", str(self.folders["gao"]), HOST, str(self.port), log="web"
        )

    def courier(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return self.running("entente_node.serve", "courier", str(self.folders["tillaberi"]), log="courier")

    def wait_for_web(self, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection((HOST, self.port), timeout=1):
                return
            time.sleep(0.01)
        raise AssertionError("the web did not come up")

    def exchange(self) -> None:
        """What ``entente exchange`` does at Tillabéri's."""
        self.tillaberi.release()
        with HttpTransport(f"http://{HOST}:{self.wire.port}") as transport:
            self.tillaberi.exchange(AGREEMENT, "gao.ml", transport)

    def activity(self, column: str) -> int:
        """What moves at Tillabéri's when its courier releases (``decided``) or writes a pouch (``sent``)."""
        with connections["tillaberi"].cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM ledger_channel")
            return int(cursor.fetchone()[0])

    def kill_once_it_moves(self, process: subprocess.Popen[bytes], column: str) -> bool:
        """SIGKILL to all of it, at some instant after it has begun; whether it has."""
        before, end = self.activity(column), time.monotonic() + 20
        while self.activity(column) == before and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(self.random.choice([0, self.random.uniform(0, 0.03), self.random.uniform(0, 0.25)]))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return self.activity(column) != before

    def is_unfinished(self) -> bool:
        """Something was on its way when the process died."""
        return is_waiting(self.gao.store, AGREEMENT, "tillaberi.ne") or is_waiting(
            self.tillaberi.store, AGREEMENT, "gao.ml"
        )

    def in_peace(self) -> None:
        """Everything is exchanged, and both sides hold the same: once, whole, verified, receipted."""
        with self.web():
            self.wait_for_web()
            self.gao.release()
            for _ in range(3):
                self.exchange()
        for name, other in (("gao", "tillaberi"), ("tillaberi", "gao")):
            self._holds_all(name, other)
        for name in SIDES:
            assert [v.problem for v in self.node(name).verify()] == [None] * 4
        doubled = {key: len(found) for key, found in self.wire.pouches.items() if len(found) > 1}
        assert doubled == {}
        assert {sender for sender, _ in self.wire.pouches} == {"gao.ml", "tillaberi.ne"}

    def _holds_all(self, name: str, other: str) -> None:
        sender, receiver = self.node(name), self.node(other)
        filed = self.filed[name]
        codes = sorted(record.code for record in filed if record.code)
        local = models.Record.objects.using(name).filter(local=True)
        remote = models.Record.objects.using(other).filter(local=False)
        for held in (local, remote):
            assert held.count() == len(filed)
            assert sorted(held.exclude(code=None).values_list("code", flat=True)) == codes
        assert not models.Withheld.objects.using(name).exists()
        for lane in ("urgent", "routine"):
            origin = f"{SIDES[name].id}/{AGREEMENT}/{SIDES[other].id}/{lane}/1"
            ours, theirs = sender.store.journal(origin), receiver.store.journal(origin)
            assert ours is not None
            assert theirs is not None
            size = sum(1 for record in filed if record.lane == lane)
            assert (ours.size, ours.receipted, theirs.size, theirs.receipted) == (size,) * 4
            assert ours.frontier == theirs.frontier
            mine, got = sender.store.entries(origin, 0, size), receiver.store.entries(origin, 0, size)
            assert [(k.row, k.salt, k.payload, k.erased) for k in mine] == [
                (k.row, k.salt, k.payload, k.erased) for k in got
            ]
            assert not any(k.quarantine for k in got)
        dossiers = [
            dict(models.Dossier.objects.using(side).filter(code__in=codes).values_list("code", "state"))
            for side in (name, other)
        ]
        assert dossiers[0] == dossiers[1]


def make_folder(path: Path, authority: parties.Authority, blank: Path) -> None:
    """A node's folder as ``entente init`` makes it, without the slow lock of the authority key."""
    keys = path / "keys"
    keys.mkdir(parents=True)
    party = authority.party
    (path / "node.toml").write_text(
        f'party = "{party.id}"\nname = "{party.name}"\nshort = "{party.short}"\ncountry = "{party.country}"\n'
        "heartbeat = 1\n",
        "utf-8",
    )
    for name, text in (
        ("log.key", authority.log.secret_text()),
        ("receipts.key", authority.receipts.secret_text()),
        ("seal.key", authority.seal),
        ("authority.pub", str(authority.authority.verifier)),
        ("session.key", "for tests only"),
    ):
        (keys / name).write_text(f"{text}\n", "ascii")
    shutil.copy(blank, path / "ledger.sqlite3")


def open_here(name: str) -> Node:
    authority = SIDES[name]
    keys = Keys(
        party=authority.id,
        short=authority.party.short,
        log=authority.log,
        receipts=authority.receipts,
        seal=(authority.seal,),
        authority=authority.authority.verifier,
    )
    assert recipient_of(authority.seal) == authority.party.keys.seal
    return Node(keys, DjangoStore(name), clock=now, entropy=secrets.token_bytes)


@pytest.fixture
def pair(blank_ledger: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Pair]:
    connections.close_all()
    before = {name: settings.DATABASES[name]["NAME"] for name in SIDES}
    folders = {name: tmp_path / name for name in SIDES}
    for name, folder in folders.items():
        make_folder(folder, SIDES[name], blank_ledger)
        connections.settings[name]["NAME"] = settings.DATABASES[name]["NAME"] = folder / "ledger.sqlite3"
    port = free_port()
    wire = Wire(port)
    gao, tillaberi = open_here("gao"), open_here("tillaberi")
    draft = agreement_text(parties.agreement(expires=date(2099, 12, 31), sign_by=None))
    signed = tillaberi.sign(gao.sign(draft, parties.GAO.authority), parties.TILLABERI.authority)
    version = gao.adopt(signed, parties.GAO.authority)
    tillaberi.register.adopt(tillaberi.register.keep(version.note), version.adopt or b"")
    models.Address.objects.using("tillaberi").create(partner="gao.ml", url=f"http://{HOST}:{wire.port}")
    wire.between(gao, tillaberi)
    yield Pair(folders, gao, tillaberi, wire, port, random.Random(request.node.name))
    wire.close()
    connections.close_all()
    for name, file in before.items():
        connections.settings[name]["NAME"] = settings.DATABASES[name]["NAME"] = file


def test_the_node_that_answers_is_killed(pair: Pair) -> None:
    def call() -> None:
        try:
            with suppress(EntenteError):
                pair.exchange()
        finally:
            connections.close_all()

    unfinished = 0
    for _ in range(WEB_KILLS):
        with pair.web() as web:
            pair.file_some()
            pair.gao.release()
            pair.wait_for_web()
            caller = threading.Thread(target=call)
            caller.start()
            time.sleep(pair.random.uniform(0, 0.25))
            os.killpg(web.pid, signal.SIGKILL)
            web.wait()
            caller.join()
        unfinished += pair.is_unfinished()
    assert unfinished > WEB_KILLS // 4
    pair.in_peace()


def test_the_node_that_calls_is_killed(pair: Pair) -> None:
    moved = unfinished = 0
    with pair.web():
        pair.wait_for_web()
        for _ in range(COURIER_KILLS):
            pair.file_some()
            pair.gao.release()
            with pair.courier() as courier:
                moved += pair.kill_once_it_moves(courier, pair.random.choice(["decided", "sent"]))
            unfinished += pair.is_unfinished()
    assert moved > COURIER_KILLS // 2
    assert unfinished > COURIER_KILLS // 4
    pair.in_peace()


def test_a_whole_node_is_killed_with_everything_that_runs_in_it(pair: Pair) -> None:
    serve = (
        "entente_node.cli",
        "--node",
        str(pair.folders["tillaberi"]),
        "serve",
        "--port",
        str(free_port()),
    )
    with pair.web():
        pair.wait_for_web()
        for _ in range(SERVE_KILLS):
            pair.file_some()
            pair.gao.release()
            with pair.running(*serve, log="serve") as node:
                assert pair.kill_once_it_moves(node, "sent")
    pair.in_peace()

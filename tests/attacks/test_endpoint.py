"""The pouch endpoint as it stands on the network: a real web process, and what a stranger may throw at it."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from entente_node.exchanges.gate import AT_ONCE, REFUSALS
from entente_node.exchanges.pouch import MEDIA_TYPE, MOST_BYTES
from tests import parties
from tests.attacks.hostile import Forger, dump, payload_of, shown
from tests.federation import AGREEMENT, Federation
from tests.node.test_kill import HOST, free_port, make_folder


@dataclass
class Web:
    """Tillabéri's web process, over the ledger of the federation."""

    federation: Federation
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def raw(self, data: bytes, *, wait: float = 5.0) -> bytes:
        """What comes back for these bytes, until the server closes or says nothing more."""
        with closing(socket.create_connection((HOST, self.port), timeout=wait)) as line:
            with suppress(OSError):
                line.sendall(data)
                line.shutdown(socket.SHUT_WR)
            got = b""
            with suppress(OSError):
                while piece := line.recv(65_536):
                    got += piece
            return got

    def post(self, pouch: bytes, **headers: str) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=10)) as line:
            line.request("POST", "/pouch", pouch, {"Content-Type": MEDIA_TYPE} | headers)
            answer = line.getresponse()
            return answer.status, answer.read()

    def is_well(self) -> bool:
        """It still answers, and has written no failure."""
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=10)) as line:
            line.request("GET", "/pouch")
            return line.getresponse().status == 405 and "Traceback" not in self.log.read_text("utf-8")


@pytest.fixture
def web(federation: Federation, blank_ledger: Path, tmp_path: Path) -> Iterator[Web]:
    folder = tmp_path / "tillaberi"
    make_folder(folder, parties.TILLABERI, blank_ledger)
    (folder / "ledger.sqlite3").unlink()
    connections["tillaberi"].close()
    (folder / "ledger.sqlite3").symlink_to(Path(settings.DATABASES["tillaberi"]["NAME"]))
    port = free_port()
    log = tmp_path / "web.log"
    environment = {k: v for k, v in os.environ.items() if k not in {"ENTENTE_NODE", "DJANGO_SETTINGS_MODULE"}}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "entente_node.serve", "web", str(folder), HOST, str(port)],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            env=environment,
        )
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
                break
            time.sleep(0.02)
        yield Web(federation, port, process, log)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdin is not None
        process.stdin.close()


def request(body: bytes, *lines: str) -> bytes:
    head = ["POST /pouch HTTP/1.1", "Host: node", f"Content-Type: {MEDIA_TYPE}", *lines, "", ""]
    return "\r\n".join(head).encode() + body


def test_whatever_is_thrown_at_it_changes_nothing_and_a_good_pouch_still_passes(web: Web) -> None:
    good = Forger().journal([payload_of(web.federation, parties.alert())]).pouch()
    before = dump("tillaberi")
    refused = [
        # no pouch
        web.post(b"garbage"),
        web.post(good[:-1]),
        web.post(good[:-1] + bytes([good[-1] ^ 1])),
        web.post(secrets.token_bytes(100_000)),
        # not for us, not from a partner, our own
        web.post(Forger(parties.GAO, parties.KAYES).journal([b"{}"]).pouch()),
        web.post(Forger(parties.KAYES).journal([b"{}"]).pouch()),
        web.post(Forger(parties.TILLABERI, parties.GAO).journal([b"{}"]).pouch()),
        # a good one, not said to be one
        web.post(good, **{"Content-Type": "text/plain"}),
    ]
    assert set(refused) == {(400, b"")}
    for data in (
        b"\0" * 1000,
        b"GET " + b"a" * 100_000,
        b"POST /pouch HTTP/1.1\r\n" + b"X: y\r\n" * 100_000,
        request(b"", "Content-Length: -1"),
        request(b"", "Content-Length: 1", "Content-Length: 2"),
        request(b"x", "Content-Length: ٣"),
        request(b"short", "Content-Length: 500"),
        request(b"zz\r\nnot hexadecimal", "Transfer-Encoding: chunked"),
        request(
            b"5\r\nhello\r\n0\r\n\r\nGET /sign-in HTTP/1.1\r\n\r\n",
            "Transfer-Encoding: chunked",
            "Content-Length: 4",
        ),
        request(b"", f"Content-Length: {MOST_BYTES + 1}"),
        request(b"", "Content-Length: 99999999999999999999"),
    ):
        status = web.raw(data, wait=2.0).split(b"\r\n", 1)[0]
        assert not status.startswith((b"HTTP/1.1 2", b"HTTP/1.0 2")), (data[:80], status)
        assert b" 500 " not in status, (data[:80], status)
    assert dump("tillaberi") == before
    status, reply = web.post(good)
    assert status == 200
    assert reply
    assert shown() == [("alert", "GAO-7K3QX")]
    assert web.is_well()


def test_one_address_that_sends_rubbish_is_asked_to_wait(web: Web) -> None:
    before = dump("tillaberi")
    codes = [web.post(b"garbage")[0] for _ in range(REFUSALS + 3)]
    assert codes[:REFUSALS] == [400] * REFUSALS
    assert set(codes[REFUSALS:]) == {429}
    assert dump("tillaberi") == before
    assert web.is_well()


def test_uploads_that_never_end_do_not_keep_others_out(web: Web) -> None:
    good = Forger().journal([payload_of(web.federation, parties.alert())]).pouch()
    lines = []
    try:
        for _ in range(3 * AT_ONCE):
            line = socket.create_connection((HOST, web.port), timeout=5)
            line.sendall(request(b"age-encryption", "Content-Length: 1000000"))
            lines.append(line)
        assert web.post(good)[0] == 200
    finally:
        for line in lines:
            line.close()
    assert shown() == [("alert", "GAO-7K3QX")]
    assert web.is_well()


def test_a_partner_that_dies_while_it_sends_is_taken_when_it_comes_again(web: Web) -> None:
    good = Forger().journal([payload_of(web.federation, parties.alert())]).pouch()
    before = dump("tillaberi")
    whole = request(good, f"Content-Length: {len(good)}")
    for size in range(0, len(whole) - 1, len(whole) // 7):
        web.raw(whole[:size], wait=1.0)
    assert dump("tillaberi") == before
    assert web.post(good)[0] == 200
    assert web.post(good)[0] == 200
    assert shown() == [("alert", "GAO-7K3QX")]
    assert web.federation.tillaberi.store.channel(AGREEMENT, "gao.ml").seen > 1000
    assert web.is_well()

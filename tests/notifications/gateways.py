"""A gateway on loopback: takes messages over HTTP as SMS gateways do, or refuses, or hangs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest


@dataclass
class Gateway:
    """What it was sent, and how it behaves."""

    port: int = 0
    taken: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0
    status: int = 200
    patient: bool = False
    """It holds the line and says nothing."""
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"json://user:geheim@127.0.0.1:{self.port}/send"

    @property
    def form(self) -> str:
        return f"form://127.0.0.1:{self.port}/send?:message=text&-apikey=geheim"

    @property
    def texts(self) -> list[str]:
        return [one.get("message") or one.get("text") or "" for one in self.taken]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A gateway, running."""
    with running(Gateway()) as state:
        yield state


@contextmanager
def running(state: Gateway) -> Iterator[Gateway]:
    """The gateway on a port of loopback, while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.requests += 1
            if state.patient:
                state.release.wait(30)
            if state.status == 200:
                form = {name: values[0] for name, values in parse_qs(body).items()}
                form |= {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                state.taken.append(json.loads(body) if body.startswith("{") else form)
            self.send_response(state.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        state.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield state
        state.release.set()
        server.shutdown()
        thread.join()

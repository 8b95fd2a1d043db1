"""A browser vendor's push service on loopback: Chromium registers there, the node posts there, it delivers.

What Chromium asks of Google it asks here instead, by its own switches: who it is (checkin), a
token for each subscription (register), and the line over which messages come (MCS: frames of
protocol buffers over TLS). The node believes that it posts to the address which the browser gave
it: ``HTTPS_PROXY`` leads it here, and the certificate is one that it trusts for the test. So every
byte that the browser decrypts is one that the node has encrypted.
"""

from __future__ import annotations

import io
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

HOSTS = ("fcm.googleapis.com", "jmt17.google.com")
"""Chrome's push service, and that of Chromium as distributions build it."""
_VERSION = 41
_LOGIN_ANSWER, _DATA = 3, 8
"""MCS: its version, and the tags of the two messages that a server must say."""


@dataclass
class Vendor:
    """What was registered, what was posted, what is to be delivered."""

    web: int = 0
    line: int = 0
    status: int = 201
    registered: list[dict[str, str]] = field(default_factory=list)
    posts: list[tuple[str, bytes]] = field(default_factory=list)
    ready: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def switches(self) -> list[str]:
        """With which Chromium comes here."""
        return [
            f"--gcm-checkin-url=http://127.0.0.1:{self.web}/checkin",
            f"--gcm-registration-url=http://127.0.0.1:{self.web}/register",
            f"--gcm-mcs-endpoint=https://localhost:{self.line}",
            "--ignore-certificate-errors",
            "--no-proxy-server",
        ]

    @property
    def proxy(self) -> str:
        """By which the node comes here."""
        return f"http://127.0.0.1:{self.web}"

    @property
    def tokens(self) -> list[dict[str, str]]:
        """What browsers registered for a subscription, in their order."""
        return [one for one in self.registered if one.get("X-subtype") and "delete" not in one]

    def deliver(self, path: str, body: bytes) -> None:
        """Hand what was posted to the browser whose token is in the path."""
        self.posts.append((path, body))
        token = path.rpartition(":")[2]
        subscription = self.tokens[int(token.removeprefix("token-"))]
        values = {"subtype": subscription["X-subtype"], "content-encoding": "aes128gcm"}
        data = b"".join(_text(7, _text(1, name) + _text(2, value)) for name, value in values.items())
        message = (
            _text(2, f"m{len(self.posts)}")
            + _text(3, subscription["sender"])
            + _text(5, "org.chromium.linux")
            + data
            + _text(9, f"p{len(self.posts)}")
            + _number(17, 3_600)
            + _number(18, int(time.time() * 1_000))
            + _text(21, body)
        )
        self.ready.append(_frame(_DATA, message))

    def checkin(self) -> bytes:
        """Who this browser is: AndroidCheckinResponse."""
        return (
            _number(1, 1)
            + _number(3, int(time.time() * 1_000))
            + b"\x39"
            + struct.pack("<Q", 1_234_567_890_123)
            + b"\x41"
            + struct.pack("<Q", 9_876_543_210)
        )

    def register(self, form: dict[str, str]) -> bytes:
        """A token for a subscription; an answer that it is gone where the browser ends it."""
        self.registered.append(form)
        return b"deleted=1" if "delete" in form else f"token=t:token-{len(self.tokens) - 1}".encode()


@contextmanager
def running(certificate: Path) -> Iterator[Vendor]:
    """The service on ports of loopback, while the block lasts."""
    vendor = Vendor()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/checkin":
                self._answer(200, "application/x-protobuf", vendor.checkin())
            elif self.path == "/register":
                form = dict(parse_qsl(body.decode("ascii")))
                self._answer(200, "text/plain", vendor.register(form))
            else:
                if vendor.status == 201:
                    vendor.deliver(self.path, body)
                self._answer(vendor.status, "text/plain", b"")

        def do_CONNECT(self) -> None:
            """As a proxy: whatever host is named is this one."""
            if self.path.partition(":")[0] not in HOSTS:
                self.send_error(502)
                return
            self.send_response(200)
            self.end_headers()
            with context.wrap_socket(self.connection, server_side=True) as tunnel:
                self.rfile, self.wfile = tunnel.makefile("rb"), tunnel.makefile("wb", 0)
                self.handle_one_request()
            self.close_connection = True

        def _answer(self, status: int, media: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server,
        socket.create_server(("127.0.0.1", 0)) as line,
    ):
        server.daemon_threads = True
        line.settimeout(0.2)
        vendor.web, vendor.line = server.server_port, line.getsockname()[1]
        threads = [
            threading.Thread(target=server.serve_forever, args=(0.05,)),
            threading.Thread(target=_serve, args=(vendor, line, context)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield vendor
        finally:
            vendor.over.set()
            server.shutdown()
            for thread in threads:
                thread.join()


def _serve(vendor: Vendor, line: socket.socket, context: ssl.SSLContext) -> None:
    """One browser after the other; it also opens lines that it does not use."""
    while not vendor.over.is_set():
        try:
            plain, _from = line.accept()
        except TimeoutError:
            continue
        with plain, suppress(OSError, EOFError):
            plain.settimeout(5)
            with context.wrap_socket(plain, server_side=True) as tunnel:
                _talk(vendor, tunnel)


def _talk(vendor: Vendor, tunnel: ssl.SSLSocket) -> None:
    """The browser says who it is, is welcome, and gets what there is for it: again on each line that it opens."""
    heard = tunnel.makefile("rb")
    heard.read(2)
    heard.read(_varint_of(heard))
    tunnel.sendall(bytes([_VERSION]) + _frame(_LOGIN_ANSWER, _text(1, "chrome")))
    sent = 0
    while not vendor.over.wait(0.05):
        for message in vendor.ready[sent:]:
            tunnel.sendall(message)
            sent += 1


def _frame(tag: int, message: bytes) -> bytes:
    return bytes([tag]) + _varint(len(message)) + message


def _text(number: int, value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _varint_of(heard: io.BufferedIOBase) -> int:
    value = shift = 0
    while True:
        (byte,) = heard.read(1) or b"\0"
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value

"""Pouches over HTTP against real servers on loopback: bounded, never redirected, never decompressed."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from entente.errors import TransportError
from entente_node.transports.http import LONGEST_RETRY, MEDIA_TYPE, HttpTransport, endpoint, retry_after

NOW = datetime(2021, 12, 1, 14, 30, tzinfo=UTC)
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def a_partner(answer: Answer) -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    seen: list[tuple[str, str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, self.headers["Content-Type"], body))
            answer(self, body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if status != 204:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def exchange(answer: Answer, **options: int) -> bytes | None:
    with a_partner(answer) as (url, _), HttpTransport(url, **options) as transport:
        return transport.send(b"sealed")


def refusal(answer: Answer, **options: int) -> TransportError:
    with pytest.raises(TransportError) as caught:
        exchange(answer, **options)
    return caught.value


def test_a_pouch_goes_to_the_endpoint_and_the_reply_comes_back() -> None:
    with (
        a_partner(lambda handler, body: reply(handler, 200, body + b"!", Content_Type=MEDIA_TYPE)) as (
            url,
            seen,
        ),
        HttpTransport(f"{url}/") as transport,
    ):
        assert transport.send(b"one") == b"one!"
        assert transport.send(b"two") == b"two!"
    assert seen == [("/pouch", MEDIA_TYPE, b"one"), ("/pouch", MEDIA_TYPE, b"two")]


def test_no_content_is_no_reply() -> None:
    assert exchange(lambda handler, _: reply(handler, 204)) is None


@pytest.mark.parametrize(
    ("status", "words"),
    [(400, "refused the pouch"), (413, "too large"), (404, "answered 404"), (500, "answered 500")],
)
def test_a_refusal_says_what_it_means(status: int, words: str) -> None:
    error = refusal(lambda handler, _: reply(handler, status, b"no <b>markup</b> of theirs is shown"))
    assert words in str(error)
    assert "markup" not in str(error)
    assert error.values["retry_after"] is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_partner_says_how_long_to_wait(status: int) -> None:
    error = refusal(lambda handler, _: reply(handler, status, Retry_After="17"))
    assert error.values["retry_after"] == 17
    assert "wait 17 seconds" in str(error)
    assert refusal(lambda handler, _: reply(handler, status)).values["retry_after"] is None


def test_a_redirect_is_not_followed() -> None:
    with a_partner(lambda handler, _: reply(handler, 204)) as (elsewhere, stolen):
        error = refusal(lambda handler, _: reply(handler, 307, Location=f"{elsewhere}/pouch"))
    assert stolen == []
    assert "307" in str(error)


def test_a_page_of_another_server_is_no_pouch() -> None:
    error = refusal(lambda handler, _: reply(handler, 200, b"<html>", Content_Type="text/html"))
    assert "not a node of Entente" in str(error)


def test_a_reply_is_never_decompressed() -> None:
    bomb = gzip.compress(b"\0" * 1_000_000)
    error = refusal(
        lambda handler, _: reply(handler, 200, bomb, Content_Type=MEDIA_TYPE, Content_Encoding="gzip")
    )
    assert "not a node of Entente" in str(error)


def test_a_reply_that_states_too_much_is_not_read() -> None:
    def boast(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", MEDIA_TYPE)
        handler.send_header("Content-Length", str(10**12))
        handler.end_headers()
        handler.close_connection = True

    assert "over 1000 bytes" in str(refusal(boast, limit=1000))


def test_a_reply_that_states_nothing_is_read_to_the_limit_only() -> None:
    def pour(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", MEDIA_TYPE)
        handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            for _step in range(1_000):
                handler.wfile.write(b"\0" * 65_536)
        except OSError:
            pass

    assert "over 1000 bytes" in str(refusal(pour, limit=1000))


def test_a_reply_that_breaks_off_is_no_reply() -> None:
    def break_off(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", MEDIA_TYPE)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"half")
        handler.close_connection = True

    assert "cannot be reached" in str(refusal(break_off))


def test_a_partner_that_is_away_leaves_the_pouch_here() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    with HttpTransport(f"http://127.0.0.1:{port}") as transport, pytest.raises(TransportError) as caught:
        transport.send(b"sealed")
    assert "cannot be reached" in str(caught.value)
    assert "goes with the next exchange" in str(caught.value)


def test_a_partner_that_is_silent_is_given_up() -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as server,
        HttpTransport(f"http://127.0.0.1:{server.getsockname()[1]}", timeout=httpx.Timeout(0.2)) as transport,
        pytest.raises(TransportError, match="does not answer in time"),
    ):
        transport.send(b"sealed")


@pytest.mark.parametrize(
    "url", ["", "gao", "ftp://a/", "http://", "http://[::1", "http://a:b/", "http://a/?x=1", "/var/mail"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(TransportError, match="is not an address"):
        HttpTransport(url)


def test_an_address_may_name_the_endpoint_itself() -> None:
    assert endpoint("https://gao.example/entente/") == "https://gao.example/entente/pouch"
    assert endpoint("https://gao.example/pouch") == "https://gao.example/pouch"


def test_credentials_of_an_address_are_never_shown() -> None:
    with (
        HttpTransport("http://gao:hunter2@127.0.0.1:9/") as transport,
        pytest.raises(TransportError) as caught,
    ):
        transport.send(b"sealed")
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1:9" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("99999", LONGEST_RETRY),
        ("9" * 5_000, None),
        ("Wed, 01 Dec 2021 14:31:00 GMT", 60),
        ("Wed, 01 Dec 2021 14:00:00 GMT", 0),
        ("Wed, 01 Dec 2021 14:31:00", None),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date_and_bounded(value: str, seconds: int | None) -> None:
    assert retry_after(value, NOW) == seconds

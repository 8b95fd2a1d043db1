"""E-mail: a real SMTP conversation on loopback."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from entente_node.notifications.models import Delivery, State
from tests.notifications.conftest import Night


@dataclass
class Sink:
    """What was delivered, and whether it takes anything."""

    port: int = 0
    refuses: bool = False
    letters: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return (
            f"mailto://127.0.0.1:{self.port}?smtp=127.0.0.1&mode=insecure"
            "&from=entente@til.example&to=permanence@til.example"
        )

    def letter(self) -> EmailMessage:
        read = message_from_bytes(self.letters[-1], policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read


@pytest.fixture
def sink() -> Iterator[Sink]:
    state = Sink()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 sink")
            for line in iter(self.rfile.readline, b""):
                verb = line.split()[0].upper() if line.split() else b""
                if verb == b"DATA":
                    self.say("354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    state.letters.append(b"".join(one.removeprefix(b".") for one in lines))
                    self.say("250 taken")
                elif verb == b"QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("550 no" if state.refuses and verb == b"MAIL" else "250 ok")

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def test_an_email_has_the_code_in_its_subject_and_all_that_the_message_says(night: Night, sink: Sink) -> None:
    night.reach("https://desk.til.example")
    night.channel(url=sink.url, number="", language="fr")
    night.call()
    assert night.send() == 1
    letter = sink.letter()
    assert letter["Subject"] == f"{night.code} EXERCICE GRAVE"
    assert letter["To"] == "permanence@til.example"
    body = letter.get_body(("plain",)) or letter.get_body()
    assert body is not None
    text = body.get_content()
    assert "Exercice : crue du fleuve (donnée synthétique)" in text
    assert "https://desk.til.example/a/" in text


def test_a_headline_is_no_markup_in_an_email(night: Night, sink: Sink) -> None:
    night.channel(url=sink.url, number="")
    (code,) = night.alerts(1, headline="<b>gras</b> <img src=x onerror=alert(1)>")
    night.call(code)
    night.send()
    for part in sink.letter().walk():
        if part.get_content_type() == "text/html":
            assert "<b>gras" not in part.get_content()
            assert "<img src=x" not in part.get_content()


def test_a_mail_server_that_refuses_is_tried_again(night: Night, sink: Sink) -> None:
    sink.refuses = True
    night.channel(url=sink.url, number="")
    night.call()
    assert night.send() == 0
    assert Delivery.objects.get().state == State.FAILED

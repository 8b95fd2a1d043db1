"""The desk of one authority of the federation: its pages, its accounts, its ledger."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from entente.node import Node
from entente_node.directory import here
from entente_node.directory.models import User
from entente_node.exchanges.gate import patience
from entente_node.ledger.models import Record
from entente_node.settings import HERE
from tests import parties
from tests.federation import Federation

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PASSWORD = "un mot de passe d'essai"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Desk:
    """One authority's web pages, over the same file as its node."""

    federation: Federation
    node: Node

    def account(self, name: str = "awa", service: str = "protection-civile", **more: str) -> User:
        """An account of this authority."""
        return User.objects.create_user(name, service=service, **({"password": PASSWORD} | more))

    def client(self, service: str = "protection-civile", language: str = "en", role: str = "") -> Client:
        """A browser in which somebody of this service has signed in, in a role where one is named."""
        of = User.objects.filter(service=service, **({"role": role} if role else {}))
        more = {"role": role} if role else {}
        user = of.first() or self.account(f"{role and role + '-'}of-{service}", service, **more)
        User.objects.filter(pk=user.pk).update(language=language)
        user.refresh_from_db()
        client = Client()
        client.force_login(user)
        return client

    def page(self, path: str, **whose: str) -> str:
        """A page that must be there."""
        response = self.client(**whose).get(path)
        assert response.status_code == 200, (path, response.status_code)
        return response.content.decode()

    def row(self, code: str) -> Record:
        """The row of a record here."""
        return Record.objects.get(code=code)


@pytest.fixture(scope="session", autouse=True)
def spoken_french() -> None:
    """What set-up does: the catalogues compiled, so that pages are tested in the words of the source."""
    for source in (HERE / "locale").glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            beside = compiled.with_name(f"{compiled.name}.{os.getpid()}")
            with source.open("rb") as read, beside.open("wb") as written:
                write_mo(written, read_po(read))
            beside.replace(compiled)


@pytest.fixture
def desk_in(ledgers: None) -> Iterator[Callable[[Federation, str], Desk]]:  # noqa: ARG001  the files are there
    """The desk of one authority of a federation: one at a time, as a process serves one node."""
    default = settings.DATABASES["default"]
    own = default["NAME"]
    patience.clear()

    def open_desk(federation: Federation, name: str) -> Desk:
        connections["default"].close()
        default["NAME"] = Path(settings.DATABASES[name]["NAME"])
        connections.settings["default"]["NAME"] = default["NAME"]
        node: Node = getattr(federation, name)
        here.serve(node)
        return Desk(federation, node)

    yield open_desk
    connections["default"].close()
    default["NAME"] = connections.settings["default"]["NAME"] = own


@pytest.fixture
def desk_of(federation: Federation, desk_in: Callable[[Federation, str], Desk]) -> Callable[[str], Desk]:
    """The desk of ``gao``, ``tillaberi`` or ``kayes``, under the agreement that most tests have."""
    return lambda name: desk_in(federation, name)


@pytest.fixture
def raised(federation: Federation) -> str:
    """The code of an alert that Gao has raised and Tillabéri has received."""
    code = federation.gao.file([parties.alert(at="2022-02-01T07:40:00Z")], confirmed=True)[0].record.code
    federation.exchange()
    federation.clock.advance(minutes=3)
    assert code is not None
    return code


@pytest.fixture
def desk(desk_of: Callable[[str], Desk], raised: str) -> Desk:  # noqa: ARG001  asked for by name
    """The desk of Tillabéri, which has received the alert."""
    return desk_of("tillaberi")


def text_of(response: HttpResponse) -> str:
    """The page of an answer."""
    return response.content.decode()


class Server(ThreadingMixIn, WSGIServer):
    """A browser holds several connections at once."""


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:  # noqa: ARG001  asked for by name
    """The desk of Tillabéri, served on loopback."""
    from entente_node.wsgi import application

    with make_server("127.0.0.1", 0, application, server_class=Server, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file."""
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread; Django takes that for asynchronous code. It is not.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]

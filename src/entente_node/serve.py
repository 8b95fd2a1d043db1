"""``entente serve``: the desk, release and the courier in one command, until Ctrl-C.

The parent starts two children and holds a pipe to each: the web (waitress: it buffers slow
uploads, so partners on 2G do not block it) and the one courier of the node. A child whose
pipe closes ends, so nothing outlives a parent that was killed; a child that ends by itself
is started again. Pages, pouch endpoint and courier meet in the ledger and nowhere else.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from entente.errors import StoreError
from entente_node.folder import Folder
from entente_node.local import prepare, use

THREADS: Final = 8
_AGAIN: Final = 2.0
_GRACE: Final = 10.0
_ROUND: Final = 3.0
"""Seconds that the courier has to end its round. An exchange that hangs longer is cut as a line would cut it."""

logger = logging.getLogger("entente.serve")


@dataclass
class _Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = field(default=0.0)

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE)  # noqa: S603  our own module

    def keep(self) -> None:
        """Start it again where it has ended, but not in a tight circle."""
        if self.process is not None and self.process.poll() is not None:
            logger.warning("%s ended with %s; it is started again", self.name, self.process.returncode)
            time.sleep(_AGAIN)
            self.start()

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(folder: Folder, *, host: str, port: int) -> None:
    """Serve the node of a folder until SIGINT or SIGTERM. Raises StoreError where the address cannot be used."""
    _check_address(host, port)
    prepare(folder.path)
    children = [
        _Child("web", _command("web", folder.path, host, str(port))),
        _Child("courier", _command("courier", folder.path)),
    ]
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    for child in children:
        child.start()
    sys.stderr.write(f"{folder.config.name}: http://{host}:{port}/\n")
    keys = folder.keys_changed_at
    while not ending.wait(0.5):
        if folder.keys_changed_at != keys:
            # A key was replaced: both begin again with what is there now.
            keys = folder.keys_changed_at
            for child in children:
                child.stop()
                child.start()
        for child in children:
            child.keep()
    for child in children:
        child.stop()


def _check_address(host: str, port: int) -> None:
    """Said once and at once, before anything is started: the web would only try again and again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise StoreError(
            "nothing can be served at {host}:{port}: {reason}; choose another with --port, or in node.toml",
            host=host,
            port=port,
            reason=error.strerror or error,
        ) from None


def _command(role: str, folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "entente_node.serve", role, str(folder), *more]


def _end_with_parent() -> None:
    """End this process when the parent's end of our standard input closes, however it ended."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def web(folder: Path, host: str, port: int) -> None:
    """The desk and the pouch endpoint."""
    found = use(folder)
    import waitress

    from entente_node.wsgi import application

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    # Behind a proxy for https on this machine, people's own addresses count for tries, not the proxy's.
    proxy: dict[str, object] = {}
    if found.config.address.startswith("https://"):
        headers = {"x-forwarded-for", "x-forwarded-proto"}
        proxy = {
            "trusted_proxy": "127.0.0.1",
            "trusted_proxy_headers": headers,
            "clear_untrusted_proxy_headers": True,
        }
    waitress.serve(
        application,
        host=host,
        port=port,
        threads=THREADS,
        ident=None,
        channel_timeout=300,
        max_request_body_size=17 << 20,
        _quiet=True,
        **proxy,
    )


def courier(folder: Path) -> None:
    """Release and exchange, for as long as the parent lives."""
    found = use(folder)
    from entente_node.rounds import Rounds

    ending = threading.Event()

    def end(*_: object) -> None:
        # What is written down goes again: the courier may be killed at any instant (tests/node/test_kill.py).
        ending.set()
        cut = threading.Timer(_ROUND, os._exit, (0,))
        cut.daemon = True
        cut.start()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, end)
    Rounds(found).run(ending)


def main(arguments: list[str]) -> None:
    """What a child runs: its role, its folder, and for the web where to listen."""
    _end_with_parent()
    match arguments:
        case ["web", folder, host, port]:
            web(Path(folder), host, int(port))
        case ["courier", folder]:
            courier(Path(folder))
        case _:
            sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1:])

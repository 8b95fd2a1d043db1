"""The watch beside the courier: a slow exchange does not delay it, and it ends with the process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.transcript import entente, environment

PATIENCE = 60
SOON = 6
"""Seconds in which Ctrl-C has ended a courier, whatever hangs: less than what its parent waits before it kills."""


@contextmanager
def black_hole() -> Iterator[tuple[int, threading.Event]]:
    """A partner that takes a connection and never answers: its port, and whether somebody has called."""
    called = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def take() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                    called.set()
                except OSError:
                    return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield int(server.getsockname()[1]), called
        server.shutdown(socket.SHUT_RDWR)
        for one in held:
            one.close()
        thread.join()


def done(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    result = entente(folder, "--node", *arguments, stdin=stdin)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


@pytest.fixture
def hanging(pair: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """Tillabéri's courier, which hangs in an exchange, on a night with a rota and an alert."""
    done(pair, "til", "duty", "function", "protection-civile", "permanence")
    done(pair, "til", "duty", "add", "protection-civile", "permanence", "--from", "00:00", "--until", "00:00")
    with black_hole() as (port, called):
        done(pair, "til", "partner", "add", "gao.ml", f"http://127.0.0.1:{port}/")
        command = [sys.executable, "-m", "entente_node.serve", "courier", str(pair / "til")]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=pair, env=environment())
        assert called.wait(PATIENCE), "the courier is in its exchange"
        yield pair, process
        if process.poll() is None:
            process.kill()
        process.communicate()


def arrive(folder: Path) -> None:
    """An alert of Gao comes to Tillabéri by stick."""
    records = subprocess.run(
        [sys.executable, "-m", "tests.cli.material", "records", "wordless"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        check=True,
    ).stdout
    done(folder, "gao", "file", "-", stdin=records)
    done(folder, "gao", "release")
    done(folder, "gao", "pouch", "write", "stick")
    done(folder, "til", "pouch", "read", "stick")


def test_a_courier_that_hangs_in_an_exchange_delays_no_call(
    hanging: tuple[Path, subprocess.Popen[bytes]],
) -> None:
    folder, process = hanging
    arrive(folder)
    until = time.monotonic() + PATIENCE
    while b"permanence" not in done(folder, "til", "duty", "calls"):
        assert time.monotonic() < until, "nobody was called"
        assert process.poll() is None
        time.sleep(0.5)


def test_the_watch_ends_with_its_process(hanging: tuple[Path, subprocess.Popen[bytes]]) -> None:
    _folder, process = hanging
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(SOON) == 0

"""Real processes over a real folder: the courier is killed and starts with another time, the command confirms."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.transcript import entente, environment

PATIENCE = 60
AHEAD = ("unshare", "--time", "--boottime", "864000")
"""What the machine counts is ten days more in here: its clock on the wall stands ten days behind that."""

OTHER_TIME = """
import secrets
import sys
from datetime import timedelta
from pathlib import Path

from entente.node import Node
from entente_node import local

late = timedelta(days=int(sys.argv[2]))
folder = local.use(Path(sys.argv[1]))
from entente_node.clock.guard import Guard
from entente_node.directory import clock, here
from entente_node.ledger.store import DjangoStore

guard = Guard(lambda: local.now() + late)
node = Node(
    folder.keys(), DjangoStore(), clock=guard.now, entropy=secrets.token_bytes, is_clock_held=guard
)
here.serve(node)
print(guard(), clock.tell(node), node.tidy(), flush=True)
sys.stdin.readline()
"""


def by_another_time(folder: Path, days: int) -> subprocess.Popen[str]:
    """Another process over the node, on whose wall it is so many days later."""
    return subprocess.Popen(
        [sys.executable, "-c", OTHER_TIME, str(folder), str(days)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    process.kill()
    process.communicate()
    return line


def shown(folder: Path) -> dict[str, Any]:
    done = entente(folder, "--node", "til", "clock", "show", "--json")
    assert done.returncode == 0, done.stderr.decode()
    return dict(json.loads(done.stdout))


def deeds(folder: Path) -> list[str]:
    done = entente(folder, "--node", "til", "audit", "list", "--json")
    return [one["deed"] for one in json.loads(done.stdout) if one["deed"].startswith("clock.")]


def test_a_process_that_is_killed_leaves_what_it_saw_to_the_next(pair: Path) -> None:
    assert shown(pair)["held"] is False
    assert said(by_another_time(pair / "til", 30)) == "True 1 0"
    assert said(by_another_time(pair / "til", 30)) == "True 0 0"
    assert said(by_another_time(pair / "til", 0)) == "False 1 0"
    assert deeds(pair) == ["clock.held", "clock.came-back"]
    assert said(by_another_time(pair / "til", -30)) == "True 1 0"


def test_the_command_says_so_and_asks_before_it_confirms(pair: Path) -> None:
    none = entente(pair, "--node", "til", "clock", "confirm", "--yes")
    assert none.returncode == 1
    assert b"nothing to confirm" in none.stderr


@pytest.fixture
def other_count() -> tuple[str, ...]:
    """A way to run something for which the machine counts otherwise."""
    if shutil.which(AHEAD[0]) is None or subprocess.run([*AHEAD, "true"], check=False).returncode:
        pytest.skip("no time namespaces here: not root, or an older Linux")
    return AHEAD


@pytest.fixture
def courier(pair: Path, other_count: tuple[str, ...]) -> Iterator[Any]:
    """Starts Tillabéri's courier, where the machine counts otherwise or not; ends what is left of it."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*, elsewhere: bool) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "entente_node.serve", "courier", str(pair / "til")]
        process = subprocess.Popen(
            [*(other_count if elsewhere else ()), *command],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=pair,
            env=environment(),
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_a_courier_that_starts_by_another_time_says_so_until_a_person_confirms(
    pair: Path, courier: Any, other_count: tuple[str, ...]
) -> None:
    def until(expected: list[str]) -> None:
        end = time.monotonic() + PATIENCE
        while deeds(pair) != expected:
            assert time.monotonic() < end, deeds(pair)
            time.sleep(0.5)

    first = courier(elsewhere=False)
    end = time.monotonic() + PATIENCE
    while not (pair / "til" / "courier.lock").exists():
        assert time.monotonic() < end
        time.sleep(0.2)
    time.sleep(3)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert deeds(pair) == []
    second = courier(elsewhere=True)
    until(["clock.held"])
    command = [*other_count, str(Path(sys.executable).parent / "entente"), "--node", "til", "clock"]
    asked = subprocess.run(
        [*command, "confirm"], cwd=pair, env=environment(), input=b"\n", capture_output=True, check=False
    )
    assert asked.returncode == 1
    assert b"in UTC?" in asked.stderr
    told = subprocess.run([*command, "show"], cwd=pair, env=environment(), capture_output=True, check=True)
    assert b"The clock is held" in told.stdout
    subprocess.run(
        [*command, "confirm", "--yes"], cwd=pair, env=environment(), capture_output=True, check=True
    )
    until(["clock.held", "clock.confirmed"])
    assert second.poll() is None

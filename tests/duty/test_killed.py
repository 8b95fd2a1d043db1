"""The watch is killed at any instant, or runs twice at once: no call and no message is doubled or lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.db import connections

from entente.records import Message, decode
from entente_node.duty import watch
from entente_node.duty.models import Call
from entente_node.duty.rota import Rota
from tests.duty.material import raise_alert, with_rota
from tests.federation import Federation

KILLS = 8
ALERTS = 30

LOOKING = """
import sys
from datetime import datetime

import django

django.setup()

from entente_node.duty import watch
from tests import parties
from tests.federation import Clock, node_of

clock = Clock()
clock.now = datetime.fromisoformat(sys.argv[1])
node = node_of(parties.TILLABERI, "tillaberi", clock)
print("ready", flush=True)
sys.stdin.readline()
watch.once(node, clock.now)
"""


def looking(federation: Federation) -> subprocess.Popen[str]:
    """Another process that is about to look at Tillabéri's ledger, at the hour of the federation."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_XDIST_WORKER"}
    process = subprocess.Popen(
        [sys.executable, "-c", LOOKING, federation.clock.now.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=environment | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def told(federation: Federation, code: str) -> Counter[tuple[str, str]]:
    """What the messages about an alert say was done, by step and function."""
    return Counter(
        (message.step or "", message.function or "")
        for shown in federation.tillaberi.store.answers_to(code)
        if isinstance(message := decode(shown.body), Message)
    )


@pytest.fixture
def night(federation: Federation) -> tuple[Federation, list[str]]:
    with_rota(federation.tillaberi)
    codes = [raise_alert(federation.gao) for _ in range(ALERTS)]
    federation.exchange()
    federation.clock.advance(minutes=61)
    connections.close_all()
    return federation, codes


def check(federation: Federation, codes: list[str]) -> None:
    wanted = [
        ("notified", "permanence"),
        ("escalated", "suppleant"),
        ("escalated", "directeur"),
    ]
    for code in codes:
        assert told(federation, code) == Counter(wanted), code
    assert Rota(federation.tillaberi).rows(Call).count() == len(codes) * len(wanted)


def test_a_look_that_is_killed_is_continued_and_doubles_nothing(night: tuple[Federation, list[str]]) -> None:
    federation, codes = night
    dice = random.Random(4)
    for _ in range(KILLS):
        process = looking(federation)
        begin(process)
        time.sleep(dice.uniform(0.0, 0.25))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        # Whole or absent: what was called was told, and nothing else.
        for call in Rota(federation.tillaberi).rows(Call):
            step = "notified" if call.level == "duty" else "escalated"
            assert told(federation, call.code)[step, call.function] == 1
        connections.close_all()
    watch.once(federation.tillaberi, federation.clock.now)
    check(federation, codes)


def test_two_that_look_at_once_double_nothing(night: tuple[Federation, list[str]]) -> None:
    federation, codes = night
    both = [looking(federation), looking(federation)]
    for process in both:
        begin(process)
    for process in both:
        process.communicate(timeout=120)
        assert process.returncode == 0
    check(federation, codes)

"""Many at once: people who keep the situation open, and partners who deliver pouches, on one small machine.

``entente serve`` as it is installed, its courier beside it, on SQLite. Everybody is on this machine too and
takes a part of its processors: what is measured is more than what a node has to bear. People ask again
every ten seconds, twice as often as the page does by itself, with the tag of what they have; and since
every partner delivers an alert every few seconds, there is something new at nearly every look.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import httpx

from bench.desk import PAGE_MS, visit
from bench.figures import Figure
from bench.sides import Process, clean, free_port, listens, wait_for

PARTNERS: Final = 12
EVERY: Final = 10.0
"""Seconds between two requests of one person."""


@dataclass
class Person:
    """Somebody who has the situation open."""

    address: str
    cookies: dict[str, str]
    milliseconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    fresh: int = 0
    """How often something had changed."""

    def look(self, until: float, chance: random.Random) -> None:
        """Open the page, then ask whether it still holds, as its script does."""
        tag = ""
        time.sleep(chance.random() * min(EVERY, until - time.monotonic()))
        with httpx.Client(base_url=self.address, cookies=self.cookies, timeout=60) as client:
            while time.monotonic() < until:
                headers = {"Accept-Encoding": "gzip"} | (
                    {"X-Fragment": "live", "If-None-Match": tag} if tag else {}
                )
                started = time.monotonic()
                try:
                    answer = client.get("/", headers=headers)
                except httpx.HTTPError as error:
                    self.errors.append(repr(error))
                    continue
                self.milliseconds.append(1_000 * (time.monotonic() - started))
                if answer.status_code not in {200, 304}:
                    self.errors.append(f"{answer.status_code} {answer.headers.get('location', '')}")
                self.fresh += answer.status_code == 200
                tag = answer.headers.get("ETag", tag)
                pause = EVERY * (0.75 + chance.random() / 2)
                time.sleep(max(0.0, min(pause, until - time.monotonic())))


def at_once(node: Path, folder: Path, people: int, seconds: float) -> list[Figure]:
    """How many were served without an error, and how long they waited. Raises where anybody was not."""
    guests = visit(node, people, 0)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = "from entente_node.cli import main; main()"
    serving = Process(sys.executable, "-c", command, "--node", str(node), "serve", "--port", str(port))
    with serving:
        wait_for(lambda: listens(port))
        partners = _partners(node, folder, address, seconds)
        try:
            persons = _look(address, guests, people, seconds, partners)
            said = json.loads(_last(partners))
        finally:
            partners.kill()
            partners.wait()
    return _figures(persons, said)


def _look(
    address: str, guests: Any, people: int, seconds: float, partners: subprocess.Popen[str]
) -> list[Person]:
    persons = [Person(address, {guests["cookie"]: session}) for session in guests["sessions"]]
    assert partners.stdin is not None
    partners.stdin.write("go\n")
    partners.stdin.flush()
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=person.look, args=(until, random.Random(number)))
        for number, person in enumerate(persons[:people])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return persons


def _partners(node: Path, folder: Path, address: str, seconds: float) -> subprocess.Popen[str]:
    """The process that plays them, ready."""
    more = {"ENTENTE_NODE": str(node), "BENCH_PARTNERS": str(folder), "BENCH_PARTNERS_MANY": str(PARTNERS)}
    playing = subprocess.Popen(
        [sys.executable, "-m", "bench.partners", address, str(seconds)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean() | more,
    )  # fmt: skip
    assert playing.stdout is not None
    if playing.stdout.readline() != "ready\n":
        raise RuntimeError("the partners did not begin")
    return playing


def _last(partners: subprocess.Popen[str]) -> str:
    assert partners.stdout is not None
    return partners.stdout.readline()


def _figures(persons: list[Person], said: list[dict[str, Any]]) -> list[Figure]:
    errors = [error for person in persons for error in person.errors]
    errors += [error for partner in said for error in partner["errors"]]
    if errors:
        raise RuntimeError(f"{len(errors)} errors, the first: {errors[0]}")
    waits = [wait for person in persons for wait in person.milliseconds]
    carried = [second for partner in said for second in partner["seconds"]]
    last = quantiles(waits, n=20)[-1]
    beside = f"no error in {len(waits):,} looks; beside {len(said)} partners and {len(carried)} exchanges"
    told = sum(partner["waits"] for partner in said)
    fresh = sum(person.fresh for person in persons)
    return [
        Figure("desk.people_at_once", len(persons), "people", beside),
        Figure("desk.people_median_ms", round(median(waits), 1), "ms", f"{fresh:,} looks had something new"),
        Figure("desk.people_p95_ms", round(last, 1), "ms", f"{last / PAGE_MS:.2f} x {PAGE_MS} ms"),
        Figure("desk.partners_exchange_s", round(median(carried), 3), "s", f"{told} times told to wait"),
    ]

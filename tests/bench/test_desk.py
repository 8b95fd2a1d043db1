"""What is measured of the desk, at a size that says nothing about speed: the figures are there and make sense.

One run for all of them: its ledgers are what takes long to make.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench.sides import clean

from bench import desk
from tests.desk.conftest import CHROMIUM
from tools import slowline

ROOT = Path(__file__).parents[2]
SMALL = {"records": 10, "runs": 1, "stored": 600, "alerts": 40, "people": 3, "seconds": 2, "lines": 1}
GROUPS = ("desk.pages", "desk.phone", "desk.acknowledge", "desk.people")

Figures = dict[str, dict[str, object]]


def run(tmp_path: Path) -> Figures:
    out = tmp_path / "figures.json"
    options = [word for name, value in SMALL.items() for word in (f"--{name}", str(value))]
    groups = [word for group in GROUPS for word in ("--only", group)]
    command = [sys.executable, "-m", "bench", *options, *groups, "--data", str(tmp_path), "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=300)
    return {figure["name"]: figure for figure in json.loads(out.read_text("utf-8"))}


def number(figures: Figures, name: str) -> float:
    return float(str(figures[name]["value"]))


def beside(figures: Figures, name: str) -> str:
    return str(figures[name]["versus"])


def every_page_was_looked_at(figures: Figures) -> None:
    assert list(figures)[:3] == ["desk.situation_ms", "desk.slowest_page_ms", "desk.slowest_first_look_ms"]
    assert "x the budget of 200 ms" in beside(figures, "desk.situation_ms")
    assert int(beside(figures, "desk.slowest_page_ms").rsplit(" ", 1)[1]) > 20, "how many pages"


def a_slow_phone_is_beside_a_static_page(figures: Figures) -> None:
    assert 0 < number(figures, "desk.repeat_visit_kb") < number(figures, "desk.first_visit_kb")
    assert "x floor.static_page_slow_phone_s" in beside(figures, "desk.slow_phone_s")


def an_acknowledgement_over_2g_was_measured(figures: Figures) -> None:
    assert {"desk.acknowledge_2g_s", "desk.acknowledge_2g_kb", "floor.static_page_2g_s"} <= figures.keys()
    assert number(figures, "desk.acknowledge_2g_kb") < 14


def people_and_partners_at_once_saw_no_error(figures: Figures) -> None:
    assert number(figures, "desk.people_at_once") == SMALL["people"]
    assert "no error" in beside(figures, "desk.people_at_once")


def what_is_stored_verifies(node: Path) -> None:
    verify = [sys.executable, "-m", "entente_node.cli", "--node", str(node), "verify", "--json"]
    said = subprocess.run(verify, check=True, stdout=subprocess.PIPE, env=clean(), timeout=120)
    journals = json.loads(said.stdout)
    assert len(journals) == 4
    assert sum(one["size"] for one in journals if "routine" in one["journal"]) == SMALL["stored"]


def test_every_row_of_the_desk_is_measured(tmp_path: Path) -> None:
    """The rows of a browser where there is Chromium, those of 2G where there can be a slow line: the bench leaves them out too."""
    figures = run(tmp_path)
    every_page_was_looked_at(figures)
    people_and_partners_at_once_saw_no_error(figures)
    if CHROMIUM.exists():
        a_slow_phone_is_beside_a_static_page(figures)
    if CHROMIUM.exists() and slowline.obstacle() is None:
        an_acknowledgement_over_2g_was_measured(figures)
    [kept] = tmp_path.glob("stored-*")
    made = (kept / "node" / "ledger.sqlite3").stat().st_ino
    desk.ledger(kept, SMALL["stored"], SMALL["alerts"])
    assert (kept / "node" / "ledger.sqlite3").stat().st_ino == made, "it is made once"
    what_is_stored_verifies(kept / "node")

"""What is measured of the desk, at a size that says nothing about speed: the figures are there and make sense."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench.sides import clean

from bench import desk
from tests.desk.conftest import CHROMIUM
from tools import slowline

ROOT = Path(__file__).parents[2]


def run(tmp_path: Path, group: str) -> dict[str, dict[str, object]]:
    out = tmp_path / "figures.json"
    small = {"records": 10, "runs": 1, "stored": 3_000, "alerts": 120, "people": 4, "seconds": 3, "lines": 1}
    options = [word for name, value in small.items() for word in (f"--{name}", str(value))]
    subprocess.run(
        [
            sys.executable,
            "-m",
            "bench",
            *options,
            "--data",
            str(tmp_path),
            "--out",
            str(out),
            "--only",
            group,
        ],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=300,
    )
    return {figure["name"]: figure for figure in json.loads(out.read_text("utf-8"))}


def test_every_page_of_a_stored_ledger_is_looked_at(tmp_path: Path) -> None:
    figures = run(tmp_path, "desk.pages")
    assert list(figures) == ["desk.situation_ms", "desk.slowest_page_ms", "desk.slowest_first_look_ms"]
    assert "x the budget of 200 ms" in str(figures["desk.situation_ms"]["versus"])
    assert int(str(figures["desk.slowest_page_ms"]["versus"]).rsplit(" ", 1)[1]) > 20, "how many pages"
    [kept] = tmp_path.glob("stored-*")
    made = (kept / "node" / "ledger.sqlite3").stat().st_ino
    desk.ledger(kept, 3_000, 120)
    assert (kept / "node" / "ledger.sqlite3").stat().st_ino == made, "it is made once"


def test_what_is_stored_verifies(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.stored", str(tmp_path / "node"), "2000", "40"]
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL, env=clean(), timeout=120)
    verify = [sys.executable, "-m", "entente_node.cli", "--node", str(tmp_path / "node"), "verify", "--json"]
    said = subprocess.run(verify, check=True, stdout=subprocess.PIPE, env=clean(), timeout=120)
    journals = json.loads(said.stdout)
    assert len(journals) == 4
    assert sum(one["size"] for one in journals if "routine" in one["journal"]) == 2_000


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
def test_a_slow_phone_is_measured_beside_a_static_page(tmp_path: Path) -> None:
    figures = run(tmp_path, "desk.phone")
    assert (
        0
        < float(str(figures["desk.repeat_visit_kb"]["value"]))
        < float(str(figures["desk.first_visit_kb"]["value"]))
    )
    assert "x floor.static_page_slow_phone_s" in str(figures["desk.slow_phone_s"]["versus"])


@pytest.mark.browser
@pytest.mark.slow_line
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
@pytest.mark.skipif(slowline.obstacle() is not None, reason=str(slowline.obstacle()))
def test_an_acknowledgement_over_2g_is_measured(tmp_path: Path) -> None:
    figures = run(tmp_path, "desk.acknowledge")
    assert {"desk.acknowledge_2g_s", "desk.acknowledge_2g_kb", "floor.static_page_2g_s"} == figures.keys()
    assert float(str(figures["desk.acknowledge_2g_kb"]["value"])) < 14


def test_people_and_partners_at_once_see_no_error(tmp_path: Path) -> None:
    figures = run(tmp_path, "desk.people")
    assert figures["desk.people_at_once"]["value"] == 4
    assert "no error" in str(figures["desk.people_at_once"]["versus"])

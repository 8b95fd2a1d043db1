"""The bench runs, at a size that says nothing about speed, and writes what others read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(tmp_path: Path, *groups: str) -> dict[str, dict[str, object]]:
    out = tmp_path / "figures.json"
    asked = [word for group in groups for word in ("--only", group)]
    subprocess.run(
        [sys.executable, "-m", "bench", "--records", "100", "--runs", "1", "--out", str(out), *asked],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=120,
    )
    figures = json.loads(out.read_text("utf-8"))
    assert all(figure.keys() == {"name", "value", "unit", "versus"} for figure in figures)
    assert all(figure["value"] > 0 for figure in figures)
    return {figure["name"]: figure for figure in figures}


def test_floors_and_decisions_are_measured(tmp_path: Path) -> None:
    figures = run(tmp_path, "decide", "floor.zstd_file")
    assert list(figures) == [
        "decide.per_s",
        "floor.zstd_file.records_per_s",
        "floor.zstd_file.bytes_per_record",
    ]


def test_records_go_from_node_to_node_over_http(tmp_path: Path) -> None:
    figures = run(tmp_path, "transfer", "alert", "floor.zstd_file")
    assert figures["transfer.records_per_s"]["unit"] == "records/s"
    assert "x floor.zstd_file.bytes_per_record" in str(figures["transfer.bytes_per_record"]["versus"])
    assert {"file.records_per_s", "alert.latency_s"} <= figures.keys()


def test_a_group_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        run(tmp_path, "weather")

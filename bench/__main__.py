"""Measure, print the table, write ``latest.json``: what ``make bench`` runs."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rich.console import Console

from bench import deciding, desk, exchanging, figures, floors, people, sides, workload
from bench.figures import Figure
from entente.records import encode

GROUPS: Final = (
    "transfer", "decide", "alert", "floor.zstd_file", "floor.git",
    "desk.pages", "desk.phone", "desk.acknowledge", "desk.people",
)  # fmt: skip
"""What can be asked for with --only; filing is measured with the transfer of what was filed."""


def main() -> None:
    """Run the measurements that were asked for, or all."""
    asked = _arguments()
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    with tempfile.TemporaryDirectory(prefix="entente-bench-") as folder:
        measured = figures.compared(_measure(asked, Path(folder), console))
    figures.write(measured, asked.out)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    title = f"{asked.records:,} synthetic records, median of {asked.runs}; {machine}"
    figures.show(measured, title, console)


def _measure(asked: argparse.Namespace, folder: Path, console: Console) -> Iterable[Figure]:
    records = list(workload.flows(asked.records))
    lines = folder / "records.jsonl"
    lines.write_bytes(b"\n".join(map(encode, records)) + b"\n")

    def folders(name: str) -> list[Path]:
        return [folder / f"{name}-{run}" for run in range(asked.runs)]

    groups = asked.only or GROUPS
    prepared = folder / "prepared"
    if {"transfer", "alert"} & set(groups):
        with console.status("two nodes and their agreement …"):
            sides.prepare(prepared)
    for group in groups:
        with console.status(f"{group} …"):
            match group:
                case "transfer":
                    yield from exchanging.filed_and_carried(prepared, lines, asked.records, folders("pair"))
                case "decide":
                    yield from deciding.decisions(records, asked.runs)
                case "alert":
                    yield from exchanging.alerts(prepared, folder / "alerts", 9)
                case "floor.zstd_file":
                    yield from floors.zstd_file(deciding.released(records), folders("file"))
                case "floor.git":
                    yield from floors.git(deciding.released(records), folders("git"))
                case _:
                    yield from _desk(group, asked, folder)


def _desk(group: str, asked: argparse.Namespace, folder: Path) -> Iterable[Figure]:
    if group == "desk.pages":
        large = asked.data / f"stored-{desk.VERSION}-{asked.stored}-{asked.alerts}"
        return desk.pages(desk.ledger(large, asked.stored, asked.alerts), asked.runs)
    # What is measured on the small one changes it: it is made anew in every run, and each group has a copy.
    flows, alerts = desk.SMALL
    made = desk.ledger(folder / "small", min(flows, asked.stored), min(alerts, asked.alerts))
    small = shutil.copytree(made, folder / group)
    match group:
        case "desk.phone":
            return desk.phone(small, asked.runs)
        case "desk.acknowledge":
            return desk.acknowledge(small, range(1, asked.lines + 1))
        case _:
            return people.at_once(small, folder / "partners", asked.people, asked.seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="flow records of each run")
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement; the median counts")
    parser.add_argument("--only", action="append", choices=GROUPS, help="one group; may be given again")
    parser.add_argument(
        "--stored", type=int, default=10_000_000, help="flows stored where pages are looked at"
    )
    parser.add_argument("--alerts", type=int, default=50_000, help="alerts stored there")
    parser.add_argument(
        "--data", type=Path, default=_cache(), help="where that ledger is kept for the next run"
    )
    parser.add_argument("--lines", type=int, default=5, help="lines over which an alert is acknowledged")
    parser.add_argument("--people", type=int, default=40, help="people at the desk at once")
    parser.add_argument("--seconds", type=float, default=20, help="for how long")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("latest.json"))
    return parser.parse_args()


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "entente-bench"


if __name__ == "__main__":
    main()

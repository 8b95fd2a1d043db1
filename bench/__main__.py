"""Measure, print the table, write ``latest.json``: what ``make bench`` runs."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rich.console import Console

from bench import deciding, exchanging, figures, floors, sides, workload
from bench.figures import Figure
from entente.records import encode

GROUPS: Final = ("transfer", "decide", "alert", "floor.zstd_file", "floor.git")
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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="flow records of each run")
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement; the median counts")
    parser.add_argument("--only", action="append", choices=GROUPS, help="one group; may be given again")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("latest.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()

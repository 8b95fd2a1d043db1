"""Figures: what was measured, in which unit, and what it is next to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Final

from rich.console import Console
from rich.table import Table

COMPARED: Final = {
    "transfer.records_per_s": "floor.zstd_file.records_per_s",
    "transfer.bytes_per_record": "floor.zstd_file.bytes_per_record",
    "floor.git.records_per_s": "floor.zstd_file.records_per_s",
    "floor.git.bytes_per_record": "floor.zstd_file.bytes_per_record",
}
"""Which floor a figure is divided by."""


@dataclass(frozen=True)
class Figure:
    """One line of the table and of ``latest.json``."""

    name: str
    value: float
    unit: str
    versus: str = ""


def middle(name: str, values: Sequence[float], unit: str) -> Figure:
    """The median of several runs."""
    return Figure(name, round(median(values), 4), unit)


def compared(figures: Iterable[Figure]) -> list[Figure]:
    """The figures, each with its ratio to its floor where both were measured."""
    found = {figure.name: figure for figure in figures}
    return [
        replace(figure, versus=f"{figure.value / floor.value:.2f} x {floor.name}")
        if (floor := found.get(COMPARED.get(figure.name, ""))) is not None and floor.value
        else figure
        for figure in found.values()
    ]


def write(figures: Sequence[Figure], path: Path) -> None:
    """The figures as a JSON list of ``{name, value, unit, versus}``."""
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n", "utf-8")


def show(figures: Sequence[Figure], title: str, console: Console) -> None:
    """The figures side by side, for people."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("figure", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("versus")
    for figure in figures:
        table.add_row(figure.name, _number(figure.value), figure.unit, figure.versus)
    console.print(table)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"

"""The way of a record between two nodes: filed, released, carried, shown; and one alert."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figure, middle
from bench.sides import Pair, pair, wait_for

COUNT = "SELECT COUNT(*) FROM ledger_record WHERE kind = 'flow-of-people' AND NOT local"
ALERT = "SELECT 1 FROM ledger_record WHERE code = ? AND NOT local"
QUERY = (
    "SELECT place, COUNT(*), MIN(starts), MAX(starts) FROM ledger_record "
    "WHERE kind = 'flow-of-people' AND starts >= ? GROUP BY place"
)


def filed_and_carried(prepared: Path, lines: Path, count: int, folders: Sequence[Path]) -> list[Figure]:
    """Filing with releasing, then the transfer, of the same records; the median of one run a folder."""
    filing, carrying, sizes = [], [], []
    for folder in folders:
        with pair(prepared, folder) as two:
            filing.append(count / _file(two, lines))
            before = two.relay.bytes
            carrying.append(count / _carry(two, count))
            sizes.append((two.relay.bytes - before) / count)
    return [
        middle("file.records_per_s", filing, "records/s"),
        middle("transfer.records_per_s", carrying, "records/s"),
        middle("transfer.bytes_per_record", sizes, "bytes"),
    ]


def _file(two: Pair, lines: Path) -> float:
    """As the commands ``file`` and ``release`` do it: seconds."""
    filing = two.north.ask("command", arguments=["file", str(lines)])
    releasing = two.north.ask("command", arguments=["release"])
    return float(filing["seconds"] + releasing["seconds"])


def _carry(two: Pair, count: int) -> float:
    """From released at North to counted and asked about at South: seconds."""
    started = time.perf_counter()
    two.exchange()
    with two.ledger() as ledger:
        [[there]] = ledger.execute(COUNT)
        grouped = ledger.execute(QUERY, [0]).fetchall()
    seconds = time.perf_counter() - started
    assert there == count == sum(row[1] for row in grouped), f"{there} of {count} records arrived"
    return seconds


def alerts(prepared: Path, folder: Path, times: int) -> list[Figure]:
    """One alert, from the moment that it is filed to South's ledger; the median of several.

    ``entente serve`` runs on both sides: nobody asks anybody to exchange.
    """
    with pair(prepared, folder, couriers=True) as two, two.ledger() as ledger:
        seconds = [_alert(two, ledger, number) for number in range(times)]
    return [middle("alert.latency_s", seconds, "s")]


def _alert(two: Pair, ledger: sqlite3.Connection, number: int) -> float:
    started = time.perf_counter()
    code = two.north.ask("alert", number=number)["code"]
    wait_for(lambda: bool(ledger.execute(ALERT, [code]).fetchall()), pause=0.005)
    return time.perf_counter() - started

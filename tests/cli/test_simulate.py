"""``simulate``: lines, a table or the ledger; with a node or without one."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.cli.transcript import entente

THREE_DAYS = ("--seed", "7", "--from", "2022-03-01", "--days", "3")


def test_the_lines_are_records_that_the_node_files(pair: Path) -> None:
    lines = entente(pair, "--node", "gao", "simulate", *THREE_DAYS).stdout
    kinds = {json.loads(line)["kind"] for line in lines.splitlines()}
    assert kinds >= {"flow-of-people", "flow-of-livestock"}
    filed = entente(pair, "--node", "gao", "file", "-", "--json", stdin=lines)
    assert filed.returncode == 0, filed.stderr.decode()
    assert len(json.loads(filed.stdout)["filed"]) == len(lines.splitlines())


def test_no_node_is_needed_to_look_at_one_side(tmp_path: Path) -> None:
    result = entente(tmp_path, "simulate", *THREE_DAYS, "--side", "NE", "--kind", "flow-of-people", "--json")
    assert result.returncode == 0, result.stderr.decode()
    records = json.loads(result.stdout)
    assert records
    assert all(one["post"].startswith("SYN-NE-") for one in records)


def test_filed_twice_it_adds_nothing_and_the_table_of_it_neither(pair: Path) -> None:
    people = (*THREE_DAYS, "--kind", "flow-of-people")
    first = json.loads(entente(pair, "--node", "gao", "simulate", *people, "--file", "--json").stdout)
    assert first["filed"] > 5
    again = json.loads(entente(pair, "--node", "gao", "simulate", *people, "--file", "--json").stdout)
    assert again == {"filed": 0, "already": first["filed"]}
    entente(pair, "--node", "gao", "simulate", *people, "--out", "gao.csv")
    table = entente(pair, "--node", "gao", "import", "flows", "gao.csv", "--json")
    assert json.loads(table.stdout)["already"] == first["filed"]


def test_every_row_of_a_table_says_that_it_is_synthetic(pair: Path) -> None:
    made = entente(pair, "--node", "gao", "simulate", *THREE_DAYS, "--out", "gao.csv", language="fr_FR.UTF-8")
    assert "Synthétique" in made.stderr.decode()
    with (pair / "gao.csv").open(encoding="utf-8", newline="") as file:
        names, tags, *rows = csv.reader(file)
    assert tags[-1] == "#meta+synthetic"
    assert rows
    assert all("synthétique" in row[-1] and row[names.index("Point de suivi")][:4] == "SYN-" for row in rows)


def test_what_cannot_be_made_is_refused_in_a_sentence(pair: Path) -> None:
    for arguments, code, message in (
        (["--side", "BF"], 1, "BF is no side"),
        (["--kind", "alert"], 1, "no kind"),
        (["--from", "2022-02-30"], 1, "not in the calendar"),
        (["--out", "a.csv", "--file"], 2, "one of --out and --file"),
        (["--out", "a.csv", "--kind", "flow-of-goods", "--kind", "flow-of-people"], 2, "one kind"),
    ):
        result = entente(pair, "--node", "gao", "simulate", "--days", "1", *arguments)
        assert (result.returncode, message in result.stderr.decode()) == (code, True), result.stderr.decode()

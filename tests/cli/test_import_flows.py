"""``import flows``: rows become records once, bad rows are told and passed over."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.transcript import entente, environment

HEAD = "Jour;Point;Sens;Total;Femmes;Lieu"
TAGS = "#date+occurred;#loc+post+code;#indicator+direction;#affected;#affected+f+adults;#loc+code"


def rows(count: int, first: int = 0) -> list[str]:
    """Rows of a synthetic post, each different."""
    return [
        f"{number % 28 + 1:02}/{number // 28 % 12 + 1:02}/2022;SYN-{number % 9};entrant;{number};{number % 7};labbezanga"
        for number in range(first, first + count)
    ]


def write(path: Path, lines: list[str], encoding: str = "utf-8") -> str:
    path.write_bytes("\r\n".join([HEAD, TAGS, *lines, ""]).encode(encoding))
    return path.name


def imported(folder: Path, *arguments: str, stdin: bytes = b"", code: int = 0) -> dict[str, object]:
    result = entente(
        folder, "--node", "gao", "import", "flows", *arguments, "--tlp", "GREEN", "--json", stdin=stdin
    )
    assert result.returncode == code, result.stderr.decode()
    found: dict[str, object] = json.loads(result.stdout)
    return found


def counts(found: dict[str, object]) -> tuple[object, ...]:
    return tuple(found[name] for name in ("filed", "already", "doubled", "refused"))


def test_the_same_file_twice_adds_nothing_and_a_file_that_grew_adds_what_is_new(pair: Path) -> None:
    name = write(pair / "flux.csv", rows(40))
    assert counts(imported(pair, name)) == (40, 0, 0, 0)
    assert counts(imported(pair, name)) == (0, 40, 0, 0)
    write(pair / "flux.csv", rows(60))
    assert counts(imported(pair, name)) == (20, 40, 0, 0)
    listed = entente(pair, "--node", "gao", "list", "--kind", "flow-of-people", "--limit", "1000", "--json")
    assert len(json.loads(listed.stdout)) == 60


def test_another_service_may_report_the_same_numbers(pair: Path) -> None:
    name = write(pair / "flux.csv", rows(3))
    assert counts(imported(pair, name)) == (3, 0, 0, 0)
    assert counts(imported(pair, name, "--service", "elevage")) == (3, 0, 0, 0)


def on_a_terminal(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, and what a terminal showed of standard error."""
    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).parent / "entente"), "--node", "gao", "import", "flows", *arguments]
    shown: list[bytes] = []

    def read() -> None:
        # A terminal whose last writer has gone is read as an error.
        with suppress(OSError):
            while data := os.read(ours, 65_536):
                shown.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    env = environment(TERM="xterm", COLUMNS="120")
    done = subprocess.run(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=theirs, check=False)
    os.close(theirs)
    reader.join()
    os.close(ours)
    return done.returncode, done.stdout.decode(), b"".join(shown).decode()


def test_a_hundred_thousand_rows_show_their_progress_and_one_bad_row_costs_only_itself(pair: Path) -> None:
    lines = rows(100_000)
    lines[61_234] = lines[61_234].replace("entrant", "vers le nord")
    name = write(pair / "flux.csv", lines)
    code, told, shown = on_a_terminal(pair, name, "--tlp", "GREEN", "--report", "report.csv")
    assert code == 1
    assert "99999 records filed." in told
    with (pair / "report.csv").open(encoding="utf-8", newline="") as file:
        [bad] = list(csv.reader(file))[2:]
    # Two rows of heading, and lines are counted from 1.
    assert bad == ["61237", "61237", bad[2]]
    assert "column Sens: vers le nord" in bad[2]
    assert "line 61237: column Sens: vers le nord" in shown
    steps = sorted({int(one) for one in re.findall(r"importing.*?(\d+)%", shown)})
    assert len(steps) > 5, shown
    assert steps[0] < 30
    assert steps[-1] > 70
    # The same file again adds nothing.
    assert counts(imported(pair, name, code=1)) == (0, 99_999, 0, 1)


def test_a_row_that_is_there_twice_is_taken_once_and_told(pair: Path) -> None:
    lines = rows(10)
    found = imported(pair, write(pair / "flux.csv", [*lines, lines[4]]), "--report", "report.csv")
    assert counts(found) == (10, 0, 1, 0)
    assert "says the same" in (pair / "report.csv").read_text("utf-8")


def test_bad_rows_are_reported_with_line_and_reason_and_do_not_stop_the_rest(pair: Path) -> None:
    lines = rows(30)
    lines[3] = lines[3].replace("entrant", "vers")
    lines[7] = lines[7].replace("labbezanga", "X99")
    lines[9] += ";trop"
    lines[11] = "x" * 200_000
    lines[20] = lines[20].replace("/2022", "/22")
    found = imported(pair, write(pair / "flux.csv", lines), "--report", "report.csv", code=1)
    assert counts(found) == (25, 0, 0, 5)
    with (pair / "report.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.reader(file))[2:]
    assert [line for line, _last, _reason in told] == ["6", "10", "12", "14", "23"]
    assert "column Sens: vers" in told[0][2]
    assert "X99" in told[1][2]


def test_what_was_not_counted_stays_missing(pair: Path) -> None:
    imported(pair, write(pair / "flux.csv", ["01/02/2022;SYN-1;entrant;-;0;labbezanga"]))
    exported = entente(pair, "--node", "gao", "export", "flows").stdout.decode()
    [row] = list(csv.DictReader(exported.splitlines()[0:1] + exported.splitlines()[2:]))
    assert row["Total"] == ""
    assert row["Women"] == "0"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_writing_of_a_spreadsheet_is_found_out(pair: Path, encoding: str, separator: str) -> None:
    text = "Date,Sens,Garçons,Code du lieu\n2022-01-03,entrant,3,labbezanga"
    (pair / "t.csv").write_bytes(text.replace(",", separator).encode(encoding))
    found = imported(pair, "t.csv", "--dry-run")
    assert counts(found) == (1, 0, 0, 0)
    assert found["separator"] == separator
    columns = found["columns"]
    assert isinstance(columns, list)
    assert [column["field"] for column in columns] == ["at", "direction", "boys", "place.code"]


def test_a_dry_run_files_nothing(pair: Path) -> None:
    name = write(pair / "flux.csv", rows(5))
    assert counts(imported(pair, name, "--dry-run")) == (5, 0, 0, 0)
    assert counts(imported(pair, name)) == (5, 0, 0, 0)


def test_standard_input_and_values_for_every_row(pair: Path) -> None:
    table = b"jour,h\n2022-01-03,3\n2022-01-04,4\n"
    maps = (
        "--map",
        "jour=at",
        "--map",
        "h=men",
        "--set",
        "direction=outgoing",
        "--set",
        "place.code=labbezanga",
    )
    found = imported(pair, "-", *maps, stdin=table)
    assert counts(found) == (2, 0, 0, 0)
    rulings = found["rulings"]
    assert isinstance(rulings, list)
    assert [(one["outcome"], one["count"]) for one in rulings] == [("release", 2)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfea\x00", "UTF-16"),
        (b"PK\x03\x04rest", "workbook"),
        (b"", "no row names the columns"),
        (b"a,b\n1,2\n", "no column says at"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(pair: Path, data: bytes, message: str) -> None:
    (pair / "t.csv").write_bytes(data)
    result = entente(pair, "--node", "gao", "import", "flows", "t.csv", "--tlp", "GREEN")
    assert result.returncode == 1
    assert message in result.stderr.decode()
    assert "Traceback" not in result.stderr.decode()


def test_the_report_never_overwrites_the_table(pair: Path) -> None:
    name = write(pair / "flux.csv", rows(1))
    result = entente(pair, "--node", "gao", "import", "flows", name, "--report", "./flux.csv")
    assert result.returncode == 2
    assert (pair / "flux.csv").read_bytes().startswith(HEAD.encode())


def test_a_value_for_every_row_is_one_of_a_field(pair: Path) -> None:
    name = write(pair / "flux.csv", rows(1))
    result = entente(pair, "--node", "gao", "import", "flows", name, "--set", "lune=pleine")
    assert result.returncode == 1
    assert "lune is no field" in result.stderr.decode()


def test_a_marking_must_be_chosen(pair: Path) -> None:
    name = write(pair / "flux.csv", rows(1))
    result = entente(pair, "--node", "gao", "import", "flows", name)
    assert result.returncode == 1
    assert "no column says tlp" in result.stderr.decode()


def test_what_a_partner_sent_cannot_be_imported_as_ours(pair: Path) -> None:
    line = "Date,Sens,article,Code du lieu\n2022-01-03,entrant,1#A8,labbezanga\n"
    (pair / "t.csv").write_text(line, "utf-8")
    assert counts(imported(pair, "t.csv", code=1)) == (0, 0, 0, 1)


def test_an_unclosed_quotation_mark_costs_the_rows_that_it_swallows_and_no_more(pair: Path) -> None:
    lines = rows(4_000)
    lines[10] = f'"{lines[10]}'
    found = imported(pair, write(pair / "flux.csv", lines), code=1)
    filed = found["filed"]
    assert isinstance(filed, int)
    assert filed > 500
    assert found["refused"] in range(1, 4)


def test_an_export_can_be_imported_by_another_node(pair: Path) -> None:
    imported(pair, write(pair / "flux.csv", rows(12)))
    table = entente(pair, "--node", "gao", "export", "flows", language="fr_FR.UTF-8").stdout
    result = entente(pair, "--node", "til", "import", "flows", "-", "--json", stdin=table)
    assert result.returncode == 0, result.stderr.decode()
    assert counts(json.loads(result.stdout)) == (12, 0, 0, 0)
    again = entente(pair, "--node", "til", "export", "flows", language="fr_FR.UTF-8").stdout
    assert again.replace(b"tillaberi.ne", b"gao.ml") == table

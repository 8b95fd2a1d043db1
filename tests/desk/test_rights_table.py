"""What people read about rights is what the desk does; the script of the guide verifies a log."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from entente.agreements.checks import OBSERVED
from entente_node.directory import auditing
from entente_node.directory.roles import RIGHTS, May, Role
from tests.desk.conftest import Desk

GUIDE = Path(__file__).parents[2] / "docs/how-to/who-sees-what.md"


def rows() -> dict[str, list[str]]:
    lines = re.findall(r"^\| (\w+) \|(.*)\|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    return {role: [cell.strip() for cell in cells.split("|")] for role, cells in lines if role in set(Role)}


def test_the_table_of_the_guide_is_that_of_the_desk() -> None:
    table = rows()
    assert set(table) == set(Role)
    for role, (mandated, own, kinds, may) in table.items():
        rights = RIGHTS[Role(role)]
        assert {May(one.strip()) for one in may.split(",")} == rights.may, role
        assert own == (rights.own or "nothing"), role
        if rights.highest is None:
            assert mandated == "nothing"
        else:
            assert mandated.endswith(rights.highest), role
            assert (rights.kinds is None) == kinds.startswith("all"), role


def test_an_article_grants_observers_no_more_than_their_role_reaches() -> None:
    assert RIGHTS[Role.OBSERVER].highest == OBSERVED


@pytest.fixture
def exported(desk: Desk, raised: str, tmp_path: Path) -> Path:
    desk.page(f"/alerts/{raised}")
    desk.page("/")
    log = tmp_path / "log.jsonl"
    log.write_text("".join(f"{line}\n" for line in auditing.export()), "utf-8")
    return log


def verify(log: Path) -> subprocess.CompletedProcess[str]:
    script = re.search(r"^```python\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert script is not None
    command = [sys.executable, "-c", script[1], str(log), "tillaberi.ne"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_script_of_the_guide_accepts_a_log_as_it_was_written(exported: Path) -> None:
    done = verify(exported)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["2", auditing.head().hash]


@pytest.mark.parametrize("change", [("saw", "did"), ("GET", "PUT"), ("officer", "agentxx")])
def test_the_script_of_the_guide_refuses_a_changed_log(exported: Path, change: tuple[str, str]) -> None:
    text = exported.read_text("utf-8")
    assert change[0] in text
    exported.write_text(text.replace(*change, 1), "utf-8")
    assert verify(exported).returncode != 0

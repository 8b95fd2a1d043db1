"""What the tests call instead of the installed command says and does the same, in the same circumstances."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.transcript import PASSPHRASE, calls, entente, environment, installed

CALLS = [
    ["--version"],
    ["--help"],
    [],
    ["frobnicate"],
    ["--node", "gao", "show"],
    ["--node", "gao", "list", "--limit", "0"],
    ["--node", "gao", "status"],
    ["--node", "gao", "agreement", "show", "--json"],
    ["--node", "nowhere", "list"],
    ["--node", "gao", "file", "-"],
]


@pytest.mark.parametrize("arguments", CALLS, ids=" ".join)
@pytest.mark.parametrize("language", ["en_GB.UTF-8", "fr_FR.UTF-8"])
def test_it_says_what_the_installed_command_says(arguments: list[str], language: str, pair: Path) -> None:
    done = [
        call(pair, *arguments, stdin=b"{\n", language=language, COLUMNS="90") for call in (entente, installed)
    ]
    ours, theirs = [(one.returncode, one.stdout, one.stderr) for one in done]
    assert ours == theirs
    assert ours[1] + ours[2]


def test_a_node_is_made_as_the_installed_command_makes_it(pair: Path, tmp_path: Path) -> None:
    party = ["--party", "gao.ml", "--name", "Région de Gao", "--short", "GAO", "--country", "ML"]
    assert installed(tmp_path, "init", "theirs", *party, ENTENTE_PASSPHRASE=PASSPHRASE).returncode == 0
    theirs, ours = [
        {path.relative_to(node): path.stat().st_mode for path in node.rglob("*")}
        for node in (tmp_path / "theirs", pair / "gao")
    ]
    assert len(theirs) > 8
    assert theirs.items() <= ours.items()
    assert (tmp_path / "theirs" / "node.toml").read_bytes() == (pair / "gao" / "node.toml").read_bytes()


def _sh(command: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    env = environment()
    env["PATH"] = f"{calls('en_GB.UTF-8')}:{env['PATH']}"
    return subprocess.run(["sh", "-c", command], cwd=folder, env=env, capture_output=True, check=False)


def test_pipes_and_redirections_are_the_shells_own(pair: Path) -> None:
    assert shutil.which("entente", path=calls("en_GB.UTF-8")) is not None
    done = _sh("entente --version 2>&1 | cat > version; entente frobnicate 2> wrong; echo $?", pair)
    assert (done.stdout, done.stderr) == (b"2\n", b"")
    assert (pair / "version").read_bytes() == installed(pair, "--version").stdout
    assert b"frobnicate" in (pair / "wrong").read_bytes()


def test_another_language_is_spoken_where_a_step_asks_for_it(pair: Path) -> None:
    done = _sh("LANG=fr_FR.UTF-8 entente --node nowhere list", pair)
    assert done.stderr == installed(pair, "--node", "nowhere", "list", language="fr_FR.UTF-8").stderr

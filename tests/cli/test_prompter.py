"""What runs the commands of the demonstration is the command, with its own input, output and exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entente_node.demo.prompter import Prompter


@pytest.fixture
def prompter() -> Iterator[Prompter]:
    prompter = Prompter(None, LANG="en_GB.UTF-8", LC_ALL="en_GB.UTF-8", ENTENTE_PASSPHRASE="for tests only")
    yield prompter
    prompter.end()


def test_it_says_what_the_command_says(prompter: Prompter) -> None:
    command = subprocess.run(
        [sys.executable, "-m", "entente_node.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert prompter.run(["--version"]).out == command.stdout


def test_a_refusal_is_one_and_the_next_command_knows_nothing_of_it(
    prompter: Prompter, tmp_path: Path
) -> None:
    refused = prompter.run(["--node", str(tmp_path), "status"])
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("entente: there is no node in")
    done = prompter.run(["--version"])
    assert (done.code, done.err) == (0, "")


def test_a_command_reads_what_it_was_given_and_no_request_of_another(
    prompter: Prompter, tmp_path: Path
) -> None:
    folder = tmp_path / "gao"
    names = ["--party", "gao.ml", "--name", "Gao", "--short", "GAO", "--country", "ML"]
    assert prompter.run(["init", str(folder), *names]).code == 0
    own = Prompter(folder, LANG="en_GB.UTF-8", LC_ALL="en_GB.UTF-8")
    try:
        for name in ("awa", "zara"):
            words = ["--node", str(folder), "user", "add", name, "--service", "elevage", "--password-stdin"]
            assert own.run(words, f"une longue phrase de {name}\n").code == 0
        assert "zara" in own.run(["--node", str(folder), "user", "list"]).out
    finally:
        own.end()


def test_it_ends_when_nobody_asks_any_more(prompter: Prompter) -> None:
    prompter.end()
    assert prompter._process.returncode == 0


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_a_terminal_that_lacks_a_letter_gets_the_sentence_all_the_same(encoding: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "entente_node.cli", "--help"],
        capture_output=True,
        check=False,
        env=os.environ | {"LANG": "fr_FR.UTF-8", "LC_ALL": "fr_FR.UTF-8", "PYTHONIOENCODING": encoding},
    )
    assert told.returncode == 0
    assert b"demo" in told.stdout
    assert told.stderr == b""

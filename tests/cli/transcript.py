"""Runs a transcript: shell commands with what they print, as people read them.

::

    # a comment, which says what is shown
    @pair                      begin with two nodes, Gao and Tillabéri, whose agreement is in force
    $ entente --node gao list  a command, run by a shell in a folder of its own
    what it prints             every line of standard output, then of standard error, these after "! "
    [1]                        the exit code, where it is not 0

``…`` in a line stands for anything, alone on a line for any lines. ``<CODE>``, capitals in angle
brackets, is a word: the first time any word, afterwards that one, in commands too.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.cli.loaded import INSTALLED, Loaded

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "quatre mots pour essayer"
_NAME = re.compile(r"<([A-Z]+)>")


def environment(language: str = "en_GB.UTF-8", **more: str) -> dict[str, str]:
    """A clean environment: nothing of this process's node or language."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {
        **kept,
        "PATH": path,
        "LANG": language,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
        **more,
    }


@cache
def calls(language: str) -> Path:
    """The folder of an ``entente`` and a ``material`` that say the same sooner: see :mod:`tests.cli.loaded`."""
    loaded = Loaded(environment(language))
    atexit.register(loaded.end)
    return loaded.folder


def entente(
    folder: Path, *arguments: str, stdin: bytes = b"", language: str = "en_GB.UTF-8", **more: str
) -> subprocess.CompletedProcess[bytes]:
    """One call of the command in a folder."""
    return _call(calls(language) / "entente", folder, arguments, stdin, environment(language, **more))


def installed(
    folder: Path, *arguments: str, stdin: bytes = b"", language: str = "en_GB.UTF-8", **more: str
) -> subprocess.CompletedProcess[bytes]:
    """The same of the installed command: for what is about the process, or runs until it is stopped."""
    return _call(INSTALLED, folder, arguments, stdin, environment(language, **more))


def _call(
    program: Path, folder: Path, arguments: tuple[str, ...], stdin: bytes, env: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        input=stdin,
        env=env,
        capture_output=True,
        timeout=120,
        check=False,
    )


def make_pair(folder: Path) -> None:
    """Two nodes whose agreement is in force and known to both, made by the command alone."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = {"ENTENTE_PASSPHRASE": PASSPHRASE}
    _done(entente(folder, "init", "gao", *_party("gao.ml", "Région de Gao", "GAO", "ML"), **secret))
    _done(
        entente(folder, "init", "til", *_party("tillaberi.ne", "Région de Tillabéri", "TIL", "NE"), **secret)
    )
    for node in ("gao", "til"):
        (folder / f"{node}.json").write_bytes(_done(entente(folder, "--node", node, "key", "show", "--json")))
    made = subprocess.run(
        [str(calls("en_GB.UTF-8") / "material"), "draft", "gao.json", "til.json"],
        cwd=folder, env=environment(), capture_output=True, check=True,
    )  # fmt: skip
    (folder / "agreement.note").write_bytes(made.stdout)
    for node in ("gao", "til"):
        _done(entente(folder, "--node", node, "agreement", "sign", "agreement.note", "--yes", **secret))
    _done(entente(folder, "--node", "gao", "agreement", "adopt", "agreement.note", "--yes", **secret))
    for source, target in (("gao", "til"), ("til", "gao")):
        _done(entente(folder, "--node", source, "pouch", "write", "stick"))
        _done(entente(folder, "--node", target, "pouch", "read", "stick"))


def _party(party: str, name: str, short: str, country: str) -> list[str]:
    return ["--party", party, "--name", name, "--short", short, "--country", country]


def _done(result: subprocess.CompletedProcess[bytes]) -> bytes:
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


@dataclass
class Step:
    line: int
    command: str
    expected: list[str] = field(default_factory=list)


def parse(text: str) -> tuple[dict[str, str], bool, list[Step]]:
    """The environment that a transcript asks for, whether it begins with a pair, its steps."""
    more: dict[str, str] = {}
    pair = False
    steps: list[Step] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("# ") or line == "#":
            continue
        if line == "@pair":
            pair = True
        elif line.startswith("@"):
            name, _, value = line[1:].partition("=")
            more[name] = value
        elif line.startswith("$ "):
            steps.append(Step(number, line[2:]))
        elif steps:
            steps[-1].expected.append(line)
    for step in steps:
        while step.expected and not step.expected[-1]:
            step.expected.pop()
    return more, pair, steps


def run(transcript: Path, folder: Path, pair: Path) -> None:
    """Run a transcript in a folder; AssertionError shows what was printed instead."""
    more, wants_pair, steps = parse(transcript.read_text("utf-8"))
    if wants_pair:
        shutil.copytree(pair, folder, dirs_exist_ok=True)
    language = more.pop("LANG", "en_GB.UTF-8")
    env = environment(language, ENTENTE_PASSPHRASE=PASSPHRASE, **more)
    env["PATH"] = f"{calls(language)}{os.pathsep}{env['PATH']}"
    words: dict[str, str] = {}
    for step in steps:
        command = _NAME.sub(lambda found: words.get(found[1], found[0]), step.command)
        result = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=env,
            capture_output=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        printed = _printed(result, folder)
        assert _matches(step.expected, printed, words), (
            f"{transcript.name}, line {step.line}: {command}\n--- expected\n"
            + "\n".join(step.expected) + "\n--- printed\n" + "\n".join(printed)
        )  # fmt: skip


def _printed(result: subprocess.CompletedProcess[bytes], folder: Path) -> list[str]:
    lines = _lines(result.stdout) + [f"! {line}".rstrip() for line in _lines(result.stderr)]
    if result.returncode:
        lines.append(f"[{result.returncode}]")
    # The folder of a test differs from run to run, and so does where it stands.
    return [line.replace(f"{folder}/", "").replace(str(folder), ".") for line in lines]


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8").replace("\N{NO-BREAK SPACE}", " ").rstrip("\n")
    return [line.rstrip() for line in text.split("\n")] if text else []


def _matches(expected: list[str], printed: list[str], words: dict[str, str]) -> bool:
    """Whether the lines are those expected; words that are met first are kept."""
    if not expected:
        return not printed
    if expected[0] == "…":
        return any(_matches(expected[1:], printed[skip:], words) for skip in range(len(printed) + 1))
    if not printed:
        return False
    found = _pattern(expected[0], words).fullmatch(printed[0])
    if found is None:
        return False
    before = dict(words)
    words.update(found.groupdict())
    if _matches(expected[1:], printed[1:], words):
        return True
    words.clear()
    words.update(before)
    return False


def _pattern(line: str, words: dict[str, str]) -> re.Pattern[str]:
    parts = []
    met: set[str] = set()
    for part in re.split(r"(<[A-Z]+>|…)", line):
        name = _NAME.fullmatch(part)
        if part == "…":
            parts.append(".*")
        elif name is None:
            parts.append(re.escape(part))
        elif name[1] in words:
            parts.append(re.escape(words[name[1]]))
        elif name[1] in met:
            parts.append(f"(?P={name[1]})")
        else:
            met.add(name[1])
            parts.append(rf"(?P<{name[1]}>[^\s,;:]+)")
    return re.compile("".join(parts))

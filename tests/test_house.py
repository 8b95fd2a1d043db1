"""The house: what a newcomer reads is true, and what does not belong in the repository is not there."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from entente.records import KINDS

ROOT = Path(__file__).parents[1]


@cache
def tracked() -> tuple[Path, ...]:
    """The files of the repository that are there, or those of the folder where it is no checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a checkout: git does not say which files are ours")
    return tuple(
        file for name in listed.stdout.decode().split("\0") if name and (file := ROOT / name).is_file()
    )


@cache
def text_of(file: Path) -> str:
    """What is in a text file; empty for a picture."""
    data = file.read_bytes()
    return "" if b"\0" in data else data.decode("utf-8")


def lines_with(pattern: str, *, but: tuple[str, ...] = ()) -> list[str]:
    """Lines of tracked files in which the pattern is found, but not in these files."""
    searched = re.compile(pattern)
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for file in tracked()
        if file.relative_to(ROOT).as_posix() not in {*but, "tests/test_house.py"}
        for number, line in enumerate(text_of(file).split("\n"), start=1)
        if searched.search(line)
    ]


def documents() -> list[Path]:
    return [file for file in tracked() if file.suffix == ".md"]


@cache
def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


class TestWhatIsNotThere:
    def test_nothing_is_left_to_do_in_a_comment(self) -> None:
        assert lines_with(r"\b(TODO|FIXME|XXX|HACK)\b", but=("pyproject.toml",)) == []

    def test_no_path_of_a_machine(self) -> None:
        assert lines_with(r"(^|[^\w.~/-])/(work|home|root|Users|farm|tmp|opt|mnt)/") == []

    def test_no_address_of_a_registry(self) -> None:
        assert lines_with(r"(pypi\.org|pythonhosted|--index-url \S|--find-links \S|/simple/)") == []
        assert not re.search(r"https?://|file:", (ROOT / "requirements.lock").read_text("utf-8"))

    def test_no_compiled_or_generated_file(self) -> None:
        unwanted = {".mo", ".pyc", ".sqlite3", ".pouch", ".age", ".key"}
        assert [file for file in tracked() if file.suffix in unwanted] == []

    def test_no_file_over_half_a_megabyte(self) -> None:
        assert [file for file in tracked() if file.stat().st_size > 512_000] == []

    def test_no_clock_and_no_chance_in_the_core(self) -> None:
        # What imports cannot show: datetime and zoneinfo are there for arithmetic.
        asked = re.compile(r"\b(datetime|date)\.(now|today|utcnow)\(|\bopen\(|\bprint\(")
        core = [
            file for file in tracked() if file.is_relative_to(ROOT / "src/entente") and file.suffix == ".py"
        ]
        assert len(core) > 40
        assert [str(file) for file in core if asked.search(text_of(file))] == []

    def test_no_room_for_odds_and_ends(self) -> None:
        names = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
        assert [file for file in tracked() if file.stem in names or names & set(file.parts)] == []


class TestTests:
    def test_every_test_is_found_and_named_after_something(self) -> None:
        files = [file for file in tracked() if file.is_relative_to(ROOT / "tests") and file.suffix == ".py"]
        with_tests = [file for file in files if any(names_of_tests(file))]
        assert len(with_tests) > 30
        assert [file for file in with_tests if not re.fullmatch(r"test_[a-z][a-z0-9_]*", file.stem)] == []
        assert [
            f"{file.name}::{name}"
            for file in with_tests
            for name in names_of_tests(file)
            if not re.fullmatch(r"test_[a-z0-9_]{3,}", name) or re.fullmatch(r"test_[a-z]+_?\d+", name)
        ] == []

    def test_a_module_of_tests_has_some(self) -> None:
        empty = [
            file for file in tracked() if file.match("tests/**/test_*.py") and not any(names_of_tests(file))
        ]
        assert empty == []

    def test_every_folder_of_tests_is_a_package(self) -> None:
        folders = {
            file.parent for file in tracked() if file.match("tests/**/*.py") or file.match("tests/*.py")
        }
        assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def names_of_tests(file: Path) -> Iterator[str]:
    """The names of the tests of a module, with those of its classes."""
    for node in ast.walk(ast.parse(text_of(file))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name


class TestDocuments:
    def test_every_link_leads_somewhere(self) -> None:
        missing = []
        links = 0
        for file in documents():
            for target in re.findall(r"\]\(([^)\s]+)\)", text_of(file)):
                if re.match(r"[a-z]+:", target):
                    continue
                links += 1
                path, _, anchor = target.partition("#")
                to = (file.parent / path).resolve() if path else file
                if not to.exists() or (anchor and anchor not in anchors(to)):
                    missing.append(f"{file.relative_to(ROOT)}: {target}")
        assert links > 30
        assert missing == []

    def test_every_document_is_reached_from_the_index_or_the_readme(self) -> None:
        reached = {ROOT / name for name in ("README.md", "docs/README.md")}
        waiting = list(reached)
        while waiting:
            file = waiting.pop()
            for target in re.findall(r"\]\(([^)\s#]+)", text_of(file)):
                to = (file.parent / target).resolve()
                if to.suffix == ".md" and to.exists() and to not in reached:
                    reached.add(to)
                    waiting.append(to)
        assert [str(file.relative_to(ROOT)) for file in documents() if file not in reached] == []

    def test_every_guarantee_names_tests_that_exist(self) -> None:
        model = (ROOT / "docs/threat-model.md").read_text("utf-8")
        guarantees = re.findall(r"^\*\*G(\d+)\.(.*?)(?=^\*\*G\d+\.|^#)", model, re.MULTILINE | re.DOTALL)
        assert [int(number) for number, _ in guarantees] == list(range(1, len(guarantees) + 1))
        assert len(guarantees) > 15
        for number, text in guarantees:
            named = re.findall(r"`(tests/[^`:]+)::(test_\w+)`", text)
            assert named, f"G{number} names no test"
            for file, name in named:
                assert (ROOT / file).exists(), f"G{number}: there is no {file}"
                assert name in set(names_of_tests(ROOT / file)), f"G{number}: {file} has no {name}"

    @pytest.mark.parametrize("name", ["README.md", "README.fr.md", "CONTRIBUTING.md", "docs/tutorial.md"])
    def test_the_commands_of_a_document_are_in_the_makefile(self, name: str) -> None:
        targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
        used = set(re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))
        assert used
        assert used <= targets

    def test_the_readmes_say_the_same_in_two_languages(self) -> None:
        english, french = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.fr.md"))
        for mark in (r"^## ", r"^\| ", r"^- \*\*", r"^make ", r"!\["):
            found = [len(re.findall(mark, text, re.MULTILINE)) for text in (english, french)]
            assert found[0] == found[1] > 0, mark

    def test_french_is_set_as_french_is(self) -> None:
        for name in ("README.fr.md",):
            prose = re.sub(
                r"```.*?```|`[^`]*`|\]\([^)]*\)", "", (ROOT / name).read_text("utf-8"), flags=re.DOTALL
            )
            assert re.findall(r".{12}[^\u202f\u00a0\s|:-][;?!](?!\[)", prose) == []
            assert re.findall(r".{12} [;:?!](?!-)", prose) == []
            assert re.findall(r".{12}'", prose) == []

    def test_the_decisions_are_numbered_and_say_what_they_cost(self) -> None:
        files = sorted((ROOT / "docs/decisions").glob("*.md"))
        assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
        assert [file.name for file in files if "**What it costs.**" not in text_of(file)] == []


def anchors(file: Path) -> set[str]:
    """The anchors of a document's headings, as they are made from the words."""
    headings = re.findall(r"^#+ (.*)$", text_of(file), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


class TestPackage:
    def test_the_version_is_the_changelogs_newest(self) -> None:
        newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
        assert newest is not None
        assert project()["project"]["version"] == newest[1]  # type: ignore[index]  # TOML has no types

    def test_every_library_has_its_reason_and_its_hash(self) -> None:
        table = project()["project"]
        wanted = [*table["dependencies"], *table["optional-dependencies"]["dev"]]  # type: ignore[index]  # as above
        names = {re.split(r"[<>=\[ ]", one)[0] for one in wanted}
        reasons = set(
            re.findall(
                r"^\| ([\w-]+) \|",
                (ROOT / "docs/decisions/0002-libraries.md").read_text("utf-8"),
                re.MULTILINE,
            )
        ) - {"package"}
        assert reasons == names
        lock = (ROOT / "requirements.lock").read_text("utf-8")
        pins = re.split(r"^(?=[\w-]+==)", lock, flags=re.MULTILINE)[1:]
        assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
        assert {name.lower() for name in names} <= {pin.split("==")[0].lower() for pin in pins}

    def test_every_kind_of_record_is_held_apart_from_the_others(self) -> None:
        contracts = project()["tool"]["importlinter"]["contracts"]  # type: ignore[index]  # as above
        apart = next(one for one in contracts if one["id"] == "kinds-apart")["modules"]
        assert set(apart) == {kind.__module__ for kind in KINDS.values()}

    def test_what_ci_runs_is_what_the_readme_says(self) -> None:
        script = (ROOT / ".ci/run").read_text("utf-8")
        for command in ("make test", "make check", "make demo ONCE=1"):
            assert command in script
        assert "ENTENTE_REQUIRE_VECTORS=1 ENTENTE_REQUIRE_BROWSER=1" in script
        assert (ROOT / ".ci/run").stat().st_mode & 0o111

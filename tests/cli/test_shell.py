"""How the command behaves in a shell: pipes, interrupts, secrets, usage, what it loads."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from entente.signing import VerifierKey, fingerprint
from tests.cli.material import record
from tests.cli.transcript import PASSPHRASE, ROOT, entente, environment
from tests.parties import GAO, TILLABERI


def test_json_alone_goes_to_standard_output(pair: Path) -> None:
    for verb in (
        ["status"],
        ["list"],
        ["verify"],
        ["partner", "list"],
        ["user", "list"],
        ["agreement", "show"],
        ["release"],
    ):
        result = entente(pair, "--node", "gao", *verb, "--json")
        assert result.returncode == 0, result.stderr
        json.loads(result.stdout)
        assert result.stderr == b""


def test_every_key_of_json_is_documented(pair: Path) -> None:
    documented = (ROOT / "docs/reference/json.md").read_text("utf-8")
    (pair / "r.jsonl").write_bytes(record("alert") + b"\n" + record("red") + b"\n")
    outputs = [entente(pair, "--node", "gao", "explain", "r.jsonl", "--json").stdout]
    filed = entente(pair, "--node", "gao", "file", "r.jsonl", "--confirm-text", "--json").stdout
    code = json.loads(filed)["filed"][0]["code"]
    outputs += [filed, entente(pair, "--node", "gao", "release", "--json").stdout]
    outputs += [entente(pair, "--node", "gao", "pouch", "write", "s", "--json").stdout]
    outputs += [entente(pair, "--node", "til", "pouch", "read", "s", "--json").stdout]
    outputs += [entente(pair, "--node", "gao", "show", code, "--json").stdout]
    outputs += [entente(pair, "--node", "gao", "journal", "export", "a", "--json").stdout]
    night = "duty now, duty list protection-civile, duty calls, duty figures, channel list, clock show"
    verbs = f"status, list, verify, user list, audit list, audit verify, audit head, {night}"
    for verb in verbs.split(", "):
        outputs.append(entente(pair, "--node", "gao", *verb.split(), "--json").stdout)
    outputs.append(entente(pair, "--node", "gao", "agreement", "show", "--json").stdout)
    missing = {key for output in outputs for key in _keys(json.loads(output)) if f"`{key}`" not in documented}
    assert missing == set()


def _keys(value: object) -> set[str]:
    if isinstance(value, list):
        return {key for part in value for key in _keys(part)}
    if isinstance(value, dict):
        # The fields of a record, of a form and of a reason's values have their own reference; details differ by deed.
        inner = [part for name, part in value.items() if name not in {"record", "form", "values", "detail"}]
        return set(value) | {key for part in inner for key in _keys(part)}
    return set()


def test_the_party_object_is_that_of_an_agreement(pair: Path) -> None:
    party = json.loads(entente(pair, "--node", "gao", "key", "show", "--json").stdout)
    assert list(party) == ["id", "name", "short", "country", "keys", "services"]
    assert list(party["keys"]) == ["authority", "log", "receipts", "seal"]


def test_no_secret_is_ever_printed(pair: Path) -> None:
    secrets = [line for path in (pair / "gao" / "keys").glob("*.key") for line in path.read_text().split()]
    assert secrets
    for verb in (
        ["key", "show"],
        ["key", "show", "--json"],
        ["status", "--json"],
        ["agreement", "show", "--json"],
    ):
        printed = entente(pair, "--node", "gao", *verb, ENTENTE_PASSPHRASE=PASSPHRASE)
        for secret in [*secrets, PASSPHRASE]:
            assert secret.encode() not in printed.stdout + printed.stderr


def test_keys_are_their_owners_alone_to_read(pair: Path) -> None:
    for path in (pair / "gao" / "keys").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    assert (pair / "gao" / "ledger.sqlite3").stat().st_mode & 0o077 == 0


def test_a_passphrase_comes_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text(PASSPHRASE + "\n")
    party = ["--party", "gao.ml", "--name", "Gao", "--short", "GAO", "--country", "ML"]
    assert entente(tmp_path, "init", "n", *party, "--passphrase-file", "pass").returncode == 0
    short = entente(tmp_path, "init", "m", *party, ENTENTE_PASSPHRASE="court")
    assert short.returncode == 1
    assert b"at least 12 characters" in short.stderr
    nobody = entente(tmp_path, "init", "m", *party)
    assert b"nobody to ask for the passphrase" in nobody.stderr
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [("--party", "Gao ML"), ("--short", "gao"), ("--short", "G"), ("--party", "../x"), ("--party", "")],
)
def test_a_node_with_a_wrong_name_is_not_made(option: str, value: str, tmp_path: Path) -> None:
    party = {"--party": "gao.ml", "--name": "Gao", "--short": "GAO", "--country": "ML"} | {option: value}
    arguments = [part for pair in party.items() for part in pair]
    result = entente(tmp_path, "init", "n", *arguments, ENTENTE_PASSPHRASE=PASSPHRASE)
    assert result.returncode == 1
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show"], "CODE is missing"),
        (["list", "--state", "lost"], "--state is wrong: one of new, acknowledged"),
        (["list", "--limit", "0"], "--limit is wrong"),
        (["list", "--frob"], "there is no option --frob"),
        (["frobnicate"], "No such command"),
        (["answer", "GAO-7K3QX"], "--ack"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_where_help_is(arguments: list[str], words: str, pair: Path) -> None:
    result = entente(pair, "--node", "gao", *arguments)
    assert result.returncode == 2
    assert words in result.stderr.decode()
    assert "--help` says more." in result.stderr.decode()
    assert result.stdout == b""


def test_the_node_is_named_by_option_by_environment_or_by_the_folder(pair: Path) -> None:
    assert entente(pair, "key", "show", "--json", "--node", "til").stdout == (pair / "til.json").read_bytes()
    assert (
        entente(pair, "key", "show", "--json", ENTENTE_NODE="til").stdout == (pair / "til.json").read_bytes()
    )
    assert entente(pair / "til", "key", "show", "--json").stdout == (pair / "til.json").read_bytes()
    both = entente(pair, "--node", "til", "key", "show", "--json", ENTENTE_NODE="gao")
    assert both.stdout == (pair / "til.json").read_bytes()


def test_a_reader_that_goes_away_is_no_error_to_tell(pair: Path) -> None:
    command = f"entente --node gao agreement show --json | head -c 1 > /dev/null"  # noqa: F541
    result = subprocess.run(
        ["sh", "-c", command], cwd=pair, env=environment(), capture_output=True, check=False
    )
    assert result.stderr == b""


def test_ctrl_c_ends_with_130_and_a_word(pair: Path) -> None:
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "entente"), "--node", "gao", "file", "-"],
        cwd=pair, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # Who runs the tests in the background ignores SIGINT, and so would the child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )  # fmt: skip
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert err == b"entente: interrupted\n"


@pytest.mark.parametrize(
    "arguments", [["--version"], ["key", "show"], ["agreement", "check", "agreement.note"]]
)
def test_what_takes_long_to_load_is_loaded_only_where_it_is_needed(arguments: list[str], pair: Path) -> None:
    program = (
        f"import sys; from entente_node.cli import run; run({arguments!r});"
        "sys.exit(not {'django', 'httpx', 'fsspec', 'icalendar'}.isdisjoint(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=pair,
        env=environment(ENTENTE_NODE="gao"),
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_help_speaks_both_languages() -> None:
    french = entente(ROOT, "--help", language="fr_FR.UTF-8").stdout.decode()
    english = entente(ROOT, "--help").stdout.decode()
    assert "Pour commencer" in french
    assert "Montrer ce message" in french
    assert "To begin" in english


def test_text_of_a_record_cannot_write_to_the_terminal(pair: Path) -> None:
    line = record("alert").replace(b"Exercice", b"\\u001b]0;pwned\\u0007")
    (pair / "r.jsonl").write_bytes(line)
    for verb in (["explain", "r.jsonl"], ["file", "r.jsonl"]):
        result = entente(pair, "--node", "gao", *verb)
        assert b"\x1b" not in result.stdout + result.stderr


def test_fingerprints_are_digits_in_groups_and_differ() -> None:
    keys = [
        GAO.authority.verifier,
        TILLABERI.authority.verifier,
        GAO.authority.verifier.renamed("kayes.ml/authority"),
    ]
    texts = [fingerprint(key) for key in keys]
    assert len(set(texts)) == 3
    for text in texts:
        groups = text.split(" ")
        assert len(groups) == 12
        assert all(len(part) == 5 and part.isdigit() for part in groups)


def test_a_fingerprint_never_changes() -> None:
    # People have written it down: the digits of a key must be these in every version.
    key = VerifierKey.parse("gao.ml/authority+bb623b7d+AYYKYLddDx8yWyT/OkMGdhAJCBlSvD039tUlBJetOgdF")
    assert fingerprint(key) == "00314 74398 34658 37244 95056 40667 40079 83344 87222 07206 55585 20338"

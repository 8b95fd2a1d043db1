"""Each verb given garbage, truncated or oversized input says so, ends with 1 and changes nothing."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.material import CAP, record
from tests.cli.transcript import entente, installed

GARBAGE: dict[str, bytes] = {
    "nothing": b"",
    "noise": bytes(range(256)) * 40,
    "zeros": b"\0" * 5_000,
    "half a surrogate": b'{"kind":"alert","at":"\xed\xa0\x80"}',
    "deep": b"[" * 100_000,
    "another type": b'{"hello":"world"}\n',
    "huge integer": b'{"kind":"alert","at":' + b"9" * 5_000 + b"}",
    "bomb": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
}

FILE_VERBS = [
    ("agreement", "check"),
    ("agreement", "sign", "--yes"),
    ("agreement", "adopt", "--yes"),
    ("agreement", "show"),
    ("agreement", "explain"),
    ("explain",),
    ("file",),
    ("import", "cap", "--service", "protection-civile"),
]


def dump(folder: Path) -> list[str]:
    """The whole content of both ledgers, as SQL."""
    found = []
    for node in ("gao", "til"):
        with closing(sqlite3.connect(folder / node / "ledger.sqlite3")) as connection:
            found += list(connection.iterdump())
    return found


def refused(result: object, *, silent: bool = True) -> str:
    code, out, err = result.returncode, result.stdout.decode(), result.stderr.decode()  # type: ignore[attr-defined]
    assert code == 1, (code, out, err)
    assert err.startswith(("entente: ", "line ")), err
    assert "Traceback" not in err
    assert "a fault of the program" not in err
    assert len(err) < 5_000, err[:200]
    assert not silent or not out
    return err


@pytest.fixture
def unchanged(pair: Path) -> Iterator[Path]:
    before = dump(pair)
    yield pair
    assert dump(pair) == before


def together(folder: Path, calls: list[list[str]], **more: str) -> list[str]:
    def call(arguments: list[str]) -> str:
        return refused(entente(folder, *arguments, **more))

    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(call, calls))


@pytest.mark.parametrize("verb", FILE_VERBS, ids=[" ".join(verb) for verb in FILE_VERBS])
def test_a_file_of_garbage_is_refused(verb: tuple[str, ...], unchanged: Path) -> None:
    calls = []
    for name, data in GARBAGE.items():
        if name == "nothing" and verb[-1] in {"file", "explain"}:
            continue  # no lines are no records: nothing to do, and nothing wrong
        path = unchanged / f"{name}.bin"
        path.write_bytes(data)
        calls.append([*verb, str(path)])
    before = {path: path.read_bytes() for path in unchanged.glob("*.bin")}
    global_options = ["--node", "gao"]
    together(
        unchanged,
        [[*global_options, *call] for call in calls],
        ENTENTE_PASSPHRASE="quatre mots pour essayer",
    )
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("verb", FILE_VERBS, ids=[" ".join(verb) for verb in FILE_VERBS])
def test_what_is_no_file_or_too_large_is_refused(verb: tuple[str, ...], unchanged: Path) -> None:
    large = unchanged / "large.bin"
    with large.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    (unchanged / "folder").mkdir()
    missing = ["missing.bin"] if "explain" not in verb else ["no-such-file-or-code"]
    calls = [["--node", "gao", *verb, name] for name in [*missing, "folder", "large.bin"]]
    together(unchanged, calls, ENTENTE_PASSPHRASE="quatre mots pour essayer")


def test_a_truncated_agreement_is_refused_at_any_place(unchanged: Path) -> None:
    whole = (unchanged / "agreement.note").read_bytes()
    calls = []
    for cut in (1, len(whole) // 3, len(whole) - 200, len(whole) - 1):
        path = unchanged / f"cut{cut}.note"
        path.write_bytes(whole[:cut])
        calls += [
            ["--node", "gao", "agreement", "adopt", "--yes", path.name],
            ["agreement", "show", path.name],
        ]
    together(unchanged, calls, ENTENTE_PASSPHRASE="quatre mots pour essayer")


def test_an_agreement_changed_after_signing_is_refused(unchanged: Path) -> None:
    text = (unchanged / "agreement.note").read_text("utf-8")
    (unchanged / "changed.note").write_text(
        text.replace('"retention_days": 730', '"retention_days": 731'), "utf-8"
    )
    [said] = together(unchanged, [["agreement", "show", "changed.note"]])
    assert "signature" in said


def test_bad_lines_are_told_with_their_numbers_and_nothing_is_filed(unchanged: Path) -> None:
    lines = [
        record("wordless"),
        b'{"kind":"alert"}',
        b"{",
        record("wordless").replace(b"AMBER", b"x"),
        b'{"kind":"x"}',
    ]
    (unchanged / "mixed.jsonl").write_bytes(b"\n".join(lines))
    said = refused(entente(unchanged, "--node", "gao", "file", "mixed.jsonl"))
    assert "line 2: not a record: the field at is missing\n" in said
    assert "line 3: this is not JSON: it breaks off\n" in said
    assert "line 5: not a record: kind: the value x is not in the list\n" in said
    assert "nothing was filed" in said


def test_with_keep_going_the_good_lines_are_filed(pair: Path) -> None:
    (pair / "mixed.jsonl").write_bytes(record("wordless") + b"\n{\n" + record("red") + b"\n")
    said = entente(pair, "--node", "gao", "file", "mixed.jsonl", "--keep-going")
    assert said.returncode == 1
    assert b"2 records filed." in said.stdout
    assert b"line 2: this is not JSON" in said.stderr


def test_a_line_longer_than_any_record_is_refused(unchanged: Path) -> None:
    (unchanged / "long.jsonl").write_bytes(record("wordless") + b"\n" + b" " * 300_000 + record("wordless"))
    assert "line 2 is over 250000 bytes" in refused(entente(unchanged, "--node", "gao", "file", "long.jsonl"))


def test_a_record_with_a_code_of_another_party_is_refused(unchanged: Path) -> None:
    (unchanged / "theirs.jsonl").write_bytes(record("wordless")[:-1] + b',"code":"TIL-7K3QX"}')
    refused(entente(unchanged, "--node", "gao", "file", "theirs.jsonl"))


def test_a_record_that_claims_to_be_released_is_refused(unchanged: Path) -> None:
    (unchanged / "released.jsonl").write_bytes(
        record("wordless")[:-1] + b',"article":"1#A4","released_at":"2022-01-10T07:00:00Z"}'
    )
    refused(entente(unchanged, "--node", "gao", "file", "released.jsonl"))


@pytest.mark.parametrize(
    "verb",
    [("confirm",), ("show",), ("answer", "--ack"), ("withdraw",), ("explain",)],
    ids=lambda verb: verb[0],
)
def test_what_is_no_code_of_a_record_is_refused(verb: tuple[str, ...], unchanged: Path) -> None:
    codes = [
        "GAO-00000",
        "x",
        "../../etc/passwd",
        "GAO-7K3Q" + "X" * 500,
        "\N{RIGHT-TO-LEFT OVERRIDE}GAO",
        "' OR 1=1",
    ]
    for said in together(unchanged, [["--node", "gao", *verb, code] for code in codes]):
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in said


def test_a_pouch_of_garbage_is_refused_and_stays_where_it_is(pair: Path) -> None:
    stick = pair / "bad"
    stick.mkdir()
    made = entente(pair, "--node", "gao", "pouch", "write", str(stick))
    assert made.returncode == 0
    [pouch] = stick.glob("*.pouch")
    whole = pouch.read_bytes()
    name = pouch.name.partition("-")[0]
    before = dump(pair)
    for index, data in enumerate([b"", b"noise", whole[:100], whole[:-1], whole[:700] + b"\0" + whole[701:]]):
        (stick / f"{name}-{index:024x}.pouch").write_bytes(data)
    with (stick / f"{name}-{9:024x}.pouch").open("wb") as file:
        file.truncate(20 * 1024 * 1024)
    pouch.unlink()
    listing = sorted(os.listdir(stick))  # noqa: PTH208
    said = entente(pair, "--node", "til", "pouch", "read", str(stick))
    assert said.returncode == 1
    assert "6 pouches were refused" in said.stderr.decode()
    assert sorted(os.listdir(stick)) == listing  # noqa: PTH208
    assert dump(pair) == before


def test_our_own_pouch_that_comes_back_and_a_strangers_are_left(pair: Path) -> None:
    entente(pair, "--node", "gao", "pouch", "write", "back")
    before = dump(pair)
    said = entente(pair, "--node", "gao", "pouch", "read", "back")
    assert (said.returncode, said.stdout) == (0, b"")
    assert len(list((pair / "back").iterdir())) == 1
    assert dump(pair) == before


def test_a_log_that_was_changed_is_refused_by_the_auditor(pair: Path) -> None:
    (pair / "r.jsonl").write_bytes(record("wordless"))
    entente(pair, "--node", "gao", "file", "r.jsonl")
    entente(pair, "--node", "gao", "release")
    entente(pair, "--node", "gao", "journal", "export", "audit")
    [log] = (pair / "audit").iterdir()
    key = ["--key", _log_key(pair)]
    assert entente(pair, "journal", "verify", str(log), *key).returncode == 0
    for file in [path for path in log.rglob("*") if path.is_file()]:
        whole = file.read_bytes()
        for changed in (b"", whole[:-1], whole + b"\0", bytes([whole[0] ^ 1]) + whole[1:]):
            file.write_bytes(changed)
            refused(entente(pair, "journal", "verify", str(log), *key))
        file.unlink()
        refused(entente(pair, "journal", "verify", str(log), *key))
        file.write_bytes(whole)
    for bad in ("", "x", "gao.ml/log+00000000+AAAA"):
        refused(entente(pair, "journal", "verify", str(log), "--key", bad))
    refused(entente(pair, "journal", "verify", "nowhere", *key))


def _log_key(folder: Path) -> str:
    from json import loads

    return str(loads((folder / "gao.json").read_text("utf-8"))["keys"]["log"])


def test_a_ledger_that_is_no_database_is_said(pair: Path) -> None:
    (pair / "gao" / "ledger.sqlite3").write_bytes(b"not a database at all" * 500)
    for beside in ("-wal", "-shm"):  # a log that is whole would bring the ledger back
        (pair / "gao" / f"ledger.sqlite3{beside}").unlink(missing_ok=True)
    for verb in (["list"], ["status"], ["verify"], ["release"]):
        assert "ledger" in refused(entente(pair, "--node", "gao", *verb))


@pytest.mark.parametrize(
    "content",
    ["", "party = ", 'party = "gao.ml"\n', "\0", 'party = "GAO ML"\nname="x"\nshort="GAO"\ncountry="ML"\n'],
)
def test_a_folder_whose_node_cannot_be_read_is_refused(content: str, unchanged: Path) -> None:
    (unchanged / "gao" / "node.toml").write_text(content)
    refused(entente(unchanged, "--node", "gao", "list"))


def test_a_folder_that_is_no_node_is_left_alone(tmp_path: Path) -> None:
    for verb in (["list"], ["key", "show"], ["release"], ["status"], ["pouch", "write", "x"]):
        assert "there is no node in" in refused(entente(tmp_path, *verb))
    assert list(tmp_path.iterdir()) == []


def test_cap_that_goes_on_too_long_is_refused(unchanged: Path) -> None:
    (unchanged / "long.xml").write_text(
        CAP.replace("</info>", "<instruction>" + "x" * 1_100_000 + "</instruction></info>")
    )
    refused(
        entente(unchanged, "--node", "gao", "import", "cap", "long.xml", "--service", "protection-civile")
    )


def test_an_address_that_is_in_use_is_said_once(pair: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refused(installed(pair, "--node", "gao", "serve", "--port", port))
    assert f"127.0.0.1:{port}" in said
    assert "--port" in said
    assert "Traceback" not in said

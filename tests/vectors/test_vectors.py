"""The project's own vectors: they are what the code makes, and each comes out as it says."""

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from entente import errors
from entente.journal import journal
from entente.journal.checkpoint import Checkpoint, Origin, verify_checkpoint
from entente.journal.entry import (
    Row,
    check_entry,
    commitment,
    entries,
    entry,
    expand_salts,
)
from entente.journal.proof import (
    TlogProof,
    verify_consistency,
    verify_inclusion,
    verify_tlog_proof,
)
from entente.journal.receipt import verify_receipt
from entente.journal.tiles import read_log, tile_path
from entente.journal.tree import EMPTY, Frontier, leaf_hash, leaf_hashes
from entente.signing import SigningKey, VerifierKey, parse_note, sign_note, verify_note
from tests.vectors import generate
from tests.vectors.synthetic import LOG, plain_entries

HERE = Path(__file__).parent


def load(name: str) -> dict:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def data_of(carried: dict) -> bytes:
    return carried["text"].encode() if "text" in carried else b64decode(carried["base64"])


def cases(name: str, *tables: str) -> list:
    """Every case of some tables of a file, under the names that it has there."""
    return [
        pytest.param(case, id=f"{table}: {case['name']}")
        for table in tables or ("cases",)
        for case in load(name)[table]
    ]


def expect(case: dict, act: Callable[[], object]) -> object:
    """Act, and require the outcome that the case names: nothing, or exactly that class of error."""
    if case["error"] is None:
        return act()
    with pytest.raises(errors.EntenteError) as caught:
        act()
    assert type(caught.value).__name__ == case["error"]
    assert str(caught.value)
    return None


@pytest.mark.parametrize("name", sorted(generate.FILES))
def test_regenerating_gives_no_difference(name):
    assert (HERE / name).read_text(encoding="utf-8") == generate.contents(name)


def test_the_specification_shows_the_generated_example():
    assert generate.SPEC.read_text(encoding="utf-8") == generate.spec()


def test_the_specification_names_every_vector_file_and_every_error():
    text = generate.SPEC.read_text(encoding="utf-8")
    named = {
        case["error"] for name in generate.FILES for table in load(name).values() if isinstance(table, list)
        for case in table if isinstance(case, dict) and case.get("error")
    }  # fmt: skip
    assert [word for word in sorted(named | set(generate.FILES)) if word not in text] == []


@pytest.mark.parametrize("case", cases("notes.json"))
def test_note(case):
    data = data_of(case["note"])
    keys = [VerifierKey.parse(text) for text in case["keys"]]

    def act():
        note = parse_note(data, limit=case.get("limit", 1_000_000))
        assert note.to_bytes() == data
        return verify_note(note, keys)

    signed = expect(case, act)
    if "verified" in case:
        assert [str(key) for key in signed] == case["verified"]


def test_signing_reproduces_the_first_note():
    vectors = load("notes.json")
    made = sign_note(vectors["text"], SigningKey.parse_secret(vectors["skey"]))
    assert made.to_bytes() == data_of(vectors["cases"][0]["note"])


@pytest.mark.parametrize("case", cases("keys.json", "cases", "secrets"))
def test_key(case):
    if "vkey" in case:
        key = expect(case, lambda: VerifierKey.parse(case["vkey"]))
        assert key is None or str(key) == case["vkey"]
    else:
        key = expect(case, lambda: SigningKey.parse_secret(case["skey"]))
        assert key is None or key.secret_text() == case["skey"]


def test_merkle_roots():
    made = leaf_hashes(plain_entries(65_539))
    for case in load("merkle.json")["roots"]:
        assert EMPTY.extend(made[: case["size"]]).root() == b64decode(case["root"])


@pytest.mark.parametrize("case", cases("merkle.json", "inclusion", "consistency", "frontiers"))
def test_merkle(case):
    def act():
        if "frontier" in case:
            data = bytes.fromhex(case["frontier"])
            assert Frontier.from_bytes(data).to_bytes() == data
            return
        proof = [b64decode(one) for one in case["proof"]]
        if "index" in case:
            leaf, root = b64decode(case["leaf"]), b64decode(case["root"])
            verify_inclusion(case["index"], case["size"], leaf, proof, root)
        else:
            root1, root2 = b64decode(case["root1"]), b64decode(case["root2"])
            verify_consistency(case["size1"], case["size2"], root1, root2, proof)

    expect(case, act)


def test_entries_as_they_are_made():
    vectors = load("entries.json")
    rows = [Row(*row) for row in vectors["rows"]]
    made = vectors["made"]
    seed = bytes.fromhex(vectors["seed"])
    payloads = [case["payload"].encode() for case in made]
    salts = expand_salts(seed, 0, len(made))
    last = vectors["last_salt"]
    assert [salt.hex() for salt in salts] == [case["salt"] for case in made]
    assert expand_salts(seed, last["position"], 1)[0].hex() == last["salt"]
    for case, salt, payload in zip(made, salts, payloads, strict=True):
        c = commitment(salt, payload)
        assert c.hex() == case["commitment"]
        assert entry(rows[case["row"]], c) == case["entry"].encode()
        assert check_entry(case["entry"].encode()) == (rows[case["row"]], c)
        assert leaf_hash(case["entry"].encode()).hex() == case["leaf"]
    in_bulk = entries(rows, bytes(case["row"] for case in made), salts, payloads)
    assert in_bulk == [case["entry"].encode() for case in made]


@pytest.mark.parametrize("case", cases("entries.json"))
def test_entry_alone(case):
    expect(case, lambda: check_entry(case["entry"].encode()))


@pytest.mark.parametrize("case", cases("checkpoints.json", "texts", "notes", "origins"))
def test_checkpoint(case):
    if "text" in case:
        read = expect(case, lambda: Checkpoint.parse(case["text"]))
        assert read is None or read.text() == case["text"]
    elif "origin" in case:
        read = expect(case, lambda: Origin.parse(case["origin"]))
        assert read is None or str(read) == case["origin"]
    else:
        expect(case, lambda: verify_checkpoint(parse_note(case["note"].encode()), LOG.verifier))


@pytest.mark.parametrize("case", cases("receipts.json"))
def test_receipt(case):
    key = VerifierKey.parse(case["receipts"])
    receipt = expect(case, lambda: verify_receipt(parse_note(case["note"].encode()), key))
    assert case["time"] == (None if receipt is None else receipt.time)


@pytest.mark.parametrize("case", cases("proofs.json"))
def test_proof_file(case):
    data, made = case["proof"].encode(), case["entry"].encode()
    checkpoint = expect(case, lambda: verify_tlog_proof(data, made, LOG.verifier))
    if checkpoint is not None:
        assert TlogProof.parse(data).text().encode() == data


@pytest.mark.parametrize("case", cases("tiles.json"))
def test_exported_journal(case):
    files = {path: data_of(data) for path, data in case["files"].items()}
    expect(case, lambda: read_log(files.get, LOG.verifier))


@pytest.mark.parametrize("case", load("tiles.json")["paths"], ids=lambda case: case["path"])
def test_tile_path(case):
    assert tile_path(case["level"], case["n"], case["width"]) == case["path"]


@pytest.mark.parametrize("case", cases("journal.json"))
def test_extending_a_journal(case):
    held = EMPTY.extend(leaf_hashes(plain_entries(case["held"])))
    new = [each.encode() for each in case["entries"]]
    checkpoint = Checkpoint.parse(case["checkpoint"])
    extended = expect(case, lambda: journal.extend(held, new, checkpoint))
    assert extended is None or (extended.size, extended.root()) == (checkpoint.size, checkpoint.root)

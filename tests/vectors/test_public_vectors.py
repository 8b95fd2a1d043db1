"""Public vectors of other projects, in ../shared/vectors beside the checkout; they are not copied into it.

They are skipped where the folder is absent, and fail instead when ENTENTE_REQUIRE_VECTORS is 1.
"""

import json
import os
from base64 import b64decode
from pathlib import Path

import pytest

from entente.errors import EntenteError, MalformedError, ProofError
from entente.journal.checkpoint import Checkpoint, verify_checkpoint
from entente.journal.proof import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from entente.journal.tiles import log_files, read_log
from entente.journal.tree import EMPTY, leaf_hashes
from entente.signing import (
    COSIGNATURE,
    SigningKey,
    VerifierKey,
    cosignature_time,
    parse_note,
    sign_note,
    verify_note,
)

FOLDER = Path(__file__).parents[2].parent / "shared" / "vectors"
TESSERA = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


@pytest.fixture(scope="module")
def public() -> Path:
    if not FOLDER.is_dir():
        if os.environ.get("ENTENTE_REQUIRE_VECTORS") == "1":
            pytest.fail(f"the public vectors are required, and {FOLDER} is not there")
        pytest.skip("the public vectors are not beside the checkout")
    return FOLDER


def outcome_of(case: dict) -> str:
    """What our code says of one case of notes.json, in the words of that file."""
    try:
        keys = [VerifierKey.parse(text) for text in case["vkey"]]
    except MalformedError:
        return "bad-vkey"
    assert [str(key) for key in keys] == case["vkey"]
    if case["note"] is None:
        return "good-vkey"
    try:
        note = parse_note(case["note"].encode())
        signed = verify_note(note, keys)
    except EntenteError:
        return "reject"
    assert note.to_bytes() == case["note"].encode()
    if "verified" in case:
        assert [f"{key.name}+{key.key_id.hex()}" for key in signed] == case["verified"]
    return "ok"


def test_notes(public):
    cases = json.loads((public / "notes.json").read_text(encoding="utf-8"))
    assert [case["name"] for case in cases if outcome_of(case) != case["expect"]] == []
    assert len(cases) == 23


def test_published_private_keys_sign_the_published_bytes(public):
    cases = json.loads((public / "notes.json").read_text(encoding="utf-8"))
    made = 0
    for case in cases:
        if "skey" in case:
            key = SigningKey.parse_secret(case["skey"])
            assert key.secret_text() == case["skey"]
        elif "seed_hex" in case:
            name = VerifierKey.parse(case["vkey"][0]).name
            key = SigningKey.from_seed(name, bytes.fromhex(case["seed_hex"]))
        else:
            continue
        assert str(key.verifier) == case["vkey"][0]
        assert sign_note(parse_note(case["note"].encode()).text, key).to_bytes() == case["note"].encode()
        made += 1
    assert made == 3


@pytest.mark.parametrize(("kind", "count"), [("inclusion", 98), ("consistency", 98)])
def test_merkle_proofs(public, kind, count):
    wrong = []
    files = sorted((public / "merkle" / "testdata" / kind).rglob("*.json"))
    for path in files:
        case = json.loads(path.read_text(encoding="utf-8"))
        proof = [b64decode(one) for one in case["proof"] or []]
        try:
            if kind == "inclusion":
                leaf, root = b64decode(case["leafHash"] or ""), b64decode(case["root"] or "")
                verify_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)
            else:
                root1, root2 = b64decode(case["root1"] or ""), b64decode(case["root2"] or "")
                verify_consistency(case["size1"], case["size2"], root1, root2, proof)
            refused = False
        except ProofError:
            refused = True
        if refused != case["wantErr"]:
            wrong.append(str(path.relative_to(public)))
    assert wrong == []
    assert len(files) == count


def tessera_reader(log: Path, checkpoint: str):
    """Read a checkpoint of the log by its file name, and everything else as it is."""

    def read(path: str) -> bytes | None:
        file = log / (checkpoint if path == "checkpoint" else path)
        return file.read_bytes() if file.is_file() else None

    return read


@pytest.mark.parametrize("size", range(16))
def test_tessera_log_reads_at_every_size(public, size):
    log = public / "tessera" / "testdata" / "log"
    key = VerifierKey.parse(TESSERA)
    note = (log / f"checkpoint.{size}").read_bytes()
    checkpoint = verify_checkpoint(parse_note(note), key)
    entries = read_log(tessera_reader(log, f"checkpoint.{size}"), key)
    assert checkpoint.size == len(entries) == size
    # Our export of these entries is, file for file, the log that tessera wrote.
    written = dict(log_files(note, entries))
    assert written.pop("checkpoint") == note
    assert {path: (log / path).read_bytes() for path in written} == written


def test_tessera_checkpoints_prove_one_another(public):
    log = public / "tessera" / "testdata" / "log"
    hashes = leaf_hashes(read_log(tessera_reader(log, "checkpoint"), VerifierKey.parse(TESSERA)))
    roots = [
        Checkpoint.parse(parse_note((log / f"checkpoint.{n}").read_bytes()).text).root for n in range(16)
    ]
    assert [EMPTY.extend(hashes[:n]).root() for n in range(16)] == roots
    for n in range(1, 16):
        for m in range(n + 1):
            verify_consistency(m, n, roots[m], roots[n], consistency_proof(hashes, m, n))
        for index in range(n):
            verify_inclusion(index, n, hashes[index], inclusion_proof(hashes, index, n), roots[n])


def test_sunlight_cosignatures(public):
    folder = public / "sunlight" / "cmd" / "skylight" / "testdata"
    seen = 0
    for described in sorted(folder.rglob("*.v0.json")):
        (text,) = json.loads(described.read_text(encoding="utf-8"))["verifier_keys"]
        key = VerifierKey.parse(text)
        assert key.algorithm == COSIGNATURE
        for path in described.parent.glob("*/checkpoint"):
            note = parse_note(path.read_bytes())
            assert verify_note(note, [key]) == (key,)
            (line,) = [line for line in note.signatures if line.key_id == key.key_id]
            assert cosignature_time(line) == 1_767_139_200
            assert Checkpoint.parse(note.text).size == 300
            seen += 1
    assert seen == 3

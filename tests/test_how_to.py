"""The scripts that the how-to guides print do what these say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from entente.journal.checkpoint import Checkpoint, sign_checkpoint
from entente.journal.receipt import sign_receipt
from entente.journal.tiles import log_files
from entente.journal.tree import EMPTY, leaf_hashes
from entente.signing import with_signature
from tests.vectors.synthetic import LOG, ORIGIN, RECEIPTS, TIME, plain_entries

GUIDES = Path(__file__).parents[1] / "docs/how-to"
SIZE = 300


@pytest.fixture
def audit(tmp_path: Path) -> tuple[str, Path]:
    """The auditor's script and an exported journal."""
    text = (GUIDES / "audit-a-journal.md").read_text("utf-8")
    script = re.search(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert script is not None
    entries = plain_entries(SIZE)
    checkpoint = Checkpoint(ORIGIN, SIZE, EMPTY.extend(leaf_hashes(entries)).root())
    (receipt,) = sign_receipt(checkpoint, RECEIPTS, TIME).signatures
    note = with_signature(sign_checkpoint(checkpoint, LOG), receipt).to_bytes()
    for path, data in log_files(note, entries):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    return script[1], tmp_path


def run(audit: tuple[str, Path], receipts: object = RECEIPTS.verifier) -> subprocess.CompletedProcess[str]:
    script, folder = audit
    command = [sys.executable, "-c", script, str(folder), str(LOG.verifier), str(receipts)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_auditors_script_accepts_an_exported_journal(audit: tuple[str, Path]) -> None:
    done = run(audit)
    assert done.returncode == 0, done.stderr
    assert f"{ORIGIN} {SIZE} entries" in done.stdout


@pytest.mark.parametrize("name", ["checkpoint", "tile/entries/000", "tile/entries/001.p/44"])
def test_the_auditors_script_refuses_a_changed_byte(audit: tuple[str, Path], name: str) -> None:
    assert run(audit).returncode == 0
    file = audit[1] / name
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 1
    file.write_bytes(data)
    assert run(audit).returncode != 0


def test_the_auditors_script_refuses_the_receipt_of_another(audit: tuple[str, Path]) -> None:
    assert run(audit, LOG.renamed("kayes.ml/receipts").verifier).returncode != 0

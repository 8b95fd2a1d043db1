"""Writes the vectors of ``docs/spec`` and the worked example that they hold.

Run it from the top of the checkout: ``python -m tests.vectors.generate``. A test fails
when the committed files differ from what this makes: bytes that have been signed cannot
change, so a difference is either a mistake or a new version of the format.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from entente.journal.checkpoint import sign_checkpoint
from entente.journal.entry import commitment, expand_salts
from entente.journal.proof import tlog_proof
from entente.journal.receipt import sign_receipt
from entente.journal.tree import leaf_hash, leaf_hashes
from tests.vectors import journals, notes
from tests.vectors.synthetic import LOG, RECEIPTS, TIME

HERE = Path(__file__).parent
SPEC = HERE.parents[1] / "docs" / "spec" / "journal.md"
BEGIN, END = "<!-- example: made by tests/vectors/generate.py -->\n", "<!-- end of example -->\n"

FILES: dict[str, Callable[[], object]] = {
    "notes.json": notes.notes,
    "keys.json": notes.keys,
    "merkle.json": journals.merkle,
    "entries.json": journals.entries,
    "checkpoints.json": journals.checkpoints,
    "receipts.json": journals.receipts,
    "proofs.json": journals.proofs,
    "tiles.json": journals.tiles,
    "journal.json": journals.journal,
}


def contents(name: str) -> str:
    """One file, as it is committed."""
    return json.dumps(FILES[name](), indent=1, ensure_ascii=False) + "\n"


def example() -> str:
    """The worked example of the specification."""
    made = journals.real_entries()
    salt = expand_salts(journals.SEED, 0, 1)[0]
    signed = sign_checkpoint(journals.head(made), LOG)
    parts = [
        ("The author's log key, the partner's receipt key:", [str(LOG.verifier), str(RECEIPTS.verifier)]),
        ("The seed of the batch, and the salt of its first payload:", [journals.SEED.hex(), salt.hex()]),
        ("The first payload:", [journals.PAYLOADS[0].decode()]),
        ("Its commitment:", [commitment(salt, journals.PAYLOADS[0]).hex()]),
        ("The three entries of the journal:", [each.decode() for each in made]),
        ("Their leaf hashes:", [leaf_hash(each).hex() for each in made]),
        ("The checkpoint that the author signs:", [signed.to_bytes().decode().rstrip("\n")]),
        (
            "The receipt that the partner gives, dated 2021-12-01T14:20:00Z:",
            [sign_receipt(journals.head(made), RECEIPTS, TIME).to_bytes().decode().rstrip("\n")],
        ),
        (
            "The file that proves the second entry:",
            [tlog_proof(leaf_hashes(made), 1, signed).rstrip("\n")],
        ),
    ]
    return "\n".join(f"{title}\n\n```\n{chr(10).join(lines)}\n```\n" for title, lines in parts)


def spec() -> str:
    """The specification with the example in its place."""
    before, _, rest = SPEC.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{example()}\n{END}{after}"


def main() -> None:
    """Write all."""
    for name in FILES:
        (HERE / name).write_text(contents(name), encoding="utf-8")
    SPEC.write_text(spec(), encoding="utf-8")


if __name__ == "__main__":
    main()

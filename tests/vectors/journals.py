"""Vectors of the journal: merkle, entries, checkpoints, receipts, proofs, tiles, extending."""

from __future__ import annotations

from hashlib import sha256

from entente.journal.checkpoint import Checkpoint, sign_checkpoint
from entente.journal.entry import Row, commitment, entry, expand_salts
from entente.journal.proof import TlogProof, consistency_proof, inclusion_proof, tlog_proof
from entente.journal.receipt import sign_receipt
from entente.journal.tiles import log_files, tile_path
from entente.journal.tree import EMPTY, leaf_hash, leaf_hashes
from entente.signing import Note, Signature, cosign, parse_note, sign_note
from tests.vectors.synthetic import (
    ABOUT,
    LOG,
    ORIGIN,
    PARTNER_LOG,
    RECEIPTS,
    STRANGER,
    STRANGER_RECEIPTS,
    TIME,
    b64,
    carrier,
    plain_entries,
)

SEED = sha256(b"entente synthetic seed").digest()
PAYLOADS = (
    b'{"at":"2021-12-01","kind":"alert","purpose":"humanitarian","service":"example","tlp":"GREEN"}',
    b'{"at":"2021-12-02","kind":"alert","purpose":"humanitarian","service":"example","tlp":"GREEN"}',
    b"",
)
ROWS = (Row("alert", "P730D"), Row("flow", "P90D"))
WHICH = (0, 1, 0)

Case = dict[str, object]


def head(entries: list[bytes], origin: str = ORIGIN) -> Checkpoint:
    """The checkpoint over these entries."""
    tree = EMPTY.extend(leaf_hashes(entries))
    return Checkpoint(origin, tree.size, tree.root())


def real_entries() -> list[bytes]:
    """Three entries as a journal has them."""
    salts = expand_salts(SEED, 0, len(PAYLOADS))
    return [
        entry(ROWS[row], commitment(salt, payload))
        for row, salt, payload in zip(WHICH, salts, PAYLOADS, strict=True)
    ]


def merkle() -> object:
    """Roots, proofs and stored frontiers of trees whose entries are ``entry 0``, ``entry 1``, ..."""
    hashes = leaf_hashes(plain_entries(65_539))
    sizes = [*range(10), 255, 256, 257, 65_539]
    root = {size: EMPTY.extend(hashes[:size]).root() for size in sizes}
    stored = EMPTY.extend(hashes[:7]).to_bytes()
    return {
        "about": f"{ABOUT} Entry i of each tree is the text 'entry i'.",
        "roots": [{"size": size, "root": b64(root[size])} for size in sizes],
        "inclusion": _inclusion(hashes, root),
        "consistency": _consistency(hashes, root),
        "frontiers": [
            {"name": name, "frontier": data.hex(), "error": error}
            for name, data, error in (
                ("the empty tree", EMPTY.to_bytes(), None),
                ("seven leaves", stored, None),
                ("a peak missing", stored[:-32], "MalformedError"),
                ("a byte missing", stored[:-1], "MalformedError"),
                ("a peak too many", stored + bytes(32), "MalformedError"),
                ("a size with fewer peaks", (8).to_bytes(8, "big") + stored[8:], "MalformedError"),
                ("nothing", b"", "MalformedError"),
            )
        ],
    }


def _inclusion(hashes: list[bytes], root: dict[int, bytes]) -> list[Case]:
    proof = inclusion_proof(hashes, 3, 7)
    rows: list[tuple[str, int, int, bytes, list[bytes], bytes, str | None]] = [
        ("the only entry", 0, 1, hashes[0], [], root[1], None),
        ("an entry inside", 3, 7, hashes[3], proof, root[7], None),
        ("the last entry, a tree without a left neighbour on every level", 6, 7, hashes[6],
         inclusion_proof(hashes, 6, 7), root[7], None),
        ("over a full tile", 256, 257, hashes[256], inclusion_proof(hashes, 256, 257), root[257], None),
        ("over three levels of tiles", 65_538, 65_539, hashes[65_538],
         inclusion_proof(hashes, 65_538, 65_539), root[65_539], None),
        ("another index", 2, 7, hashes[3], proof, root[7], "ProofError"),
        ("another size", 3, 9, hashes[3], proof, root[7], "ProofError"),
        ("another leaf", 3, 7, hashes[4], proof, root[7], "ProofError"),
        ("another root", 3, 7, hashes[3], proof, root[8], "ProofError"),
        ("a hash too few", 3, 7, hashes[3], proof[:-1], root[7], "ProofError"),
        ("a hash too many", 3, 7, hashes[3], [*proof, root[7]], root[7], "ProofError"),
        ("the hashes in another order", 3, 7, hashes[3], proof[::-1], root[7], "ProofError"),
        ("a hash of 31 bytes", 3, 7, hashes[3], [proof[0][:31], *proof[1:]], root[7], "ProofError"),
        ("an index at the size", 7, 7, hashes[6], proof, root[7], "ProofError"),
        ("a negative index", -1, 7, hashes[6], proof, root[7], "ProofError"),
        ("an entry of the empty tree", 0, 0, hashes[0], [], root[0], "ProofError"),
    ]  # fmt: skip
    return [
        {
            "name": a,
            "index": b,
            "size": c,
            "leaf": b64(d),
            "proof": [*map(b64, e)],
            "root": b64(f),
            "error": g,
        }
        for a, b, c, d, e, f, g in rows
    ]


def _consistency(hashes: list[bytes], root: dict[int, bytes]) -> list[Case]:
    def proof(size1: int, size2: int) -> list[bytes]:
        return consistency_proof(hashes, size1, size2)

    fork = EMPTY.extend([*hashes[:5], hashes[6]]).root()
    rows: list[tuple[str, int, int, bytes, bytes, list[bytes], str | None]] = [
        ("the same tree", 7, 7, root[7], root[7], [], None),
        ("from nothing", 0, 7, root[0], root[7], [], None),
        ("from a complete tree", 4, 7, root[4], root[7], proof(4, 7), None),
        ("from a tree that is not complete", 6, 9, root[6], root[9], proof(6, 9), None),
        ("one entry more", 6, 7, root[6], root[7], proof(6, 7), None),
        ("past a full tile", 255, 257, root[255], root[257], proof(255, 257), None),
        ("past three levels of tiles", 257, 65_539, root[257], root[65_539], proof(257, 65_539), None),
        ("a smaller tree", 7, 6, root[7], root[6], proof(6, 7), "ProofError"),
        ("the old tree is another", 6, 9, fork, root[9], proof(6, 9), "ProofError"),
        ("the new tree is another", 6, 9, root[6], fork, proof(6, 9), "ProofError"),
        ("roots swapped", 6, 9, root[9], root[6], proof(6, 9), "ProofError"),
        ("a hash too few", 6, 9, root[6], root[9], proof(6, 9)[:-1], "ProofError"),
        ("a hash too many", 6, 9, root[6], root[9], [*proof(6, 9), fork], "ProofError"),
        ("no hash at all", 6, 9, root[6], root[9], [], "ProofError"),
        ("a hash of 33 bytes", 6, 9, root[6], root[9], [proof(6, 9)[0] + b"\0", *proof(6, 9)[1:]],
         "ProofError"),
        ("a proof for the same tree", 7, 7, root[7], root[7], [root[7]], "ProofError"),
        ("one size, two roots", 7, 7, root[7], fork, [], "ProofError"),
        ("from nothing, whose root is not that of nothing", 0, 7, root[1], root[7], [], "ProofError"),
        ("a proof from nothing", 0, 7, root[0], root[7], [root[7]], "ProofError"),
        ("a negative size", -1, 7, root[0], root[7], [], "ProofError"),
    ]  # fmt: skip
    return [
        {
            "name": a,
            "size1": b,
            "size2": c,
            "root1": b64(d),
            "root2": b64(e),
            "proof": [*map(b64, f)],
            "error": g,
        }
        for a, b, c, d, e, f, g in rows
    ]


def entries() -> object:
    """Salts, commitments, entries, leaf hashes; and entries that stand alone."""
    salts = expand_salts(SEED, 0, len(PAYLOADS))
    good = real_entries()[0].decode()
    c = good.split('"')[3]
    far = 2**32 - 1
    return {
        "about": ABOUT,
        "seed": SEED.hex(),
        "rows": [[row.k, row.r] for row in ROWS],
        "made": [
            {
                "position": i,
                "salt": salts[i].hex(),
                "payload": PAYLOADS[i].decode(),
                "row": WHICH[i],
                "commitment": commitment(salts[i], PAYLOADS[i]).hex(),
                "entry": made.decode(),
                "leaf": leaf_hash(made).hex(),
            }
            for i, made in enumerate(real_entries())
        ],
        "last_salt": {"position": far, "salt": expand_salts(SEED, far, 1)[0].hex()},
        "cases": [
            {"name": name, "entry": text, "error": error}
            for name, text, error in (
                ("an entry", good, None),
                ("a family of a later version", good.replace("alert", "livestock-2"), None),
                ("a retention of a later version", good.replace("P730D", "P2Y"), None),
                ("nothing", "", "MalformedError"),
                ("not JSON", good[:-1], "MalformedError"),
                ("a list", "[1]", "MalformedError"),
                ("an unknown field", good.replace('"v":1', '"v":1,"w":1'), "MalformedError"),
                ("no version", good.replace(',"v":1', ""), "MalformedError"),
                ("another version", good.replace('"v":1', '"v":2'), "MalformedError"),
                ("no commitment", good.replace(f'"c":"{c}",', ""), "MalformedError"),
                ("a commitment of 31 bytes", good.replace(c, b64(bytes(31))), "MalformedError"),
                ("a commitment in hexadecimal", good.replace(c, "00" * 32), "MalformedError"),
                ("base64 with bits to spare", good.replace(c, b64(bytes(32))[:-2] + "B="), "MalformedError"),
                ("a family in capitals", good.replace("alert", "Alert"), "MalformedError"),
                ("a newline after the family", good.replace("alert", "alert\\n"), "MalformedError"),
                ("an empty family", good.replace("alert", ""), "MalformedError"),
                ("a retention that is no duration", good.replace("P730D", "730"), "MalformedError"),
                ("a retention that is a number", good.replace('"P730D"', "730"), "MalformedError"),
                ("a version with a fraction", good.replace('"v":1', '"v":1.0'), "MalformedError"),
                ("a space", good.replace(",", ", "), "NotCanonicalError"),
                ("a newline at the end", good + "\n", "NotCanonicalError"),
                ("an escape", good.replace("alert", "\\u0061lert"), "NotCanonicalError"),
                ("a field twice", good.replace('"v":1', '"v":1,"v":1'), "NotCanonicalError"),
                ("fields in another order", '{"v":1,' + good[1:].replace(',"v":1', ""), "NotCanonicalError"),
            )
        ],
    }


def checkpoints() -> object:
    """Texts, signed checkpoints, origins."""
    at3 = head(real_entries())
    good = at3.text()
    root = b64(at3.root)
    signed = sign_checkpoint(at3, LOG)
    texts: list[tuple[str, str, str | None]] = [
        ("a checkpoint", good, None),
        ("an empty journal", head([]).text(), None),
        ("the largest size", good.replace("\n3\n", f"\n{2**53 - 1}\n"), None),
        ("a size of 2^53", good.replace("\n3\n", f"\n{2**53}\n"), "LimitError"),
        ("a size of a thousand digits", good.replace("\n3\n", "\n" + "9" * 1_000 + "\n"), "LimitError"),
        ("a leading zero", good.replace("\n3\n", "\n03\n"), "MalformedError"),
        ("a sign", good.replace("\n3\n", "\n+3\n"), "MalformedError"),
        ("a negative size", good.replace("\n3\n", "\n-3\n"), "MalformedError"),
        ("a space before the size", good.replace("\n3\n", "\n 3\n"), "MalformedError"),
        ("an underscore in the size", good.replace("\n3\n", "\n1_0\n"), "MalformedError"),
        (
            "digits of another script",
            good.replace("\n3\n", "\n\N{ARABIC-INDIC DIGIT THREE}\n"),
            "MalformedError",
        ),
        ("no size", good.replace("\n3\n", "\n\n"), "MalformedError"),
        ("an extension line", good + "more\n", "MalformedError"),
        ("an empty line at the end", good + "\n", "MalformedError"),
        ("no newline at the end", good[:-1], "MalformedError"),
        ("no root", good.replace(root + "\n", ""), "MalformedError"),
        ("an empty origin", good.replace(ORIGIN, ""), "MalformedError"),
        ("a root of 31 bytes", good.replace(root, b64(at3.root[:31])), "MalformedError"),
        ("a root without padding", good.replace(root, root.rstrip("=")), "MalformedError"),
        ("a root of the other alphabet", good.replace(root, "-" + root[1:]), "MalformedError"),
    ]
    long = sign_note(good + "more\n", LOG.renamed(ORIGIN))
    notes: list[tuple[str, Note, str | None]] = [
        ("signed by the log under its origin", signed, None),
        ("signed, and received", parse_note(_received(signed)), None),
        ("signed under the log's own name", sign_note(good, LOG), "UnknownKeyError"),
        ("signed by the partner's log", sign_checkpoint(at3, PARTNER_LOG), "UnknownKeyError"),
        ("signed by a stranger", sign_checkpoint(at3, STRANGER), "UnknownKeyError"),
        ("the signature of another size", Note(head(real_entries()[:2]).text(), signed.signatures),
         "SignatureError"),
        ("an extension line that the log signed", long, "MalformedError"),
        ("another text that the log signed", sign_note("entente.v1/pouch\n", LOG), "MalformedError"),
    ]  # fmt: skip
    origins: list[tuple[str, str, str | None]] = [
        ("urgent", ORIGIN, None),
        ("routine, a late generation", ORIGIN.replace("urgent/1", "routine/20"), None),
        ("another lane", ORIGIN.replace("urgent", "express"), "MalformedError"),
        ("no generation", ORIGIN.removesuffix("/1"), "MalformedError"),
        ("generation 0", ORIGIN.removesuffix("1") + "0", "MalformedError"),
        ("a leading zero", ORIGIN.removesuffix("1") + "01", "MalformedError"),
        ("a journal to oneself", ORIGIN.replace("tillaberi.ne", "gao.ml"), "MalformedError"),
        ("capitals", ORIGIN.replace("gao.ml", "Gao.ml"), "MalformedError"),
        ("an empty part", ORIGIN.replace("gao-tillaberi", ""), "MalformedError"),
        ("two dots", ORIGIN.replace("gao-tillaberi", ".."), "MalformedError"),
        ("a part more", ORIGIN + "/1", "MalformedError"),
        ("a newline at the end", ORIGIN + "\n", "MalformedError"),
        ("too long", ORIGIN.replace("gao.ml", "g" * 250), "MalformedError"),
    ]
    return {
        "about": ABOUT,
        "log": str(LOG.verifier),
        "texts": [{"name": a, "text": b, "error": c} for a, b, c in texts],
        "notes": [{"name": a, "note": b.to_bytes().decode(), "error": c} for a, b, c in notes],
        "origins": [{"name": a, "origin": b, "error": c} for a, b, c in origins],
    }


def _received(signed: Note) -> bytes:
    receipt = sign_receipt(Checkpoint.parse(signed.text), RECEIPTS, TIME)
    return Note(signed.text, signed.signatures + receipt.signatures).to_bytes()


def receipts() -> object:
    """Receipts under the checkpoint of three entries."""
    at3 = head(real_entries())
    good = sign_receipt(at3, RECEIPTS, TIME)
    (line,) = good.signatures
    log = sign_checkpoint(at3, LOG)

    def altered(signature: bytes) -> Note:
        return Note(good.text, (Signature(line.name, line.key_id, signature),))

    other = head(real_entries()[:2])
    two = Note(good.text, (*good.signatures, cosign(good.text, RECEIPTS, TIME - 60)))
    cases: list[tuple[str, Note, str, int | None, str | None]] = [
        ("a receipt", good, "", TIME, None),
        ("under the log's own line", parse_note(_received(log)), "", TIME, None),
        ("at the beginning of time", sign_receipt(at3, RECEIPTS, 0), "", 0, None),
        ("two of one key: the latest counts", two, "", TIME, None),
        ("the log's line only", log, "", None, "UnknownKeyError"),
        ("a stranger's receipt", sign_receipt(at3, STRANGER_RECEIPTS, TIME), "", None, "UnknownKeyError"),
        ("a stranger under the partner's name",
         sign_receipt(at3, STRANGER_RECEIPTS.renamed(RECEIPTS.name), TIME), "", None, "UnknownKeyError"),
        ("another time", altered((TIME + 1).to_bytes(8, "big") + line.signature[8:]), "", None,
         "SignatureError"),
        ("a flipped bit", altered(line.signature[:-1] + bytes([line.signature[-1] ^ 128])), "", None,
         "SignatureError"),
        ("without its time", altered(line.signature[8:]), "", None, "SignatureError"),
        ("another size", Note(other.text(), good.signatures), "", None, "SignatureError"),
        ("a journal of the other lane", Note(good.text.replace("urgent", "routine"), good.signatures), "",
         None, "SignatureError"),
        ("read with a key for plain notes", good, str(PARTNER_LOG.verifier), None, "SignatureError"),
        ("over a text that is no checkpoint",
         Note("entente.v1/pouch\n", (cosign("entente.v1/pouch\n", RECEIPTS, TIME),)), "", None,
         "MalformedError"),
    ]  # fmt: skip
    return {
        "about": ABOUT,
        "cases": [
            {
                "name": name,
                "receipts": reader or str(RECEIPTS.verifier),
                "note": note.to_bytes().decode(),
                "time": time,
                "error": error,
            }
            for name, note, reader, time, error in cases
        ],
    }


def proofs() -> object:
    """Proof files of one entry under the checkpoint of seven."""
    made = plain_entries(7)
    hashes = leaf_hashes(made)
    signed = sign_checkpoint(head(made), LOG)
    good = tlog_proof(hashes, 3, signed)
    first = b64(inclusion_proof(hashes, 3, 7)[0])
    short = TlogProof(3, (b"short", *inclusion_proof(hashes, 3, 7)[1:]), signed).text()
    stranger = tlog_proof(hashes, 3, sign_checkpoint(head(made), STRANGER))
    cases: list[tuple[str, str, int, str | None]] = [
        ("a proof", good, 3, None),
        ("with an extra line, which nobody signed", tlog_proof(hashes, 3, signed, b"extra"), 3, None),
        ("with a receipt", tlog_proof(hashes, 3, parse_note(_received(signed))), 3, None),
        ("the only entry: no hashes", tlog_proof(hashes[:1], 0, sign_checkpoint(head(made[:1]), LOG)), 0,
         None),
        ("another first line", good.replace("@v1", "@v2", 1), 3, "MalformedError"),
        ("no index", good.replace("index 3\n", ""), 3, "MalformedError"),
        ("a leading zero", good.replace("index 3", "index 03"), 3, "MalformedError"),
        ("a negative index", good.replace("index 3", "index -3"), 3, "MalformedError"),
        ("extra after the index", good.replace("index 3\n", "index 3\nextra AAAA\n"), 3, "MalformedError"),
        ("extra that is not base64", good.replace("index 3\n", "extra ?\nindex 3\n"), 3, "MalformedError"),
        ("a hash without padding", good.replace(first, first.rstrip("=")), 3, "MalformedError"),
        ("no empty line", good.replace("\n\n", "\n"), 3, "MalformedError"),
        ("carriage returns", good.replace("\n", "\r\n"), 3, "MalformedError"),
        ("no signature", good[: good.rindex("—")], 3, "MalformedError"),
        ("64 hashes", good.replace(f"{first}\n", f"{first}\n" * 62), 3, "LimitError"),
        ("another log", stranger, 3, "UnknownKeyError"),
        ("another size", good.replace("\n7\n", "\n8\n"), 3, "SignatureError"),
        ("another entry", good, 4, "ProofError"),
        ("another index", good.replace("index 3", "index 2"), 3, "ProofError"),
        ("an index at the size", good.replace("index 3", "index 7"), 3, "ProofError"),
        ("a hash too few", good.replace(f"{first}\n", "", 1), 3, "ProofError"),
        ("a hash too many", good.replace(f"{first}\n", f"{first}\n{first}\n"), 3, "ProofError"),
        ("a hash of five bytes", short, 3, "ProofError"),
    ]  # fmt: skip
    return {
        "about": f"{ABOUT} Entry i is the text 'entry i'.",
        "log": str(LOG.verifier),
        "cases": [{"name": a, "proof": b, "entry": f"entry {c}", "error": d} for a, b, c, d in cases],
    }


def tiles() -> object:
    """Paths, and one exported journal of three entries with one fault each."""
    made = real_entries()
    good = dict(log_files(sign_checkpoint(head(made), LOG).to_bytes(), made))
    hashes, bundle = "tile/0/000.p/3", "tile/entries/000.p/3"
    filled = leaf_hashes(made)
    later = [*made, *plain_entries(253)]
    full = dict(log_files(sign_checkpoint(head(later), LOG).to_bytes(), later))
    cases: list[tuple[str, dict[str, bytes], str | None]] = [
        ("a journal", good, None),
        ("an empty journal", {"checkpoint": sign_checkpoint(head([]), LOG).to_bytes()}, None),
        ("partial tiles gone, the full ones serve", {**full, "checkpoint": good["checkpoint"]}, None),
        ("no checkpoint", _without(good, "checkpoint"), "JournalError"),
        ("no entries", _without(good, bundle), "JournalError"),
        ("no hashes", _without(good, hashes), "JournalError"),
        ("a flipped bit in an entry", {**good, bundle: good[bundle].replace(b"alert", b"alerT")},
         "JournalError"),
        ("two hashes swapped", {**good, hashes: filled[1] + filled[0] + filled[2]}, "JournalError"),
        ("a hash too many", {**good, hashes: good[hashes] + filled[0]}, "JournalError"),
        ("a hash cut short", {**good, hashes: good[hashes][:-1]}, "JournalError"),
        ("entries in another order",
         dict(log_files(sign_checkpoint(head(made[::-1]), LOG).to_bytes(), made[::-1]))
         | {"checkpoint": good["checkpoint"]}, "JournalError"),
        ("an entry cut short", {**good, bundle: good[bundle][:-1]}, "MalformedError"),
        ("a byte after the entries", {**good, bundle: good[bundle] + b"\0"}, "MalformedError"),
        ("an entry too many", {**good, bundle: good[bundle] + b"\0\1a"}, "MalformedError"),
        ("an entry too few", {**good, bundle: good[bundle][: -2 - len(made[2])]}, "MalformedError"),
        ("the checkpoint of a stranger",
         {**good, "checkpoint": sign_checkpoint(head(made), STRANGER).to_bytes()}, "UnknownKeyError"),
        ("another root under the signature",
         {**good, "checkpoint": good["checkpoint"].replace(b"\n3\n", b"\n2\n")}, "SignatureError"),
    ]  # fmt: skip
    paths = ((0, 0, 256), (0, 0, 1), (0, 999, 256), (1, 1_000, 256), (0, 1_234_067, 8), (5, 1_000_000, 256))
    return {
        "about": ABOUT,
        "log": str(LOG.verifier),
        "paths": [
            *({"level": a, "n": b, "width": c, "path": tile_path(a, b, c)} for a, b, c in paths),
            {"level": "entries", "n": 256, "width": 3, "path": tile_path("entries", 256, 3)},
            {"level": "payload", "n": 0, "width": 256, "path": tile_path("payload", 0)},
        ],
        "cases": [
            {"name": name, "files": {path: carrier(data) for path, data in files.items()}, "error": error}
            for name, files, error in cases
        ],
    }


def _without(files: dict[str, bytes], path: str) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name != path}


def journal() -> object:
    """Extending a held journal of some of the entries ``entry i`` by others, up to a checkpoint."""
    made = plain_entries(9)
    rows: list[tuple[str, int, list[bytes], Checkpoint, str | None]] = [
        ("from nothing", 0, made[:5], head(made[:5]), None),
        ("further", 5, made[5:9], head(made), None),
        ("nothing new", 5, [], head(made[:5]), None),
        ("an empty journal", 0, [], head([]), None),
        ("smaller than what is held", 5, [], head(made[:4]), "ShrinkError"),
        ("smaller, with the right entries of another journal", 5, made[:1], head(made[:1]), "ShrinkError"),
        ("another root at the size that is held", 5, [], head(made[1:6]), "ForkError"),
        ("another history", 5, made[5:9], head([*made[1:5], made[0], *made[5:9]]), "ForkError"),
        ("another entry", 5, [*made[5:8], made[0]], head(made), "ForkError"),
        ("an entry too few", 5, made[5:8], head(made), "JournalError"),
        ("an entry too many", 5, made[5:9], head(made[:8]), "JournalError"),
        ("entries that are held already", 5, made[:9], head(made), "JournalError"),
    ]
    return {
        "about": f"{ABOUT} Entry i is the text 'entry i'; the entries 0 to held - 1 are held.",
        "cases": [
            {
                "name": name,
                "held": held,
                "entries": [each.decode() for each in new],
                "checkpoint": checkpoint.text(),
                "error": error,
            }
            for name, held, new, checkpoint, error in rows
        ],
    }

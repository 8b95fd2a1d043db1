"""Vectors of the pouch, pouch.json: what is inside the seal, and what comes of it.

The code that these vectors test is not used to make them, and zstd only in its stored and repeated
blocks, so that no version of a library can change the bytes. Each case that is refused has one
failure, and says at which step of docs/spec/pouch.md it is found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from entente.journal.entry import Row, commitment, entry, expand_salts
from entente.journal.tree import EMPTY, leaf_hash
from entente.signing import Note, cosign, sign_note
from tests.vectors.pouch_bytes import (
    AGREEMENT,
    ALERTS,
    BACK,
    FLOWS,
    MESSAGE,
    NON_PARTY,
    RECEIPTS,
    RECIPIENT,
    ROUTINE,
    ROWS,
    SALTS,
    SEED,
    SENDER,
    URGENT,
    blocks,
    canonical,
    checkpoint,
    checkpoint_text,
    erased,
    explicit,
    filled,
    frame,
    head,
    header,
    note_text,
    packed,
    section_pouch,
    seeded,
    skippable,
    stored,
    wrap,
    zstd,
)
from tests.vectors.synthetic import ABOUT, LOG, STRANGER, TIME, b64, key

FILE = Path(__file__).with_name("pouch.json")
SPEC = Path(__file__).parents[2] / "docs" / "spec" / "pouch.md"
BEGIN, END = "<!-- example: made by tests/vectors/pouches.py -->\n", "<!-- end of example -->\n"


@dataclass
class Case:
    name: str
    plain: bytes
    error: str | None = None
    step: int | None = None
    contents: dict[str, object] | None = None
    roots: dict[str, str] | None = None


def valid() -> Iterator[Case]:
    gone = entry(Row("alert", "P730D"), commitment(SALTS[3], ALERTS[1]))
    urgent = [
        gone,
        entry(Row("alert", "P730D"), commitment(SALTS[0], ALERTS[0])),
        entry(Row("dialogue", "P365D"), commitment(SALTS[1], MESSAGE)),
    ]
    routine = [
        entry(Row("flow", "P1095D"), commitment(salt, payload))
        for salt, payload in zip(expand_salts(SEED, 2, len(FLOWS)), FLOWS, strict=True)
    ]
    urgent_root = EMPTY.extend([leaf_hash(e) for e in urgent]).root()
    routine_root = EMPTY.extend([leaf_hash(e) for e in routine]).root()
    note = sign_note("entente.v1/synthetic\nno real text\n", LOG).to_bytes()
    erasure = sign_note("entente.v1/erased\nsynthetic\n", LOG).to_bytes()
    text = checkpoint_text(BACK, 12)
    receipt = Note(text, (cosign(text, RECEIPTS, TIME),)).to_bytes()
    trouble = {"index": 3, "journal": BACK, "reason": "not-canonical"}
    checkpoints = [
        checkpoint(URGENT, 3, urgent_root),
        checkpoint(ROUTINE, 5, routine_root),
        checkpoint(ROUTINE, 90, sha256(b"announced").digest()),
    ]
    frames = [
        header(
            have={BACK: 12},
            seen=4,
            answer=True,
            notes=1,
            sections=2,
            checkpoints=3,
            receipts=1,
            erasures=1,
            troubles=1,
        ),
        note,
        head(URGENT, 0, 3) + erased([gone]) + explicit([(0, SALTS[0], ALERTS[0]), (1, SALTS[1], MESSAGE)]),
        head(ROUTINE, 0, 5, [["flow", "P1095D"]]) + seeded(FLOWS, first=2),
        *checkpoints,
        receipt,
        erasure,
        canonical(trouble),
    ]
    everything: dict[str, object] = {
        "have": {BACK: 12},
        "seen": 4,
        "answer": True,
        "notes": [b64(note)],
        "sections": [
            {
                "origin": URGENT,
                "start": 0,
                "rows": ROWS,
                "runs": [
                    {"type": "erased", "entries": [b64(gone)]},
                    {
                        "type": "explicit",
                        "which": [0, 1],
                        "salts": [b64(SALTS[0]), b64(SALTS[1])],
                        "payloads": [b64(ALERTS[0]), b64(MESSAGE)],
                    },
                ],
            },
            {
                "origin": ROUTINE,
                "start": 0,
                "rows": [["flow", "P1095D"]],
                "runs": [
                    {
                        "type": "seeded",
                        "seed": b64(SEED),
                        "first": 2,
                        "which": [0] * 5,
                        "payloads": [b64(p) for p in FLOWS],
                    }
                ],
            },
        ],
        "checkpoints": [b64(c) for c in checkpoints],
        "receipts": [b64(receipt)],
        "erasures": [b64(erasure)],
        "troubles": [trouble],
    }
    roots = {URGENT: b64(urgent_root), ROUTINE: b64(routine_root)}
    yield Case("everything in it", wrap(packed(*frames)), contents=everything, roots=roots)

    nothing: dict[str, object] = {
        "have": {},
        "seen": 0,
        "answer": False,
        "notes": [],
        "sections": [],
        "checkpoints": [],
        "receipts": [],
        "erasures": [],
        "troubles": [],
    }
    yield Case("nothing in it", wrap(packed(header())), contents=nothing)
    acknowledges = {**nothing, "have": {BACK: 12}, "seen": 4, "receipts": [b64(receipt)]}
    body = packed(header(have={BACK: 12}, seen=4, receipts=1), receipt)
    yield Case("only acknowledges", wrap(body), contents=acknowledges)

    # The filling note makes the plaintext a multiple of 512 by itself.
    bare = len(wrap(packed(header(notes=1), b""), pad=False))
    filling = b"n" * (-bare % 512)
    yield Case(
        "no padding needed",
        wrap(packed(header(notes=1), filling), pad=False),
        contents={**nothing, "notes": [b64(filling)]},
    )
    body = packed(header())
    body += skippable(512 - 8 + (-(len(wrap(body, pad=False))) % 512))
    yield Case("more padding than needed", wrap(body, pad=False), contents=nothing)

    second = wrap(packed(header()), others=(STRANGER,))
    yield Case("a second signature, of an unknown key", second, contents=nothing)

    two = packed(
        header(sections=2, checkpoints=2),
        head(URGENT, 4, 1) + explicit([(0, SALTS[0], ALERTS[0])]),
        head(URGENT, 5, 1) + explicit([(0, SALTS[1], ALERTS[1])]),
        checkpoint(URGENT, 5),
        checkpoint(URGENT, 6),
    )
    yield Case("two sections of one journal, one after the other", wrap(two))


def wrong_note() -> Iterator[Case]:
    good = wrap(packed(header()))
    length = int.from_bytes(good[:4], "big")
    yield Case("not a multiple of 512 bytes", good + b"\0", "MalformedError", 4)
    yield Case("no bytes at all", b"", "MalformedError", 4)
    yield Case("the note reaches past the end", (509).to_bytes(4, "big") + bytes(508), "MalformedError", 4)
    yield Case("the note is over its limit", (16_385).to_bytes(4, "big") + bytes(508), "LimitError", 4)
    yield Case("the length of the note is 2^32 - 1", b"\xff" * 4 + bytes(508), "LimitError", 4)
    yield Case("the note is cut", filled(frame(good[4 : length - 20])), "MalformedError", 5)
    yield Case("the note is not UTF-8", filled(frame(b"\xff\n\n")), "MalformedError", 5)
    body = packed(header())
    other = sign_note(checkpoint_text(URGENT, 1), LOG.renamed(f"{SENDER}/pouch")).to_bytes()
    yield Case("a note of another type", filled(frame(other) + body), "MalformedError", 5)
    lines: list[tuple[str, dict[str, str]]] = [
        ("another version of the type", {"type": "entente.v2/pouch"}),
        ("a seventh line", {"extension": "x"}),
        ("a sequence of zero", {"sequence": "0"}),
        ("a negative sequence", {"sequence": "-7"}),
        ("a sequence with a leading zero", {"sequence": "07"}),
        ("a sequence of 2^53", {"sequence": "9007199254740992"}),
        ("a sequence of a thousand digits", {"sequence": "7" * 1000}),
        ("a sequence in other digits", {"sequence": "\u0667"}),
        ("a sender in capitals", {"sender": "GAO.ml"}),
        ("a sender with a path", {"sender": "gao.ml/log"}),
        ("a recipient that is two dots", {"recipient": ".."}),
        ("an agreement without a name", {"agreement": ""}),
        ("a pouch to oneself", {"recipient": SENDER}),
        ("a hash that is not base64", {"digest": "*" * 44}),
        ("a hash with loose bits", {"digest": "A" * 42 + "B="}),
        ("a hash of 31 bytes", {"digest": b64(bytes(31))}),
    ]
    for name, changed in lines:
        yield Case(name, wrap(body, **changed), "MalformedError", 5)
    crowd = [key(f"{NON_PARTY}/{i}") for i in range(100)]
    note = sign_note(note_text(body), *crowd).to_bytes()
    line = note.rpartition(b"\n\n")[2].split(b"\n")[0] + b"\n"
    yield Case("101 signatures", filled(frame(note + line) + body), "LimitError", 5)


def wrong_signature() -> Iterator[Case]:
    body = packed(header())
    yield Case("signed by a stranger in the sender's name", wrap(body, key=STRANGER), "UnknownKeyError", 6)
    yield Case(
        "signed by a stranger in its own name",
        wrap(body, key=STRANGER, name=f"{NON_PARTY}/pouch"),
        "UnknownKeyError",
        6,
    )
    yield Case("signed by the log key as a checkpoint", wrap(body, name=URGENT), "UnknownKeyError", 6)
    yield Case("signed by the log key under its own name", wrap(body, name=LOG.name), "UnknownKeyError", 6)
    yield Case(
        "a stranger's pouch",
        wrap(body, key=STRANGER, name=f"{NON_PARTY}/pouch", sender=NON_PARTY),
        "UnknownKeyError",
        6,
    )
    good = wrap(body)
    at = good.index(b"\n7\n")
    yield Case(
        "another sequence than was signed", good[: at + 1] + b"8" + good[at + 2 :], "SignatureError", 6
    )
    at = good.index(b"\xfd\xa0") + 20
    yield Case("another body than was signed", good[:at] + b"?" + good[at + 1 :], "SignatureError", 7)


def wrong_body() -> Iterator[Case]:
    data = frame(header())
    size = len(data)
    good = packed(header())
    made = stored(data)
    room = -len(wrap(good, pad=False)) % 512

    def case(name: str, body: bytes, error: str = "MalformedError", step: int = 8) -> Case:
        return Case(name, wrap(body), error, step)

    def whole(name: str, body: bytes, error: str = "MalformedError", step: int = 8) -> Case:
        plain = wrap(body, pad=False)
        assert len(plain) % 512 == 0, name
        return Case(name, plain, error, step)

    yield case("not zstd", data)
    yield case("padding only", b"")
    yield case("padding before the zstd frame", skippable(16) + good)
    # Frame header descriptor: content size (bits 7, 6), single segment (5), checksum (2), dictionary (1, 0).
    yield case("no content size", b"\x28\xb5\x2f\xfd\x00\x58" + made)
    yield case("a content size of 64 MiB and one byte", zstd(made, (64 << 20) + 1), "LimitError")
    yield case(
        "a content size of 2^64 - 2", b"\x28\xb5\x2f\xfd\xe0" + b"\xfe" + b"\xff" * 7 + made, "LimitError"
    )
    yield case(
        "a window of 16 MiB", b"\x28\xb5\x2f\xfd\x80\x70" + size.to_bytes(4, "little") + made, "LimitError"
    )
    yield case("a dictionary", b"\x28\xb5\x2f\xfd\xa1\x07" + size.to_bytes(4, "little") + made)
    yield case(
        "a reserved bit in the zstd header", b"\x28\xb5\x2f\xfd\xa8" + size.to_bytes(4, "little") + made
    )
    yield case("two zstd frames", good + good)
    yield case("a block of the reserved type", zstd(b"\x07\x00\x00", size))
    yield case("a block past the end", zstd((100_000 << 3 | 1).to_bytes(3, "little") + data, size))
    yield case("no last block", zstd((len(data) << 3).to_bytes(3, "little") + data, size) + b"\0")
    yield whole("bytes after the zstd frame", good + bytes(room))
    yield whole("padding twice", good + skippable(room - 16 + 512) + skippable(0))
    yield whole("padding that does not reach the end", good + skippable(room - 9) + b"\0")
    longer = skippable(room - 8).replace((room - 8).to_bytes(4, "little"), room.to_bytes(4, "little"), 1)
    yield whole("padding past the end", good + longer)
    yield whole("padding that says something", good + skippable(room - 8, fill=b"!"))
    yield whole("padding in another skippable frame", good + skippable(room - 8, magic=0x184D2A51))
    yield case("more content than claimed", zstd(made, size - 1), step=9)
    yield case("less content than claimed", zstd(made, size + 1), step=9)
    bomb = blocks(*[(b"\0", 128 << 10)] * 150)
    yield case(
        "19 MB where 1 kB is claimed",
        b"\x28\xb5\x2f\xfd\x80\x58" + (1024).to_bytes(4, "little") + bomb,
        step=9,
    )
    yield case(
        "a compressed block of garbage",
        zstd((20 << 3 | 2 << 1 | 1).to_bytes(3, "little") + b"\xff" * 20, size),
        step=9,
    )


def wrong_frames() -> Iterator[Case]:
    def case(name: str, data: bytes, error: str = "MalformedError", step: int = 10) -> Case:
        return Case(name, wrap(zstd(stored(data), len(data))), error, step)

    def first(name: str, data: bytes, error: str = "MalformedError") -> Case:
        return Case(name, wrap(packed(data)), error, 11)

    yield case("a frame past the end", frame(header())[:-1])
    yield case("an end inside a length", frame(header()) + b"\0\0\0")
    yield case("a frame of 2^32 - 1 bytes", b"\xff" * 4)
    yield case("an empty frame", frame(header(notes=1)) + frame(b""))
    many = zstd(blocks((b"\0", 40_004)), 40_004)
    yield Case("10,001 frames", wrap(many), "LimitError", 10)
    yield case("no header", b"", step=11)
    yield first("a header that is not JSON", b"{")
    yield first("a header that is not an object", b"[1]")
    yield first("a header with a space", header().replace(b":", b": ", 1), "NotCanonicalError")
    yield first(
        "a header out of order",
        json.dumps(dict(reversed(json.loads(header()).items())), separators=(",", ":")).encode(),
        "NotCanonicalError",
    )
    yield first(
        "a header with a key twice",
        header().replace(b'"format":1', b'"format":1,"format":1'),
        "NotCanonicalError",
    )
    yield first(
        "a header with an escape",
        header(have={URGENT: 1}).replace(b"urgent", b"\\u0075rgent"),
        "NotCanonicalError",
    )
    yield first("a header with an unknown field", header(more=1))
    yield first("a header without a field", header().replace(b'"seen":0,', b""))
    yield first("a header of format 2", header(format=2))
    yield first("a header where a number is text", header(seen="1"))
    yield first("a header with a fraction", header(seen=1.5))
    yield first("a header with a negative size", header(have={URGENT: -1}))
    yield first("a header with a size of 2^53", header(have={URGENT: 2**53}))
    yield first("a header with a number of 400 digits", header(seen=10**400))
    yield first("a header that holds a journal without a name", header(have={"": 1}))
    yield first("a header that holds a journal with a newline", header(have={URGENT + "\n": 1}))
    yield first("a header that says a frame more", header(notes=1))
    yield first("a header that says 2^53 - 1 frames", header(notes=2**53 - 1))
    yield Case("a header that says a frame less", wrap(packed(header(), b"more")), "MalformedError", 11)
    large = (256 << 10) + 1
    spaces = zstd(blocks(large.to_bytes(4, "big"), (b" ", 128 << 10), (b" ", 128 << 10), b" "), large + 4)
    yield Case("a header over its limit", wrap(spaces), "LimitError", 11)


def wrong_section() -> Iterator[Case]:
    one = explicit([(0, SALTS[0], ALERTS[0])])
    ends = checkpoint(URGENT, 1)

    def case(name: str, section: bytes, error: str = "MalformedError") -> Case:
        return Case(name, section_pouch(section, ends), error, 12)

    yield case("a section of one byte", b"\0")
    yield case("a head past the end of its section", b"\xff\xff" + head(URGENT, 0, 1)[2:] + one)
    spaced = head(URGENT, 0, 1)[2:].replace(b",", b", ", 1)
    yield case("a head with a space", len(spaced).to_bytes(2, "big") + spaced + one, "NotCanonicalError")
    yield case("a section of nothing", head(URGENT, 0, 0))
    yield case("a section of a negative count", head(URGENT, 0, -1) + one)
    yield case("a section that starts below zero", head(URGENT, -1, 1) + one)
    yield case("a section that starts at 10^400", head(URGENT, 10**400, 1) + one)
    yield case("a section past the largest size", head(URGENT, 2**53 - 1, 1) + one)
    yield case("a section of 250,001 entries", head(URGENT, 0, 250_001) + one, "LimitError")
    yield case("a section that counts one more", head(URGENT, 0, 2) + one)
    yield case(
        "a section that counts one less", head(URGENT, 0, 1) + explicit([(0, SALTS[0], ALERTS[0])] * 2)
    )
    yield case("a section that counts its first run only", head(URGENT, 0, 1) + one + one)
    yield case("a table of 257 rows", head(URGENT, 0, 1, [["alert", "P730D"]] * 257) + one)
    yield case("a row of three", head(URGENT, 0, 1, [["alert", "P730D", "x"]]) + one)
    yield case("a row that is no word", head(URGENT, 0, 1, [['alert","v":2', "P730D"]]) + one)
    yield case("a journal without a name", head("urgent", 0, 1) + one)
    yield case("a run of an unknown type", head(URGENT, 0, 1) + b"\x03" + one[1:])
    yield case("a run of nothing before another", head(URGENT, 0, 1) + explicit([]) + one)
    yield case("a byte after the last run", head(URGENT, 0, 1) + one + b"\0")
    yield case(
        "a run of 2^32 - 1", head(URGENT, 0, 1) + explicit([(0, SALTS[0], ALERTS[0])], count=2**32 - 1)
    )
    yield case("a run cut in its head", head(URGENT, 0, 1) + seeded([])[:20])
    yield case("a run cut in a length", head(URGENT, 0, 1) + one[: 1 + 4 + 1 + 16 + 1])
    yield case("a payload past the end", head(URGENT, 0, 1) + one[:-1])
    both = seeded(FLOWS[:2]).replace(
        len(FLOWS[0]).to_bytes(2, "big"), (2 * len(FLOWS[0]) + 3).to_bytes(2, "big"), 1
    )
    yield case("a payload that takes in the next", head(URGENT, 0, 2) + both)
    yield case("a row outside the table", head(URGENT, 0, 1) + explicit([(2, SALTS[0], ALERTS[0])]))
    yield case("a row of no table", head(URGENT, 0, 1, []) + one)
    yield case("a seeded run past its batch", head(URGENT, 0, 2) + seeded(FLOWS[:2], first=2**32 - 1))
    yield case("an erased entry past the end", head(URGENT, 0, 1) + erased([b"{}"])[:-1])
    # The long payload is a repeated block: the vector stays small.
    start = head(URGENT, 0, 1) + explicit([(0, SALTS[0], b"")])[:-2] + (60_001).to_bytes(2, "big")
    front = frame(header(sections=1, checkpoints=1)) + (len(start) + 60_001).to_bytes(4, "big") + start
    back = frame(ends)
    long = zstd(blocks(front, (b" ", 60_001), back), len(front) + 60_001 + len(back))
    yield Case("a payload of 60,001 bytes", wrap(long), "LimitError", 12)


def wrong_together() -> Iterator[Case]:
    trouble = {"index": 3, "journal": BACK, "reason": "not-canonical"}
    for name, data, error in [
        ("a trouble with words", canonical({**trouble, "reason": "has words"}), "MalformedError"),
        ("a trouble at a negative index", canonical({**trouble, "index": -1}), "MalformedError"),
        ("a trouble with a value", canonical({**trouble, "value": "shown"}), "MalformedError"),
        ("a trouble with a space", canonical(trouble) + b" ", "NotCanonicalError"),
    ]:
        yield Case(name, wrap(packed(header(troubles=1), data)), error, 13)

    def case(name: str, section: bytes, *checkpoints: bytes, error: str = "MalformedError") -> Case:
        return Case(name, section_pouch(section, *checkpoints), error, 14)

    one = explicit([(0, SALTS[0], ALERTS[0])])
    yield case("a section without a checkpoint", head(URGENT, 0, 1) + one)
    yield case("a checkpoint beyond the section", head(URGENT, 0, 1) + one, checkpoint(URGENT, 2))
    yield case("a checkpoint before the end", head(URGENT, 1, 1) + one, checkpoint(URGENT, 1))
    yield case("a checkpoint of another journal", head(URGENT, 0, 1) + one, checkpoint(ROUTINE, 1))
    yield case("a checkpoint that cannot be read", head(URGENT, 0, 1) + one, b"not a note")
    longer = sign_note(checkpoint_text(URGENT, 1) + "extension\n", LOG.renamed(URGENT)).to_bytes()
    yield case("a checkpoint with an extension line", head(URGENT, 0, 1) + one, longer)
    yield case(
        "a journal in an unknown lane",
        head(URGENT.replace("urgent", "slow"), 0, 1) + one,
        checkpoint(URGENT, 1),
    )
    for name, origin in [
        ("a section of a journal the other way", BACK),
        ("a section of a journal for a third party", URGENT.replace(RECIPIENT, NON_PARTY)),
        ("a section of a journal of a third party", URGENT.replace(SENDER, NON_PARTY)),
        ("a section of another agreement", URGENT.replace(AGREEMENT, "another")),
    ]:
        yield case(name, head(origin, 0, 1) + one, checkpoint(origin, 1), error="MisaddressedError")
    for name, start in [
        ("two sections that overlap", 1),
        ("the same section twice", 0),
        ("two sections out of order", -2),
    ]:
        first, second = (
            head(URGENT, 2, 2) + one.replace(b"\0\0\0\1", b"\0\0\0\2", 1) + one[5:],
            head(URGENT, 2 + start, 2),
        )
        second += one.replace(b"\0\0\0\1", b"\0\0\0\2", 1) + one[5:]
        body = packed(
            header(sections=2, checkpoints=2),
            first,
            second,
            checkpoint(URGENT, 4),
            checkpoint(URGENT, 4 + start),
        )
        yield Case(name, wrap(body), "MalformedError", 14)


def pouches() -> object:
    """Every case: the bytes inside the seal, and what comes of them."""
    groups = (valid, wrong_note, wrong_signature, wrong_body, wrong_frames, wrong_section, wrong_together)
    return {
        "about": ABOUT,
        "log": str(LOG.verifier),
        "cases": [_as_json(case) for group in groups for case in group()],
    }


def _as_json(case: Case) -> dict[str, object]:
    made: dict[str, object] = {"name": case.name, "plain": b64(case.plain), "error": case.error}
    more = {"step": case.step, "contents": case.contents, "roots": case.roots}
    return made | {name: value for name, value in more.items() if value is not None}


def document() -> str:
    """The file of vectors, as it is committed."""
    return json.dumps(pouches(), indent=1, ensure_ascii=False) + "\n"


def example() -> str:
    """The worked example of the specification: one alert."""
    header_frame = header(answer=True, sections=1, checkpoints=1)
    section = head(URGENT, 0, 1, ROWS[:1]) + explicit([(0, SALTS[0], ALERTS[0])])
    leaf = entry(Row(*ROWS[0]), commitment(SALTS[0], ALERTS[0]))
    signed = checkpoint(URGENT, 1, EMPTY.extend([leaf_hash(leaf)]).root())
    body = packed(header_frame, section, signed)
    plain = wrap(body)
    size = 4 + int.from_bytes(plain[:4], "big")
    parts = [
        ("The sender's log key, and the same key as it signs pouches:", [str(LOG.verifier), str(LOG.verifier.renamed(f"{SENDER}/pouch"))]),
        ("The header:", [header_frame.decode()]),
        ("The section, one explicit run, in hexadecimal:", _hex(section)),
        ("The checkpoint at which it ends:", [signed.decode().rstrip("\n")]),
        (f"The body: {len(body)} bytes of zstd (one stored block) and {len(plain) - size - len(body)} of padding. They begin with", _hex(plain[size : size + 32])),
        ("and the padding begins with", _hex(plain[size + len(body) : size + len(body) + 16])),
        ("The note:", [plain[4:size].decode().rstrip("\n")]),
        (f"The plaintext, {len(plain)} bytes, begins with", _hex(plain[:32])),
        ("and its SHA-256 is", [sha256(plain).hexdigest()]),
    ]  # fmt: skip
    return "\n".join(f"{title}\n\n```\n{chr(10).join(lines)}\n```\n" for title, lines in parts)


def _hex(data: bytes) -> list[str]:
    return [data[at : at + 32].hex() for at in range(0, len(data), 32)]


def spec() -> str:
    """The specification with the example in its place."""
    before, _, rest = SPEC.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{example()}\n{END}{after}"


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
    SPEC.write_text(spec(), encoding="utf-8")

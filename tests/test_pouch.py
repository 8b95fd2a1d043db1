"""What is packed is what is opened, by the recipient only; what is wrong is refused at its step."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from entente import errors
from entente.errors import (
    EntenteError,
    LimitError,
    MalformedError,
    MisaddressedError,
    SealError,
    UnknownKeyError,
)
from entente.journal.entry import Row, entries, expand_salts
from entente.journal.tree import EMPTY, leaf_hash
from entente.pouch import (
    Contents,
    Envelope,
    Erased,
    Explicit,
    Limits,
    Section,
    Seeded,
    Trouble,
    Wrapped,
    open_introduction,
    open_pouch,
    pack,
    read_plain,
    unwrap,
    write_plain,
)
from entente.sealing import generate_identity
from entente.signing import Note, SigningKey, VerifierKey, cosign, sign_note
from tests.vectors import pouch_bytes as by_hand
from tests.vectors import pouches
from tests.vectors.synthetic import LOG, PARTNER_LOG, STRANGER

FILE = pouches.FILE
VECTORS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = VECTORS["cases"]

AUTHOR_SECRET, AUTHOR_SEAL = generate_identity()
PARTNER_SECRET, PARTNER_SEAL = generate_identity()
NON_PARTY_SECRET, NON_PARTY_SEAL = generate_identity()

ENVELOPE = Envelope("gao.ml", "tillaberi.ne", "gao-tillaberi", 7)
URGENT, ROUTINE = by_hand.URGENT, by_hand.ROUTINE
ROWS = (Row("alert", "P730D"), Row("dialogue", "P365D"))


def one_alert() -> Contents:
    section = Section(URGENT, 0, ROWS, (Explicit(b"\0", [by_hand.SALTS[0]], [by_hand.ALERTS[0]]),))
    return Contents(sections=(section,), checkpoints=(by_hand.checkpoint(URGENT, 1),))


def packed(contents: Contents, **more: Any) -> bytes:
    return pack(contents, ENVELOPE, log_key=LOG, seal_to=PARTNER_SEAL, **more)


def opened(sealed: bytes, /, *, keys: tuple[VerifierKey, ...] = (LOG.verifier,), **limits: int) -> Contents:
    wrapped = unwrap(sealed, identities=[PARTNER_SECRET], limits=Limits(**limits))
    return open_pouch(wrapped, keys=keys, limits=Limits(**limits))


# The vectors.


def test_the_vectors_are_what_the_generator_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == pouches.document()


def test_the_specification_has_the_example_and_every_error() -> None:
    text = pouches.SPEC.read_text(encoding="utf-8")
    assert text == pouches.spec()
    for case in CASES:
        assert case["error"] is None or f"| {case['step']} |" in text
        assert case["error"] is None or case["error"] in text


def test_vectors_have_names_of_their_own() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", [c for c in CASES if c["error"]], ids=lambda case: case["name"])
def test_a_wrong_pouch_is_refused_at_its_step(case: dict[str, Any]) -> None:
    def read() -> None:
        wrapped = read_plain(b64decode(case["plain"]))
        assert case["step"] > 5, "what is inside was read although it should not have been"
        open_pouch(wrapped, keys=[VerifierKey.parse(VECTORS["log"])])

    with pytest.raises(EntenteError) as caught:
        read()
    assert type(caught.value) is getattr(errors, case["error"])
    assert str(caught.value)


@pytest.mark.parametrize("case", [c for c in CASES if not c["error"]], ids=lambda case: case["name"])
def test_a_valid_pouch_holds_what_the_vector_says(case: dict[str, Any]) -> None:
    wrapped = read_plain(b64decode(case["plain"]))
    assert wrapped.envelope == ENVELOPE
    contents = open_pouch(wrapped, keys=[VerifierKey.parse(VECTORS["log"])])
    if "contents" in case:
        assert contents == from_json(case["contents"])
    for section in contents.sections:
        if section.origin in case.get("roots", {}):
            assert root(section) == b64decode(case["roots"][section.origin])


def from_json(said: dict[str, Any]) -> Contents:
    many = {
        sort: tuple(map(b64decode, said[sort])) for sort in ("notes", "checkpoints", "receipts", "erasures")
    }
    return Contents(
        have=said["have"],
        seen=said["seen"],
        answer=said["answer"],
        sections=tuple(
            Section(
                s["origin"], s["start"], tuple(Row(*row) for row in s["rows"]), tuple(map(run_of, s["runs"]))
            )
            for s in said["sections"]
        ),
        troubles=tuple(Trouble(**trouble) for trouble in said["troubles"]),
        **many,
    )


def run_of(said: dict[str, Any]) -> Seeded | Explicit | Erased:
    if said["type"] == "erased":
        return Erased(list(map(b64decode, said["entries"])))
    which, payloads = bytes(said["which"]), list(map(b64decode, said["payloads"]))
    if said["type"] == "explicit":
        return Explicit(which, list(map(b64decode, said["salts"])), payloads)
    return Seeded(b64decode(said["seed"]), said["first"], which, payloads)


def root(section: Section) -> bytes:
    made: list[bytes] = []
    for run in section.runs:
        if isinstance(run, Erased):
            made += run.entries
        else:
            salts = expand_salts(run.seed, run.first, run.count) if isinstance(run, Seeded) else run.salts
            made += entries(section.rows, run.which, salts, run.payloads)
    return EMPTY.extend([leaf_hash(each) for each in made]).root()


def test_what_is_packed_has_the_bytes_that_were_put_together_by_hand() -> None:
    case = next(c for c in CASES if c["name"] == "everything in it")
    ours = read_plain(write_plain(from_json(case["contents"]), ENVELOPE, log_key=LOG))
    theirs = read_plain(b64decode(case["plain"]))

    def frames(body: bytes) -> bytes:
        return zstandard.ZstdDecompressor().decompress(body)

    assert frames(ours.body) == frames(theirs.body)
    assert ours.note.signatures[0].name == theirs.note.signatures[0].name == "gao.ml/pouch"


# There and back.

payload = st.binary(max_size=60)
which = st.integers(0, 1)


@st.composite
def run(draw: st.DrawFn) -> Seeded | Explicit | Erased:
    items = draw(
        st.lists(st.tuples(which, st.binary(min_size=16, max_size=16), payload), min_size=1, max_size=5)
    )
    rows, salts, payloads = bytes(i[0] for i in items), [i[1] for i in items], [i[2] for i in items]
    match draw(st.integers(0, 2)):
        case 0:
            return Erased(payloads)
        case 1:
            first = draw(st.integers(0, 2**32 - len(items)))
            return Seeded(draw(st.binary(min_size=32, max_size=32)), first, rows, payloads)
        case _:
            return Explicit(rows, salts, payloads)


@st.composite
def any_contents(draw: st.DrawFn) -> Contents:
    sections = []
    for origin in draw(st.sets(st.sampled_from([URGENT, ROUTINE, URGENT[:-1] + "2"]))):
        runs = tuple(draw(st.lists(run(), min_size=1, max_size=4)))
        sections.append(Section(origin, draw(st.integers(0, 2**53 - 100)), ROWS, runs))
    notes = st.lists(st.binary(min_size=1, max_size=40), max_size=3).map(tuple)
    trouble = st.builds(
        Trouble, journal=st.just(by_hand.BACK), index=st.integers(0, 2**53 - 1), reason=st.just("kind")
    )
    return Contents(
        have=draw(st.dictionaries(st.sampled_from([by_hand.BACK, ROUTINE]), st.integers(0, 2**53 - 1))),
        seen=draw(st.integers(0, 2**53 - 1)),
        answer=draw(st.booleans()),
        notes=draw(notes),
        sections=tuple(sections),
        checkpoints=tuple(by_hand.checkpoint(section.origin, section.end) for section in sections),
        receipts=draw(notes),
        erasures=draw(notes),
        troubles=tuple(draw(st.lists(trouble, max_size=2))),
    )


@given(any_contents())
@settings(max_examples=60, deadline=None)
def test_what_is_packed_is_what_is_opened(contents: Contents) -> None:
    plain = write_plain(contents, ENVELOPE, log_key=LOG)
    assert len(plain) % 512 == 0
    assert plain == write_plain(contents, ENVELOPE, log_key=LOG)
    wrapped = unwrap(packed(contents), identities=[PARTNER_SECRET])
    assert wrapped.envelope == ENVELOPE
    assert open_pouch(wrapped, keys=[LOG.verifier]) == contents


@pytest.mark.parametrize("level", [1, 9, 19, 22])
def test_five_thousand_records_pass_at_every_level(level: int) -> None:
    payloads = [b'{"count":%d,"synthetic":true}' % i for i in range(5_000)]
    section = Section(ROUTINE, 0, ROWS, (Seeded(by_hand.SEED, 0, bytes(5_000), payloads),))
    contents = Contents(sections=(section,), checkpoints=(by_hand.checkpoint(ROUTINE, 5_000),))
    sealed = packed(contents, level=level)
    assert len(sealed) < 5_000 * 8
    assert opened(sealed) == contents


def test_content_larger_than_a_window_keeps_to_the_window_of_readers() -> None:
    # 10 MiB that zstd would like to see at once.
    noise = zstandard.ZstdCompressor(level=1).compress(b"".join(b"%d," % (i * i) for i in range(40_000)))[
        :50_000
    ]
    payloads = [noise[i % 1000 :] for i in range(210)]
    section = Section(ROUTINE, 0, ROWS, (Seeded(by_hand.SEED, 0, bytes(210), payloads),))
    contents = Contents(sections=(section,), checkpoints=(by_hand.checkpoint(ROUTINE, 210),))
    assert opened(packed(contents, level=22)) == contents


# Only the recipient, only from the sender.


def test_neither_the_author_nor_the_non_party_opens_it() -> None:
    sealed = packed(one_alert())
    for secret in (AUTHOR_SECRET, NON_PARTY_SECRET):
        with pytest.raises(SealError):
            unwrap(sealed, identities=[secret])


def test_keys_of_other_parties_do_not_count() -> None:
    wrapped = read_plain(by_hand.wrap(by_hand.packed(by_hand.header()), key=STRANGER))
    with pytest.raises(UnknownKeyError):
        open_pouch(wrapped, keys=[STRANGER.verifier, PARTNER_LOG.verifier, LOG.verifier])
    with pytest.raises(UnknownKeyError):
        open_pouch(wrapped, keys=[])


def test_a_receipt_key_signs_no_pouch() -> None:
    receipts = by_hand.RECEIPTS.renamed("gao.ml/pouch")
    body = by_hand.packed(by_hand.header())
    text = by_hand.note_text(body)
    wrapped = Wrapped(ENVELOPE, Note(text, (cosign(text, receipts, 0),)), body)
    with pytest.raises(UnknownKeyError):
        open_pouch(wrapped, keys=[by_hand.RECEIPTS.verifier])


def test_the_previous_log_key_still_opens() -> None:
    older = SigningKey.from_seed("gao.ml/log", bytes(range(32)))
    assert opened(packed(one_alert()), keys=(older.verifier, LOG.verifier)) == one_alert()


# Limits.


@pytest.mark.parametrize(
    ("limit", "least"),
    [("sealed", None), ("note", None), ("plain", None), ("frames", 3), ("header", None), ("entries", 1)],
)
def test_each_limit_holds(limit: str, least: int | None) -> None:
    sealed = packed(one_alert())
    if least is None:  # find it
        low, high = 0, 100_000
        while low < high:
            middle = (low + high) // 2
            try:
                opened(sealed, **{limit: middle})
            except LimitError:
                low = middle + 1
            else:
                high = middle
        least = low
    assert opened(sealed, **{limit: least}) == one_alert()
    with pytest.raises(LimitError):
        opened(sealed, **{limit: least - 1})


def test_entries_are_counted_over_all_sections() -> None:
    payloads = [b"{}"] * 3
    sections = tuple(
        Section(o, 0, ROWS, (Seeded(by_hand.SEED, 0, bytes(3), payloads),)) for o in (URGENT, ROUTINE)
    )
    checkpoints = tuple(by_hand.checkpoint(section.origin, 3) for section in sections)
    sealed = packed(Contents(sections=sections, checkpoints=checkpoints))
    assert opened(sealed, entries=6)
    with pytest.raises(LimitError):
        opened(sealed, entries=5)


# What is written is what would be accepted.

ONE = one_alert().sections[0]
SALT, ALERT = by_hand.SALTS[0], by_hand.ALERTS[0]


@pytest.mark.parametrize(
    ("run", "error"),
    [
        (Explicit(b"\2", [SALT], [ALERT]), MalformedError),
        (Explicit(b"\0", [SALT[:15]], [ALERT]), MalformedError),
        (Explicit(b"\0", [], [ALERT]), MalformedError),
        (Explicit(b"\0\0", [SALT], [ALERT]), MalformedError),
        (Explicit(b"\0", [SALT], [bytes(60_001)]), LimitError),
        (Explicit(b"", [], []), MalformedError),
        (Seeded(bytes(31), 0, b"\0", [ALERT]), MalformedError),
        (Seeded(bytes(32), -1, b"\0", [ALERT]), MalformedError),
        (Seeded(bytes(32), 2**32, b"\0", [ALERT]), MalformedError),
        (Erased([]), MalformedError),
        (Erased([bytes(65_536)]), LimitError),
    ],
)
def test_a_run_that_would_be_refused_is_not_written(run: Any, error: type[EntenteError]) -> None:
    checkpoints = (by_hand.checkpoint(URGENT, 1), by_hand.checkpoint(URGENT, 0))
    with pytest.raises(EntenteError) as caught:
        packed(Contents(sections=(replace(ONE, runs=(run,)),), checkpoints=checkpoints))
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("contents", "error"),
    [
        (replace(one_alert(), checkpoints=()), MalformedError),
        (replace(one_alert(), sections=(ONE, ONE)), MalformedError),
        (replace(one_alert(), sections=(replace(ONE, rows=(Row("a b", "P1D"),)),)), MalformedError),
        (replace(one_alert(), sections=(replace(ONE, rows=ROWS * 129),)), MalformedError),
        (replace(one_alert(), sections=(replace(ONE, start=-1),), checkpoints=(by_hand.checkpoint(URGENT, 0),)), MalformedError),
        (replace(one_alert(), sections=(replace(ONE, origin=by_hand.BACK),)), MisaddressedError),
        (Contents(have={"": 1}), MalformedError),
        (Contents(have={URGENT: -1}), MalformedError),
        (Contents(seen=2**53), MalformedError),
        (Contents(troubles=(Trouble(URGENT, 0, "Has Words"),)), MalformedError),
        (Contents(troubles=(Trouble(URGENT, -1, "x"),)), MalformedError),
        (Contents(notes=(b"",)), MalformedError),
        (Contents(notes=(b"n",) * 10_000), LimitError),
        (Contents(notes=(bytes(65 << 20),)), LimitError),
    ],
)  # fmt: skip
def test_contents_that_would_be_refused_are_not_written(
    contents: Contents, error: type[EntenteError]
) -> None:
    with pytest.raises(EntenteError) as caught:
        packed(contents)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    "changed",
    [{"sequence": 0}, {"sequence": 2**53}, {"sender": "GAO"}, {"recipient": "a\nb"}, {"agreement": ""}, {"sender": "tillaberi.ne"}],
)  # fmt: skip
def test_an_envelope_that_would_be_refused_is_not_written(changed: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        pack(Contents(), replace(ENVELOPE, **changed), log_key=LOG, seal_to=PARTNER_SEAL)


# First contact.


def test_a_stranger_may_bring_signed_notes() -> None:
    agreement = sign_note("entente.v1/agreement\nsynthetic\n", STRANGER).to_bytes()
    plain = write_plain(Contents(notes=(agreement,)), replace(ENVELOPE, sender="menaka.ml"), log_key=STRANGER)
    assert open_introduction(read_plain(plain)) == (agreement,)


@pytest.mark.parametrize(
    ("contents", "error"),
    [
        (one_alert(), LimitError),
        (Contents(receipts=(b"r",)), UnknownKeyError),
        (Contents(troubles=(Trouble(URGENT, 0, "x"),)), UnknownKeyError),
        (Contents(notes=(b"n",) * 64), LimitError),
        (Contents(notes=(bytes(2 << 20),)), LimitError),
    ],
)
def test_a_stranger_may_bring_nothing_else(contents: Contents, error: type[EntenteError]) -> None:
    wrapped = read_plain(write_plain(contents, ENVELOPE, log_key=LOG))
    with pytest.raises(EntenteError) as caught:
        open_introduction(wrapped)
    assert type(caught.value) is error

"""Bytes that somebody made to do harm: refused with an error of ours, quickly, in little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from entente.errors import EntenteError, LimitError, MalformedError, SealError, SignatureError
from entente.pouch import Envelope, Limits, open_introduction, open_pouch, read_plain, unwrap
from entente.pouch.body import read_body
from entente.pouch.section import read_section
from entente.sealing import generate_identity, seal
from tests.vectors import pouch_bytes as by_hand
from tests.vectors.synthetic import LOG, STRANGER

SECRET, SEAL = generate_identity()
NON_PARTY_SECRET, _ = generate_identity()

SECTION = (
    by_hand.head(by_hand.URGENT, 0, 5)
    + by_hand.erased([b'{"c":"","k":"alert","r":"P1D","v":1}'])
    + by_hand.explicit([(0, by_hand.SALTS[0], by_hand.ALERTS[0]), (1, by_hand.SALTS[1], by_hand.MESSAGE)])
    + by_hand.seeded(by_hand.FLOWS[:2])
)
FRAMES = [
    by_hand.header(have={by_hand.BACK: 12}, seen=4, sections=1, checkpoints=1),
    SECTION,
    by_hand.checkpoint(by_hand.URGENT, 5),
]
BODY = by_hand.packed(*FRAMES)
PLAIN = by_hand.wrap(BODY)
SEALED = seal(PLAIN, SEAL)


def read_whole(plain: bytes) -> None:
    wrapped = read_plain(plain)
    open_pouch(wrapped, keys=[LOG.verifier])


def read_sealed(sealed: bytes) -> None:
    open_pouch(unwrap(sealed, identities=[SECRET]), keys=[LOG.verifier])


def outcome(plain: bytes) -> str:
    """What is said of the bytes; any error but ours goes through."""
    try:
        read_whole(plain)
    except EntenteError as error:
        return str(error)
    return "accepted"


def flips(data: bytes) -> list[bytes]:
    made = []
    for position in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[position] ^= 1 << bit
            made.append(bytes(changed))
    return made


def peak(work: Callable[[], object]) -> int:
    """The most bytes that were held at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_pouch_that_is_changed_below_is_accepted() -> None:
    read_whole(PLAIN)
    read_sealed(SEALED)


def test_one_flipped_bit_of_what_was_sealed_is_refused() -> None:
    for changed in flips(SEALED):
        with pytest.raises((SealError, LimitError)):
            read_sealed(changed)


def test_one_flipped_bit_inside_the_seal_is_refused() -> None:
    for changed in flips(PLAIN):
        with pytest.raises((SignatureError, MalformedError)):
            read_whole(changed)


def test_every_truncation_is_refused() -> None:
    for length in range(len(SEALED)):
        with pytest.raises(SealError):
            read_sealed(SEALED[:length])
    for length in range(len(PLAIN)):
        with pytest.raises((SignatureError, MalformedError)):
            read_whole(PLAIN[:length])


def test_a_truncated_pouch_that_is_sealed_again_is_refused() -> None:
    for length in range(0, len(PLAIN), 512):
        with pytest.raises((SignatureError, MalformedError)):
            read_sealed(seal(PLAIN[:length], SEAL))


def test_bytes_of_another_pouch_cannot_be_put_under_a_note() -> None:
    other = read_plain(by_hand.wrap(by_hand.packed(by_hand.header(seen=9))))
    ours = read_plain(PLAIN)
    with pytest.raises(SignatureError):
        open_pouch(type(ours)(ours.envelope, ours.note, other.body), keys=[LOG.verifier])


def test_the_envelope_that_counts_is_the_signed_one() -> None:
    ours = read_plain(by_hand.wrap(BODY, key=STRANGER, name="menaka.ml/pouch", sender="menaka.ml"))
    forged = type(ours)(Envelope("gao.ml", "tillaberi.ne", "gao-tillaberi", 7), ours.note, ours.body)
    with pytest.raises(SignatureError):
        open_pouch(forged, keys=[LOG.verifier])


# A partner that signs what it likes: from here on the signature is right.


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_signed_bytes_that_were_changed_raise_only_our_errors(data: st.DataObject) -> None:
    frames = list(FRAMES)
    which = data.draw(st.integers(0, len(frames) - 1))
    changed = bytearray(frames[which])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed)))
        width = data.draw(st.integers(0, 4))
        changed[at : at + width] = data.draw(st.binary(max_size=4))
    frames[which] = bytes(changed)
    assert outcome(by_hand.wrap(by_hand.packed(*frames)))


@given(st.binary(max_size=300))
@example(b"")
@settings(deadline=None)
def test_signed_garbage_raises_only_our_errors(garbage: bytes) -> None:
    for body in (
        garbage,
        b"\x28\xb5\x2f\xfd" + garbage,
        by_hand.packed(garbage),
        by_hand.packed(FRAMES[0], garbage),
    ):
        with pytest.raises(MalformedError):
            read_whole(by_hand.wrap(body))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_compressed_body_that_was_changed_raises_only_our_errors(data: st.DataObject) -> None:
    frames = b"".join(map(by_hand.frame, FRAMES))
    body = bytearray(
        zstandard.ZstdCompressor(level=9, write_checksum=data.draw(st.booleans())).compress(frames)
    )
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(by_hand.wrap(bytes(body)))


@given(st.binary(max_size=600))
@settings(max_examples=300)
def test_garbage_raises_only_our_errors(garbage: bytes) -> None:
    with pytest.raises((SealError, LimitError)):
        unwrap(garbage, identities=[SECRET])
    with pytest.raises(MalformedError):
        read_plain(garbage.ljust(1024, b"\0"))


def test_every_truncation_and_flip_of_a_section_raises_only_our_errors() -> None:
    for length in range(len(SECTION)):
        with pytest.raises(MalformedError):
            read_section(SECTION[:length], most=100)
    refused = 0
    for changed in flips(SECTION):
        try:
            read_section(changed, most=100)
        except MalformedError:
            refused += 1
    assert refused > len(SECTION)  # of the rest (salts, payloads, names) the root decides


def test_a_checksum_of_zstd_is_allowed_and_must_be_right() -> None:
    frames = b"".join(map(by_hand.frame, FRAMES))
    body = zstandard.ZstdCompressor(write_checksum=True).compress(frames)
    assert read_body(body, plain=1 << 20, window=1 << 20) == frames
    with pytest.raises(MalformedError):
        read_body(body[:-1] + bytes([body[-1] ^ 1]), plain=1 << 20, window=1 << 20)
    with pytest.raises(MalformedError):
        read_body(body[:-1], plain=1 << 20, window=1 << 20)


def test_every_truncation_of_a_body_is_refused() -> None:
    body = zstandard.ZstdCompressor().compress(b"".join(map(by_hand.frame, FRAMES)))
    for length in range(len(body)):
        with pytest.raises(MalformedError):
            read_body(body[:length], plain=1 << 20, window=1 << 20)


# Sizes.


def test_a_large_pouch_is_refused_before_it_is_unsealed() -> None:
    with pytest.raises(LimitError):
        unwrap(SEALED, identities=[NON_PARTY_SECRET], limits=Limits(sealed=len(SEALED) - 1))


BOMBS = {
    # A repeated block makes 128 KiB of four bytes.
    "claims little": b"\x28\xb5\x2f\xfd\x80\x58"
    + (1024).to_bytes(4, "little")
    + by_hand.blocks(*[(b"\0", 128 << 10)] * 8_000),
    "claims 64 MiB and a byte": by_hand.zstd(
        by_hand.blocks(*[(b"\0", 128 << 10)] * 512, b"\0"), (64 << 20) + 1
    ),
    "claims an exbibyte": b"\x28\xb5\x2f\xfd\xe0" + (1 << 60).to_bytes(8, "little") + by_hand.stored(b"x"),
    "a window of 3.75 TB": b"\x28\xb5\x2f\xfd\x80\xff" + (1024).to_bytes(4, "little") + by_hand.stored(b"x"),
    "a window of 128 MiB": b"\x28\xb5\x2f\xfd\x80\x88" + (1024).to_bytes(4, "little") + by_hand.stored(b"x"),
    "says nothing": b"\x28\xb5\x2f\xfd\x00\x58" + by_hand.blocks(*[(b"\0", 128 << 10)] * 8_000),
    "a bomb in a bomb": by_hand.packed(zstandard.ZstdCompressor().compress(bytes(200 << 20))),
    "empty blocks without end": by_hand.zstd(b"\0\0\0" * 10_000, 10),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_no_memory(name: str) -> None:
    plain = by_hand.wrap(BOMBS[name])

    def refuse() -> None:
        with pytest.raises(MalformedError):
            read_whole(plain)
        with pytest.raises(EntenteError):
            open_introduction(read_plain(plain))

    assert peak(refuse) < 2 << 20


def test_a_million_empty_entries_cost_no_memory() -> None:
    # Two bytes an entry, compressed to nothing: the limit of entries holds before the loop.
    head = by_hand.head(by_hand.URGENT, 0, 1_000_000) + b"\0" + (1_000_000).to_bytes(4, "big")
    with pytest.raises(LimitError):
        read_section(head + bytes(2_000_000), most=250_000)
    lying = by_hand.head(by_hand.URGENT, 0, 10) + b"\0" + (1_000_000).to_bytes(4, "big") + bytes(2_000_000)

    def refuse() -> None:
        with pytest.raises(MalformedError):
            read_section(lying, most=250_000)

    assert peak(refuse) < 1 << 20


def test_counts_that_no_bytes_cover_allocate_nothing() -> None:
    head = by_hand.head(by_hand.URGENT, 0, 250_000)
    for lie in (
        by_hand.explicit([], count=250_000),
        by_hand.seeded([], count=250_000),
        by_hand.erased([], count=250_000),
    ):

        def refuse(data: bytes = head + lie) -> None:
            with pytest.raises(MalformedError):
                read_section(data, most=250_000)

        assert peak(refuse) < 1 << 20

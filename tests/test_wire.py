"""Canonical bytes against the rfc8785 package, and frames."""

import json

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import LimitError, MalformedError, NotCanonicalError
from entente.wire import MAX_INTEGER, Codec, b64, decode_any, encode, frame, frames, unb64

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
KEY = st.text(st.characters(max_codepoint=0x7F), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=20,
)


class Sample(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    zebra: int
    apple: str = ""
    mango: dict[str, int] = {}


SAMPLE = Codec[Sample](Sample, "a sample")


@given(value=PLAIN)
def test_canonical_bytes_are_those_of_rfc_8785(value):
    assert encode(value) == rfc8785.dumps(value)
    assert decode_any(encode(value), "a value") == value


@given(
    sample=st.builds(
        Sample,
        st.integers(-MAX_INTEGER, MAX_INTEGER),
        TEXT,
        st.dictionaries(KEY, st.integers(0, 9), max_size=4),
    )
)
def test_the_fields_of_a_struct_are_sorted_too(sample):
    data = SAMPLE.encode(sample)
    assert data == rfc8785.dumps(json.loads(data))
    assert SAMPLE.decode(data) == sample


@pytest.mark.parametrize(
    "data",
    [
        b'{"zebra": 1}',
        b'{"zebra":1}\n',
        b'{"zebra":1,"apple":"a"}',
        b'{"zebra":1,"zebra":1}',
        b'{"apple":"","zebra":1}',
        b'{"apple":"\\u0061","zebra":1}',
        b'{"apple":"\\/","zebra":1}',
    ],
)
def test_another_encoding_of_the_same_value_is_refused(data):
    with pytest.raises(NotCanonicalError):
        SAMPLE.decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"zebra":"1"}',
        b'{"zebra":1,"more":1}',
        b'{"apple":"\xff","zebra":1}',
        b"[" * 9_999,
    ],
)
def test_bytes_that_are_not_the_type_are_malformed(data):
    with pytest.raises(MalformedError) as caught:
        SAMPLE.decode(data)
    assert type(caught.value) is MalformedError


@pytest.mark.parametrize(
    "data", [b"1.5", b"1.0", b"1e2", b"-0", b"9007199254740992", b"[-9007199254740992]", '{"é":1}'.encode()]
)
def test_numbers_and_keys_outside_the_profile_are_refused(data):
    with pytest.raises(NotCanonicalError):
        decode_any(data, "a value")


def test_nesting_is_limited():
    with pytest.raises(LimitError):
        decode_any(b"[" * 40 + b"]" * 40, "a value")


@given(data=st.binary(max_size=40))
def test_base64_reads_back(data):
    assert unb64(b64(data), "a value") == data


@pytest.mark.parametrize(
    "text", ["A", "AA", "AAA", "AAB=", "AA==\n", " AA==", "AA=", "A_8=", "é===", "AA==AA=="]
)
def test_base64_in_another_form_is_refused(text):
    with pytest.raises(MalformedError):
        unb64(text, "a value")


@given(parts=st.lists(st.binary(max_size=30), max_size=8))
def test_frames_read_back(parts):
    data = b"".join(map(frame, parts))
    assert [bytes(part) for part in frames(data, most=8, what="a body")] == parts


@given(parts=st.lists(st.binary(max_size=9), min_size=1, max_size=4), cut=st.integers(1, 3))
def test_frames_that_end_too_early_are_refused(parts, cut):
    data = b"".join(map(frame, parts))[:-cut]
    with pytest.raises(MalformedError):
        list(frames(data, most=8, what="a body"))


def test_frames_are_counted():
    with pytest.raises(LimitError):
        list(frames(frame(b"") * 9, most=8, what="a body"))


def test_a_frame_that_claims_more_than_there_is_allocates_nothing():
    with pytest.raises(MalformedError):
        list(frames(b"\xff\xff\xff\xff", most=8, what="a body"))

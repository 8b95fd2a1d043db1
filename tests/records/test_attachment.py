"""An image in parts: whole only when every part is there and the hash fits."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import RecordError
from entente.records import Attachment, decode, encode, validated
from entente.records.attachment import MOST_IN_A_PART, MOST_IN_ALL, joined, same, split
from entente.records.base import Role, compulsory_of, fields_of
from tests.records.synthetic import GAO_1, make

HEADER = {
    "at": "2022-02-01T08:00:00Z",
    "service": "protection-civile",
    "purpose": "humanitarian",
    "tlp": "GREEN",
    "about": GAO_1,
    "media_type": "image/jpeg",
}


def parts_of(image: bytes, at_most: int) -> list[Attachment]:
    return [decode(encode(validated(one))) for one in split(image, at_most, **HEADER)]  # type: ignore[misc]  # decode gives back what was encoded


@given(st.binary(min_size=1, max_size=300), st.integers(3, 301), st.randoms())
def test_an_image_comes_together_again_in_any_order_with_parts_twice(
    image: bytes, at_most: int, chance: Random
) -> None:
    parts = parts_of(image, at_most)
    assert len({same(one) for one in parts}) == 1
    again = [*parts, *parts]
    chance.shuffle(again)
    assert joined(again) == image
    if len(parts) > 1:
        without = chance.choice(parts)
        assert joined([one for one in again if one.part != without.part]) is None


def test_no_part_is_nothing_and_a_changed_part_is_not_the_image() -> None:
    assert joined([]) is None
    first, second = parts_of(b"a picture of a ford", 12)
    changed = msgspec.structs.replace(second, data=b"of gold")
    assert joined([first, second]) == b"a picture of a ford"
    assert joined([first, changed]) is None
    assert joined([first, msgspec.structs.replace(second, part=1)]) is None


def test_the_largest_part_with_the_longest_words_fits_into_a_payload() -> None:
    part = make(
        "attachment",
        parts=100,
        part=100,
        size=MOST_IN_ALL,
        sha256="f" * 64,
        data=b64encode(b"\xff" * MOST_IN_A_PART).decode(),
        caption="\N{TIFINAGH LETTER YA}" * 200,
        place={
            "name": "\N{TIFINAGH LETTER YA}" * 120,
            "code": "x" * 40,
            "scheme": "x" * 40,
            "version": "x" * 20,
        },
        article="999999#ABCDEFGHIJKLMNOPQRST",
        released_at="2021-12-01T15:00:00Z",
    )
    assert len(encode(part)) < 60_000


@pytest.mark.parametrize("size", [0, MOST_IN_ALL + 1])
def test_what_cannot_be_sent_is_not_split(size: int) -> None:
    with pytest.raises(RecordError):
        split(bytes(size), 16_000, **HEADER)
    with pytest.raises(RecordError):
        split(bytes(1_000), 9, **HEADER)


def test_the_hash_is_of_the_whole() -> None:
    image = b"a picture of a ford"
    for one in parts_of(image, 7):
        assert one.sha256 == sha256(image).hexdigest()
        assert one.size == len(image)


def test_an_article_names_the_image_or_none_of_it_leaves() -> None:
    assert fields_of(Attachment)["data"].role is Role.IMAGE
    assert compulsory_of(Attachment) == {
        "about",
        "media_type",
        "size",
        "sha256",
        "part",
        "parts",
        "data",
    }

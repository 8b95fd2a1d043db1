"""Codes said on the phone: whatever is misheard once is noticed."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import RecordError
from entente.records.codes import ALPHABET, check_code, is_code, new_code
from tests.records.synthetic import good_codes, prefixes

SAID = string.ascii_uppercase + string.digits


@given(prefixes, st.binary(min_size=3, max_size=32))
def test_a_new_code_has_its_prefix_and_a_good_check_character(prefix, entropy):
    code = new_code(prefix, entropy)
    assert code.startswith(prefix + "-")
    assert len(code) == len(prefix) + 6
    assert is_code(code)
    assert check_code(code) == code


def test_the_random_part_uses_every_value_once():
    bodies = {new_code("GAO", number.to_bytes(3, "big"))[4:8] for number in range(1 << 14)}
    assert len(bodies) == 1 << 14
    assert set("".join(bodies)) == set(ALPHABET)


@pytest.mark.parametrize("prefix", ["", "G", "gao", "GAOGAOGAO", "GA0", "GÀO", "GAO\n"])
def test_a_prefix_is_two_to_eight_capital_letters(prefix):
    with pytest.raises(RecordError):
        new_code(prefix, b"123")


def test_too_little_entropy_is_refused():
    with pytest.raises(RecordError):
        new_code("GAO", b"12")


def accepts(text: str) -> bool:
    try:
        check_code(text)
    except RecordError:
        return False
    return True


def codes_to_spoil() -> list[str]:
    source = random.Random(20211201)
    letters = string.ascii_uppercase
    every_letter = [letters[index : index + 2] for index in range(0, 26, 2)] + [
        "LIOU",
        "OLIL",
        "ABCDEFGH",
        "STUVWXYZ",
        "GAO",
        "TIL",
    ]
    return [new_code(prefix, source.randbytes(3)) for prefix in every_letter for _ in range(12)]


@pytest.mark.parametrize("code", codes_to_spoil())
def test_every_single_wrong_character_is_noticed_in_the_prefix_too(code):
    for place, right in enumerate(code):
        if right == "-":
            continue
        for wrong in SAID:
            spoiled = code[:place] + wrong + code[place + 1 :]
            if wrong != right:
                assert not is_code(spoiled)
            # Read aloud, O is 0 and I and L are 1: the same character, not a wrong one.
            same = place > code.index("-") and "011"["OIL".index(wrong)] == right if wrong in "OIL" else False
            if wrong != right and not same:
                assert not accepts(spoiled)


@pytest.mark.parametrize("code", codes_to_spoil())
def test_every_exchange_of_two_characters_is_noticed_across_the_hyphen_too(code):
    places = [place for place, character in enumerate(code) if character != "-"]
    for first in places:
        for second in places:
            if first < second and code[first] != code[second]:
                spoiled = list(code)
                spoiled[first], spoiled[second] = spoiled[second], spoiled[first]
                assert not is_code("".join(spoiled))
                if places.index(second) == places.index(first) + 1:
                    assert not accepts("".join(spoiled))


def test_every_exchange_across_the_hyphen_is_noticed_for_all_pairs():
    for last in string.ascii_uppercase:
        for number in range(32):
            code = new_code("GA" + last, (number << 15).to_bytes(3, "big"))
            head, tail = code.split("-")
            if head[-1] != tail[0]:
                assert not accepts(f"{head[:-1]}{tail[0]}-{head[-1]}{tail[1:]}")


@given(good_codes, st.data())
def test_a_code_is_understood_however_it_is_typed(code, data):
    prefix, body = code.split("-")
    aloud = body.translate(
        str.maketrans({"0": data.draw(st.sampled_from("0Oo")), "1": data.draw(st.sampled_from("1IiLl"))})
    )
    said = prefix + data.draw(st.sampled_from(["-", "", " ", " – ", "‑", "."])) + aloud
    said = data.draw(st.sampled_from([said, said.lower(), f"  {said} "]))
    assert check_code(said) == code


@given(st.text(max_size=60))
def test_other_text_is_refused_with_an_error_of_ours(text):
    if not accepts(text):
        assert not is_code(text)


@pytest.mark.parametrize(
    "text", ["", "GAO", "GAO-7K3Q", "ＧＡＯ-7K3QX", "GAO-7K3QU", "-" * 100, "1AO-00000", "ß-00000"]
)
def test_what_is_no_code_is_not_taken_for_one(text):
    assert not is_code(text)
    assert not accepts(text)


def test_the_code_that_every_document_shows_is_a_good_one():
    assert is_code("GAO-7K3QX")

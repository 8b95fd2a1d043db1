"""Entries one by one and in bulk, and what an entry does not say."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import LimitError, MalformedError
from entente.journal.entry import Row, check_entry, commitment, entries, entry, expand_salts
from entente.wire import Codec

SEED = bytes(range(32))
ROWS = [Row("alert", "P730D"), Row("flow", "P90D"), Row("dialogue", "P1D")]


@given(payloads=st.lists(st.tuples(st.integers(0, 2), st.binary(max_size=60)), max_size=30))
def test_entries_in_bulk_are_those_made_one_by_one(payloads):
    salts = expand_salts(SEED, 5, len(payloads))
    which = [row for row, _ in payloads]
    made = entries(ROWS, which, salts, [payload for _, payload in payloads])
    assert made == [
        entry(ROWS[row], commitment(salt, payload))
        for (row, payload), salt in zip(payloads, salts, strict=True)
    ]
    assert made == entries(ROWS, bytes(which), salts, [payload for _, payload in payloads])


@given(c=st.binary(min_size=32, max_size=32), row=st.sampled_from(ROWS))
def test_an_entry_is_canonical_json_and_reads_back(c, row):
    import json

    data = entry(row, c)
    assert data == rfc8785.dumps(json.loads(data))
    assert check_entry(data) == (row, c)


@given(first=st.integers(0, 2**32 - 40), count=st.integers(0, 40))
def test_salts_do_not_depend_on_where_the_expansion_starts(first, count):
    salts = expand_salts(SEED, first, count)
    assert salts == [salt for i in range(count) for salt in expand_salts(SEED, first + i, 1)]
    assert len(set(salts)) == count
    assert {len(salt) for salt in salts} <= {16}


def test_another_seed_gives_other_salts():
    assert not set(expand_salts(SEED, 0, 50)) & set(expand_salts(bytes(32), 0, 50))


def test_equal_payloads_have_entries_that_do_not_show_it():
    salts = expand_salts(SEED, 0, 2)
    first, second = entries(ROWS, bytes(2), salts, [b"same", b"same"])
    assert first != second


def test_the_entry_of_a_long_payload_is_as_long_as_that_of_a_short_one():
    salts = expand_salts(SEED, 0, 2)
    first, second = entries(ROWS, bytes(2), salts, [b"", bytes(60_000)])
    assert len(first) == len(second)


@pytest.mark.parametrize(
    ("which", "salts", "payloads"),
    [
        (b"\0", [bytes(16)], []),
        (b"", [bytes(16)], [b""]),
        (b"\0\0", [bytes(16)] * 2, [b""]),
        (b"\3", [bytes(16)], [b""]),
        ([-1], [bytes(16)], [b""]),
        (b"\0", [bytes(15)], [b""]),
        (b"\0\0", [bytes(16), bytes(17)], [b"", b""]),
    ],
)
def test_lists_that_do_not_fit_are_refused(which, salts, payloads):
    with pytest.raises(MalformedError):
        entries(ROWS, which, salts, payloads)


@pytest.mark.parametrize(
    "row",
    [
        Row("", "P1D"),
        Row('a","k":"b', "P1D"),
        Row("alert", "1D"),
        Row("a" * 41, "P1D"),
        Row("alert\n", "P1D"),
    ],
)
def test_a_row_of_another_form_makes_no_entry(row):
    with pytest.raises(MalformedError):
        entry(row, bytes(32))
    with pytest.raises(MalformedError):
        entries([row], b"\0", [bytes(16)], [b""])


def test_values_of_another_length_are_refused():
    for act in (
        lambda: commitment(bytes(15), b""),
        lambda: entry(ROWS[0], bytes(31)),
        lambda: expand_salts(bytes(31), 0, 1),
    ):
        with pytest.raises(MalformedError):
            act()


@pytest.mark.parametrize(("first", "count"), [(-1, 1), (0, -1), (2**32, 1), (2**32 - 1, 2)])
def test_a_seed_has_so_many_salts_and_no_more(first, count):
    with pytest.raises(LimitError):
        expand_salts(SEED, first, count)


def test_a_row_travels_as_a_list_of_two():
    rows = Codec[list[Row]](list[Row], "rows")
    assert rows.encode(ROWS[:1]) == b'[["alert","P730D"]]'
    assert rows.decode(b'[["alert","P730D"]]') == ROWS[:1]
    for data in (
        b'[["alert"]]',
        b'[["alert","P730D",1]]',
        b'[["Alert","P730D"]]',
        b'[{"k":"alert","r":"P1D"}]',
    ):
        with pytest.raises(MalformedError):
            rows.decode(data)

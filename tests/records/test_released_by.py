"""Which functions released a record: only in one that was released, and no byte of any other is changed."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from entente.errors import MalformedError, RecordError
from entente.records import decode, encode
from tests.parties import EVERY_KIND, alert

replace = msgspec.structs.replace
RELEASED = {"article": "1#E1", "released_at": "2022-01-10T08:30:00Z"}
BY = ("protection-civile/directeur", "prefecture-ansongo/prefet")

OLDER = (
    b'{"article":"1#A4","at":"2022-01-10T06:15:00Z","category":["Met"],"certainty":"Observed","code":"GAO-7K3QX",'
    b'"kind":"alert","place":{"code":"labbezanga","level":"locality","name":"Labbezanga","scheme":"gao-tillaberi",'
    b'"version":"1"},"purpose":"humanitarian","released_at":"2022-01-10T08:30:00Z","service":"protection-civile",'
    b'"severity":"Severe","status":"Exercise","tlp":"GREEN","urgency":"Immediate"}'
)
"""An alert as it was released before the field existed."""


def test_what_was_released_before_the_field_existed_has_the_same_bytes():
    record = decode(OLDER)
    assert record.released_by == ()
    assert encode(record) == OLDER
    assert sha256(encode(record)).digest() == sha256(OLDER).digest()


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_it_is_left_out_where_nobody_decided(kind):
    assert b"released_by" not in encode(EVERY_KIND[kind]())


def test_it_is_written_in_the_order_in_which_they_decided():
    record = replace(alert(), **RELEASED, released_by=BY)
    record.check()
    data = encode(record)
    assert b'"released_by":["protection-civile/directeur","prefecture-ansongo/prefet"]' in data
    assert decode(data).released_by == BY


@pytest.mark.parametrize(
    "released",
    [{}, {"article": "1#E1"}, {"released_at": "2022-01-10T08:30:00Z"}],
    ids=["filed", "undated", "uncited"],
)
def test_only_a_released_record_has_it(released):
    with pytest.raises(RecordError, match="only a released record"):
        replace(alert(), **released, released_by=BY).check()


@pytest.mark.parametrize(
    "names",
    [
        '["directeur"]',
        '["a/b/c"]',
        '["A/b"]',
        '["a/"]',
        '"a/b"',
        "[1]",
        "null",
        "[]",
        str([f"s/f{n}" for n in range(9)]),
    ],
)
def test_it_is_a_list_of_at_most_eight_functions_of_services(names):
    data = OLDER.replace(b'"service"', b'"released_by":' + names.replace("'", '"').encode() + b',"service"')
    with pytest.raises((RecordError, MalformedError)):
        decode(data)

"""Decoding is validation, and one record has one encoding."""

import json

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import EntenteError, LimitError, MalformedError, NotCanonicalError, RecordError
from entente.records import KINDS, Alert, decode, encode, from_plain, validated
from entente.wire import MAX_PAYLOAD
from tests.records.synthetic import GAO_1, PLAIN, make, plain, plain_records


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_record_of_every_kind_goes_there_and_back(kind):
    record = make(kind)
    assert type(record) is KINDS[kind]
    assert decode(encode(record)) == record
    assert encode(record) == rfc8785.dumps(PLAIN[kind])


@given(plain_records)
def test_whatever_is_accepted_goes_there_and_back_in_canonical_form(plain_record):
    try:
        record = from_plain(plain_record)
    except RecordError:
        return
    data = encode(record)
    assert decode(data) == record == validated(record)
    assert rfc8785.dumps(json.loads(data)) == data


@given(plain_records, st.data())
def test_no_field_accepts_a_value_of_another_type(plain_record, data):
    name = data.draw(st.sampled_from(sorted(plain_record)))
    wrong = data.draw(st.sampled_from([1.5, True, {"a": 1}, [[]], "\x00", -1, 2**60]))
    with pytest.raises(RecordError):
        from_plain({**plain_record, name: wrong})


@given(st.binary(max_size=400))
def test_garbage_is_refused_with_an_error_of_ours(data):
    with pytest.raises(MalformedError):
        decode(data)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_json_that_is_no_record_is_refused_with_an_error_of_ours(value):
    data = json.dumps(value).encode()
    with pytest.raises(EntenteError):
        decode(data)
    with pytest.raises(RecordError):
        from_plain(value)


def spoiled(text: str) -> bytes:
    return text.encode()


GOOD = encode(make("withdrawal")).decode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a space", GOOD.replace('":"', '": "', 1)),
        ("another order", json.dumps(dict(reversed(json.loads(GOOD).items())), separators=(",", ":"))),
        ("an escape", GOOD.replace("protection", "\\u0070rotection")),
        ("a key twice", GOOD[:-1] + ',"tlp":"GREEN"}'),
        ("a null", '{"article":null,' + GOOD[1:]),
        ("an empty list", '{"about":' + encode(make("alert")).decode()[6:]),
        ("a newline at the end", GOOD + "\n"),
    ],
)
def test_another_encoding_of_a_record_is_refused(name, data):
    if name == "an empty list":
        text = encode(make("alert", response=None)).decode()
        data = text.replace('"service"', '"response":[],"service"')
    with pytest.raises(NotCanonicalError):
        decode(data.encode())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_unknown_field_is_refused(kind):
    with pytest.raises(RecordError):
        from_plain({**PLAIN[kind], "surname": "x"})


def test_an_unknown_kind_is_malformed():
    with pytest.raises(MalformedError):
        decode(GOOD.replace("withdrawal", "rumour").encode())


def test_a_record_over_the_payload_limit_is_refused_before_it_is_parsed():
    with pytest.raises(LimitError):
        decode(b" " * (MAX_PAYLOAD + 1))


def test_the_longest_alert_in_the_longest_script_fits_in_a_payload():
    widest = "\U0001e900"
    longest = make(
        "alert",
        event=widest * 200,
        headline=widest * 200,
        description=widest * 6_000,
        instruction=widest * 6_000,
        place={**PLAIN["alert"]["place"], "name": widest * 200},
    )
    assert len(encode(longest)) <= MAX_PAYLOAD


def test_decode_refuses_what_the_kinds_rules_refuse():
    data = msgspec.json.encode(plain("message", about=None), order="sorted")
    with pytest.raises(RecordError, match="a step needs"):
        decode(data)


def test_a_struct_built_in_python_is_checked_on_demand():
    wrong = msgspec.structs.replace(make("alert"), severity="Catastrophic")
    with pytest.raises(RecordError):
        validated(wrong)
    with pytest.raises(MalformedError):
        decode(encode(wrong))


@pytest.mark.parametrize(
    "words", ["a\nb", "a\x00", "\x1b[31m", "abc\u202edef", "a\u2066b", "\ufffe", "", "x" * 201]
)
def test_a_line_holds_no_control_no_reversal_of_direction_and_not_too_much(words):
    with pytest.raises(RecordError):
        make("alert", event=words)
    with pytest.raises(RecordError):
        make("alert", place={"name": words})


def test_a_text_may_have_line_feeds_and_tabs_but_no_carriage_return():
    assert isinstance(make("alert", description="a\n\tb"), Alert)
    with pytest.raises(RecordError):
        make("alert", description="a\r\nb")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("service", "protection civile"),
        ("service", "protection-civile\n"),
        ("service", "-a"),
        ("at", "2021-12-01T14:30:00Z\n"),
        ("at", "٢٠٢١-12-01"),
        ("at", "2021-13-01"),
        ("released_at", "2021-12-01"),
        ("article", "0#A2"),
        ("article", "1#A2\n"),
        ("article", "A2"),
        ("code", "GAO-00001"),
        ("code", GAO_1 + "\n"),
        ("about", "GAO-00001"),
        ("revises", GAO_1),
        ("tlp", "ORANGE"),
        ("purpose", "curiosity"),
    ],
)
def test_the_header_is_strict(field, value):
    with pytest.raises(RecordError):
        make("alert", **{field: value})


@pytest.mark.parametrize("kind", ["withdrawal", "flow-of-people", "flow-of-livestock", "flow-of-goods"])
def test_a_kind_that_nobody_talks_about_has_no_code(kind):
    with pytest.raises(RecordError, match="has no code"):
        make(kind, code=GAO_1, about=PLAIN["message"]["code"] if kind == "withdrawal" else None)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(
    "place",
    [
        {"lat": 1},
        {"lon": 1},
        {"name": "x", "code": "ML07"},
        {"code": "ML07", "scheme": "ocha-cod"},
        {"name": "x", "scheme": "ocha-cod"},
        {"level": "region"},
        {},
        {"name": "x", "lat": 9_000_001, "lon": 0},
        {"name": "x", "level": "village"},
    ],
)
def test_a_place_is_whole(kind, place):
    with pytest.raises(RecordError):
        make(kind, place=place)

"""The bytes of CAP 1.2: nothing is lost in reading, nothing invalid is written, nothing odd gets in."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from entente.errors import EntenteError, LimitError, MalformedError
from entente.interop import cap_xml
from entente.interop.cap import CapAlert, CapArea, CapInfo, CapResource, Named, parse, write
from tests.interop.files import ACK, ALL_FILES, FLOOD, OURS, SCHEMA, assert_valid, needs_xsd


def leaves(xml: bytes) -> list[tuple[str, str]]:
    """Every element of CAP that holds words, with its path, as another XML library reads them."""
    root = etree.fromstring(xml)
    return [
        (
            "/".join(etree.QName(one).localname for one in [*reversed(list(node.iterancestors())), node]),
            node.text or "",
        )
        for node in root.iter("{urn:oasis:names:tc:emergency:cap:1.2}*")
        if len(node) == 0
    ]


@pytest.mark.parametrize("path", ALL_FILES, ids=lambda path: path.stem)
def test_no_field_of_a_file_is_lost(path):
    xml = path.read_bytes()
    message = parse(xml)
    assert leaves(write(message)) == leaves(xml)
    again = parse(write(message))
    assert not again.signed
    assert write(again) == write(message)


@needs_xsd
@pytest.mark.parametrize("path", ALL_FILES, ids=lambda path: path.stem)
def test_what_we_accept_is_valid_by_the_schema_and_so_is_what_we_write(path):
    assert SCHEMA is not None
    SCHEMA.assertValid(etree.parse(path))
    assert_valid(write(parse(path.read_bytes())))


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_our_own_files_say_that_they_are_synthetic(path):
    assert "Synthetic" in path.read_text(encoding="utf-8")
    assert parse(path.read_bytes()).status == "Exercise"


GOOD = FLOOD.read_text(encoding="utf-8")


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


STRICT = {
    "not XML": "alert",
    "empty": "",
    "cut off": GOOD[:-20],
    "words after the end": GOOD + "x",
    "another root": GOOD.replace("cap:alert", "cap:warning"),
    "CAP 1.1": GOOD.replace("cap:1.2", "cap:1.1"),
    "no namespace": GOOD.replace("cap:", "").replace("xmlns:cap", "x"),
    "an unknown element": changed("<cap:incidents/>", "<cap:incidents/><cap:colour>red</cap:colour>"),
    "an element of another namespace": changed("<cap:incidents/>", '<cap:incidents/><x xmlns="urn:x"/>'),
    "an element in the wrong place": changed("<cap:incidents/>", "<cap:incidents/><cap:event>x</cap:event>"),
    "elements out of order": changed("<cap:note>", "<cap:incidents/><cap:note>").replace(
        "<cap:incidents/>\n", "\n"
    ),
    "an element twice": changed("<cap:incidents/>", "<cap:incidents/><cap:incidents/>"),
    "a missing element": changed("<cap:sent>2021-12-01T14:30:00-00:00</cap:sent>", ""),
    "a missing severity": changed("<cap:severity>Severe</cap:severity>", ""),
    "a missing value": changed("<cap:value>crue</cap:value>", ""),
    "an unknown value": changed("Exercise", "Drill"),
    "a value with a space": changed(">Exercise<", "> Exercise<"),
    "an attribute": changed("<cap:note>", '<cap:note lang="fr">'),
    "an attribute of a block": changed("<cap:info>", '<cap:info id="1">'),
    "words between elements": changed("<cap:info>", "words<cap:info>"),
    "an element in words": changed("SYNTHÉTIQUE.", "<cap:b>SYNTHÉTIQUE.</cap:b>"),
    "a date in Z": changed("14:30:00-00:00", "14:30:00Z"),
    "a date with a fraction": changed("14:30:00-00:00", "14:30:00.5-00:00"),
    "a day that is not": changed("2021-12-01T14:30:00-00:00", "2021-02-30T14:30:00-00:00"),
    "a date with a far offset": changed("14:30:00-00:00", "14:30:00+15:00"),
    "an altitude that is no number": changed("700.5", "high"),
    "a size that is no integer": changed("12345", "12 kB"),
    "a size of a thousand digits": changed("12345", "1" * 1000),
    "a language that is none": changed("fr-ML", "le français"),
    "a document type": GOOD.replace("<cap:alert", "<!DOCTYPE alert><cap:alert", 1),
    "an entity": GOOD.replace("<cap:alert", '<!DOCTYPE a [<!ENTITY e "x">]><cap:alert', 1),
    "an entity bomb": GOOD.replace(
        "<cap:alert", '<!DOCTYPE a [<!ENTITY e "x"><!ENTITY f "&e;&e;&e;">]><cap:alert', 1
    ).replace("SYNTHÉTIQUE.", "&f;"),
    "an external entity": GOOD.replace(
        "<cap:alert", '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><cap:alert', 1
    ).replace("SYNTHÉTIQUE.", "&e;"),
    "an encoding that nobody knows": GOOD.replace("UTF-8", "klingon", 1),
    "a control character": changed("SYNTHÉTIQUE.", "&#1;"),
}


@pytest.mark.parametrize("name", STRICT)
def test_a_file_is_refused_for(name):
    with pytest.raises(MalformedError) as caught:
        parse(STRICT[name].encode())
    assert str(caught.value)
    assert not isinstance(caught.value, LimitError)


@needs_xsd
@pytest.mark.parametrize("name", [name for name in STRICT if "size of a thousand" not in name and "document type" not in name and "entity" not in name])  # fmt: skip
def test_the_schema_refuses_it_too(name):
    assert SCHEMA is not None
    try:
        tree = etree.fromstring(STRICT[name].encode())
    except etree.XMLSyntaxError:
        return
    assert not SCHEMA.validate(tree)


def test_a_signature_is_noted_and_not_written_again():
    message = parse(ACK.read_bytes())
    assert message.signed
    assert b"Signature" not in write(message)


def test_a_signature_stands_last():
    text = ACK.read_text(encoding="utf-8")
    signature = text[text.index("<ds:Sig") : text.index("</alert>")]
    moved = text.replace(signature, "").replace("<identifier>", signature + "<identifier>")
    with pytest.raises(MalformedError, match="signature"):
        parse(moved.encode())


def test_a_file_is_limited_before_anything_is_read():
    with pytest.raises(LimitError):
        parse(b" " * (cap_xml.MAX_BYTES + 1))


def test_elements_are_limited_while_they_are_read():
    many = changed("<cap:code>TLP:GREEN</cap:code>", "<cap:code/>" * (cap_xml.MAX_ELEMENTS + 1))
    with pytest.raises(LimitError):
        parse(many.encode())


def test_depth_is_limited_while_it_is_read():
    deep = ACK.read_text(encoding="utf-8").replace("<ds:SignedInfo>", "<ds:SignedInfo>" + "<ds:a>" * 100_000)
    with pytest.raises(LimitError):
        parse(deep.encode())


@given(st.binary(max_size=300))
@example(b"\xff\xfe<\x00")
@example(b"<?xml version='1.0' encoding='utf-7'?><a/>")
def test_garbage_is_refused_with_an_error_of_ours(data):
    with pytest.raises(MalformedError):
        parse(data)


@settings(deadline=None)
@given(st.integers(0, len(FLOOD.read_bytes()) - 1), st.binary(min_size=1, max_size=3))
def test_a_flipped_byte_gives_a_message_or_an_error_of_ours(place, bytes_):
    data = bytearray(FLOOD.read_bytes())
    data[place : place + len(bytes_)] = bytes_
    try:
        message = parse(bytes(data))
    except EntenteError:
        return
    assert write(message)


_xml_text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="".join(map(chr, [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF]))), max_size=30)  # fmt: skip
_named = st.lists(st.builds(Named, name=_xml_text, value=_xml_text), max_size=2).map(tuple)
_maybe = st.none() | _xml_text
_dates = st.none() | st.just("2021-12-01T14:30:00-00:00")
_infos = st.builds(
    CapInfo,
    language=st.none() | st.sampled_from(["fr", "en-US"]),
    category=st.just(("Met", "Met")),
    event=_xml_text,
    response_type=st.sampled_from([(), ("None",), ("Assess", "Avoid")]),
    urgency=st.just("Past"),
    severity=st.just("Minor"),
    certainty=st.just("Unknown"),
    audience=_maybe,
    event_code=_named,
    effective=_dates,
    onset=_dates,
    expires=_dates,
    headline=_maybe,
    description=_maybe,
    parameter=_named,
    resource=st.lists(
        st.builds(CapResource, resource_desc=_xml_text, mime_type=_xml_text, size=st.none() | st.integers(0, 10**15 - 1)),
        max_size=2,
    ).map(tuple),
    area=st.lists(
        st.builds(CapArea, area_desc=_xml_text, polygon=st.lists(_xml_text, max_size=2).map(tuple), geocode=_named, altitude=st.none() | st.just("-1.50")),
        max_size=2,
    ).map(tuple),
)  # fmt: skip
_messages = st.builds(
    CapAlert,
    identifier=_xml_text,
    sender=_xml_text,
    sent=st.just("2021-12-01T14:30:00+01:00"),
    status=st.just("Exercise"),
    msg_type=st.just("Cancel"),
    source=_maybe,
    scope=st.just("Public"),
    restriction=_maybe,
    code=st.lists(_xml_text, max_size=3).map(tuple),
    note=_maybe,
    incidents=_maybe,
    info=st.lists(_infos, max_size=2).map(tuple),
)


@settings(deadline=None)
@given(_messages)
def test_any_message_comes_back_as_it_was(message):
    xml = write(message)
    assert parse(xml) == message
    assert_valid(xml)


def test_what_xml_cannot_carry_is_refused_in_writing():
    message = parse(FLOOD.read_bytes())
    for words in ("\x00", "\ud800", "\ufffe"):
        with pytest.raises(MalformedError):
            write(msgspec.structs.replace(message, note=words))
    with pytest.raises(MalformedError):
        write(msgspec.structs.replace(message, status="Drill"))

"""One agreement, one text: what is read, and everything that is refused."""

from __future__ import annotations

import json
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.agreements.document import (
    MAX_TEXT,
    TYPE_LINE,
    Form,
    Share,
    Withhold,
    agreement_text,
    digest,
    parse_agreement,
    parse_draft,
    read_note,
)
from entente.errors import (
    AgreementError,
    EntenteError,
    LimitError,
    MalformedError,
    SignatureError,
    UnknownKeyError,
)
from entente.signing import Note, sign_note
from tests.parties import AGREEMENT, GAO, KAYES, TILLABERI, agreement, signed

TEXT = agreement_text(AGREEMENT)


def test_printing_what_was_parsed_gives_the_same_text():
    assert parse_agreement(TEXT) == AGREEMENT
    assert agreement_text(parse_agreement(TEXT)) == TEXT


def test_the_text_is_a_type_line_and_indented_json_without_defaults():
    first, _, rest = TEXT.partition("\n")
    assert first == "entente.v1/agreement"
    assert rest == json.dumps(json.loads(rest), indent=2, ensure_ascii=False) + "\n"
    plain = json.loads(rest)
    assert list(plain) == [
        "id",
        "version",
        "title",
        "watermark",
        "legal_basis",
        "effective",
        "expires",
        "sign_by",
        "time_zone",
        "parties",
        "signatories",
        "zone",
        "articles",
    ]
    assert "delay_hours" not in plain["articles"][3]
    assert list(plain["articles"][3])[:5] == ["type", "id", "text", "from", "to"]


def test_a_value_that_is_the_default_is_not_written_and_not_accepted():
    written = TEXT.replace('"retention_days": 730', '"retention_days": 730,\n      "onward": "none"', 1)
    with pytest.raises(AgreementError, match="not written in its one form"):
        parse_agreement(written)


def test_the_digest_is_that_of_the_text_without_signatures():
    assert digest(TEXT) == sha256(TEXT.encode()).digest()
    assert signed().digest == digest(TEXT) == signed(AGREEMENT, GAO).digest


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (lambda t: t.replace("entente.v1/agreement", "entente.v2/agreement"), AgreementError, "first line"),
        (lambda t: t.removeprefix(TYPE_LINE), AgreementError, "first line"),
        (lambda t: t[:-1], AgreementError, "one form"),
        (lambda t: t + "\n", AgreementError, "one form"),
        (lambda t: t.replace("  ", "\t", 1), AgreementError, "line 3"),
        (lambda t: t.replace("{\n", "{\n\n", 1), AgreementError, "line 3"),
        (lambda t: t.replace('"version": 1', '"version": 1.0', 1), AgreementError, "at version"),
        (lambda t: t.replace('"version": 1', '"version": 2,\n  "version": 1', 1), AgreementError, "line 4"),
        (lambda t: t.replace("é", "\\u00e9", 1), AgreementError, "one form"),
        (lambda t: t.replace("é", "e\u0301", 1), AgreementError, "NFC"),
        (lambda t: t.replace("Région", "Ré\u202egion", 1), AgreementError, "parties"),
        (lambda t: t.replace("Les parties", "Les\u200bparties", 1), AgreementError, "U[+]200B"),
        (lambda t: t.replace("Les parties", "Les\\u0007parties", 1), AgreementError, "articles"),
        (lambda t: t.replace('"zone": {', '"zone": {\n    "min_cell": 5,', 1), AgreementError, "at zone"),
        (lambda t: t.replace('"type": "share"', '"type": "exceptional"', 1), AgreementError, "articles"),
        (lambda t: t.replace('"locality"', '"street"', 1), AgreementError, "zone.areas"),
        (lambda t: t.replace('"2021-12-15"', '"2021-02-30"', 1), AgreementError, "effective"),
        (lambda t: t.replace('"id": "A4"', '"id": "A#4"', 1), AgreementError, r"articles\[3\].id"),
        (lambda t: t.replace('"id": "A4"', '"id": "A4\\n"', 1), AgreementError, "articles"),
        (lambda t: t.replace("}", "", 1), AgreementError, "not JSON|one form|cannot be read"),
        (lambda _: TYPE_LINE + "[" * 100_000, AgreementError, "not JSON|cannot be read"),
        (lambda _: TYPE_LINE + "\n", AgreementError, "not JSON"),
        (lambda t: t + " " * MAX_TEXT, LimitError, "over"),
        (lambda _: TYPE_LINE + "é" * (MAX_TEXT // 2 + 1), LimitError, "over"),
    ],
)
def test_any_other_text_is_refused_and_the_error_says_where(change, error, says):
    changed = change(TEXT)
    assert changed != TEXT
    with pytest.raises(error, match=says):
        parse_agreement(changed)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_changed_byte_reads_as_the_same_agreement(data):
    raw = bytearray(TEXT.encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        changed = raw.decode()
        parsed = parse_agreement(changed)
    except (EntenteError, UnicodeDecodeError):
        return
    assert parsed != AGREEMENT
    assert agreement_text(parsed) == changed


def test_a_newline_may_stand_in_a_clause():
    article = msgspec.structs.replace(AGREEMENT.articles[0], text="Premier alinéa.\nSecond alinéa.")
    text = agreement_text(agreement(articles=(article,)))
    assert "\n\n" not in text
    assert parse_agreement(text).articles == (article,)


def test_a_value_that_cannot_be_read_again_is_not_written():
    for broken in (
        agreement(version=0),
        agreement(title="a\u2066b"),
        agreement(title="\ud800"),
        agreement(id="Not a slug"),
        agreement(parties=(GAO.party,)),
    ):
        with pytest.raises(AgreementError):
            agreement_text(broken)


def test_a_draft_may_have_any_layout_but_no_other_fields():
    plain = json.loads(TEXT.removeprefix(TYPE_LINE))
    assert parse_draft(json.dumps(plain)) == AGREEMENT
    plain["zone"]["colour"] = "red"
    with pytest.raises(AgreementError, match=r"at zone: .*colour"):
        parse_draft(json.dumps(plain))


@given(
    st.lists(st.sampled_from(["RED", "AMBER", None]), max_size=3),
    st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=40),
)
@settings(max_examples=50, deadline=None)
def test_any_agreement_that_can_be_written_reads_back(marks, words):
    articles = tuple(
        Withhold(id=f"W{number}", text="texte", tlp_from=mark) for number, mark in enumerate(marks)
    )
    draft = agreement(articles=articles, title=words[:40])
    try:
        text = agreement_text(draft)
    except AgreementError:
        return
    assert parse_agreement(text) == draft


def test_a_signed_note_says_who_signed():
    assert signed(AGREEMENT, GAO).signed_by == {"gao.ml"}
    assert signed(AGREEMENT, GAO).missing == ("tillaberi.ne",)
    assert signed().signed_by == {"gao.ml", "tillaberi.ne"}
    assert signed().missing == ()


def test_a_non_party_signs_for_nobody():
    with_stranger = sign_note(TEXT, GAO.authority, KAYES.authority)
    assert read_note(with_stranger.to_bytes()).signed_by == {"gao.ml"}
    with pytest.raises(UnknownKeyError):
        read_note(sign_note(TEXT, KAYES.authority).to_bytes())


def test_a_strangers_key_under_a_partys_name_signs_for_nobody():
    forged = KAYES.authority.renamed("tillaberi.ne/authority")
    assert read_note(sign_note(TEXT, GAO.authority, forged).to_bytes()).signed_by == {"gao.ml"}


def test_another_key_of_a_party_signs_for_nobody():
    with pytest.raises(UnknownKeyError):
        read_note(sign_note(TEXT, GAO.log.renamed("gao.ml/authority")).to_bytes())


def test_a_text_changed_after_the_first_signature_is_refused():
    note = sign_note(TEXT, GAO.authority, TILLABERI.authority)
    wider = TEXT.replace('"retention_days": 90\n', '"retention_days": 91\n')
    assert wider != TEXT
    assert parse_agreement(wider)
    with pytest.raises(SignatureError):
        read_note(Note(wider, note.signatures).to_bytes())


def test_what_is_no_note_is_refused():
    with pytest.raises(MalformedError):
        read_note(TEXT.encode())


def test_share_articles_need_what_has_no_default():
    form = Form(fields=(), place="region", time="month")
    share = Share(
        id="S1",
        text="t",
        from_=("gao.ml",),
        to=("tillaberi.ne",),
        kinds=("alert",),
        purposes=("mobility",),
        tlp="CLEAR",
        form=form,
        retention_days=1,
    )
    plain = msgspec.json.decode(msgspec.json.encode(share))
    for name in ("id", "text", "from", "to", "kinds", "purposes", "tlp", "form", "retention_days"):
        lacking = {key: value for key, value in plain.items() if key != name}
        with pytest.raises(msgspec.ValidationError, match=name):
            msgspec.convert(lacking, Share)

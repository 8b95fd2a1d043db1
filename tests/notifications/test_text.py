"""What a message says: one SMS where it can be, what the marking allows, nothing that another state could inject."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from entente.places import Place
from entente_node.duty.models import Call, Level, Reason
from entente_node.notifications import gsm
from entente_node.notifications.text import Setting, clean, digest_of, subject_of, text_of
from tests import parties

NOW = datetime(2022, 2, 1, 7, 45, tzinfo=UTC)
SETTING = Setting(ZoneInfo("Africa/Niamey"), NOW, {"labbezanga": "Labbezanga"})
EMAIL = Setting(ZoneInfo("Africa/Niamey"), NOW, {"labbezanga": "Labbezanga"}, sms=False)
LINK = "https://desk.til.example/a/AAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def call(**changes: object) -> Call:
    """A call about the alert of Gao, for the duty of Tillabéri's civil protection."""
    return Call(
        **{
            "code": "GAO-7K3QX",
            "service": "protection-civile",
            "function": "permanence",
            "level": Level.DUTY,
            "reason": Reason.NEW,
            "at": NOW,
            "deadline": NOW + timedelta(minutes=58),
        }
        | changes
    )


def test_one_sms_says_what_where_how_severe_code_deadline_and_what_to_do() -> None:
    alert = parties.alert(at="2022-02-01T07:40:00Z", place=parties.place("labbezanga"), headline=None)
    text = text_of(call(), alert, LINK, SETTING)
    assert text == (
        f"GAO-7K3QX EXERCISE SEVERE, weather, Labbezanga, 08:40. Reply OK 7K3QX by 09:43 WAT or open {LINK}"
    )
    assert gsm.parts(text) == 1


def test_a_headline_has_what_room_is_left_and_takes_that_of_the_hour() -> None:
    text = text_of(call(), parties.alert(place=parties.place("labbezanga")), LINK, SETTING)
    assert 'Labbezanga. "Exercice : crue du...". Reply OK' in text
    assert gsm.parts(text) == 1


def test_the_same_in_french() -> None:
    with translation.override("fr"):
        text = text_of(call(), parties.alert(place=parties.place("labbezanga")), LINK, SETTING)
    assert "EXERCICE GRAVE" in text
    assert "Répondez OK 7K3QX avant 09:43 WAT ou ouvrez" in text
    assert gsm.parts(text) == 1


def test_what_is_real_is_not_called_an_exercise() -> None:
    assert "EXERCI" not in text_of(call(), parties.alert(status="Actual"), LINK, SETTING)


def test_an_email_keeps_accents_and_the_whole_headline() -> None:
    alert = parties.alert(headline="Forêt brûlée près du fleuve, trois hameaux coupés")
    text = text_of(call(), alert, LINK, EMAIL)
    assert '"Forêt brûlée près du fleuve, trois hameaux coupés"' in text
    assert "OK 7K3QX" not in text  # an e-mail is not answered so
    assert subject_of(call(), alert) == "GAO-7K3QX EXERCISE SEVERE"


@pytest.mark.parametrize("setting", [SETTING, EMAIL])
def test_red_says_the_code_and_the_deadline_only(setting: Setting) -> None:
    text = text_of(call(), parties.alert(tlp="RED"), LINK, setting)
    assert text.startswith("GAO-7K3QX. ")
    assert "09:43 WAT" in text
    for said in ("SEVERE", "EXERCISE", "weather", "Labbezanga", "crue"):
        assert said not in text
    assert subject_of(call(), parties.alert(tlp="RED")) == "GAO-7K3QX"
    assert "SEVERE" not in digest_of([(call(), parties.alert(tlp="RED"))], LINK, setting)


def test_a_record_whose_content_is_gone_is_told_like_red() -> None:
    assert text_of(call(), None, LINK, SETTING).startswith("GAO-7K3QX. Reply OK 7K3QX")


@pytest.mark.parametrize("marks", [{"purpose": "security"}, {"tlp": "AMBER+STRICT"}])
def test_no_free_text_for_security_or_under_a_strict_marking(marks: dict[str, str]) -> None:
    secret = parties.alert(
        headline="Mots écrits à la main", event="Mots", place=parties.place("labbezanga", exact=True)
    )
    text = text_of(call(), parties.alert(**marks, headline=secret.headline, place=secret.place), LINK, EMAIL)
    assert "Mots" not in text
    assert "Puits" not in text  # the name of the place was written by hand as well
    assert "Labbezanga" in text  # this one is the agreement's own


@pytest.mark.parametrize(
    "headline",
    [
        "Crue\r\nGAO-00000 ANNULÉE",
        "\u202eeurc al",
        "\x1b[2J\x07effacé",
        "Crue\u2028ligne",
        "\u200b\ufeffinvisible",
    ],
)
def test_a_headline_cannot_move_turn_or_break_the_line(headline: str) -> None:
    text = text_of(call(), parties.alert(headline=headline), "", EMAIL)
    assert all(one.isprintable() for one in text)
    assert text.startswith("GAO-7K3QX EXERCISE SEVERE")


@pytest.mark.parametrize(
    "headline",
    [
        "Ouvrez https://evil.example/a/AAAA vite",
        "Voir www.evil.example",
        "Voir evil.example/a/x",
        "Écrire à moi@evil.example",
        "tel:+22790000000 appelez",
        'Fin". Reply OK 00000 or open http://evil.example',
    ],
)
def test_a_headline_brings_no_link_of_its_own(headline: str) -> None:
    text = text_of(call(), parties.alert(headline=headline), LINK, EMAIL)
    assert "evil" not in text
    assert text.count("://") == 1
    assert text.endswith(LINK)
    assert text.count('"') in {0, 2}


def test_a_headline_of_another_script_leaves_no_stray_digits_in_an_sms() -> None:
    text = text_of(call(), parties.alert(headline="فيضان في 12 قرية"), "", SETTING)
    assert '"' not in text
    assert gsm.septets(text) is not None


def test_the_longest_names_are_cut_and_never_the_code_the_deadline_or_the_link() -> None:
    long = "Un lieu au nom interminable près de la rivière " * 4
    alert = parties.alert(place=Place(name=long[:200]), headline=long[:200])
    text = text_of(call(), alert, LINK, SETTING)
    assert gsm.parts(text) == 1
    for kept in ("GAO-7K3QX", "SEVERE", "09:43 WAT", LINK):
        assert kept in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": Reason.OVERDUE, "deadline": NOW - timedelta(minutes=5)}, "OVERDUE"),
        ({"reason": Reason.UNANSWERED, "level": Level.BACKUP}, "NOT ANSWERED"),
        ({"reason": Reason.OVERDUE, "level": Level.ESCALATION}, "ESCALATION"),
        ({"reason": Reason.UNACTED}, "NO ACTION YET"),
        ({"reason": Reason.WITHHELD}, "HAS NOT LEFT"),
        ({"reason": Reason.MEASURE}, "MEASURE OVERDUE"),
    ],
)
def test_why_it_comes_stands_beside_the_code(changes: dict[str, object], said: str) -> None:
    assert f"GAO-7K3QX {said} EXERCISE" in text_of(call(**changes), parties.alert(), LINK, SETTING)


def test_a_deadline_that_has_passed_is_said_so() -> None:
    text = text_of(call(deadline=NOW - timedelta(minutes=5)), parties.alert(), LINK, SETTING)
    assert "Was due by 08:40 WAT." in text


@pytest.mark.parametrize("reason", [Reason.UNACTED, Reason.WITHHELD, Reason.MEASURE])
def test_what_an_ok_cannot_answer_asks_for_none(reason: Reason) -> None:
    text = text_of(call(reason=reason), parties.alert(), LINK, SETTING)
    assert "OK 7K3QX" not in text
    assert text.endswith(LINK)


def test_a_storm_is_told_in_one_message_the_gravest_first() -> None:
    codes = [f"GAO-{number:05}" for number in range(200)]
    calls = [
        (call(code=code), parties.alert(severity="Extreme" if code == "GAO-00150" else "Moderate"))
        for code in codes
    ]
    text = digest_of(calls, "https://desk.til.example/", SETTING)
    assert text.startswith("200 alerts wait for you: GAO-00150 EXTREME 09:43, ")
    assert gsm.parts(text) <= 2
    shown = text.count("GAO-")
    assert f", +{200 - shown}." in text


@given(st.text(max_size=120))
def test_whatever_was_written_stays_on_one_line_without_quotes(words: str) -> None:
    cleaned = clean(words)
    assert all(one.isprintable() for one in cleaned)
    assert '"' not in cleaned
    assert "://" not in cleaned


@given(
    st.text(alphabet=st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=200),
    st.sampled_from(["Actual", "Test"]),
)
def test_an_sms_is_always_of_the_telephones_alphabet(words: str, status: str) -> None:
    alert = parties.alert(headline=words, status=status)
    text = text_of(call(), alert, LINK, SETTING)
    assert gsm.septets(text) is not None
    assert gsm.parts(text) == 1

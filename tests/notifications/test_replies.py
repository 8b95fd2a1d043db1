"""An SMS that says OK, by whoever may say so; and everything that must not pass for one."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from entente.records.codes import check_code, new_code
from entente_node.directory.models import AuditEntry
from entente_node.duty.models import Call, Turn
from entente_node.ledger.models import Dossier, Record
from entente_node.notifications import public, replies
from entente_node.notifications.models import Channel, Delivery, Heard, Sort, State, Webhook
from tests.notifications.conftest import NUMBER, Night

PREFIXES = {"GAO", "TIL"}


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            "OK 7K3QX",
            "ok 7k3qx",
            "Ok, 7K3QX.",
            "ok gao-7k3qx",
            "OK GAO 7K3QX",
            "OK GAO7K3QX",
            "ok gao – 7K3 QX",
            "0K 7K3QX",
            "O.K. 7K3QX",
            "Bonjour, ok pour 7K3QX, merci",
            "OK\n7K3QX\n-- \nEnvoyé de mon téléphone",
            "7K3QX OK",
            "reçu GAO-7K3QX : OK",
            "OK 7K3QX " + "x" * 400,
        ],
    )
    def test_a_code_is_found_with_words_around_it(self, text: str) -> None:
        # Other words may look like a code as well: no call was opened for those.
        assert replies.codes_in(text, PREFIXES)[0] == "GAO-7K3QX"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "OK",
            "7K3QX",
            "oki 7K3QX",
            "book 7K3QX",
            "not OK 7K3QX",
            "pas ok pour 7K3QX",
            "ok non 7K3QX",
            "OK 7K3QX ? je n'ai pas vu",
            "n’est pas OK 7K3QX",
            "I can't say OK 7K3QX",
            "don't OK 7K3QX",
            "OK 7K3QY",  # its check character is wrong
            "OK 7K3Q",
            "OK https://evil.example/7K3QXA",
            "OK " * 200 + "7K3QX",  # beyond what is read
        ],
    )
    def test_what_is_no_ok_or_no_code_says_nothing(self, text: str) -> None:
        assert replies.codes_in(text, PREFIXES) == []

    def test_what_is_misheard_is_read_as_crockford_says(self) -> None:
        # A code with a zero and a one, typed with letters.
        codes = (new_code("GAO", bytes([first, second, 32])) for first in range(256) for second in range(256))
        code = next(one for one in codes if {"0", "1"} <= set(one[4:]))
        typed = code[4:].replace("0", "o").replace("1", "l")
        assert replies.codes_in(f"ok {typed}", PREFIXES) == [check_code(code)]

    def test_several_codes_are_several_answers_but_not_any_number(self) -> None:
        codes = [new_code("GAO", bytes([one, one, one])) for one in range(1, 9)]
        said = "OK " + " ".join(one[4:] for one in codes)
        assert replies.codes_in(said, PREFIXES) == codes[: replies.MOST_CODES]

    @given(st.text(max_size=500))
    def test_whatever_comes_is_read_without_fault(self, text: str) -> None:
        for code in replies.codes_in(text, PREFIXES):
            assert code[:4] in {"GAO-", "TIL-"}


def told(night: Night, **changes: object) -> str:
    """The last five characters of the alert's code, once the duty phone was told of it."""
    night.channel(**changes)
    night.call()
    night.send()
    return night.code[-5:]


def state_of(night: Night) -> str:
    return Dossier.objects.get(code=night.code).state


def take(night: Night, text: str, number: str = NUMBER) -> replies.Outcome:
    outcome = replies.take(number, text, via="test")
    night.send()
    return outcome


def test_an_ok_acknowledges_for_the_function_and_is_confirmed_to_the_phone(night: Night) -> None:
    code = told(night)
    night.clock.advance(minutes=11)
    assert take(night, f"OK {code}").acknowledged == [night.code]
    assert state_of(night) == "acknowledged"
    assert Call.objects.get().ended_by == "protection-civile/permanence"
    assert night.gateway.texts[-1] == f"{night.code}: received, 09:14"


def test_said_twice_it_is_told_who_was_first(night: Night) -> None:
    code = told(night)
    take(night, f"OK {code}")
    night.clock.advance(minutes=3)
    assert take(night, f"OK {code}").acknowledged == []
    assert night.gateway.texts[-1] == f"{night.code}: already answered at 09:03, protection-civile/permanence"
    assert Record.objects.filter(about=night.code, kind="message").count() == 1


@pytest.mark.parametrize("number", ["22790000001", "0022790000001", "90000001", "+227 90 00 00 01"])
def test_a_gateway_may_write_the_number_its_own_way(night: Night, number: str) -> None:
    code = told(night)
    assert take(night, f"OK {code}", number).acknowledged == [night.code]


@pytest.mark.parametrize(
    "number",
    [
        "+22790000002",
        "+22370000001",
        "0001",
        "1",
        "",
        "+3322790000001",
        "90000001; DROP",
        "Orange",
        "٩٠٠٠٠٠٠١",
    ],
)
def test_a_stranger_changes_nothing_and_is_told_nothing(night: Night, number: str) -> None:
    code = told(night)
    before = len(night.gateway.texts)
    outcome = take(night, f"OK {code}", number)
    expected = number == "90000001; DROP"  # whatever stands around the digits
    assert bool(outcome.acknowledged) is expected
    assert (state_of(night) == "acknowledged") is expected
    if not expected:
        assert len(night.gateway.texts) == before
        assert AuditEntry.objects.filter(deed="sms.stranger").count() == 1
        assert number == "" or number not in AuditEntry.objects.get(deed="sms.stranger").detail


def test_a_phone_that_was_not_told_of_it_cannot_answer_it(night: Night) -> None:
    other = "+22790000009"
    night.channel(function="renfort", number=other)
    code = told(night)
    assert take(night, f"OK {code}", other).acknowledged == []
    assert state_of(night) == "new"


def test_a_phone_answers_for_the_code_it_was_told_of_only(night: Night) -> None:
    told(night)
    (silent,) = night.alerts(1)  # nobody was called for it
    assert take(night, f"OK {silent}").acknowledged == []
    assert "No code was understood" in night.gateway.texts[-1]


def test_who_was_relieved_is_told_so(night: Night) -> None:
    code = told(night)
    now = night.clock()
    Turn.objects.create(
        service="protection-civile", start=now, until=now + timedelta(hours=8), function="releve"
    )
    assert take(night, f"OK {code}").acknowledged == []
    assert "another function has the duty now" in night.gateway.texts[-1]
    assert state_of(night) == "new"


def test_a_paused_phone_still_may_answer_what_it_was_told(night: Night) -> None:
    code = told(night)
    Channel.objects.update(active=False)
    assert replies.take(NUMBER, f"OK {code}", via="test").acknowledged == [night.code]


def test_many_messages_from_one_number_are_not_read(night: Night) -> None:
    code = told(night)
    for _ in range(replies.MOST):
        replies.take(NUMBER, "OK AAAAA", via="test")
    assert replies.take(NUMBER, f"OK {code}", via="test").acknowledged == []
    assert Delivery.objects.filter(sort=Sort.REPLY).count() == replies.MOST_ANSWERS
    night.clock.advance(minutes=16)
    assert replies.take(NUMBER, f"OK {code}", via="test").acknowledged == [night.code]


def test_a_storm_of_strangers_silences_no_phone_of_ours(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = told(night)
    monkeypatch.setattr(replies, "MOST_FROM_ALL", 20)
    for number in range(40):
        replies.take(f"+2278{number:07}", "OK AAAAA", via="test")
    assert AuditEntry.objects.filter(deed="sms.stranger").count() == 20
    assert replies.take(NUMBER, f"OK {code}", via="test").acknowledged == [night.code]


def test_a_number_spelt_otherwise_gets_no_more_tries(night: Night) -> None:
    code = told(night)
    for spelt in (NUMBER, NUMBER[1:], NUMBER[4:], f"00{NUMBER[1:]}"):
        for _ in range(replies.MOST // 4 + 1):
            replies.take(spelt, "OK AAAAA", via="test")
    assert replies.take(NUMBER[2:], f"OK {code}", via="test").acknowledged == []


def test_numbers_are_not_kept(night: Night) -> None:
    take(night, "OK AAAAA", "+22791111111")
    assert "91111111" not in Heard.objects.get().number


@pytest.mark.usefixtures("night")
class TestWebhook:
    @pytest.mark.parametrize(
        ("media", "body"),
        [
            ("application/x-www-form-urlencoded", "From=%2B22790000001&Body=OK+{code}&MessageSid=SM1"),
            ("application/x-www-form-urlencoded", "msisdn=22790000001&text=OK+{code}&keyword=OK"),
            ("application/x-www-form-urlencoded", "from=22790000001&text=OK%20{code}&linkId=x"),
            ("application/x-www-form-urlencoded", "sender=90000001&message=OK+{code}"),
            ("application/json", '{{"from": "+22790000001", "text": "OK {code}"}}'),
            ("application/json", '{{"sender": 22790000001, "content": "OK {code}"}}'),
            ("application/json", '{{"payload": {{"phoneNumber": "+22790000001", "message": "OK {code}"}}}}'),
        ],
    )
    def test_what_the_common_gateways_post_is_understood(self, night: Night, media: str, body: str) -> None:
        code = told(night)
        secret = public.new_webhook("essai")
        response = Client(enforce_csrf_checks=True).post(
            f"/sms/{secret}", body.format(code=code), content_type=media
        )
        assert (response.status_code, response.content) == (204, b"")
        assert state_of(night) == "acknowledged"
        assert Webhook.objects.get().used_at == night.clock()

    def test_a_form_in_parts_is_understood(self, night: Night) -> None:
        code = told(night)
        secret = public.new_webhook("essai")
        Client().post(f"/sms/{secret}", {"From": NUMBER, "Body": f"OK {code}"})
        assert state_of(night) == "acknowledged"

    @pytest.mark.parametrize("secret", ["x", "A" * 32, "A" * 5_000, "é", "../sms"])
    def test_without_the_secret_there_is_nothing_there(self, night: Night, secret: str) -> None:
        code = told(night)
        public.new_webhook("essai")
        response = Client().post(f"/sms/{secret}", {"From": NUMBER, "Body": f"OK {code}"})
        assert response.status_code == 404
        assert state_of(night) == "new"

    def test_it_answers_a_stranger_as_it_answers_a_phone(self, night: Night) -> None:
        code = told(night)
        secret = public.new_webhook("essai")
        answers = [
            Client().post(f"/sms/{secret}", {"From": number, "Body": f"OK {code}"})
            for number in ("+331", NUMBER)
        ]
        assert [(one.status_code, one.content) for one in answers] == [(204, b"")] * 2

    @pytest.mark.parametrize(
        ("media", "body", "status"),
        [
            ("application/json", "[" * 5_000, 400),
            ("application/json", "[]", 400),
            ("application/json", '"OK"', 400),
            ("application/json", "\xff\xfe", 400),
            ("application/json", json.dumps({"from": {"a": {"b": {"c": {"d": "x"}}}}}), 204),
            ("text/plain", "a" * 20_000, 413),
            ("application/octet-stream", "\x00" * 100, 204),
            ("application/x-www-form-urlencoded", "From=&Body=", 204),
            ("application/x-www-form-urlencoded", "&".join(f"a{n}=1" for n in range(2_000)), 400),
        ],
    )
    def test_garbage_is_refused_or_ignored(self, media: str, body: str, status: int) -> None:
        secret = public.new_webhook("essai")
        response = Client().post(f"/sms/{secret}", body, content_type=media)
        assert response.status_code == status

    def test_it_takes_no_get(self) -> None:
        secret = public.new_webhook("essai")
        assert Client().get(f"/sms/{secret}", {"From": NUMBER, "Body": "OK"}).status_code == 405

    def test_its_secret_is_not_kept(self) -> None:
        secret = public.new_webhook("essai")
        row = Webhook.objects.values().get()
        assert secret not in repr(row)


@pytest.mark.parametrize(
    "text",
    [
        "OK{}",
        "ok{}",
        "0K{}",
        "Ok: {}",
        "OKGAO-{}",
        "okgao{}",
        "Bien reçu, OK{}.",
        "ok  {}!",
        "OK-{}",
        "OK,{}",
    ],
)
def test_an_ok_is_understood_as_people_type_it(night: Night, text: str) -> None:
    code = told(night)
    assert take(night, text.format(code)).acknowledged == [night.code]


@pytest.mark.parametrize("text", ["Oklahoma {}", "oki{}", "book{}", "pas OK{}", "OK{}A", "ok i {}x"])
def test_what_only_looks_like_it_is_not(night: Night, text: str) -> None:
    code = told(night)
    assert take(night, text.format(code)).acknowledged == []


@pytest.mark.parametrize("before", ["", "Je suis en réunion.\n> ", "Tr: "])
def test_our_own_text_sent_back_is_no_answer(night: Night, before: str) -> None:
    code = told(night)
    sent = next(text for text in night.gateway.texts if code in text)
    assert take(night, before + sent).acknowledged == []
    assert state_of(night) == "new"
    assert take(night, f"OK {code}").acknowledged == [night.code]


def test_a_phone_may_answer_what_a_slow_gateway_still_counts_as_not_sent(night: Night) -> None:
    night.channel()
    night.call()
    night.gateway.patient = True
    night.send(patience=0.2)  # the phone has it; the gateway has not said so yet
    assert Delivery.objects.get().state == State.WAITING
    assert replies.take(NUMBER, f"OK {night.code}", via="test").acknowledged == [night.code]


def test_a_late_answer_to_what_was_settled_is_told_so(night: Night) -> None:
    night.channel()
    call = night.call()
    night.gateway.status = 500  # it sent the message all the same
    night.send()
    night.gateway.status = 200
    Call.objects.filter(pk=call.pk).update(ended_at=night.clock())
    night.clock.advance(minutes=5)
    night.send()
    assert Delivery.objects.get().state == State.GIVEN_UP
    take(night, f"OK {night.code}")
    assert "No code was understood" not in night.gateway.texts[-1]
    assert night.code in night.gateway.texts[-1]


def test_a_night_of_many_alerts_can_be_answered_one_by_one(night: Night) -> None:
    night.channel()
    codes = night.alerts(replies.MOST + 3)
    for code in codes:
        night.call(code)
    night.send()
    for code in codes:
        assert take(night, f"OK {code}").acknowledged == [code]


def test_a_gateway_may_write_a_number_as_it_is_dialled_in_its_country(night: Night) -> None:
    night.channel(number="+213550123456")
    night.call()
    night.send()
    assert take(night, f"OK {night.code}", "0550123456").acknowledged == [night.code]

"""Whom to call: functions on duty of those who may know, the newest word of each."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from entente.contacts import function_name, whom_to_call
from tests import parties
from tests.parties import contact

NOW = datetime(2022, 1, 10, 20, 0, tzinfo=UTC)
THEIRS = "tillaberi.ne"
AGREEMENT = msgspec.structs.replace(parties.exceptional(), time_zone="Africa/Niamey")


def found(*contacts, services=("protection-civile",), now=NOW, party=THEIRS):
    came = [(by, one) for by, one in contacts]
    return whom_to_call(came, party=party, services=services, now=now, agreement=AGREEMENT)


def test_a_function_on_duty_is_named_with_how_it_is_reached():
    [call] = found((THEIRS, contact(code="TIL-7K3QX", radio="Canal 4")))
    assert (call.party, call.service, call.function) == (THEIRS, "protection-civile", "permanence")
    assert (call.telephone, call.radio, call.languages) == ("+22300000000", "Canal 4", ("fr", "ses"))
    assert call.code == "TIL-7K3QX"
    assert call.until is not None


def test_a_duty_begins_and_ends():
    duty = contact(start="2022-01-10T18:00:00Z", until="2022-01-11T06:00:00Z")
    moments = {
        datetime(2022, 1, 10, 17, 59, 59, tzinfo=UTC): 0,
        datetime(2022, 1, 10, 18, 0, tzinfo=UTC): 1,
        datetime(2022, 1, 11, 5, 59, 59, tzinfo=UTC): 1,
        datetime(2022, 1, 11, 6, 0, 1, tzinfo=UTC): 0,
    }
    for now, count in moments.items():
        assert len(found((THEIRS, duty), now=now)) == count, now


def test_a_duty_of_a_day_holds_for_that_day_of_the_agreements_zone():
    duty = contact(start="2022-01-10", until="2022-01-10")
    assert found((THEIRS, duty), now=datetime(2022, 1, 9, 23, 0, tzinfo=UTC))
    assert not found((THEIRS, duty), now=datetime(2022, 1, 9, 22, 59, tzinfo=UTC))
    assert not found((THEIRS, duty), now=datetime(2022, 1, 10, 23, 0, tzinfo=UTC))


def test_a_duty_without_an_end_holds():
    assert found((THEIRS, contact(start=None, until=None)))


def test_the_newest_word_of_a_function_counts():
    [call] = found((THEIRS, contact(telephone="+22711111111")), (THEIRS, contact(telephone="+22722222222")))
    assert call.telephone == "+22722222222"


def test_what_was_revised_is_gone_even_when_its_successor_does_not_hold():
    old = contact(code="TIL-7K3QX", start=None, until=None)
    new = contact(revises="TIL-7K3QX", function="autre", start="2022-02-01T00:00:00Z", until=None)
    assert found((THEIRS, old))
    assert not found((THEIRS, old), (THEIRS, new))


def test_nobody_of_another_party_or_service_is_named():
    assert not found(("kayes.ml", contact()))
    assert not found((THEIRS, contact()), services=())
    assert not found((THEIRS, contact(service="elevage")))


def test_a_contact_whose_article_grants_neither_telephone_nor_radio_names_nobody():
    assert not found((THEIRS, contact(telephone=None, article="1#A12", released_at="2022-01-10T08:00:00Z")))


def test_they_stand_in_the_order_of_the_services():
    calls = found(
        (THEIRS, contact(service="a")),
        (THEIRS, contact(service="b", function="z")),
        (THEIRS, contact(service="b", function="c")),
        services=("b", "a"),
    )
    assert [(call.service, call.function) for call in calls] == [("b", "c"), ("b", "z"), ("a", "permanence")]


def test_it_has_the_name_that_the_agreement_gives_it_else_its_slug_as_words():
    [call] = found((THEIRS, contact(code="TIL-7K3QX")))
    assert call.name == "Permanence de la protection civile"
    [call] = found((THEIRS, contact(code="TIL-7K3QX", function="garde-de-nuit")))
    assert call.name == "Garde de nuit"
    assert function_name([AGREEMENT], "kayes.ml", "protection-civile", "permanence") == "Permanence"

"""The exceptional article as it is written, and what may be wrong with one."""

from __future__ import annotations

import json

import msgspec
import pytest

from entente.agreements.checks import check_agreement
from entente.agreements.document import (
    Aggregate,
    Function,
    agreement_text,
    parse_agreement,
    parse_draft,
)
from entente.errors import AgreementError
from tests.parties import AGREEMENT, ALERT_FIELDS, ARTICLES, EXCEPTIONAL, agreement, exceptional

replace = msgspec.structs.replace
GAO_DIRECTOR, GAO_DUTY, *REST = EXCEPTIONAL.functions


def test_it_is_sound():
    # The tests' messages go up to AMBER: of what leaves above that, the check says that nobody could answer it.
    found = check_agreement(exceptional())
    assert all(one.severity == "warning" and "could not be answered" in one.message for one in found)


def test_its_text_is_what_was_signed():
    text = agreement_text(exceptional())
    assert parse_agreement(text) == exceptional()
    # What is left out when it is empty stays left out: texts signed before it existed keep their hash.
    assert '"type": "exceptional"' in text
    assert "exceptional" not in agreement_text(AGREEMENT)


def test_its_fields_stand_in_their_order():
    article = json.loads(agreement_text(exceptional()).partition("\n")[2])["articles"][-1]
    assert list(article) == [
        "type",
        "id",
        "text",
        "from",
        "to",
        "kinds",
        "purposes",
        "tlp",
        "functions",
        "form",
        "retention_days",
    ]
    assert list(article["functions"][0]) == ["party", "service", "function", "name"]


@pytest.mark.parametrize(
    "changes",
    [{"functions": []}, {"delay_hours": 3}, {"onward": "none"}, {"functions": [{"party": "gao.ml"}] * 2}],
    ids=["no_function", "a_delay", "onward", "half_a_function"],
)
def test_its_schema_is_closed(changes):
    plain = json.loads(agreement_text(exceptional()).partition("\n")[2])
    plain["articles"][-1] |= changes
    with pytest.raises(AgreementError, match="cannot be read at articles"):
        parse_draft(json.dumps(plain))


def function(**changes):
    return replace(GAO_DUTY, **changes)


PROBLEMS = {
    "a_service_that_is_none": (
        {"functions": (GAO_DIRECTOR, GAO_DUTY, function(service="meteo"), *REST)},
        "articles[9].functions[2].service: meteo is no service of gao.ml",
    ),
    "a_service_of_the_other_party": (
        {"functions": (*EXCEPTIONAL.functions, function(party="tillaberi.ne", service="femmes"))},
        "articles[9].functions[8].service: femmes is no service of tillaberi.ne",
    ),
    "a_function_twice": (
        {"functions": (*EXCEPTIONAL.functions, GAO_DUTY)},
        "articles[9].functions: gao.ml/protection-civile/permanence stands there twice",
    ),
    "one_function_for_a_purpose": (
        {"functions": (GAO_DIRECTOR, *REST)},
        (
            "articles[9].functions: article E1 names fewer than two functions of gao.ml whose services have a mandate for "
            "the purpose humanitarian"
        ),
    ),
    "none_with_the_mandate": (
        {"purposes": ("pastoral",)},
        (
            "articles[9].functions: article E1 names fewer than two functions of gao.ml whose services have a mandate for "
            "the purpose pastoral"
        ),
    ),
    "a_party_that_sends_nothing": (
        {"from_": ("gao.ml",)},
        "articles[9].functions[4].party: tillaberi.ne releases nothing by article E1: its functions decide nothing there",
    ),
    "a_stranger": (
        {"functions": (*EXCEPTIONAL.functions, function(party="kayes.ml"))},
        "articles[9].functions[8].party: kayes.ml releases nothing by article E1: its functions decide nothing there",
    ),
    "a_flow": (
        {
            "kinds": ("flow-of-people",),
            "form": replace(EXCEPTIONAL.form, fields=ARTICLES[7].form.fields),
        },
        (
            "articles[9].kinds: article E1 is exceptional and names records of kind flow-of-people: flows leave only by "
            "share articles"
        ),
    ),
    "a_sum": (
        {"form": replace(EXCEPTIONAL.form, aggregate=Aggregate(window="day", by=("severity",), min_cell=5))},
        "articles[9].form.aggregate: article E1 is exceptional and adds nothing up",
    ),
    "a_kind_that_is_none": ({"kinds": ("alert", "omen")}, "articles[9].kinds: omen is no kind of record"),
    "a_kind_that_needs_none": (
        {
            "kinds": ("alert", "withdrawal"),
            "form": replace(EXCEPTIONAL.form, fields=(*ALERT_FIELDS, "about", "reason")),
        },
        "articles[9].kinds: records of kind withdrawal need no article",
    ),
    "a_field_that_the_kind_needs": (
        {"form": replace(EXCEPTIONAL.form, fields=tuple(one for one in ALERT_FIELDS if one != "severity"))},
        "articles[9].form.fields: the form of article E1 drops severity, which records of kind alert cannot do without",
    ),
    "a_field_of_no_kind": (
        {"form": replace(EXCEPTIONAL.form, fields=(*ALERT_FIELDS, "nationalities"))},
        "articles[9].form.fields: no kind of article E1 has a field nationalities",
    ),
    "a_field_of_the_header": (
        {"form": replace(EXCEPTIONAL.form, fields=(*ALERT_FIELDS, "released_by"))},
        "articles[9].form.fields: the field released_by always travels and is not to be named",
    ),
    "a_marking_lowered": (
        {"form": replace(EXCEPTIONAL.form, tlp="AMBER")},
        "articles[9].form.tlp: article E1 shares up to AMBER+STRICT and would mark the result AMBER: no marking is lowered",
    ),
    "an_area_outside": ({"where": ("ML01",)}, "articles[9].where: the area ML01 is not in the zone"),
    "nobody_else": (
        {"to": ("gao.ml",), "from_": ("gao.ml",), "functions": EXCEPTIONAL.functions[:4]},
        "articles[9].to: article E1 shares with nobody else",
    ),
    "the_wall": (
        {"recipients": ("humanitarian", "security")},
        "articles[9].recipients: article E1 shows records of purpose humanitarian to services with the mandate security",
    ),
}


@pytest.mark.parametrize(("changes", "said"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_is_found_for(changes, said):
    assert said in [str(one) for one in check_agreement(exceptional(**changes))]


def test_what_it_would_give_is_not_held_against_the_share_articles():
    # It never applies by itself, so it takes nothing from an article behind it and gets nothing from one before.
    articles = (replace(EXCEPTIONAL, form=replace(EXCEPTIONAL.form, tlp="RED")), *ARTICLES)
    found = check_agreement(agreement(articles=articles))
    assert all("could not be answered" in one.message for one in found)


def test_a_function_is_named_as_records_name_it():
    one = Function(party="gao.ml", service="prefecture-ansongo", function="prefet", name="Préfet (fictif)")
    assert one.title == "prefecture-ansongo/prefet"

"""What a receiver refuses, each alone; the partner's own node would have sent none of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from entente.agreements.document import Withhold
from entente.agreements.steps import Standing
from entente.places import Place
from entente.policy import Policy
from tests.parties import (
    AGREEMENT,
    ARTICLES,
    GAO,
    NOW,
    agreement,
    alert,
    flow,
    message,
    place,
    signed,
    standing,
    withdrawal,
)

replace = msgspec.structs.replace
MODEL = Policy(standing())
A4 = ARTICLES[3]
STAMP = {"article": "1#A4", "released_at": "2022-01-10T08:30:00Z"}


def leaves(record, policy=MODEL):
    decision = policy.decide(
        record, sender="gao.ml", recipient="tillaberi.ne", now=NOW, confirmed=True, target_known=True
    )
    return policy.generalise(record, decision, NOW)


def admits(record, policy=MODEL, *, by="gao.ml", at="tillaberi.ne", now=NOW):
    return policy.admits(record, sender=by, recipient=at, now=now)


ALERT = leaves(alert())
FLOW = leaves(flow())
SECRET = leaves(alert(purpose="security"))


def test_what_an_honest_partner_sends_is_admitted():
    for record in (ALERT, FLOW, SECRET, leaves(message()), leaves(withdrawal())):
        assert admits(record) is None


@pytest.mark.parametrize(
    ("record", "slug"),
    [
        (replace(ALERT, article=None), "no-citation"),
        (replace(ALERT, article="2#A4"), "other-version"),
        (replace(ALERT, article="01#A4"), "other-version"),
        (replace(ALERT, article="1#A99"), "unknown-article"),
        (replace(ALERT, article="1#A2"), "unknown-article"),
        (replace(ALERT, article="1#A8"), "not-kind"),
        (replace(ALERT, article="1#A5"), "not-purpose"),
        (replace(ALERT, purpose="security"), "not-purpose"),
        (replace(ALERT, tlp="AMBER+STRICT"), "not-tlp"),
        (replace(SECRET, tlp="GREEN"), "marking"),
        (replace(SECRET, tlp="AMBER+STRICT"), "marking"),
        (replace(SECRET, tlp="RED"), "marking"),
        (replace(ALERT, released_at=None), "no-instant"),
        (replace(ALERT, released_at="2022-01-10T09:30:00+01:00"), "no-instant"),
        (replace(ALERT, released_at="2022-01-11T08:30:01Z"), "ahead"),
        (replace(ALERT, released_at="2021-12-14T22:59:59Z"), "not-in-force"),
        (replace(ALERT, description="Des mots que l’article ne garde pas"), "field-kept"),
        (replace(FLOW, post="ML-GAO-01"), "field-kept"),
        (replace(FLOW, nationalities={"ML": 1}), "field-kept"),
        (replace(FLOW, at="2022-01-08T06Z"), "time-kept"),
        (replace(FLOW, start="2022-01-08T06:00:00Z"), "time-kept"),
        (replace(ALERT, place=place("labbezanga", exact=True)), "place-kept"),
        (replace(ALERT, place=replace(ALERT.place, name="Près du puits")), "place-kept"),
        (replace(ALERT, place=replace(ALERT.place, lat=1, lon=1)), "place-kept"),
        (replace(FLOW, place=place("labbezanga")), "place-kept"),
        (replace(FLOW, destination=place("ayorou")), "place-kept"),
        (replace(FLOW, place=replace(place("labbezanga"), level="region")), "place-kept"),
        (replace(ALERT, place=None), "no-place"),
        (replace(ALERT, place=Place(name="Ailleurs")), "no-code"),
        (
            replace(ALERT, place=Place(code="ML0702", scheme="ocha-cod", version="2021-12-20")),
            "outside",
        ),
        (replace(FLOW, released_at="2022-01-08T22:59:59Z"), "early"),
        (replace(leaves(message()), to_party="kayes.ml"), "addressee"),
        (replace(leaves(withdrawal()), article="1#A4"), "needless-citation"),
        (replace(leaves(withdrawal()), released_at=None), "no-instant"),
        (replace(leaves(withdrawal()), method="interview"), "field-kept"),
        (replace(leaves(withdrawal()), place=place("ML0701")), "place-kept"),
    ],
)
def test_what_the_agreement_does_not_allow_is_refused(record, slug):
    refused = admits(record)
    assert refused is not None
    assert refused.slug == slug
    assert str(refused)


def test_nothing_is_admitted_from_or_by_a_non_party():
    for record in (ALERT, leaves(withdrawal())):
        assert admits(record, by="kayes.ml").slug == "not-a-party"
        assert admits(record, at="kayes.ml").slug == "not-a-party"
        assert admits(record, by="tillaberi.ne").slug == "itself"


def test_an_article_for_the_other_direction_admits_nothing():
    one_way = Policy(standing(agreement(articles=(replace(A4, from_=("gao.ml",), to=("tillaberi.ne",)),))))
    assert admits(ALERT, one_way) is None
    assert admits(ALERT, one_way, by="tillaberi.ne", at="gao.ml").slug == "not-from"


def test_the_adopt_note_may_come_after_what_it_allowed():
    late = Policy(standing(adopted_at=NOW + timedelta(days=3)))
    assert admits(ALERT, late, now=NOW + timedelta(days=4)) is None
    never = Policy(standing(adopted_at=None))
    assert admits(ALERT, never).slug == "not-in-force"
    half = Policy(Standing(signed(AGREEMENT, GAO), NOW))
    assert admits(ALERT, half).slug == "not-in-force"


def test_what_left_in_time_is_admitted_after_the_end():
    long_after = datetime(2024, 6, 1, tzinfo=UTC)
    assert admits(ALERT, now=long_after) is None
    assert admits(replace(ALERT, released_at="2023-12-14T23:00:00Z"), now=long_after).slug == "not-in-force"


def test_a_place_made_coarser_may_hide_where_the_article_applies():
    coarse = replace(A4, where=("labbezanga",), form=replace(A4.form, place="district"))
    policy = Policy(standing(agreement(articles=(coarse,))))
    hidden = replace(ALERT, place=place("ML0701"))
    assert leaves(alert(), policy) == hidden
    assert admits(hidden, policy) is None
    assert admits(replace(ALERT, place=place("ML0703")), policy).slug == "not-where"
    exact = Policy(standing(agreement(articles=(replace(coarse, form=replace(A4.form, place="exact")),))))
    assert admits(hidden, exact).slug == "not-where"
    assert admits(replace(ALERT, place=place("labbezanga", exact=True)), exact) is None


@pytest.mark.parametrize(
    ("condition", "certain"),
    [
        ({"purposes": ("humanitarian",)}, True),
        ({"services": ("protection-civile",)}, True),
        ({"tlp_from": "GREEN"}, True),
        ({"tlp_from": "AMBER"}, False),
        ({"where": ("ML07",)}, True),
        ({"where": ("labbezanga",)}, False),
        ({"where": ("NE006",)}, False),
    ],
)
def test_a_withhold_article_counts_where_the_receiver_can_be_certain(condition, certain):
    coarse = replace(A4, form=replace(A4.form, place="district"))
    policy = Policy(standing(agreement(articles=(coarse, Withhold(id="W", text="w", **condition)))))
    refused = admits(replace(ALERT, place=place("ML0701")), policy)
    assert (refused is not None) == certain
    if refused is not None:
        assert str(refused) == "article W withholds it, whatever article A4 shares"


def test_a_raised_marking_is_no_proof_of_what_was_withheld():
    raised = replace(A4, form=replace(A4.form, tlp="AMBER"))
    withhold = Withhold(id="W", text="w", tlp_from="AMBER")
    policy = Policy(standing(agreement(articles=(raised, withhold))))
    released = leaves(alert(tlp="GREEN"), policy)
    assert released.tlp == "AMBER"
    assert admits(released, policy) is None


def test_the_same_record_is_judged_anew_at_each_moment():
    ahead = replace(ALERT, released_at="2022-01-12T08:30:00Z")
    assert admits(ahead).slug == "ahead"
    assert admits(ahead, now=NOW + timedelta(days=1)) is None
    assert admits(ahead).slug == "ahead"
    assert admits(alert(**STAMP)).slug == "field-kept"

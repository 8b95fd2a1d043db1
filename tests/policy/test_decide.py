"""Each step of a decision, in its order, and what it says to the officer on duty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from entente.agreements.document import Share, Withhold, Zone
from entente.errors import AgreementError
from entente.places import Area, Place
from entente.policy import Outcome, Policy
from entente.policy.reasons import TEMPLATES
from tests.parties import (
    AREAS,
    ARTICLES,
    NOW,
    action,
    agreement,
    alert,
    flow,
    message,
    place,
    standing,
    withdrawal,
)

replace = msgspec.structs.replace
A4 = ARTICLES[3]
MODEL = Policy(standing())


def decide(record, policy=MODEL, *, to="tillaberi.ne", by="gao.ml", now=NOW, confirmed=True, known=True):
    return policy.decide(record, sender=by, recipient=to, now=now, confirmed=confirmed, target_known=known)


def policy(*articles, **changes):
    return Policy(standing(agreement(articles=articles, **changes)))


def test_what_an_article_shares_leaves_and_the_decision_says_all_about_it():
    decision = decide(alert())
    assert decision.outcome is Outcome.RELEASE
    assert decision.article == "1#A4"
    assert decision.form == A4.form
    assert decision.services == ("protection-civile",)
    assert decision.retention_days == 730
    assert str(decision.reason) == "article A4 shares it with tillaberi.ne"


def test_a_decision_is_no_bool():
    with pytest.raises(TypeError, match="not a bool"):
        bool(decide(alert()))


def test_nothing_goes_to_or_from_a_non_party_nor_home():
    assert str(decide(alert(), to="kayes.ml").reason) == "kayes.ml is not a party to this agreement"
    assert str(decide(alert(), by="kayes.ml").reason) == "kayes.ml is not a party to this agreement"
    assert decide(alert(), to="gao.ml").reason.slug == "itself"
    assert decide(withdrawal(), to="kayes.ml").reason.slug == "not-a-party"


def test_what_came_from_elsewhere_is_not_passed_on():
    received = MODEL.generalise(alert(), decide(alert()), NOW)
    decision = decide(received, by="tillaberi.ne", to="gao.ml")
    assert decision.outcome is Outcome.WITHHOLD
    assert str(decision.reason) == "the record came from elsewhere, under article 1#A4: it is not passed on"


def test_a_message_goes_to_its_addressee_only():
    assert decide(message()).outcome is Outcome.RELEASE
    assert decide(message(to_party="kayes.ml")).reason.slug == "addressee"


def test_the_reasons_for_keeping_a_record_are_plain():
    for record, says in (
        (alert(tlp="RED"), "article A2 withholds records marked RED or above: this one is marked RED"),
        (
            alert(purpose="security", service="femmes"),
            f"article A3 withholds it: {ARTICLES[2].text}",
        ),
        (alert(tlp="AMBER+STRICT"), "the marking AMBER+STRICT is above the highest of article A4 (AMBER)"),
        (alert(purpose="trade"), "article A4 does not share records of purpose trade"),
        (
            flow(purpose="security"),
            "article A8 does not share records of purpose security",
        ),
        (
            action(purpose="administration", tlp="AMBER+STRICT"),
            "no article shares records of kind action and purpose administration from gao.ml to tillaberi.ne",
        ),
        (alert(place=None), "a record of kind alert leaves only with a place"),
        (
            alert(place=Place(name="Près du grand puits")),
            "the place has no code of an area: nothing says that it is in the zone of the agreement",
        ),
        (
            alert(place=Place(code="ML0702", scheme="ocha-cod", version="2021-12-20")),
            "the place ML0702 is not in the zone of the agreement",
        ),
        (
            alert(place=replace(place("labbezanga"), version="2")),
            "the place labbezanga is not in the zone of the agreement",
        ),
    ):
        decision = decide(record)
        assert decision.outcome is Outcome.WITHHOLD
        assert str(decision.reason) == says
        assert (decision.form, decision.article, decision.services) == (None, None, ())


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ({"from_": ("gao.ml",)}, "article W withholds what gao.ml files"),
        ({"kinds": ("alert",)}, "article W withholds records of kind alert"),
        ({"purposes": ("humanitarian",)}, "article W withholds records of purpose humanitarian"),
        (
            {"services": ("protection-civile",)},
            "article W withholds what the service protection-civile files",
        ),
        ({"where": ("ML07",)}, "article W withholds records from the place Labbezanga"),
        ({"kinds": ("alert",), "where": ("ML07",)}, "article W withholds it: Jamais."),
        ({}, "article W withholds it: Jamais."),
    ],
)
def test_a_withhold_article_overrides_wherever_it_stands(condition, says):
    withhold = Withhold(id="W", text="Jamais.", **condition)
    for articles in ((withhold, A4), (A4, withhold)):
        decision = decide(alert(), policy(*articles))
        assert decision.outcome is Outcome.WITHHOLD
        assert str(decision.reason) == says


@pytest.mark.parametrize(
    "condition",
    [
        {"from_": ("tillaberi.ne",)},
        {"kinds": ("message",)},
        {"purposes": ("security",)},
        {"services": ("femmes",)},
        {"tlp_from": "AMBER"},
        {"where": ("NE006",)},
        {"kinds": ("alert",), "purposes": ("security",)},
    ],
)
def test_a_withhold_article_needs_all_its_conditions(condition):
    assert decide(alert(), policy(Withhold(id="W", text="w", **condition), A4)).outcome is Outcome.RELEASE


def test_the_first_article_that_fits_decides():
    both = policy(A4, replace(A4, id="B", retention_days=5))
    assert decide(alert(), both).article == "1#A4"
    north = policy(replace(A4, where=("ML0703",)), replace(A4, id="B", retention_days=5))
    assert decide(alert(), north).article == "1#B"


def test_an_article_by_which_nobody_may_see_does_not_fit():
    only = policy(replace(A4, purposes=("trade",), recipients=("administration",)))
    assert decide(alert(purpose="trade"), only).services == ("protection-civile",)
    nobody = policy(replace(A4, to=("gao.ml", "tillaberi.ne"), recipients=("humanitarian",)))
    assert decide(alert(), nobody).services == ("protection-civile",)
    few = replace(A4, purposes=("humanitarian",))
    parties = agreement().parties
    without = replace(parties[1], services=parties[1].services[1:])
    blind = Policy(standing(agreement(articles=(few,), parties=(parties[0], without))))
    assert (
        str(decide(alert(), blind).reason)
        == "no service of tillaberi.ne may see what article A4 shares for the purpose humanitarian"
    )


# In force.


def test_nothing_leaves_outside_the_time_of_the_agreement_but_withdrawals():
    for now, says in (
        (datetime(2021, 12, 14, 22, 59, tzinfo=UTC), "the agreement is not in force before 2021-12-15"),
        (datetime(2023, 12, 14, 23, 0, tzinfo=UTC), "the agreement expired on 2023-12-14"),
    ):
        decision = decide(alert(), now=now)
        assert decision.outcome is Outcome.WITHHOLD
        assert str(decision.reason) == says
        assert decide(withdrawal(), now=now).outcome is Outcome.RELEASE
    # Remembering "in force" would be a mistake: the same question at another moment.
    assert decide(alert()).outcome is Outcome.RELEASE


def test_nothing_leaves_before_somebody_adopts():
    waiting = Policy(standing(adopted_at=None))
    assert "nobody has adopted it" in str(decide(alert(), waiting).reason)


def test_an_agreement_with_errors_makes_no_policy():
    with pytest.raises(AgreementError, match="supersedes"):
        Policy(standing(agreement(version=2)))


# Answers and pointers.


def test_a_withdrawal_goes_where_its_target_went_and_nowhere_else():
    decision = decide(withdrawal())
    assert decision.outcome is Outcome.RELEASE
    assert decision.article is None
    assert decide(withdrawal(), known=False).reason.slug == "target"
    released = MODEL.generalise(withdrawal(method="interview"), decision, NOW)
    assert released == withdrawal(released_at="2022-01-10T08:30:00Z")


def test_an_answer_goes_where_its_target_went_and_nowhere_else():
    answer = message(about="GAO-7K3QX", step="acknowledged", text=None)
    assert decide(answer).outcome is Outcome.RELEASE
    decision = decide(answer, known=False)
    assert str(decision.reason) == "what it answers was not released to tillaberi.ne"
    assert decide(message(), known=False).outcome is Outcome.RELEASE


def test_another_pointer_to_an_unknown_target_is_dropped():
    for record, field in ((action(about="GAO-7K3QX"), "about"), (alert(revises="GAO-7K3QZ"), "revises")):
        known, unknown = decide(record), decide(record, known=False)
        assert getattr(MODEL.generalise(record, known, NOW), field) is not None
        assert getattr(MODEL.generalise(record, unknown, NOW), field) is None
        assert field not in unknown.form.fields


# Words, places, delay.


def test_words_wait_for_a_person():
    decision = decide(alert(), confirmed=False)
    assert decision.outcome is Outcome.LATER
    assert decision.reason.slug == "confirm"
    assert (
        str(decision.reason)
        == "a person must confirm the words of headline before article A4 lets them leave"
    )
    assert decision.not_before is None
    # Words that the form drops need nobody, and neither does a record without any.
    assert decide(alert(purpose="security"), confirmed=False).outcome is Outcome.RELEASE
    assert decide(alert(headline=None), confirmed=False).outcome is Outcome.RELEASE


def test_a_place_that_cannot_be_made_coarse_enough_stays():
    alone = Area(code="alone", name="Seule", level="locality", scheme="x", version="1")
    zone = Zone(name="Z", areas=(*AREAS, alone))
    coarse = policy(replace(A4, form=replace(A4.form, place="district")), zone=zone)
    stuck = alert(place=Place(code="alone", scheme="x", version="1"))
    assert decide(stuck, coarse, confirmed=False).reason.slug == "confirm"
    assert str(decide(stuck, coarse).reason) == "place cannot be made as coarse as article A4 asks: district"
    assert decide(alert(), coarse).outcome is Outcome.RELEASE


def test_a_delay_counts_from_the_end_of_when_it_happened():
    # The day 2022-01-08 ends at 23:00 UTC in Niamey; article A8 waits for 24 hours more.
    opens = datetime(2022, 1, 9, 23, tzinfo=UTC)
    early = decide(flow(), now=opens - timedelta(seconds=1))
    assert early.outcome is Outcome.LATER
    assert early.not_before == opens
    assert str(early.reason) == "article A8 lets it leave on 2022-01-09T23:00:00Z and not before"
    assert decide(flow(), now=opens).outcome is Outcome.RELEASE
    assert decide(flow(at="2022-01-10"), now=opens).outcome is Outcome.LATER


# Generalise.


def test_only_what_is_released_now_has_a_released_form():
    for decision in (
        decide(alert(), confirmed=False),
        decide(alert(tlp="RED")),
        decide(flow(at="2022-01-10")),
    ):
        with pytest.raises(AgreementError, match="not released"):
            MODEL.generalise(alert(), decision, NOW)


def test_a_security_alert_loses_its_words_its_hour_and_its_village():
    record = alert(purpose="security", reported_at="2022-01-10T06:20:00Z")
    released = MODEL.generalise(record, decide(record), NOW)
    assert released == alert(
        purpose="security",
        at="2022-01-10",
        place=place("ML0701"),
        tlp="AMBER",
        headline=None,
        description=None,
        article="1#A5",
        released_at="2022-01-10T08:30:00Z",
    )


def test_times_become_days_of_the_agreements_zone():
    late = alert(purpose="security", at="2022-01-09T23:30:00Z")
    assert MODEL.generalise(late, decide(late), NOW).at == "2022-01-10"


def test_the_result_is_never_marked_lower():
    strict = policy(replace(A4, form=replace(A4.form, tlp="AMBER")))
    for tlp in ("CLEAR", "GREEN", "AMBER"):
        record = alert(tlp=tlp)
        assert strict.generalise(record, decide(record, strict), NOW).tlp == "AMBER"
        assert MODEL.generalise(record, decide(record), NOW).tlp == tlp


def test_other_places_are_made_coarser_or_dropped():
    known = MODEL.generalise(flow(), decide(flow()), NOW)
    assert known.destination == place("NE006012")
    far = flow(destination=Place(name="Un village"))
    assert MODEL.generalise(far, decide(far), NOW).destination is None
    abroad = flow(destination=Place(name="Algérie", level="country", lat=1, lon=1))
    assert MODEL.generalise(abroad, decide(abroad), NOW).destination == Place(name="Algérie", level="country")


def test_the_moment_of_release_is_a_second_in_utc():
    now = datetime.fromisoformat("2022-01-10T09:30:00.999999+01:00")
    assert MODEL.generalise(alert(), decide(alert()), now).released_at == "2022-01-10T08:30:00Z"


# Explain, visible_to, reasons.


def test_explain_goes_through_every_article_that_shares_or_withholds():
    explained = MODEL.explain(
        alert(), sender="gao.ml", recipient="tillaberi.ne", now=NOW, confirmed=False, target_known=True
    )
    assert [(verdict.article, verdict.fits) for verdict in explained.verdicts] == [
        ("A2", False),
        ("A3", False),
        ("A4", True),
        ("A5", False),
        ("A6", False),
        ("A7", False),
        ("A8", False),
    ]
    assert [str(why) for why in explained.verdicts[6].reasons] == [
        "article A8 does not share records of kind alert",
        "article A8 does not share records of purpose humanitarian",
    ]
    # What would leave once the words are confirmed is shown beforehand, to whoever confirms them.
    assert explained.decision.outcome is Outcome.LATER
    assert explained.released == MODEL.generalise(alert(), decide(alert()), NOW)


def test_explain_shows_nothing_of_what_stays():
    for record, to in ((alert(tlp="RED"), "tillaberi.ne"), (alert(), "kayes.ml")):
        explained = MODEL.explain(
            record, sender="gao.ml", recipient=to, now=NOW, confirmed=True, target_known=True
        )
        assert explained.released is None
    assert explained.verdicts == ()


def test_who_may_see_what_came_and_what_was_filed_here():
    released = MODEL.generalise(flow(), decide(flow()), NOW)
    assert MODEL.visible_to(released, "tillaberi.ne") == ("protection-civile",)
    assert MODEL.visible_to(released, "kayes.ml") == ()
    assert MODEL.visible_to(alert(), "gao.ml") == ("protection-civile", "femmes")
    assert MODEL.visible_to(alert(purpose="security"), "gao.ml") == ("securite",)
    assert MODEL.visible_to(alert(article="2#A4"), "tillaberi.ne") == ()
    assert MODEL.visible_to(alert(article="1#A2"), "tillaberi.ne") == ()


def test_an_article_is_found_by_its_citation_in_its_own_version_only():
    assert MODEL.article("1#A4") == A4
    for other in ("2#A4", "1#A2", "1#A99", "A4"):
        assert MODEL.article(other) is None
    assert all(isinstance(MODEL.article(f"1#{one.id}"), Share) for one in ARTICLES[3:8])


def test_every_reason_is_a_sentence_with_its_own_slug():
    assert TEMPLATES["not-in-force"] == ""
    said = [template for slug, template in TEMPLATES.items() if slug != "not-in-force"]
    assert len(set(said)) == len(said)
    assert not any(template.endswith(".") for template in said)


def test_a_service_acts_only_under_its_mandates():
    """DESIGN, Words: a mandate is the purposes for which a service may act."""
    decision = decide(alert(purpose="security", service="protection-civile"))
    assert decision.outcome is Outcome.WITHHOLD
    assert str(decision.reason) == (
        "the service protection-civile of gao.ml has no mandate for the purpose security"
    )
    assert decide(alert(service="nobody")).reason.slug == "no-mandate"


def test_an_exact_point_is_withheld_where_its_village_is_though_the_code_beside_it_is_coarser():
    exact = replace(A4, form=replace(A4.form, place="exact"))
    hidden = Withhold(id="W", text="Labbezanga ne sort pas.", where=("labbezanga",))
    region = replace(place("ML07"), lat=1_497_400, lon=71_000)
    terms = policy(hidden, exact)
    assert decide(alert(place=region), terms).reason.slug == "withheld-where"
    elsewhere = replace(region, lat=1_627_167, lon=-4_472)
    assert decide(alert(place=elsewhere), terms).outcome is Outcome.RELEASE

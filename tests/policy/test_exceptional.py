"""The exceptional article: two named functions together, and never past what is stronger."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from entente.agreements.checks import check_agreement
from entente.agreements.document import Exceptional, Function, Share, Withhold
from entente.places import place_of
from entente.policy import Approval, Outcome, Policy
from entente.policy.reasons import OPENED, TEMPLATES
from entente.records import KINDS, decode, encode
from entente.records.base import PURPOSES, TLP_RANK, compulsory_of, fields_of
from entente.records.flow import Flow
from tests.parties import (
    ARTICLES,
    EXCEPTIONAL,
    NOW,
    agreement,
    alert,
    exceptional,
    flow,
    message,
    place,
    standing,
)
from tests.policy.worlds import ZONE, is_sound, scenes
from tests.policy.worlds import standing as standing_of

replace = msgspec.structs.replace
POLICY = Policy(standing(exceptional()))


def approval(function: str, service: str = "protection-civile", by: str | None = None, article: str = "1#E1"):
    return Approval(article=article, service=service, function=function, by=by or f"{service}-{function}")


TWO = (approval("directeur"), approval("permanence"))
STRICT = alert(tlp="AMBER+STRICT")
"""Above the highest marking of every share article."""


def decide(
    record=STRICT, policy=POLICY, *, approvals=TWO, confirmed=True, known=True, to="tillaberi.ne", now=NOW
):
    return policy.decide(
        record,
        sender="gao.ml",
        recipient=to,
        now=now,
        confirmed=confirmed,
        target_known=known,
        approvals=approvals,
    )


def explain(record=STRICT, policy=POLICY, *, approvals=(), confirmed=True, known=True):
    return policy.explain(
        record,
        sender="gao.ml",
        recipient="tillaberi.ne",
        now=NOW,
        confirmed=confirmed,
        target_known=known,
        approvals=approvals,
    )


def test_two_functions_release_together_in_the_form_of_the_article():
    decision = decide()
    assert decision.outcome is Outcome.RELEASE
    assert (decision.article, decision.reason.slug) == ("1#E1", "exceptional")
    assert decision.released_by == ("protection-civile/directeur", "protection-civile/permanence")
    assert decision.services == ("protection-civile",)
    assert decision.retention_days == 30
    assert str(decision.reason) == (
        "article E1 lets it leave for tillaberi.ne: Directeur de la protection civile, Permanence de la protection "
        "civile decided so together"
    )
    left = POLICY.generalise(STRICT, decision, NOW)
    assert left.released_by == decision.released_by
    assert left.place == place("ML0701")
    assert decode(encode(left)) == left
    assert POLICY.admits(left, sender="gao.ml", recipient="tillaberi.ne", now=NOW) is None


NOT_TWO = {
    "none": (),
    "one": TWO[:1],
    "one_twice": (TWO[0], approval("directeur", by="another-account")),
    "one_account_as_two": (TWO[0], approval("permanence", by=TWO[0].by)),
    "one_that_is_not_named": (TWO[0], approval("secretaire")),
    "one_of_a_service_that_is_not_named": (TWO[0], approval("permanence", "elevage")),
    "one_without_the_mandate": (TWO[0], approval("coordonnateur", "securite")),
    "one_under_another_version": (TWO[0], approval("permanence", article="2#E1")),
    "one_under_another_article": (TWO[0], approval("permanence", article="1#A4")),
}


@pytest.mark.parametrize("approvals", NOT_TWO.values(), ids=NOT_TWO)
def test_nothing_leaves_by_it_with(approvals):
    decision = decide(approvals=approvals)
    assert decision == decide(approvals=())
    assert (decision.outcome, decision.reason.slug) == (Outcome.WITHHOLD, "not-tlp")


def test_what_a_share_article_lets_leave_leaves_by_that():
    assert decide(alert()).article == "1#A4"
    assert decide(alert()).released_by == ()


def test_a_delay_that_has_not_ended_is_opened():
    late = replace(ARTICLES[3], delay_hours=48)
    policy = Policy(standing(agreement(articles=(late, EXCEPTIONAL))))
    assert decide(alert(at="2022-01-10"), policy, approvals=TWO[:1]).reason.slug == "delay"
    assert decide(alert(at="2022-01-10"), policy).article == "1#E1"
    # Once it has ended, nobody needs to decide.
    assert decide(alert(at="2022-01-10"), policy, now=NOW + timedelta(days=4)).article == "1#A4"


STRONGER = {
    "a_withhold_article": ({"tlp": "RED"}, {}, "withheld-tlp"),
    "the_zone": ({"place": replace(place("labbezanga"), code="ML01")}, {}, "outside"),
    "no_place": ({"place": None}, {}, "no-place"),
    "the_mandate_of_the_service": ({"service": "elevage"}, {}, "no-mandate"),
    "the_day_it_takes_effect": ({}, {"now": NOW - timedelta(days=60)}, "not-in-force"),
    "a_party_that_is_none": ({}, {"to": "kayes.ml"}, "not-a-party"),
    "a_marking_above_its_own": ({"tlp": "RED"}, {}, "withheld-tlp"),
    "words_that_nobody_has_confirmed": ({}, {"confirmed": False}, "confirm"),
}


@pytest.mark.parametrize(("changes", "case", "slug"), STRONGER.values(), ids=STRONGER)
def test_stronger_than_two_functions_is(changes, case, slug):
    decision = decide(replace(STRICT, **changes), **case)
    assert decision.outcome is not Outcome.RELEASE
    assert decision.reason.slug == slug


def test_words_that_a_share_article_would_let_leave_wait_for_a_person_all_the_same():
    decision = decide(alert(headline="Mots d’essai"), confirmed=False)
    assert (decision.outcome, decision.reason.slug, decision.article) == (Outcome.LATER, "confirm", "1#A4")


def test_an_answer_whose_target_did_not_go_there_stays():
    article = replace(EXCEPTIONAL, kinds=("message",), form=replace(ARTICLES[5].form, tlp="AMBER+STRICT"))
    policy = Policy(standing(agreement(articles=(article,))))
    answer = message(purpose="humanitarian", about="GAO-7K3QX", to_party="tillaberi.ne")
    assert decide(answer, policy, known=True).outcome is Outcome.RELEASE
    assert decide(answer, policy, known=False).reason.slug == "target"


def test_a_pointer_to_what_did_not_go_there_is_dropped():
    decision = decide(replace(STRICT, revises="GAO-7K3QX"), known=False)
    assert decision.outcome is Outcome.RELEASE
    assert "revises" not in decision.form.fields


def test_a_place_that_no_form_can_make_coarser_may_leave_by_a_finer_form():
    exact = replace(EXCEPTIONAL, form=replace(EXCEPTIONAL.form, place="locality"))
    coarse = replace(ARTICLES[3], form=replace(ARTICLES[3].form, place="region"))
    zone = replace(agreement().zone, areas=ZONE)
    policy = Policy(standing(agreement(articles=(coarse, exact), zone=zone)))
    alone = next(area for area in ZONE if area.code == "alone")
    record = alert(place=place_of(alone))
    assert decide(record, policy, approvals=()).reason.slug == "too-fine"
    assert decide(record, policy).article == "1#E1"


def test_what_is_opened_is_named_by_a_reason_that_exists():
    assert set(TEMPLATES) >= OPENED
    assert not OPENED & {"confirm", "target", "no-mandate", "outside", "no-place", "window", "counted"}
    assert not [slug for slug in OPENED if slug.startswith("withheld")]


def test_explain_says_what_it_would_take():
    explanation = explain()
    [recourse] = explanation.recourses
    assert recourse.article == EXCEPTIONAL
    assert [one.title for one in recourse.functions] == [
        "protection-civile/directeur",
        "protection-civile/permanence",
    ]
    assert recourse.decided == ()
    assert recourse.decision.outcome is Outcome.RELEASE
    verdict = explanation.verdicts[-1]
    assert (verdict.article, verdict.fits) == ("E1", False)
    assert [one.slug for one in verdict.reasons] == ["exceptional-takes"]
    assert "Directeur de la protection civile" in str(verdict.reasons[0])


def test_explain_says_who_has_decided():
    explanation = explain(approvals=TWO[:1])
    assert explanation.recourses[0].decided == ("protection-civile/directeur",)
    assert [one.slug for one in explanation.verdicts[-1].reasons] == [
        "exceptional-takes",
        "exceptional-begun",
    ]
    done = explain(approvals=TWO)
    assert done.recourses == ()
    assert done.verdicts[-1].fits
    assert done.released is not None
    assert done.released.released_by == done.decision.released_by


def test_explain_offers_nothing_where_something_stronger_keeps_it_or_it_leaves_anyway():
    red = explain(replace(STRICT, tlp="RED"))
    assert red.recourses == ()
    assert [one.slug for one in red.verdicts[-1].reasons] == ["not-tlp"]
    assert explain(alert()).recourses == ()
    assert [one.slug for one in explain(alert()).verdicts[-1].reasons] == ["exceptional-idle"]
    held = Policy(
        standing(
            agreement(articles=(*ARTICLES, EXCEPTIONAL, Withhold(id="W", text="non", services=("elevage",))))
        )
    )
    kept = explain(replace(STRICT, service="elevage"), held)
    assert kept.recourses == ()
    assert [one.slug for one in kept.verdicts[-2].reasons] == ["exceptional-never"]


def test_it_is_not_remembered_for_the_next_record():
    assert decide().outcome is Outcome.RELEASE
    assert decide(approvals=()).outcome is Outcome.WITHHOLD
    assert decide().outcome is Outcome.RELEASE


def released(**changes):
    return replace(POLICY.generalise(STRICT, decide(), NOW), **changes)


REFUSED = {
    "one_function": ({"released_by": ("protection-civile/directeur",)}, "few-functions"),
    "no_function": ({"released_by": ()}, "few-functions"),
    "one_function_twice": ({"released_by": ("protection-civile/directeur",) * 2}, "few-functions"),
    "two_and_one_of_them_again": (
        {
            "released_by": (
                "protection-civile/directeur",
                "protection-civile/permanence",
                "protection-civile/directeur",
            )
        },
        "few-functions",
    ),
    "a_function_that_is_not_named": (
        {"released_by": ("protection-civile/directeur", "protection-civile/secretaire")},
        "unknown-function",
    ),
    "functions_without_the_mandate": (
        {"released_by": ("securite/coordonnateur", "securite/permanence")},
        "unknown-function",
    ),
    "functions_under_a_share_article": ({"article": "1#A4"}, "not-tlp"),
    "functions_under_a_share_article_that_fits": (
        {"article": "1#A4", "tlp": "AMBER", "place": place("labbezanga")},
        "needless-decision",
    ),
    "a_finer_place": ({"place": place("labbezanga")}, "place-kept"),
    "a_lower_marking": ({"tlp": "AMBER"}, "marking"),
    "another_kind_of_purpose": ({"purpose": "pastoral"}, "not-purpose"),
}


@pytest.mark.parametrize(("changes", "slug"), REFUSED.values(), ids=REFUSED)
def test_a_receiver_does_not_admit(changes, slug):
    why = POLICY.admits(released(**changes), sender="gao.ml", recipient="tillaberi.ne", now=NOW)
    assert why is not None
    assert why.slug == slug


def function(party, name):
    return Function(party=party, service="securite", function=name, name=name)


def test_functions_of_the_other_party_decide_nothing():
    # Each side has a function of a name that the other has not.
    functions = (
        function("gao.ml", "coordonnateur"),
        function("gao.ml", "prefet"),
        function("tillaberi.ne", "coordonnateur"),
        function("tillaberi.ne", "chef-de-poste"),
    )
    policy = Policy(standing(exceptional(purposes=("security",), functions=functions)))
    record = released(purpose="security", service="securite")
    for other, slug in (("prefet", None), ("chef-de-poste", "unknown-function")):
        by = ("securite/coordonnateur", f"securite/{other}")
        why = policy.admits(
            replace(record, released_by=by), sender="gao.ml", recipient="tillaberi.ne", now=NOW
        )
        assert (why.slug if why else None) == slug


# What holds for every agreement and every record


EVERY_FUNCTION = tuple(
    Function(party=party.id, service=service.id, function=name, name=name)
    for party in agreement().parties
    for service in party.services
    for name in ("directeur", "permanence")
)


@st.composite
def exceptional_scenes(draw):
    """A sound agreement in which an exceptional article is more open than a share article, and who has decided."""
    draft, record, case = draw(scenes())
    shares = [one for one in draft.articles if isinstance(one, Share)]
    aimed = [one for one in shares if record.kind() in one.kinds and case["sender"] in one.from_]
    share = draw(st.sampled_from(aimed or shares)) if shares else None
    kinds = tuple(one for one in share.kinds if not issubclass(KINDS[one], Flow)) if share else ()
    if not kinds or isinstance(record, Flow):
        return None
    known = {name for kind in kinds for name in fields_of(KINDS[kind])}
    kept = known.intersection(share.form.fields) | {
        name for kind in kinds for name in compulsory_of(KINDS[kind])
    }
    for kind in kinds:
        if KINDS[kind].together & kept:
            kept |= KINDS[kind].together
    mandated = [one.id for one in draft.party(case["sender"]).services if record.purpose in one.mandates]
    record = replace(record, service=draw(st.sampled_from([record.service, *mandated, *mandated])))
    article = Exceptional(
        id="E1",
        text="Article produit au hasard pour un essai",
        from_=share.from_,
        to=share.to,
        kinds=kinds,
        purposes=PURPOSES,
        tlp="RED",
        functions=tuple(one for one in EVERY_FUNCTION if one.party in share.from_),
        form=replace(share.form, fields=tuple(sorted(kept)), tlp="RED"),
        retention_days=share.retention_days,
    )
    others = tuple(one for one in draft.articles if one is not share)
    draft = replace(draft, articles=(*draw(st.sampled_from([draft.articles, others])), article))
    assert is_sound(draft)
    of = st.sampled_from(
        [
            approval(name, service, by=by)
            for name in ("directeur", "permanence", "secretaire")
            for service in (record.service, record.service, "elevage")
            for by in ("one", "two", "three")
        ]
        + [approval("permanence", record.service, article="2#E1")]
    )
    return draft, record, case, tuple(draw(st.lists(of, max_size=6)))


def counted(draft, record, case, approvals):
    """The functions whose decision counts, and the accounts that decided as them."""
    party = draft.party(case["sender"])
    mandated = {one.id for one in party.services if record.purpose in one.mandates}
    found = [
        one
        for one in approvals
        if one.article == "1#E1" and one.service in mandated and one.function in {"directeur", "permanence"}
    ]
    return {one.title for one in found}, {one.by for one in found}


@settings(max_examples=100, deadline=None)
@given(exceptional_scenes())
def test_without_two_functions_nothing_ever_leaves_by_it(scene):
    if scene is None:
        return
    draft, record, case, approvals = scene
    policy = Policy(standing_of(draft))
    plain = policy.decide(record, now=NOW, **case)
    decision = policy.decide(record, now=NOW, **case, approvals=approvals)
    functions, accounts = counted(draft, record, case, approvals)
    if len(functions) < 2 or len(accounts) < 2:
        assert decision == plain
    if decision.outcome is Outcome.RELEASE and decision.article == "1#E1":
        assert plain.outcome is not Outcome.RELEASE
        assert len(set(decision.released_by)) >= 2
        assert set(decision.released_by) <= functions
        left = policy.generalise(record, decision, NOW)
        assert TLP_RANK[left.tlp] >= TLP_RANK[record.tlp]
        sides = {"sender": case["sender"], "recipient": case["recipient"]}
        assert policy.admits(left, **sides, now=NOW) is None
        alone = replace(left, released_by=left.released_by[:1])
        assert policy.admits(alone, **sides, now=NOW) is not None
    else:
        assert decision.released_by == () or decision.outcome is Outcome.LATER


def two_of(record):
    return (approval("directeur", record.service), approval("permanence", record.service))


def test_the_scenes_hold_a_record_that_two_functions_release():
    def opens(scene):
        if scene is None:
            return False
        draft, record, case, approvals = scene
        decision = Policy(standing_of(draft)).decide(record, now=NOW, **case, approvals=approvals)
        return decision.reason.slug == "exceptional"

    find(
        exceptional_scenes(),
        opens,
        settings=settings(max_examples=3_000, deadline=None, phases=[Phase.generate]),
    )


@settings(max_examples=100, deadline=None)
@given(exceptional_scenes())
def test_what_a_withhold_article_keeps_two_functions_do_not_open(scene):
    if scene is None:
        return
    draft, record, case, _ = scene
    policy = Policy(standing_of(draft))
    plain = policy.decide(record, now=NOW, **case)
    decision = policy.decide(record, now=NOW, **case, approvals=two_of(record))
    if plain.outcome is Outcome.WITHHOLD and plain.reason.slug not in OPENED:
        assert decision == plain
    for withhold in draft.articles:
        if isinstance(withhold, Withhold) and decision.article == "1#E1":
            rest = tuple(one for one in draft.articles if not isinstance(one, Withhold))
            alone = Policy(standing_of(replace(draft, articles=(withhold, *rest))))
            assert alone.decide(record, now=NOW, **case).reason.values.get("article") != withhold.id


def test_flows_are_never_released_by_it():
    draft = exceptional(kinds=("alert", "flow-of-people"))
    assert any("flows leave only by share articles" in str(one) for one in check_agreement(draft))
    assert decide(flow(purpose="mobility")).reason.slug in {"shared", "delay"}

"""What holds for every agreement that the checks accept, and for every record."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from entente import places
from entente.agreements.document import Share
from entente.places import Place
from entente.policy import Outcome, Policy
from entente.records import Record, decode, encode, times
from entente.records.base import ALWAYS, TLP_RANK, Role, fields_of
from entente.records.times import precision_of
from tests.parties import AGREEMENT, NOW, withdrawal
from tests.policy.worlds import is_sound, long_scenes, scenes, standing, withholds

replace = msgspec.structs.replace
many = settings(max_examples=80, deadline=None)


def default_of(record: Record, name: str) -> Any:
    return next(field.default for field in msgspec.structs.fields(type(record)) if field.name == name)


def fields_with(record: Record, role: Role) -> list[str]:
    return [
        name
        for name, field in fields_of(type(record)).items()
        if field.role is role and getattr(record, name) is not None
    ]


def release(policy: Policy, record: Record, case: dict[str, Any]) -> Record | None:
    decision = policy.decide(record, now=NOW, **case)
    if decision.outcome is not Outcome.RELEASE:
        return None
    return policy.generalise(record, decision, NOW)


@many
@given(scenes())
def test_nothing_finer_than_the_form_of_the_cited_article_ever_leaves(scene):
    draft, record, case = scene
    released = release(Policy(standing(draft)), record, case)
    if released is None:
        return
    share = next(
        one for one in draft.articles if isinstance(one, Share) and f"1#{one.id}" == released.article
    )
    form = share.form
    areas = {area.code: area for area in draft.zone.areas}
    for name in fields_of(type(record)):
        if name not in ALWAYS and name not in form.fields:
            assert getattr(released, name) == default_of(released, name)
    for name in fields_with(released, Role.INSTANT):
        assert times.is_at_least_as_coarse(precision_of(getattr(released, name)), form.time)
    for name in fields_with(released, Role.PLACE):
        place = getattr(released, name)
        if form.place == "exact":
            assert place == getattr(record, name)
            continue
        assert place.lat is None
        assert place.lon is None
        assert places.is_at_least_as_coarse(place.level, form.place)
        if name == "place":
            assert place == places.place_of(areas[place.code])
    assert TLP_RANK[released.tlp] >= max(TLP_RANK[record.tlp], TLP_RANK[form.tlp or "CLEAR"])
    assert TLP_RANK[record.tlp] <= TLP_RANK[share.tlp]
    assert released.purpose == record.purpose
    # What leaves can be read at the other end.
    assert decode(encode(released)) == released


def tells_as_much(one: Any, other: Any, role: Role) -> bool:
    """Whether ``one`` says at least what ``other`` says of the same thing."""
    match role:
        case Role.INSTANT:
            return times.is_at_least_as_coarse(precision_of(other), precision_of(one))
        case Role.PLACE:
            # What a record says of the level of its own code may be wrong: the code says it.
            same = one.code is not None and one.code == other.code
            return same or one == other or places.is_at_least_as_coarse(level(other), level(one))
        case _:
            return bool(one == other)


def level(place: Place) -> Any:
    return "exact" if place.lat is not None else place.level or "exact"


@many
@given(scenes())
def test_removing_a_share_article_never_opens_access(scene):
    draft, record, case = scene
    policy = Policy(standing(draft))
    # Words that wait for a person are open to whoever confirms them: compared as if somebody had.
    full = policy.decide(record, now=NOW, **{**case, "confirmed": True})
    for removed in draft.articles:
        if not isinstance(removed, Share):
            continue
        rest = replace(draft, articles=tuple(one for one in draft.articles if one is not removed))
        assert is_sound(rest)
        without = Policy(standing(rest))
        left = without.decide(record, now=NOW, **case)
        if left.outcome is not Outcome.RELEASE:
            continue
        assert full.outcome is Outcome.RELEASE
        assert set(left.services) <= set(full.services)
        assert left.retention_days <= full.retention_days
        after = without.generalise(record, left, NOW)
        before = policy.generalise(record, full, NOW)
        assert TLP_RANK[before.tlp] <= TLP_RANK[after.tlp]
        for name, field in fields_of(type(record)).items():
            value = getattr(after, name)
            if name in {"article", "tlp"} or value is None or value == ():
                continue
            assert tells_as_much(getattr(before, name), value, field.role), name


@many
@given(scenes(), withholds(99), st.integers(0, 6))
def test_adding_a_withhold_article_never_opens(scene, withhold, at):
    draft, record, case = scene
    articles = list(draft.articles)
    articles.insert(at, withhold)
    before = Policy(standing(draft)).decide(record, now=NOW, **case)
    after = Policy(standing(replace(draft, articles=tuple(articles)))).decide(record, now=NOW, **case)
    assert after.outcome is Outcome.WITHHOLD or after == before


@many
@given(scenes())
def test_the_non_party_gets_nothing_whatever_the_agreement(scene):
    draft, record, case = scene
    policy = Policy(standing(draft))
    for case_of_stranger in (
        {**case, "recipient": "kayes.ml"},
        {**case, "sender": "kayes.ml"},
        {**case, "sender": "kayes.ml", "recipient": "kayes.ml"},
    ):
        # A withdrawal needs no article: for a stranger only the first step stands in its way.
        for asked in (record, withdrawal()):
            decision = policy.decide(asked, now=NOW, **{**case_of_stranger, "target_known": True})
            assert decision.outcome is Outcome.WITHHOLD
            assert decision.form is None
            assert decision.services == ()
        assert policy.explain(record, now=NOW, **case_of_stranger).released is None
    released = release(policy, record, case)
    if released is not None:
        assert policy.visible_to(released, "kayes.ml") == ()
        assert policy.admits(released, sender=case["sender"], recipient="kayes.ml", now=NOW) is not None


@many
@given(scenes())
def test_what_is_released_is_admitted_and_nothing_finer_is(scene):
    draft, record, case = scene
    policy = Policy(standing(draft))
    partner = Policy(standing(draft))
    released = release(policy, record, case)
    if released is None:
        return
    ends = {"sender": case["sender"], "recipient": case["recipient"], "now": NOW}
    assert partner.admits(released, **ends) is None
    decision = policy.decide(record, now=NOW, **case)
    assert partner.visible_to(released, case["recipient"]) == decision.services != ()
    for name, field in fields_of(type(record)).items():
        if getattr(released, name) == getattr(record, name) or name in {"article", "released_at"}:
            continue
        # A pointer is dropped for what the sender knows of its target: the receiver cannot tell.
        if field.role is Role.REFERENCE and name in policy.article(released.article).form.fields:
            continue
        # A secondary place that cannot be made coarse was dropped: put back, it says too much too.
        finer = replace(released, **{name: getattr(record, name)})
        assert partner.admits(finer, **ends) is not None, name
    # The same from a node that remembers it as admitted.
    assert partner.admits(released, **ends) is None
    assert (
        partner.admits(released, sender=case["recipient"], recipient=case["recipient"], now=NOW) is not None
    )


@many
@given(long_scenes())
def test_what_is_remembered_never_changes_a_decision(scene):
    draft, asked = scene
    shared = Policy(standing(draft))
    first = [shared.decide(record, now=NOW, **case) for record, case in asked]
    again = [shared.decide(record, now=NOW, **case) for record, case in reversed(asked)]
    fresh = [Policy(standing(draft)).decide(record, now=NOW, **case) for record, case in asked]
    assert first == fresh
    assert again == fresh[::-1]


@many
@given(long_scenes())
def test_what_is_remembered_never_changes_what_is_admitted(scene):
    draft, asked = scene
    shared = Policy(standing(draft))
    came = [
        (replace(record, article=f"1#{article.id}", released_at="2022-01-10T08:30:00Z"), case)
        for record, case in asked
        for article in draft.articles[:2]
    ]
    for record, case in came + came[::-1]:
        ends = {"sender": case["sender"], "recipient": case["recipient"], "now": NOW}
        assert shared.admits(record, **ends) == Policy(standing(draft)).admits(record, **ends)


@many
@given(scenes())
def test_explain_says_what_decide_does(scene):
    draft, record, case = scene
    policy = Policy(standing(draft))
    decision = policy.decide(record, now=NOW, **case)
    explained = policy.explain(record, now=NOW, **case)
    assert explained.decision == decision
    released = release(policy, record, case)
    if released is not None:
        assert encode(explained.released) == encode(released)
    by_id = {article.id: article for article in draft.articles}
    assert [verdict.article for verdict in explained.verdicts] == list(by_id)
    withheld = any(v.fits and not isinstance(by_id[v.article], Share) for v in explained.verdicts)
    fitting = [v for v in explained.verdicts if v.fits and isinstance(by_id[v.article], Share)]
    assert all(verdict.reasons for verdict in explained.verdicts)
    if decision.outcome is not Outcome.WITHHOLD:
        assert not withheld
        assert f"1#{fitting[0].article}" == decision.article
    assert str(decision.reason)


def test_the_strategies_reach_every_outcome():
    """So that the properties above are not true of nothing."""
    for outcome in Outcome:
        find(
            scenes(),
            lambda drawn, outcome=outcome: (
                Policy(standing(drawn[0])).decide(drawn[1], now=NOW, **drawn[2]).outcome is outcome
            ),
            settings=settings(max_examples=2_000, deadline=None, database=None, phases=[Phase.generate]),
        )
    assert is_sound(AGREEMENT)

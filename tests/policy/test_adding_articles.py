"""Articles that add up: what is decided by one, what a receiver admits, what the checks say."""

from __future__ import annotations

import pytest

from entente.agreements.checks import check_agreement
from entente.agreements.document import Aggregate, Form
from entente.agreements.overlap import less_open_than
from entente.policy import Outcome
from tests.parties import AGREEMENT, agreement, flow, place
from tests.policy.sums import A8, FORM, WEEKLY, decide, policy, replace


def test_a_record_that_an_adding_article_fits_never_leaves_itself():
    from datetime import UTC, datetime

    terms = policy(WEEKLY)
    decision = decide(terms, flow())
    assert decision.outcome is Outcome.LATER
    # The week 2022-W01 ends at 23:00 UTC in Niamey, and article A8 waits for 24 hours more.
    assert decision.not_before == datetime(2022, 1, 10, 23, tzinfo=UTC)
    assert str(decision.reason) == "article A8 lets it leave added up, after 2022-W01 has ended"
    long_after = decide(terms, flow(), now=datetime(2022, 6, 1, tzinfo=UTC))
    assert long_after.outcome is Outcome.LATER
    group = terms.group(flow(), decision, "tillaberi.ne")
    assert group is not None
    assert (group.place, group.window, group.by, group.article) == (
        "ML0701",
        "2022-W01",
        ("incoming",),
        "1#A8",
    )
    assert decide(terms, flow(at="2022-01")).reason.slug == "too-coarse"
    explained = terms.explain(
        flow(),
        sender="gao.ml",
        recipient="tillaberi.ne",
        now=long_after.not_before,
        confirmed=True,
        target_known=True,
    )
    assert explained.released is None


def a_sum(**changes):
    return replace(
        flow(
            at="2022-W01",
            place=place("ML0701"),
            post=None,
            start=None,
            end=None,
            nationalities=None,
            destination=None,
            total=40,
            women=20,
            men=20,
            article="1#A8",
            released_at="2022-01-11T00:00:00Z",
        ),
        **changes,
    )


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({}, None),
        ({"women": 0, "men": None}, None),
        ({"service": "several"}, None),
        ({"service": "community"}, None),
        ({"service": "nobody"}, "no-mandate"),
        ({"at": "2022-01-08"}, "not-a-sum"),
        ({"at": "2022-01"}, "not-a-sum"),
        ({"women": 4}, "small-cell"),
        ({"total": 1}, "small-cell"),
        ({"released_at": "2022-01-10T22:59:59Z"}, "early"),
        ({"nationalities": {"ML": 40}}, "field-kept"),
        ({"observations": 1}, None),
    ],
)
def test_what_a_receiver_admits_of_an_adding_article(changes, slug):
    from datetime import UTC, datetime

    refused = policy(WEEKLY).admits(
        a_sum(**changes), sender="gao.ml", recipient="tillaberi.ne", now=datetime(2022, 1, 11, 1, tzinfo=UTC)
    )
    assert (refused.slug if refused else None) == slug


def test_a_receiver_checks_rounding_and_observations():
    from datetime import UTC, datetime

    now = datetime(2022, 1, 11, 1, tzinfo=UTC)
    form = replace(FORM, aggregate=replace(FORM.aggregate, round_to=10, min_observations=3))
    terms = policy(replace(A8, form=form))
    for changes, slug in (
        ({}, None),
        ({"total": 41}, "not-rounded"),
        ({"observations": 2}, "few-observations"),
    ):
        refused = terms.admits(a_sum(**changes), sender="gao.ml", recipient="tillaberi.ne", now=now)
        assert (refused.slug if refused else None) == slug


def with_form(**changes):
    aggregate = replace(FORM.aggregate, **changes.pop("aggregate", {}))
    return replace(A8, form=replace(FORM, aggregate=aggregate, **changes))


def goods(*by, keeps="quantity"):
    aggregate = Aggregate(window="week", by=by, min_cell=5)
    fields = (*by, keeps) if "unit" in by else ("unit", *by, keeps)
    form = Form(fields=fields, place="district", time="day", aggregate=aggregate)
    return replace(A8, kinds=("flow-of-goods",), purposes=("trade",), recipients=(), form=form)


@pytest.mark.parametrize(
    ("article", "says"),
    [
        (with_form(), None),
        (with_form(place="exact"), "exact place"),
        (with_form(time="month"), "finer than its time"),
        (with_form(aggregate={"by": ("direction", "transport")}), "does not keep"),
        (with_form(aggregate={"by": ("direction", "direction")}), "twice"),
        (with_form(aggregate={"by": ("direction", "women")}), "not one value of a list"),
        (with_form(aggregate={"by": ("women",)}), "must add up by it"),
        (with_form(fields=("direction", "total", "destination")), "cannot be added up"),
        (with_form(fields=("direction", "total", "start")), "cannot be added up"),
        (
            with_form(
                place="district", fields=("direction", "post"), aggregate={"by": ("direction", "post")}
            ),
            "locality",
        ),
        (with_form(aggregate={"min_cell": 1}), "no number of persons is kept back"),
        (replace(with_form(), kinds=("flow-of-people", "message")), "only flows"),
        (goods("direction", "product", "flow_type", "unit"), None),
        (goods("direction", "product", "flow_type"), "it must do so by unit"),
        (goods("direction", "unit"), "must add up by it"),
        (goods("direction", "product", "flow_type", "unit", keeps="price_xof"), "cannot be added up"),
    ],
)
def test_the_checks_of_a_form_that_adds_up(article, says):
    found = [str(problem) for problem in check_agreement(agreement(articles=(article,)))]
    if says is None:
        assert found == []
    else:
        assert any(says in one for one in found)


def test_an_article_that_adds_up_is_less_open_than_one_that_does_not():
    draft = agreement(articles=(WEEKLY, A8))
    assert "aggregate" in less_open_than(WEEKLY, A8, draft)
    assert "aggregate" not in less_open_than(A8, WEEKLY, draft)
    daily = with_form(aggregate={"window": "day"})
    assert "aggregate" in less_open_than(WEEKLY, daily, draft)
    assert "aggregate" not in less_open_than(daily, WEEKLY, draft)
    for stricter in ({"min_cell": 9}, {"min_observations": 2}, {"round_to": 10}):
        assert "aggregate" in less_open_than(with_form(aggregate=stricter), WEEKLY, draft)
        assert "aggregate" not in less_open_than(WEEKLY, with_form(aggregate=stricter), draft)


def test_a_form_that_adds_nothing_up_is_written_as_before():
    from entente.agreements.document import agreement_text

    assert "aggregate" not in agreement_text(AGREEMENT)

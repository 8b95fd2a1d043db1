"""What leaves added up: of one part, what is kept back, rounded and corrected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.agreements.document import Aggregate
from entente.policy.aggregate import (
    added_up,
    close,
    hidden,
    numbers_that_leave,
    rounded,
    shape_of,
    source_of,
    tally,
)
from entente.records import FlowOfPeople
from tests.parties import flow
from tests.policy.sums import FORM, NUMBERS, SHAPE, people, replace, rule


@pytest.mark.parametrize(
    ("record", "back"),
    [
        (people(0, 0, 0, 0, 0), set()),
        (people(5, 5, 0, 0, 0), set()),
        (people(40, 10, 10, 10, 10), set()),
        (people(4), {*NUMBERS, "observations"}),
        (people(40, 3, 17, 10, 10), {*NUMBERS} - {"total"}),
        # The rest of the whole is small, though no number is.
        (people(40, 10, 10, 10, 7), {*NUMBERS} - {"total"}),
        (people(40, 38), {*NUMBERS} - {"total"}),
        (people(40, 20, 20, 0, 0, pregnant=2), {*NUMBERS} - {"total"}),
        # Without a whole, how many observations there were would bound the parts.
        (people(None, 3, 20), {*NUMBERS, "observations"}),
    ],
)
def test_what_is_kept_back_of_a_part(record, back):
    assert hidden(tally([record], SHAPE), SHAPE, rule()) == back


def test_too_few_observations_keep_back_everything():
    sums = tally([people(50, minutes=60)] * 2, SHAPE)
    assert hidden(sums, SHAPE, rule(m=3)) == SHAPE.everything
    assert "minutes" in SHAPE.everything
    assert hidden(sums, SHAPE, rule(m=2)) == set()


def test_a_breakdown_with_one_small_cell_stays_whole():
    form = replace(FORM, fields=("direction", "total", "nationalities"))
    shape = shape_of(FlowOfPeople, [form])
    for nationalities, kept in (
        ({"ML": 30, "NE": 10}, True),
        ({"ML": 38, "NE": 2}, False),
        ({"ML": 38}, False),
    ):
        back = hidden(tally([flow(total=40, nationalities=nationalities)], shape), shape, rule())
        assert ("nationalities" not in back) == kept
        assert "total" not in back


def test_a_number_that_was_not_counted_is_missing_not_zero():
    sums = tally([people(10, 5), people(7)], SHAPE)
    assert sums.values["women"] == 5
    assert sums.values["men"] is None
    assert added_up([(sums, ())], NUMBERS) == {**dict.fromkeys(NUMBERS), "total": 17, "women": 5}


@given(st.integers(0, 500), st.integers(1, 40), st.integers(1, 40))
def test_rounding_never_makes_a_small_cell_nor_a_zero_of_somebody(cell, k, step):
    aggregate = Aggregate(window="day", by=("direction",), min_cell=k, round_to=step)
    if 0 < cell < k:
        return
    found = rounded(cell, aggregate)
    assert found % step == 0
    assert (found == 0) == (cell == 0)
    assert found == 0 or found >= k
    assert abs(found - cell) <= step + k


def test_what_is_too_large_for_its_kind_is_missing():
    known = {"total": 10**9, "women": 8}
    assert numbers_that_leave(FlowOfPeople, FORM, FORM.aggregate, known) == {"total": None, "women": 8}


def test_a_community_source_is_named_by_its_type():
    assert source_of(["protection-civile"], ["femmes"]) == "protection-civile"
    assert source_of(["femmes"], ["femmes"]) == "community"
    assert source_of(["femmes", "protection-civile"], ["femmes"]) == "several"


# What comes late


def test_a_correction_waits_until_each_number_that_is_known_could_stand_alone():
    known = [frozenset[str]()]
    late = tally([people(20, 10, 10, 0, 0)], SHAPE)
    assert close(late, SHAPE, rule(), blind=None, known=known) is not None
    for few in (people(3), people(20, 2, 18, 0, 0), people(20, 10, 7)):
        assert close(tally([few], SHAPE), SHAPE, rule(), blind=None, known=known) is None
    assert close(tally([people(20, 2, 18, 0, 0)], SHAPE), SHAPE, rule(), blind=None, known=[set(SHAPE.parts)])


def test_what_is_added_to_a_blind_part_leaves_every_size_of_it_possible():
    blind = tally([people(3)], SHAPE)
    assert close(tally([people(5)], SHAPE), SHAPE, rule(), blind=blind, known=[SHAPE.everything]) is None
    closed = close(tally([people(6)], SHAPE), SHAPE, rule(), blind=blind, known=[SHAPE.everything])
    assert closed is not None
    assert closed.replaces
    assert closed.sums.values["total"] == 9

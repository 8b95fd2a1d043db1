"""The rules of each kind between its fields."""

import pytest

from entente.errors import RecordError
from tests.records.synthetic import GAO_1, make

RELEASED = {"article": "1#A2", "released_at": "2021-12-01T15:00:00Z"}


class TestAlert:
    @pytest.mark.parametrize(
        "field", ["status", "category", "urgency", "severity", "certainty", "at", "service", "purpose", "tlp"]
    )
    def test_the_compulsory_fields_are_required(self, field):
        with pytest.raises(RecordError):
            make("alert", **{field: None})

    @pytest.mark.parametrize(
        "field", ["msg_type", "scope", "event", "place", "code", "onset", "expires", "response"]
    )
    def test_the_others_may_be_missing(self, field):
        make("alert", **{field: None})

    def test_it_expires_after_its_onset(self):
        with pytest.raises(RecordError, match="expires"):
            make("alert", onset="2021-12-03T06:00:00Z", expires="2021-12-02T06:00:00Z")

    def test_an_onset_and_an_expiry_in_one_coarse_day_are_in_order(self):
        make("alert", onset="2021-12-03", expires="2021-12-03")

    def test_a_category_is_named_once_and_at_least_one_is(self):
        for category in ([], ["Met", "Met"], ["Weather"]):
            with pytest.raises(RecordError):
                make("alert", category=category)

    def test_a_ttt_event_needs_its_kind_until_a_form_drops_it(self):
        with pytest.raises(RecordError, match="TTT"):
            make("alert", ttt_event="robbery")
        make("alert", ttt_event="robbery", ttt_kind="event")
        make("alert", ttt_event="robbery", **RELEASED)


class TestMessage:
    def test_it_needs_words_or_a_step(self):
        with pytest.raises(RecordError, match="a text or a step"):
            make("message", step=None)
        make("message", step=None, text="Bien reçu ? (exercice)")

    def test_a_step_needs_what_it_answers_on_both_sides_of_the_border(self):
        for more in ({}, RELEASED):
            with pytest.raises(RecordError, match="a step needs"):
                make("message", about=None, **more)

    def test_its_addressee_is_a_function_and_not_a_person(self):
        make("message", to_function="permanence")
        with pytest.raises(RecordError):
            make("message", to_function="Monsieur X")


class TestAction:
    def test_it_says_what_is_done_until_a_form_drops_it(self):
        with pytest.raises(RecordError, match="what is done"):
            make("action", what=None)
        make("action", what=None, **RELEASED)

    def test_it_ends_after_its_start(self):
        with pytest.raises(RecordError, match="ends after"):
            make("action", start="2021-12-05", until="2021-12-04")

    def test_its_services_are_named_once_each_with_their_party(self):
        for services in (["gao.ml/a", "gao.ml/a"], ["protection-civile"], ["gao.ml/a/b"], ["Gao/a"]):
            with pytest.raises(RecordError):
                make("action", services=services)


class TestWithdrawal:
    def test_it_needs_what_it_withdraws(self):
        with pytest.raises(RecordError, match="withdraws"):
            make("withdrawal", about=None)

    def test_it_carries_nothing_else(self):
        for more in (
            {"place": {"name": "x"}},
            {"revises": GAO_1},
            {"text": "x"},
            {"reason": "changed my mind"},
        ):
            with pytest.raises(RecordError):
                make("withdrawal", **more)

    def test_it_passes_in_every_state(self):
        record = make("withdrawal")
        assert (record.passes_always, record.lane, record.spoken, record.placed) == (
            True,
            "urgent",
            False,
            False,
        )


class TestFlowOfPeople:
    def test_a_number_that_was_not_counted_is_missing_and_not_zero(self):
        assert make("flow-of-people", women=None, total=12).women is None
        assert make("flow-of-people", women=0).women == 0

    def test_the_period_ends_after_its_start(self):
        with pytest.raises(RecordError, match="period"):
            make("flow-of-people", start="2021-12-02T06:00:00Z")

    @pytest.mark.parametrize(
        "numbers",
        [
            {"total": 11},
            {"total": 10, "women": None, "nationalities": {"ML": 9, "NE": 2}},
            {"total": None, "nationalities": {"ML": 13}},
            {"under_five": 13},
            {"elderly": 13},
            {"unaccompanied": 13, "total": None},
        ],
    )
    def test_no_part_is_more_than_the_whole(self, numbers):
        with pytest.raises(RecordError, match="more than the total"):
            make("flow-of-people", **numbers)

    def test_parts_may_be_less_than_the_total(self):
        make("flow-of-people", total=100)

    def test_without_a_total_and_a_whole_breakdown_there_is_nothing_to_compare(self):
        make("flow-of-people", total=None, women=None, under_five=99)

    def test_rounded_numbers_of_a_released_record_are_accepted(self):
        make("flow-of-people", total=10, women=5, men=5, girls=5, boys=5, **RELEASED)

    @pytest.mark.parametrize(
        "nationalities", [{"ml": 1}, {"MLI": 1}, {"É1": 1}, {"M1": 1}, {"ML": -1}, {"ML": None}, {"": 1}]
    )
    def test_nationalities_are_countries_with_counts(self, nationalities):
        with pytest.raises(RecordError):
            make("flow-of-people", nationalities=nationalities)

    def test_minutes_are_at_most_a_month(self):
        with pytest.raises(RecordError):
            make("flow-of-people", minutes=44_641)

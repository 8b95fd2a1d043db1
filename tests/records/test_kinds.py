"""The rules of each kind between its fields."""

from datetime import UTC, datetime, timedelta

import pytest

from entente.errors import RecordError
from entente.signing import parse_note, sign_note, verify_note
from tests.parties import synthetic_key
from tests.records.synthetic import GAO_1, GAO_2, TIL_1, make

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


class TestFlowOfLivestock:
    def test_species_fit_the_total_of_heads(self):
        with pytest.raises(RecordError, match="species"):
            make("flow-of-livestock", heads=319)
        make("flow-of-livestock", heads=319, **RELEASED)
        make("flow-of-livestock", heads=None)

    def test_herders_are_persons_and_fit_their_total(self):
        with pytest.raises(RecordError, match="more than the total"):
            make("flow-of-livestock", herders=13)

    def test_no_sign_of_disease_is_a_sign_that_somebody_looked(self):
        make("flow-of-livestock", disease_signs=["none"])
        for signs in (["none", "cough"], ["cough", "cough"]):
            with pytest.raises(RecordError, match="sign of disease"):
                make("flow-of-livestock", disease_signs=signs)


class TestFlowOfGoods:
    def test_an_amount_needs_its_unit_until_a_form_drops_it(self):
        for name in ("quantity", "price_xof"):
            amount = {"quantity": None, "price_xof": None, name: 7}
            with pytest.raises(RecordError, match="unit"):
                make("flow-of-goods", unit=None, bag_kg=None, **amount)
            make("flow-of-goods", unit=None, bag_kg=None, **amount, **RELEASED)

    def test_bags_and_only_bags_have_kilos(self):
        with pytest.raises(RecordError, match="kilos"):
            make("flow-of-goods", bag_kg=None)
        with pytest.raises(RecordError, match="kilos"):
            make("flow-of-goods", unit="tonne")

    @pytest.mark.parametrize("field", ["direction", "product", "flow_type"])
    def test_the_compulsory_fields_are_required(self, field):
        with pytest.raises(RecordError):
            make("flow-of-goods", **{field: None})

    @pytest.mark.parametrize("product", ["11", "0111", "cereals", 11])
    def test_a_product_is_a_group_of_the_classification(self, product):
        with pytest.raises(RecordError):
            make("flow-of-goods", product=product)


@pytest.mark.parametrize("kind", ["flow-of-people", "flow-of-livestock", "flow-of-goods"])
def test_every_flow_has_a_post_a_period_and_a_direction(kind):
    with pytest.raises(RecordError):
        make(kind, direction=None)
    with pytest.raises(RecordError, match="not the id of a post"):
        make(kind, post="poste de Labbezanga")
    with pytest.raises(RecordError, match="period"):
        make(kind, start="2021-12-02", end="2021-12-01")


class TestObservation:
    def test_it_says_what_was_seen_in_words_or_by_its_subject_until_a_form_drops_it(self):
        make("observation", what=None)
        make("observation", subject=None)
        with pytest.raises(RecordError, match="what was seen"):
            make("observation", what=None, subject=None)
        make("observation", what=None, subject=None, **RELEASED)

    def test_one_that_is_set_aside_says_why_and_no_other_does(self):
        make("observation", state="set_aside", set_aside_reason="duplicate")
        with pytest.raises(RecordError, match="needs a reason"):
            make("observation", state="set_aside")
        make("observation", state="set_aside", **RELEASED)
        with pytest.raises(RecordError, match="only an observation that is set aside"):
            make("observation", set_aside_reason="duplicate")

    def test_one_that_became_an_alert_names_it(self):
        make("observation", state="became_alert", about=GAO_2)
        with pytest.raises(RecordError, match="the alert’s code"):
            make("observation", state="became_alert")
        make("observation", state="became_alert", **RELEASED)


class TestIncident:
    def test_weapons_are_a_yes_or_a_no(self):
        for answer in ("kalachnikov", True, 3):
            with pytest.raises(RecordError):
                make("incident", weapons_seen=answer)
        assert make("incident", weapons_seen=None).weapons_seen is None

    def test_its_type_is_of_the_list_and_required(self):
        for kind in (None, "massive_movement", "rumour"):
            with pytest.raises(RecordError):
                make("incident", type=kind)

    def test_nobody_killed_is_not_the_same_as_nobody_counted(self):
        assert make("incident", killed=0).killed == 0
        assert make("incident", killed=None).killed is None


class TestSituation:
    @pytest.mark.parametrize("numbers", [{"total": 139}, {"under_five": 141}, {"households": 141}])
    def test_no_part_is_more_than_the_whole(self, numbers):
        with pytest.raises(RecordError, match="more than the total"):
            make("situation", **numbers)
        make("situation", **numbers, **RELEASED)

    def test_no_more_are_in_need_than_affected_but_more_may_be_reached(self):
        with pytest.raises(RecordError, match="in need than affected"):
            make("situation", in_need={"food": 141})
        make("situation", in_need={"food": 141}, affected=None)
        make("situation", reached={"food": 141})

    @pytest.mark.parametrize("sectors", [{"cash": 1}, {"food": -1}, {"food": None}, ["food"]])
    def test_needs_are_persons_by_sector(self, sectors):
        with pytest.raises(RecordError):
            make("situation", targeted=sectors)


class TestCorridorStatus:
    def test_it_is_of_a_post_or_a_route_until_a_form_drops_them(self):
        make("corridor-status", post=None)
        make("corridor-status", route=None)
        with pytest.raises(RecordError, match="a post or a route"):
            make("corridor-status", post=None, route=None)
        make("corridor-status", post=None, route=None, **RELEASED)

    def test_what_is_restricted_says_how_and_what_is_open_is_not_restricted(self):
        with pytest.raises(RecordError, match="type of restriction"):
            make("corridor-status", restriction=None)
        with pytest.raises(RecordError, match="open has no restriction"):
            make("corridor-status", status="open")
        make("corridor-status", status="closed", restriction=None)

    def test_it_says_whose_side_it_is(self):
        with pytest.raises(RecordError):
            make("corridor-status", side=None)

    def test_lists_are_without_repetition_and_periods_in_order(self):
        for wrong in (
            {"concerned": ["trucks", "trucks"]},
            {"restriction": ["curfew", "curfew"]},
            {"until": "2021-11-30"},
        ):
            with pytest.raises(RecordError):
                make("corridor-status", **wrong)


class TestContact:
    def test_it_is_a_function_and_not_a_person(self):
        for function in (None, "Monsieur X"):
            with pytest.raises(RecordError):
                make("contact", function=function)

    @pytest.mark.parametrize(
        "telephone",
        ["0022300000000", "+223 00 00 00 00", "+0230000000", "+223", "+223000000000000000", "112"],
    )
    def test_its_telephone_can_be_dialled_from_anywhere(self, telephone):
        with pytest.raises(RecordError):
            make("contact", telephone=telephone)

    def test_it_has_a_telephone_or_a_radio_until_a_form_drops_them(self):
        make("contact", telephone=None)
        make("contact", radio=None)
        with pytest.raises(RecordError, match="a telephone or a radio"):
            make("contact", telephone=None, radio=None)
        make("contact", telephone=None, radio=None, **RELEASED)

    def test_it_is_not_its_own_backup(self):
        with pytest.raises(RecordError, match="own backup"):
            make("contact", backup="permanence")
        make("contact", backup="permanence", backup_service="elevage")
        with pytest.raises(RecordError, match="needs its function"):
            make("contact", backup=None, backup_service="elevage")

    def test_a_duty_ends_after_its_start_and_a_language_is_named_once(self):
        for wrong in ({"until": "2021-12-01T17:00:00Z"}, {"languages": ["fr", "fr"]}, {"languages": ["FR"]}):
            with pytest.raises(RecordError):
                make("contact", **wrong)


class TestMeeting:
    def test_it_has_a_subject_until_a_form_drops_it(self):
        with pytest.raises(RecordError, match="subject"):
            make("meeting", subject=None)
        make("meeting", subject=None, **RELEASED)

    @pytest.mark.parametrize(
        "wrong", [{"until": "2021-11-30"}, {"next_start": "2022-03", "next_until": "2022-02"}]
    )
    def test_it_and_the_next_end_after_their_start(self, wrong):
        with pytest.raises(RecordError, match="ends after its start"):
            make("meeting", **wrong)

    def test_a_delegation_is_an_institution_with_numbers_and_nobody_by_name(self):
        for delegation in (
            {"women": 3},
            {"institution": "Région de Gao", "members": ["A. B."]},
            {"institution": "Région de Gao", "name": "A. B."},
            {"institution": "Région de Gao", "women": -1},
        ):
            with pytest.raises(RecordError):
                make("meeting", delegations=[delegation])


SIGNED_TEXT = """\
entente.v1/communique
language fr
title Communiqué conjoint (modèle fictif)
preamble Considérant la coopération des deux régions,
paragraph Les deux régions échangent leurs informations.
paragraph Elles se réunissent de nouveau.
done Fait à Gao, le 2 décembre 2021
signatory gao.ml
function Gouverneur de la région de Gao
signatory tillaberi.ne
function Directeur général
representing Gouverneur de la région de Tillabéri
under délégation de signature (fictive)
"""


class TestCommunique:
    def test_the_text_that_is_signed_has_one_field_a_line(self):
        assert make("communique").text() == SIGNED_TEXT

    def test_both_authorities_can_sign_it_and_a_third_party_check_it(self):
        keys = [synthetic_key(f"{party}/authority") for party in ("gao.ml", "tillaberi.ne")]
        note = parse_note(sign_note(make("communique").text(), *keys).to_bytes())
        assert note.text == SIGNED_TEXT
        assert verify_note(note, [key.verifier for key in keys]) == tuple(key.verifier for key in keys)

    def test_the_other_side_derives_the_same_text_from_what_it_was_sent(self):
        filed = make("communique")
        sent = make("communique", at="2021-12", about=None, **RELEASED)
        assert sent.text() == filed.text()

    def test_the_last_consent_does_not_change_what_was_agreed(self):
        record = make("communique")
        assert record.is_agreed_by("gao.ml")
        assert not record.is_agreed_by("tillaberi.ne")
        assert not record.is_agreed_by("kayes.ml")
        agreed = [{"text": one.text, "consent": {"tillaberi.ne": "agreed"}} for one in record.paragraphs]
        revised = make("communique", code=TIL_1, revises=GAO_2, about=None, paragraphs=agreed)
        assert revised.is_agreed_by("tillaberi.ne")
        assert revised.text() == record.text()

    @pytest.mark.parametrize(
        "change",
        [
            {"language": "en"},
            {"subject": "Autre titre"},
            {"preamble": None},
            {"paragraphs": [{"text": "Les deux régions échangent leurs informations."}]},
            {"done": None},
            {"signatories": None},
            {"signatories": [{"party": "gao.ml", "function": "Préfet"}]},
        ],
    )
    def test_other_words_are_another_text(self, change):
        assert make("communique", **change).text() != SIGNED_TEXT

    @pytest.mark.parametrize("words", ["a\nsignatory gao.ml", "a\u2028b", "a\x00", ""])
    def test_no_words_can_pass_for_another_line(self, words):
        for change in (
            {"subject": words},
            {"preamble": [words]},
            {"paragraphs": [{"text": words}]},
            {"done": words},
            {"signatories": [{"party": "gao.ml", "function": words}]},
        ):
            with pytest.raises(RecordError):
                make("communique", **change)

    def test_a_draft_needs_a_language_a_title_and_a_paragraph(self):
        make("communique", preamble=None, done=None, signatories=None)
        for missing in ("language", "subject", "paragraphs"):
            with pytest.raises(RecordError, match="needs a language"):
                make("communique", **{missing: None})

    def test_it_comes_with_its_whole_text_or_without_any(self):
        nothing = dict.fromkeys(("language", "subject", "preamble", "paragraphs", "done", "signatories"))
        bare = make("communique", **nothing, **RELEASED)
        with pytest.raises(RecordError, match="nothing to sign"):
            bare.text()
        with pytest.raises(RecordError, match="needs a language"):
            make("communique", paragraphs=None, **RELEASED)

    def test_a_party_signs_once(self):
        twice = [{"party": "gao.ml", "function": function} for function in ("Gouverneur", "Préfet")]
        with pytest.raises(RecordError, match="signs a communiqué once"):
            make("communique", signatories=twice)


class TestCommitment:
    def test_it_says_what_is_promised_until_a_form_drops_it(self):
        with pytest.raises(RecordError, match="what is promised"):
            make("commitment", text=None)
        make("commitment", text=None, **RELEASED)

    def test_an_indicator_and_its_target_go_together(self):
        make("commitment", indicator=None, target=None)
        make("commitment", indicator="none", target=None)
        for wrong in ({"indicator": None}, {"indicator": "none"}, {"target": None}):
            with pytest.raises(RecordError, match="go together"):
                make("commitment", **wrong)

    def test_a_share_is_at_most_all(self):
        with pytest.raises(RecordError, match="at most 100"):
            make("commitment", indicator="alerts_acknowledged_in_time_percent", target=101)
        make("commitment", indicator="alerts_acknowledged_in_time_percent", target=100)

    def test_evidence_is_codes_each_once_and_not_itself(self):
        for evidence in (["GAO-00001"], [GAO_1, GAO_1], ["procès-verbal"]):
            with pytest.raises(RecordError):
                make("commitment", evidence=evidence)
        with pytest.raises(RecordError, match="about itself"):
            make("commitment", evidence=[TIL_1])

    def test_of_its_evidence_only_what_the_other_side_knows_is_named(self):
        record = make("commitment", evidence=[GAO_1, GAO_2])
        assert record.pointers == (GAO_2, GAO_1, GAO_2)
        assert record.naming_only({GAO_1}).evidence == (GAO_1,)
        assert record.naming_only(set()).evidence == ()
        assert record.naming_only({GAO_1, GAO_2}) is record

    def test_it_is_overdue_after_its_day_in_the_zone_of_the_agreement(self):
        record = make("commitment", due="2022-06-30")
        last = datetime(2022, 6, 30, 22, 59, tzinfo=UTC)
        assert not record.is_overdue(last, "Africa/Niamey")
        assert record.is_overdue(last + timedelta(minutes=1), "Africa/Niamey")
        assert not record.is_overdue(last + timedelta(minutes=1), "Africa/Bamako")

    @pytest.mark.parametrize("change", [{"due": None}, {"state": "kept"}, {"state": "dropped"}])
    def test_what_is_over_or_has_no_date_is_never_overdue(self, change):
        assert not make("commitment", **change).is_overdue(datetime(2150, 1, 1, tzinfo=UTC), "UTC")

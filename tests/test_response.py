"""How fast each side answers: the pure figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente import dossier
from entente.agreements.document import Agreement, Respond
from entente.records import Message, Record
from entente.records.times import instant
from entente.response import Case, article_for, article_in, case_of, figures, spread
from tests import parties

OPENED = datetime(2022, 2, 1, 22, 0, tzinfo=UTC)
STEPS = ("acknowledged", "under_way", "closed", "notified", "escalated", None)


def released(**changes: object) -> Record:
    """The alert of the tests as Tillabéri holds it."""
    return parties.alert(article="1#A4", released_at=instant(OPENED), **changes)


def answer(step: str | None, minutes: float, code: str, **changes: object) -> Message:
    """A message about it, so many minutes after it was released."""
    return parties.message(
        at=instant(OPENED + timedelta(minutes=minutes)), about="GAO-7K3QX", step=step, code=code, **changes
    )


def case(*answers: tuple[str, Record], agreement: Agreement = parties.AGREEMENT) -> Case:
    found = case_of(released(), answers, author="gao.ml", responder="tillaberi.ne", agreement=agreement)
    assert found is not None
    return found


def test_the_first_article_that_fits_sets_the_times() -> None:
    found = article_in(parties.AGREEMENT, parties.alert())
    assert found is not None
    assert found.id == "A9"
    assert article_in(parties.AGREEMENT, parties.alert(severity="Minor")) is None
    assert article_for([parties.AGREEMENT], parties.alert(), "kayes.ml") is None
    assert article_for([parties.AGREEMENT], parties.alert(), "tillaberi.ne") == found


def test_what_has_no_severity_is_answered_under_an_article_that_names_none() -> None:
    named = Respond(
        id="B1", text="x", kinds=("alert", "incident"), severities=("Severe",), acknowledge_within_minutes=5
    )
    plain = Respond(id="B2", text="x", kinds=("incident", "situation"), acknowledge_within_minutes=50)
    agreement = parties.agreement(articles=(*parties.ARTICLES[:4], named, plain))
    incident, situation = parties.incident(), parties.situation()
    assert article_in(agreement, incident) == plain
    assert article_in(agreement, situation) == plain
    assert article_in(agreement, parties.alert()) == named


def test_each_thing_is_timed_by_the_first_who_had_to_do_it() -> None:
    found = case(
        ("gao.ml", answer("acknowledged", 1, "GAO-00001")),  # its author cannot acknowledge for the others
        ("tillaberi.ne", answer("notified", 1, "TIL-00001", function="permanence")),
        ("tillaberi.ne", answer("acknowledged", 20, "TIL-00002", function="suppleant")),
        ("tillaberi.ne", answer("acknowledged", 25, "TIL-00003")),
        ("tillaberi.ne", answer("under_way", 90, "TIL-00004")),
        ("gao.ml", answer("closed", 200, "GAO-00002")),
    )
    assert found.acknowledged_at == OPENED + timedelta(minutes=20)
    assert found.acted_at == OPENED + timedelta(minutes=90)
    assert found.closed_at == OPENED + timedelta(minutes=200)
    assert (found.acknowledged(OPENED), found.acted(OPENED)) == ("in_time", "in_time")
    assert [step.function for step in found.steps if step.party == "tillaberi.ne"] == [
        "permanence",
        "suppleant",
        None,
        None,
    ]


def test_a_call_is_no_answer() -> None:
    found = case(
        ("tillaberi.ne", answer("notified", 1, "TIL-00001")),
        ("tillaberi.ne", answer("escalated", 30, "TIL-00002")),
    )
    assert found.acknowledged_at is None
    assert found.acknowledged(OPENED + timedelta(minutes=60)) == "waiting"
    assert found.acknowledged(OPENED + timedelta(minutes=61)) == "overdue"


def test_an_action_answers_what_nobody_acknowledged_in_words() -> None:
    found = case(("tillaberi.ne", parties.action(code="TIL-00001", state="accepted", about="GAO-7K3QX")))
    assert found.acknowledged_at == found.acted_at == OPENED
    assert found.closed_at is None


def test_a_third_party_answers_for_nobody_else() -> None:
    assert case(("kayes.ml", answer("closed", 3, "KAY-00001"))).is_open


@pytest.mark.parametrize(
    ("answers", "standing"),
    [
        ([], "overdue"),
        ([("tillaberi.ne", "acknowledged", 60)], "in_time"),
        ([("tillaberi.ne", "acknowledged", 61)], "late"),
        ([("gao.ml", "closed", 10)], "unanswered"),
        ([("tillaberi.ne", "closed", 10)], "in_time"),
    ],
)
def test_how_an_acknowledgement_stands(answers: list[tuple[str, str, int]], standing: str) -> None:
    found = case(*((by, answer(step, minutes, "TIL-00001")) for by, step, minutes in answers))
    assert found.acknowledged(OPENED + timedelta(hours=5)) == standing


def test_what_was_taken_back_unanswered_was_never_to_be_answered() -> None:
    withdrawn = case(("gao.ml", parties.withdrawal(code="GAO-00001")))
    assert withdrawn.withdrawn
    assert figures([withdrawn], OPENED + timedelta(days=1)) == []
    answered = case(
        ("gao.ml", parties.withdrawal(code="GAO-00001")),
        ("tillaberi.ne", answer("acknowledged", 5, "TIL-00001")),
    )
    assert [one.count for one in figures([answered], OPENED)] == [1]


def test_a_record_that_was_not_released_was_asked_of_nobody() -> None:
    unreleased = msgspec.structs.replace(released(), article=None, released_at=None)
    for record in (unreleased, released(severity="Minor")):
        assert (
            case_of(record, [], author="gao.ml", responder="tillaberi.ne", agreement=parties.AGREEMENT)
            is None
        )


def test_the_middle_and_the_ninetieth_percentile() -> None:
    assert (spread([]).count, spread([]).median) == (0, None)
    assert (spread([7]).median, spread([7]).ninetieth) == (7, 7)
    assert (spread([1, 4]).median, spread([4, None, 1]).ninetieth) == (2, 4)
    hundred = spread(range(1, 101))
    assert (hundred.count, hundred.median, hundred.ninetieth) == (100, 50, 90)


def test_the_figures_of_one_side() -> None:
    def taking(minutes: float | None) -> Case:
        steps = [] if minutes is None else [("tillaberi.ne", answer("acknowledged", minutes, "TIL-00001"))]
        return case(*steps)

    (found,) = figures([taking(10), taking(30), taking(70), taking(None)], OPENED + timedelta(minutes=61))
    assert found.party == "tillaberi.ne"
    assert (found.count, found.acknowledged.in_time, found.acknowledged.late) == (4, 2, 1)
    assert (found.acknowledged.overdue, found.acknowledged.waiting) == (1, 0)
    assert found.acknowledged.percent == 50
    assert (found.acknowledged.took.median, found.acknowledged.took.ninetieth) == (30 * 60, 70 * 60)
    assert found.acted.waiting == 4
    assert found.acted.percent is None


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, Record]]:
    """What two sides may have said about one alert."""
    said: list[tuple[str, Record]] = []
    for index in range(draw(st.integers(0, 8))):
        by = draw(st.sampled_from(["gao.ml", "tillaberi.ne", "kayes.ml"]))
        step = draw(st.sampled_from(STEPS))
        said.append((by, answer(step, draw(st.integers(-5, 500)), f"TIL-0000{index}", text="…")))
    if draw(st.booleans()):
        said.append(("gao.ml", parties.withdrawal(code="GAO-00009")))
    return said


@given(
    stories=st.lists(histories(), max_size=6),
    after=st.integers(0, 700),
    mixing=st.randoms(use_true_random=False),
)
def test_the_figures_do_not_depend_on_the_order_in_which_records_came(
    stories: list[list[tuple[str, Record]]], after: int, mixing: object
) -> None:
    now = OPENED + timedelta(minutes=after)
    here = figures([case(*story) for story in stories], now)
    for story in stories:
        mixing.shuffle(story)
    mixing.shuffle(stories)
    assert figures([case(*story) for story in stories], now) == here
    for side in here:
        for part in (side.acknowledged, side.acted):
            told = part.in_time + part.late + part.overdue + part.waiting + part.unanswered
            assert told == side.count
            assert part.took.count == part.in_time + part.late
            assert part.took.median is None or 0 <= part.took.median <= (part.took.ninetieth or 0)


@given(story=histories())
def test_calls_move_no_state(story: list[tuple[str, Record]]) -> None:
    quiet = [
        (by, one)
        for by, one in story
        if not (isinstance(one, Message) and one.step in {"notified", "escalated"})
    ]
    folded = [dossier.fold(released(), "gao.ml", instant(OPENED), said) for said in (story, quiet)]
    assert folded[0].state == folded[1].state
    assert [step for step in folded[0].steps if step.moves] == list(folded[1].steps)

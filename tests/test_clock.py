"""Which jumps of a clock are believed: within one start of the machine, over another, and for whose word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from entente.clock import DAY, Change, Look, Standing, confirmed, expected, judge

NOON = 1_643_716_800
"""1 February 2022."""
MONTH = 30 * DAY
ONE, OTHER = "start-1", "start-2"

moments = st.integers(0, 4_102_444_800)
counts = st.integers(0, 400 * DAY)
starts = st.sampled_from([ONE, OTHER, ""])
looks = st.builds(Look, wall=moments, up=counts, boot=starts)


def at(wall: int, up: int = 1_000, boot: str = ONE) -> Look:
    return Look(wall, up, boot)


def begun(look: Look = Look(NOON, 1_000, ONE)) -> Standing:  # noqa: B008  a value
    standing, change = judge(None, look)
    assert change is None
    return standing


def test_a_clock_that_moves_as_the_machine_counts_is_believed() -> None:
    standing, change = judge(begun(), at(NOON + 90 * DAY, 1_000 + 90 * DAY))
    assert standing.hold is None
    assert change is None


def test_a_step_of_less_than_a_day_is_believed() -> None:
    for step in (-DAY, -3_600, 3_600, DAY):
        standing, change = judge(begun(), at(NOON + step))
        assert (standing.hold, change) == (None, None), step


def test_a_jump_of_more_than_a_day_is_held_either_way() -> None:
    for jump in (-DAY - 1, DAY + 1, MONTH, -MONTH):
        standing, change = judge(begun(), at(NOON + jump))
        assert change is Change.HELD
        assert standing.hold is not None
        assert (standing.hold.expected, standing.hold.found) == (NOON, NOON + jump)


def test_small_steps_that_together_are_more_than_a_day_are_held() -> None:
    standing, change = begun(), None
    for step in range(1, 5):
        standing, change = judge(standing, at(NOON + step * 8 * 3_600))
    assert change is Change.HELD


def test_what_is_held_stays_so_until_the_clock_comes_back_by_itself() -> None:
    held, _ = judge(begun(), at(NOON + MONTH))
    held, change = judge(held, at(NOON + MONTH + 600, 1_600))
    assert held.hold is not None
    assert change is None
    back, change = judge(held, at(NOON + 1_200, 2_200))
    assert back.hold is None
    assert change is Change.CAME_BACK
    assert back.first.wall == NOON, "later steps still count together with earlier ones"


def test_a_machine_that_was_off_for_less_than_a_day_goes_on() -> None:
    standing, change = judge(begun(), at(NOON + 20 * 3_600, 60, OTHER))
    assert (standing.hold, change) == (None, None)
    assert standing.first.boot == OTHER


def test_how_long_the_machine_has_been_on_again_explains_its_clock() -> None:
    assert judge(begun(), at(NOON + MONTH, MONTH, OTHER))[0].hold is None


def test_a_machine_that_has_been_on_for_longer_takes_a_ledger_over() -> None:
    other = at(NOON + 21 * DAY, 300 * DAY, OTHER)
    standing, change = judge(begun(), other)
    assert (standing.hold, change) == (None, None)
    assert judge(begun(), at(NOON - DAY - 1, 300 * DAY, OTHER))[1] is Change.HELD
    assert judge(begun(), at(NOON + 302 * DAY, 300 * DAY, OTHER))[1] is Change.HELD


def test_two_machines_of_one_node_look_in_turn() -> None:
    standing = begun()
    for minute in range(1, 10):
        up, boot = (1_000, ONE) if minute % 2 else (90 * DAY, OTHER)
        standing, change = judge(standing, at(NOON + 60 * minute, up + 60 * minute, boot))
        assert change is None


def test_a_clock_that_is_behind_after_a_start_is_held() -> None:
    standing, change = judge(begun(), at(0, 60, OTHER))
    assert change is Change.HELD
    assert expected(standing, at(0, 60, OTHER)) == NOON + 60


def test_a_machine_that_was_off_for_weeks_says_so_and_waits() -> None:
    standing, change = judge(begun(), at(NOON + MONTH, 60, OTHER))
    assert change is Change.HELD
    assert standing.last.wall == NOON


def test_a_partner_who_signed_lately_speaks_for_a_machine_that_was_off() -> None:
    held, _ = judge(begun(), at(NOON + MONTH, 60, OTHER))
    later = at(NOON + MONTH + 60, 120, OTHER)
    assert judge(held, later, partner=NOON - 60)[0].hold is not None
    believed, change = judge(held, later, partner=NOON + MONTH - 3_600)
    assert believed.hold is None
    assert change is Change.PARTNER_AGREES
    assert believed.first == believed.last == later


def test_a_partner_near_what_was_expected_does_not_speak_for_a_jump() -> None:
    jumped = at(NOON + DAY + 600)
    assert judge(begun(), jumped, partner=NOON + 300)[1] is Change.HELD


def test_no_partner_speaks_for_a_clock_that_went_back() -> None:
    held, change = judge(begun(), at(NOON - MONTH), partner=NOON - MONTH)
    assert change is Change.HELD
    assert judge(held, at(NOON - MONTH), partner=NOON - MONTH)[0].hold is not None


def test_a_person_who_confirms_is_believed_and_later_jumps_are_held_against_that() -> None:
    held, _ = judge(begun(), at(NOON + MONTH))
    assert held.hold is not None
    said = confirmed(at(NOON + MONTH))
    assert judge(said, at(NOON + MONTH + 5, 1_005))[0].hold is None
    assert judge(said, at(NOON, 1_010))[1] is Change.HELD


def test_a_node_that_never_looked_believes_any_clock_but_one_before_what_it_wrote() -> None:
    assert judge(None, at(NOON + 900 * DAY), written=NOON)[0].hold is None
    assert judge(None, at(NOON - DAY), written=NOON)[0].hold is None
    held, change = judge(None, at(NOON - DAY - 1), written=NOON)
    assert change is Change.HELD
    assert judge(held, at(NOON + 60, 1_061))[1] is Change.CAME_BACK


def test_without_the_name_of_a_start_the_count_says_nothing() -> None:
    nameless = begun(at(NOON, 5, ""))
    assert judge(nameless, at(NOON + 600, 3, ""))[0].hold is None
    assert judge(nameless, at(NOON + MONTH, 5 + MONTH, ""))[1] is Change.HELD


def test_a_machine_put_back_to_an_earlier_state_is_held_against_what_was_seen_last() -> None:
    seen, _ = judge(begun(), at(NOON + MONTH, 1_000 + MONTH))
    assert judge(seen, at(NOON + MONTH + 60, 1_000))[0].hold is None


@given(st.lists(st.tuples(looks, st.none() | moments), min_size=1, max_size=12))
def test_no_jump_of_more_than_a_day_is_believed_but_for_a_partners_word(
    seen: list[tuple[Look, int | None]],
) -> None:
    standing: Standing | None = None
    for look, partner in seen:
        before = standing
        standing, change = judge(standing, look, partner=partner)
        if before is None or standing.hold is not None:
            continue
        jump = look.wall - expected(before, look)
        if change is Change.PARTNER_AGREES:
            assert partner is not None
            assert jump > DAY
            assert abs(partner - look.wall) <= DAY
        elif look.boot == before.last.boot:
            assert abs(jump) <= DAY
        else:
            assert look.wall >= before.last.wall - DAY
            assert jump <= DAY


@given(looks, st.lists(looks, max_size=6), st.integers(0, 30 * DAY))
def test_a_hold_ends_when_the_clock_stands_where_it_is_expected(
    first: Look, more: list[Look], later: int
) -> None:
    standing, _ = judge(None, first)
    for look in more:
        standing, _ = judge(standing, look)
    last = standing.last
    good = Look(last.wall + later, last.up + later, last.boot)
    wall = expected(standing, good)
    after, _ = judge(standing, Look(wall, good.up, good.boot))
    assert after.hold is None

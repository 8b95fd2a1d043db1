"""A measure folded from what both sides said of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from entente.errors import RecordError
from entente.measures import Measure, fold, offered
from entente.records.action import Action, Task

GAO, TIL = "gao.ml", "tillaberi.ne"


def action(state: str, minute: int = 0, service: str = "protection-civile", **more: Any) -> Action:
    return Action(
        at=f"2022-02-01T08:{minute:02}:00Z",
        service=service,
        purpose="humanitarian",
        tlp="GREEN",
        state=state,  # type: ignore[arg-type]
        what="Distribution d’eau (essai)",
        **more,
    )


ROOT = action("proposed", services=(f"{GAO}/protection-civile", f"{TIL}/protection-civile", f"{TIL}/elevage"))


def measure(*moves: tuple[str, Action], root: Action = ROOT) -> Measure:
    return fold(root, GAO, moves)


def test_the_proposer_is_not_asked_and_the_others_are() -> None:
    found = measure()
    assert [one.who for one in found.asked] == [f"{TIL}/protection-civile", f"{TIL}/elevage"]
    assert found.state == "proposed"
    assert found.waits_for(TIL, "elevage")
    assert not found.waits_for(GAO, "protection-civile")


def test_it_is_accepted_once_all_have_answered_and_one_accepts() -> None:
    first = (TIL, action("accepted", 1))
    assert measure(first).state == "proposed"
    found = measure(first, (TIL, action("declined", 2, "elevage", reason="Pas de véhicule (essai)")))
    assert found.state == "accepted"
    assert [(one.answer, one.reason) for one in found.asked] == [
        ("accepted", ""),
        ("declined", "Pas de véhicule (essai)"),
    ]


def test_it_is_declined_when_all_decline() -> None:
    found = measure((TIL, action("declined", 1)), (TIL, action("declined", 2, "elevage")))
    assert found.state == "declined"
    assert offered(found, ROOT, TIL, "elevage") == ()


def test_a_service_that_is_not_named_answers_for_those_of_its_side_that_have_not() -> None:
    found = measure((TIL, action("declined", 1, "elevage")), (TIL, action("accepted", 2, "prefecture")))
    assert [one.answer for one in found.asked] == ["accepted", "declined"]
    other = measure((GAO, action("accepted", 1, "elevage")))
    assert other.state == "proposed"


def test_where_nobody_is_named_the_other_side_is_asked() -> None:
    root = action("proposed")
    found = measure(root=root)
    assert [one.who for one in found.asked] == [""]
    assert found.waits_for(TIL, "securite")
    assert not found.waits_for(GAO, "elevage")
    assert offered(found, root, TIL, "securite") == ("accepted", "declined")
    assert offered(found, root, GAO, "securite") == ("abandoned",)
    assert measure((TIL, action("accepted", 1, "securite")), root=root).state == "accepted"
    assert measure((GAO, action("accepted", 1, "securite")), root=root).state == "proposed"


def test_progress_is_what_was_said_last_else_the_share_of_tasks_done() -> None:
    tasks = (Task(what="Citerne"), Task(what="Pompe", state="done"), Task(what="Annulée", state="dropped"))
    assert measure().progress is None
    found = measure((TIL, action("under_way", 3, tasks=tasks)))
    assert (found.state, found.tasks, found.progress) == ("under_way", tasks, 50)
    assert measure((TIL, action("under_way", 3, tasks=tasks, progress=80))).progress == 80
    done = measure((TIL, action("under_way", 3)), (GAO, action("done", 9, result="Fait (essai)")))
    assert (done.state, done.result) == ("done", "Fait (essai)")


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ((TIL, "elevage"), ("accepted", "declined")),
        ((TIL, "prefecture"), ("accepted", "declined")),
        ((GAO, "protection-civile"), ("abandoned",)),
        ((GAO, "elevage"), ("abandoned",)),
    ],
)
def test_each_is_offered_what_it_may_say(who: tuple[str, str], expected: tuple[str, ...]) -> None:
    assert offered(measure(), ROOT, *who) == expected


def test_a_service_that_has_answered_waits_for_the_others() -> None:
    found = measure((TIL, action("accepted", 1)))
    assert offered(found, ROOT, TIL, "protection-civile") == ()
    assert offered(found, ROOT, TIL, "elevage") == ("accepted", "declined")


STATES = st.sampled_from(["accepted", "declined", "under_way", "done", "abandoned"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from([GAO, TIL]), STATES, st.sampled_from(["protection-civile", "elevage", "x"])
        ),
        max_size=6,
        unique=True,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_does_not_matter(moves: list[tuple[str, str, str]], chance: Any) -> None:
    said = [(party, action(state, minute, service)) for minute, (party, state, service) in enumerate(moves)]
    shuffled = list(said)
    chance.shuffle(shuffled)
    assert measure(*said) == measure(*shuffled)


ROUTE, PUMP = Task(what="Ouvrir la piste", service=f"{GAO}/elevage"), Task(what="Réparer la pompe")
WITH_TASKS = action("proposed", services=ROOT.services, tasks=(ROUTE, PUMP))


def states_of(*moves: tuple[str, Action]) -> dict[str, str]:
    return {task.what: task.state for task in measure(*moves, root=WITH_TASKS).tasks}


def test_two_services_that_tick_at_the_same_time_lose_neither_tick() -> None:
    ours = (GAO, action("under_way", 5, tasks=(ROUTE.moved("done"),)))
    for minute in (4, 5, 6):
        theirs = (TIL, action("under_way", minute, tasks=(PUMP.moved("done"), Task(what="Citerne"))))
        for said in ([ours, theirs], [theirs, ours]):
            assert states_of(*said) == {
                "Ouvrir la piste": "done",
                "Réparer la pompe": "done",
                "Citerne": "open",
            }


def test_a_tick_is_corrected_by_who_knew_of_it_whatever_the_clocks_say() -> None:
    done = PUMP.moved("done")
    ticked = (TIL, action("under_way", 9, tasks=(done,)))
    corrected = (GAO, action("under_way", 1, tasks=(done.moved("open"),)))
    assert states_of(ticked, corrected)["Réparer la pompe"] == "open"
    assert states_of(corrected, ticked)["Réparer la pompe"] == "open"


def test_of_two_words_at_once_on_one_task_the_further_counts() -> None:
    begun = (GAO, action("under_way", 9, tasks=(PUMP.moved("under_way"),)))
    done = (TIL, action("under_way", 1, tasks=(PUMP.moved("done"),)))
    assert states_of(begun, done)["Réparer la pompe"] == states_of(done, begun)["Réparer la pompe"] == "done"


def test_the_same_words_for_two_services_are_two_tasks_and_one_service_has_them_once() -> None:
    other = Task(what=ROUTE.what, service=f"{TIL}/elevage", state="done")
    assert len(fold(action("proposed", tasks=(ROUTE, other)), GAO, []).tasks) == 2
    with pytest.raises(RecordError, match="same task twice"):
        action("proposed", tasks=(ROUTE, ROUTE.moved("done"))).check()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([GAO, TIL]),
            st.sampled_from([ROUTE, PUMP]),
            st.sampled_from(["open", "under_way", "done", "dropped"]),
            st.integers(0, 3),
        ),
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_tasks_stand_the_same_whatever_order_and_whatever_clock(
    said: list[tuple[str, Task, Any, int]], chance: Any
) -> None:
    def moves(minutes: list[int]) -> list[tuple[str, Action]]:
        return [
            (party, action("under_way", minute, tasks=(structs.replace(task, state=state, changes=changes),)))
            for minute, (party, task, state, changes) in zip(minutes, said, strict=True)
        ]

    minutes = list(range(len(said)))
    first = states_of(*moves(minutes))
    chance.shuffle(minutes)
    assert states_of(*moves(minutes)) == first


def test_a_number_that_nothing_explains_closes_no_task() -> None:
    for state in ("open", "dropped", "done"):
        locked = (TIL, action("under_way", 1, tasks=(structs.replace(PUMP, state=state, changes=100_000),)))
        assert states_of(locked)["Réparer la pompe"] == "open"
        standing = next(one for one in measure(locked, root=WITH_TASKS).tasks if one.what == PUMP.what)
        ours = (GAO, action("under_way", 2, tasks=(standing.moved("under_way"),)))
        assert states_of(locked, ours)["Réparer la pompe"] == states_of(ours, locked)["Réparer la pompe"]
        assert states_of(locked, ours)["Réparer la pompe"] == "under_way"


def test_a_task_that_begins_with_a_large_number_can_be_ticked_all_the_same() -> None:
    begun = Task(what="Citerne", changes=100_000)
    standing = measure((TIL, action("under_way", 1, tasks=(begun,)))).tasks[0]
    ours = (GAO, action("under_way", 2, tasks=(standing.moved("done"),)))
    assert measure((TIL, action("under_way", 1, tasks=(begun,))), ours).tasks[0].state == "done"


def test_a_word_stands_though_some_before_it_were_taken_back() -> None:
    tick = PUMP.moved("under_way").moved("open").moved("under_way").moved("done")
    assert states_of((GAO, action("under_way", 1, tasks=(tick,))))["Réparer la pompe"] == "done"


@given(
    st.lists(
        st.tuples(st.sampled_from(["open", "under_way", "done", "dropped"]), st.integers(0, 100_000)),
        max_size=8,
    ),
    st.sampled_from(["open", "under_way", "done", "dropped"]),
)
def test_whoever_has_read_what_was_said_of_a_task_can_correct_it(
    said: list[tuple[Any, int]], state: Any
) -> None:
    words = [
        (TIL, action("under_way", at, tasks=(structs.replace(PUMP, state=one, changes=changes),)))
        for at, (one, changes) in enumerate(said)
    ]
    standing = next(one for one in measure(*words, root=WITH_TASKS).tasks if one.what == PUMP.what)
    ours = (GAO, action("under_way", 30, tasks=(standing.moved(state),)))
    if not any(0 < changes - standing.changes <= 21 for _one, changes in said):
        assert states_of(*words, ours)["Réparer la pompe"] == state
        assert states_of(ours, *words)["Réparer la pompe"] == state

"""Measures together: proposed to named services, accepted or declined, tasks, progress, result, calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils.html import escape
from icalendar import Calendar

from entente.records.action import Task
from entente_node.directory import keys
from entente_node.directory.models import User
from entente_node.directory.roles import Role
from entente_node.ledger.models import Record
from tests import parties
from tests.desk.conftest import Desk

GAO, TIL = "gao.ml", "tillaberi.ne"
NAMED = (f"{GAO}/protection-civile", f"{TIL}/protection-civile", f"{TIL}/elevage")


def proposed(desk: Desk, **more: Any) -> str:
    """A measure that Gao proposes, exchanged."""
    record = parties.action(**{"code": None, "services": NAMED} | more)
    code = desk.federation.gao.file([record], confirmed=True)[0].record.code
    desk.federation.exchange()
    assert code is not None
    return code


def said(desk: Desk, code: str, state: str, service: str = "protection-civile", **more: str) -> int:
    """The status of a move; a move that is filed is exchanged."""
    desk.federation.clock.advance(minutes=1)
    response = desk.client(service).post(f"/measures/{code}/move", {"state": state, **more})
    desk.federation.exchange()
    return response.status_code


def marks(page: str) -> dict[str, str]:
    """What a page calls each task, by its words."""
    return {
        words.strip(): mark for mark, words in re.findall(r'<label for="task-(\w+)" dir="auto">([^<]*)', page)
    }


TASKS = (Task(what="Ouvrir la piste", service=NAMED[0]), Task(what="Réparer la pompe", service=NAMED[1]))


def test_each_service_that_was_asked_answers_for_itself(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("gao")
    code = proposed(desk, purpose="humanitarian")
    page = desk.page(f"/measures/{code}")
    assert "Protection civile de Tillabéri" in page
    assert 'value="abandoned"' in page
    assert 'value="accepted"' not in page
    desk = desk_of("tillaberi")
    page = desk.page(f"/measures/{code}")
    for words in ("Waits for your service’s answer", "We accept", "We decline", "no answer yet"):
        assert words in page, words
    assert said(desk, code, "done") == 422
    assert said(desk, code, "declined") == 422, "who declines says why"
    assert said(desk, code, "declined", words="Pas de véhicule (essai).") == 302
    assert said(desk, code, "accepted") == 422, "one answer a service"
    desk = desk_of("gao")
    page = desk.page(f"/measures/{code}")
    assert "Pas de véhicule (essai)." in page
    assert '<span class="badge new">proposed</span>' in page, "another service has not answered"


def test_tasks_progress_and_result_reach_both_sides(desk_of: Callable[[str], Desk], raised: str) -> None:
    desk = desk_of("gao")
    code = proposed(desk, about=raised)
    desk = desk_of("tillaberi")
    for service in ("protection-civile", "elevage"):
        Record.objects.filter(code=code).update(audience=63)  # both services are meant to see it here
        assert said(desk, code, "accepted", service) == 302
    assert (
        said(desk, code, "under_way", **{"new-task": "Citerne à Ayorou", "new-task-service": NAMED[1]}) == 302
    )
    desk = desk_of("gao")
    page = desk.page(f"/measures/{code}")
    assert "Citerne à Ayorou" in page
    assert 'value="0"' in page, "none of its tasks is done"
    mark = marks(page)["Citerne à Ayorou"]
    assert said(desk, code, "under_way", **{f"task-{mark}": "done", "progress": "80 %"}) == 302
    assert said(desk, code, "under_way", progress="200") == 422
    assert said(desk, code, "under_way", **{f"task-{mark}": "no-such-state"}) == 422
    assert (
        said(desk, code, "under_way", **{"new-task": "Citerne à Ayorou", "new-task-service": NAMED[1]}) == 422
    )
    assert said(desk, code, "done", words="L’eau arrive (essai).") == 302
    desk = desk_of("tillaberi")
    page = desk.page(f"/measures/{code}")
    for words in ("L’eau arrive (essai).", 'value="80"', '<span class="badge closed">done</span>'):
        assert words in page, words
    assert 'name="state"' not in page


def test_an_alert_of_the_others_is_under_way_once_a_measure_about_it_is_accepted(
    desk_of: Callable[[str], Desk], raised: str
) -> None:
    desk = desk_of("gao")
    record = parties.action(code=None, about=raised)
    code = desk.federation.gao.file([record], confirmed=True)[0].record.code or ""
    desk.federation.exchange()
    desk = desk_of("tillaberi")
    assert said(desk, code, "accepted") == 302
    assert said(desk, code, "done", words="Fait (essai).") == 302
    for node in (desk.federation.gao, desk.federation.tillaberi):
        dossier = node.dossier(raised)
        assert dossier.state == "under_way"
        assert [step.step for step in dossier.steps] == ["under_way"], "said once"


def test_lists_and_board_filter_and_count(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("gao")
    codes = [proposed(desk, what=f"Mesure {n} (essai)") for n in range(3)]
    desk = desk_of("tillaberi")
    assert said(desk, codes[0], "declined", words="Non (essai).") == 302

    def shown(path: str) -> set[str]:
        return set(re.findall(r'href="/measures/([A-Z]+-\w{5})"', desk.page(path)))

    assert shown("/measures") == set(codes)
    assert shown("/measures?whose=waits") == set(codes[1:])
    assert shown("/measures?whose=theirs&state=proposed") == set(codes)
    assert shown("/measures?whose=ours") == set()
    assert shown("/measures?state=done") == set()
    assert shown("/measures?state=nothing&whose=nobody&page=-1") == set(codes)
    assert shown("/measures/board") == set(codes)
    assert "<bdi>Waiting for my answer</bdi> <span>2</span>" in desk.page("/measures")
    assert f'href="/measures/{codes[0]}"' in desk.page("/records?kind=action")
    assert desk.client().get(f"/records/{codes[0]}")["Location"] == f"/measures/{codes[0]}"


def test_what_a_service_may_not_see_is_not_there(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("gao")
    code = proposed(desk)
    for path in ("/measures", "/measures?state=all", "/measures/board"):
        assert code not in desk.page(path, service="securite")
    client = desk.client("securite")
    assert client.get(f"/measures/{code}").status_code == 404
    assert client.post(f"/measures/{code}/move", {"state": "abandoned"}).status_code == 404
    agent = desk.account("agent-essai", role=Role.AGENT)
    client = desk.client()
    client.force_login(agent)
    assert client.get(f"/measures/{code}").status_code == 200
    assert 'name="state"' not in client.get(f"/measures/{code}").content.decode()
    assert client.post(f"/measures/{code}/move", {"state": "abandoned"}).status_code == 403


def test_a_calendar_holds_what_its_account_may_see(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("gao")
    code = proposed(desk, start="2022-02-03", until="2022-02-04")
    desk.client()
    desk.client("securite")
    found = {}
    for user in User.objects.filter(service__in=["protection-civile", "securite"]):
        token = keys.make(user, "calendar", "essai")
        response = desk.client().get(f"/calendar/{token}.ics")
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/calendar")
        book = Calendar.from_ical(response.content)
        found[user.service] = {str(event["UID"]): event for event in book.walk("VEVENT")}
    event = found["protection-civile"][f"{code}@{GAO}"]
    assert [event[key].dt.isoformat() for key in ("DTSTART", "DTEND")] == ["2022-02-03", "2022-02-05"]
    assert found["securite"] == {}
    assert desk.client().get("/calendar/entente-calendar-guess.ics").status_code == 401
    api = keys.make(User.objects.get(service="securite"), "api", "essai")
    assert desk.client().get(f"/calendar/{api}.ics").status_code == 401


def test_what_people_wrote_is_escaped(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("gao")
    words = "<script>alert(1)</script> (essai)"
    code = proposed(desk, what=words)
    for path in ("/measures", "/measures/board", f"/measures/{code}"):
        page = desk.page(path)
        assert words not in page
        assert escape(words) in page


def test_a_measure_is_proposed_with_its_tasks_and_both_sides_see_who_does_what(
    desk_of: Callable[[str], Desk],
) -> None:
    desk = desk_of("gao")
    page = desk.page("/records/new/action")
    for name in ("tasks.0.what", "tasks.0.service", "until", "services"):
        assert f'name="{name}"' in page, name
    assert "tasks.0.state" not in page
    assert "tasks.0.changes" not in page
    assert f'<option value="{NAMED[1]}">' in page, "services of either side"
    sent = {
        "what": "Passage du bac (essai)",
        "place": "ayorou",
        "until": "2022-02-04",
        "services": [NAMED[0]],
        "tasks.rows": "2",
        "tasks.0.what": "Sécuriser la rive",
        "tasks.0.service": NAMED[0],
        "tasks.1.what": "Annoncer au marché",
        "tasks.1.service": NAMED[1],
        "purpose": "humanitarian",
        "tlp": "GREEN",
        "confirmed": "on",
    }
    wrong = desk.client().post("/records/new/action", sent | {"tasks.1.service": "kayes.ml/securite"})
    assert wrong.status_code == 422
    path = str(desk.client().post("/records/new/action", sent)["Location"])
    code = path.rpartition("/")[2]
    desk.federation.exchange()
    for side in ("gao", "tillaberi"):
        desk = desk_of(side)
        page = desk.page(path)
        for words in ("Sécuriser la rive", "Annoncer au marché", "Protection civile de Tillabéri", "to do"):
            assert words in page, (side, words)
        assert "0 of 2 tasks done" in desk.page("/measures")
        assert "0 of 2 tasks done" in desk.page("/measures/board")
    assert desk.page("/measures?whose=waits").count(code) > 1, "who has a task is asked"
    user = User.objects.get(service="protection-civile")
    book = desk.client().get(f"/calendar/{keys.make(user, 'calendar', 'essai')}.ics").content
    assert "- Annoncer au marché (to do, Protection civile de Tillabéri)" in "".join(
        str(event["DESCRIPTION"]) for event in Calendar.from_ical(book).walk("VEVENT")
    )
    assert said(desk, code, "accepted") == 302
    mark = marks(desk.page(path))["Annoncer au marché"]
    assert said(desk, code, "under_way", **{f"was-{mark}": "open", f"task-{mark}": "done"}) == 302
    assert "1 of 2 tasks done" in desk_of("gao").page("/measures")


@pytest.mark.parametrize("order", [("gao", "tillaberi"), ("tillaberi", "gao")])
def test_two_services_that_tick_at_once_on_both_sides_lose_neither_tick(
    desk_of: Callable[[str], Desk], order: tuple[str, str]
) -> None:
    desk = desk_of("gao")
    code = proposed(desk, tasks=TASKS, state="under_way")
    ticked = {"gao": "Ouvrir la piste", "tillaberi": "Réparer la pompe"}
    for side in order:
        desk = desk_of(side)
        page = desk.page(f"/measures/{code}")
        sent = {f"was-{mark}": "open" for mark in marks(page).values()}
        sent |= {
            f"task-{mark}": "done" if words == ticked[side] else "open" for words, mark in marks(page).items()
        }
        desk.federation.clock.advance(minutes=1)
        answer = desk.client().post(f"/measures/{code}/move", {"state": "under_way", **sent})
        assert answer.status_code == 302
    desk.federation.exchange()
    for side in order:
        page = desk_of(side).page(f"/measures/{code}")
        assert 'value="100" aria-label="Progress"' in page, side


def test_who_ticks_from_a_page_of_before_takes_nothing_back_and_a_mistake_is_corrected(
    desk_of: Callable[[str], Desk],
) -> None:
    desk = desk_of("gao")
    code = proposed(desk, tasks=TASKS, state="under_way")
    old = marks(desk.page(f"/measures/{code}"))
    first, second = (old[task.what] for task in TASKS)
    was = {f"was-{first}": "open", f"was-{second}": "open"}
    assert said(desk, code, "under_way", **was, **{f"task-{first}": "done", f"task-{second}": "open"}) == 302
    assert said(desk, code, "under_way", **was, **{f"task-{first}": "open", f"task-{second}": "done"}) == 302
    assert 'value="100" aria-label="Progress"' in desk_of("tillaberi").page(f"/measures/{code}")
    desk = desk_of("tillaberi")
    assert said(desk, code, "under_way", **{f"was-{first}": "done", f"task-{first}": "open"}) == 302
    assert 'value="50" aria-label="Progress"' in desk_of("gao").page(f"/measures/{code}")


def test_a_move_that_is_refused_keeps_every_tick_and_word(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("gao")
    code = proposed(desk, tasks=TASKS, state="under_way")
    mark = marks(desk.page(f"/measures/{code}"))[TASKS[0].what]
    sent = {"state": "under_way", f"was-{mark}": "open", f"task-{mark}": "done", "progress": "200"}
    sent |= {"new-task": "Citerne", "new-task-service": NAMED[0], "words": "Presque (essai)."}
    answer = desk.client().post(f"/measures/{code}/move", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(rf'name="task-{mark}">.*?<option value="done" selected', page)
    assert f'name="was-{mark}" value="open"' in page
    for words in (
        'value="200"',
        'value="Citerne"',
        f'<option value="{NAMED[0]}" selected',
        "Presque (essai).",
    ):
        assert words in page, words
    assert desk.client().post(f"/measures/{code}/move", sent | {"progress": "90"}).status_code == 302
    assert "1 of 3 tasks done" in desk.page("/measures")


def test_what_was_said_by_mistake_is_taken_back_by_its_service_on_both_sides(
    desk_of: Callable[[str], Desk],
) -> None:
    desk = desk_of("gao")
    code = proposed(desk, services=NAMED[:2])
    desk = desk_of("tillaberi")
    assert said(desk, code, "accepted") == 302
    assert said(desk, code, "done", words="Pas encore (essai).") == 302
    page = desk.page(f"/measures/{code}")
    [path] = re.findall(rf'action="(/measures/{code}/moves/[^"]+/take-back)"', page)
    assert desk.client("elevage").post(path).status_code in {404, 422}, "its own service takes it back"
    assert desk.client().post(path).status_code == 302
    assert desk.client().post(path).status_code == 422
    desk.federation.exchange()
    for side in ("gao", "tillaberi"):
        page = desk_of(side).page(f"/measures/{code}")
        assert "taken back" in page
        assert "Pas encore (essai)." not in page
        assert '<span class="badge acknowledged">accepted</span>' in page
    desk = desk_of("gao")
    assert "take-back" not in desk.page(f"/measures/{code}"), "it is another side's word"
    assert desk.client().post(path).status_code == 422
    assert said(desk, code, "abandoned") == 422, "who gives up says why"
    assert said(desk, code, "abandoned", words="Crue (essai).") == 302
    assert "Crue (essai)." in desk_of("tillaberi").page(f"/measures/{code}")


def test_what_is_overdue_is_found_and_said_to_the_services_that_take_part(
    desk_of: Callable[[str], Desk],
) -> None:
    desk = desk_of("gao")
    code = proposed(desk, services=NAMED[:2], state="under_way", start="2022-01-20", until="2022-02-03")
    today = desk.federation.clock.now.date().isoformat()
    assert today < "2022-02-03", today
    assert f'href="/measures/{code}"' not in desk.page("/measures?state=late")
    desk.federation.clock.advance(days=10)
    for side in ("gao", "tillaberi"):
        desk = desk_of(side)
        page = desk.page("/measures?state=late&whose=mine")
        assert f'href="/measures/{code}"' in page
        assert "Overdue: it was to end" in desk.page(f"/measures/{code}")
        situation = desk.page("/")
        assert 'href="/measures?state=late&amp;whose=mine">1 measure of your service is overdue' in situation
        assert "is overdue" not in desk.page("/", service="elevage")
    assert said(desk, code, "done", words="Fait (essai).") == 302
    assert "is overdue" not in desk_of("gao").page("/")


def test_the_list_and_the_board_are_narrowed_to_my_area_and_my_service(
    desk_of: Callable[[str], Desk],
) -> None:
    desk = desk_of("gao")
    here, there = proposed(desk), proposed(desk, place=parties.place("gao"), services=NAMED[1:])
    assert "My area" not in desk.page("/measures")
    user = desk.account("prefet", areas=[parties.place("ayorou").code])
    client = desk.client()
    client.force_login(user)
    for path in ("/measures", "/measures/board"):
        page = client.get(f"{path}?area=mine").content.decode()
        assert f'href="/measures/{here}"' in page, path
        assert f'href="/measures/{there}"' not in page, path
    desk = desk_of("tillaberi")
    page = desk.page("/measures/board?whose=waits", service="protection-civile")
    assert here in page
    assert there in page
    assert 'href="/measures?state=proposed&amp;whose=waits"' in page

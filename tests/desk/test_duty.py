"""The duty on the desk: who has it, what is open, hand-over, figures, the forms of the rota."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from entente_node.directory.models import AuditEntry, User
from entente_node.duty import watch
from entente_node.duty.models import Call, DutyFunction, Handover, Holiday, Shift, Turn
from entente_node.duty.rota import Rota
from tests.desk.conftest import Desk, text_of
from tests.duty.material import HERE, raise_alert, with_rota


def words(page: str) -> str:
    """What a page says, without its tags."""
    flat = re.sub(r"</?(?:bdi|strong|span|time)\b[^>]*>", "", page)
    return " ".join(re.sub(r"<[^>]*>", " ", flat).split())


@pytest.fixture
def rota(desk: Desk) -> Rota:
    return with_rota(desk.node)


def post(client: Client, path: str, **fields: object) -> str:
    response = client.post(path, fields, follow=True)
    assert response.status_code == 200, response.status_code
    return words(text_of(response))


def test_without_a_rota_the_page_says_what_that_means(desk: Desk) -> None:
    page = words(desk.page("/duty"))
    assert "There is no rota yet" in page
    assert "Nobody is called while nobody is on duty" in page


@pytest.mark.usefixtures("rota")
def test_the_page_says_who_is_on_duty_now_and_next_and_this_week(desk: Desk) -> None:
    Turn.objects.create(
        service=HERE,
        start=desk.federation.clock.now + timedelta(hours=2),
        until=desk.federation.clock.now + timedelta(hours=4),
        function="directeur",
        absent="permanence",
    )
    Holiday.objects.create(date=desk.federation.clock.now.date(), name="Fête (donnée synthétique)")
    page = words(desk.page("/duty"))
    assert "On duty now: Permanence · backup: Suppléance" in page
    assert "Next: Direction" in page
    assert "Permanence is absent" in page
    assert "Fête (donnée synthétique)" in page
    assert "Hours are those of Africa/Niamey" in page
    assert "Open calls Nobody has to be called." in page


@pytest.mark.usefixtures("rota")
def test_a_gap_is_said(desk: Desk) -> None:
    Shift.objects.all().update(weekdays="7")
    page = words(desk.page("/duty"))
    assert "Nobody is on duty now" in page
    assert "Next: Permanence" in page


@pytest.mark.usefixtures("rota")
def test_open_calls_are_shown_with_their_deadline_and_only_to_who_may_see_the_record(
    desk: Desk, raised: str
) -> None:
    watch.once(desk.node, desk.federation.clock.now)
    page = words(desk.page("/duty"))
    assert f"{raised} · new · 57 min left" in page
    assert "Permanence (on duty), Protection civile de Tillabéri" in page
    assert raised not in desk.page("/duty", service="securite")


@pytest.mark.usefixtures("rota")
def test_calls_that_are_hidden_push_no_other_out_of_the_list(desk: Desk, raised: str) -> None:
    watch.once(desk.node, desk.federation.clock.now)
    later = desk.federation.clock.now + timedelta(minutes=1)
    of_another = [
        Call(
            code=f"GAO-{number:05}",
            service="securite",
            function="permanence",
            level="duty",
            reason="new",
            at=later,
        )
        for number in range(250)
    ]
    Call.objects.bulk_create(of_another)
    assert raised in desk.page("/duty")


@pytest.mark.usefixtures("rota")
def test_an_alert_says_who_was_called_on_both_sides(
    desk_of: Callable[[str], Desk], desk: Desk, raised: str
) -> None:
    federation = desk.federation
    watch.once(desk.node, federation.clock.now)
    federation.clock.advance(minutes=30)
    watch.once(desk.node, federation.clock.now)
    page = words(desk.page(f"/alerts/{raised}"))
    assert "Who was called Our time to answer: 27 min left" in page
    assert "Us · Permanence (on duty)" in page
    assert "Us · Suppléance (backup)" in page
    federation.exchange()
    page = words(desk_of("gao").page(f"/alerts/{raised}"))
    assert "Who was called The other side’s time to answer:" in page
    assert "Région de Tillabéri · Permanence (duty notified)" in page
    assert "Région de Tillabéri · Suppleant (escalated)" in page


@pytest.mark.usefixtures("rota")
def test_the_situation_says_who_is_on_duty(desk: Desk) -> None:
    assert "On duty now Protection civile de Tillabéri: Permanence" in words(desk.page("/"))


@pytest.mark.usefixtures("rota")
def test_the_duty_is_handed_over_with_a_note_and_taken_with_one_button(desk: Desk, raised: str) -> None:
    watch.once(desk.node, desk.federation.clock.now)
    client = desk.client()
    assert "1 call is open" in words(desk.page("/duty"))
    page = post(client, "/duty/hand-over", to="suppleant", note="Attendre l’équipe de Labbezanga.")
    assert "Permanence hands the duty over to Suppléance." in page
    assert "Attendre l’équipe de Labbezanga." in page
    assert "On duty now: Permanence" in page
    (row,) = Handover.objects.all()
    page = post(client, f"/duty/hand-over/{row.pk}/take")
    assert "The duty is yours." in page
    assert "On duty now: Suppléance · backup: Permanence" in page
    assert raised in page
    # Taken once.
    assert "taken over already" in post(client, f"/duty/hand-over/{row.pk}/take")
    deeds = set(AuditEntry.objects.values_list("deed", flat=True))
    assert {"duty.handed-over", "duty.taken-over"} <= deeds


@pytest.mark.usefixtures("rota")
def test_a_note_that_was_refused_or_typed_without_a_session_is_there_again(desk: Desk) -> None:
    client = desk.client()
    note = "Attendre l’équipe de Labbezanga."

    def number() -> str:
        return re.findall(r'name="number" value="([^"]+)"', desk.page("/duty"))[0]

    page = post(client, "/duty/hand-over", to="permanence", note=note, number=number())
    assert "is on duty already" in page
    assert f"{note}</textarea>" in client.get("/duty").content.decode()
    assert post(client, "/duty/hand-over", to="suppleant", note=note, number=number())
    assert Handover.objects.count() == 1
    assert f"{note}</textarea>" not in client.get("/duty").content.decode()
    Handover.objects.all().delete()
    sent = {"to": "suppleant", "note": note, "number": number()}
    client.logout()
    client.post("/duty/hand-over", sent)
    assert f"{note}</textarea>" in desk.page("/duty")


@pytest.mark.usefixtures("rota")
def test_a_duty_is_not_taken_from_another_service(desk: Desk) -> None:
    post(desk.client(), "/duty/hand-over", to="suppleant")
    (row,) = Handover.objects.all()
    response = desk.client("securite").post(f"/duty/hand-over/{row.pk}/take")
    assert response.status_code == 404
    row.refresh_from_db()
    assert row.taken_at is None


def test_an_officer_writes_the_rota_of_its_service(desk: Desk) -> None:
    client, path = desk.client(), f"/duty/rota/{HERE}/change"
    page = post(
        client, path, what="function", function="permanence", name="Permanence", telephone="+227 90 00 00 00"
    )
    assert "The rota is changed." in page
    post(client, path, what="function", function="directeur", name="Direction", rank="1")
    assert DutyFunction.objects.get(function="permanence").telephone == "+22790000000"
    post(
        client,
        path,
        what="shift",
        function="permanence",
        backup="directeur",
        weekdays=["1", "2", "3"],
        begins="18:00",
        ends="06:00",
        holidays="not",
    )
    (shift,) = Shift.objects.all()
    assert (shift.weekdays, shift.backup, shift.holidays) == ("123", "directeur", "not")
    post(
        client,
        path,
        what="absent",
        function="permanence",
        start="2022-02-01",
        start__time="12:00",
        until="2022-02-03",
        until__time="12:00",
    )
    turns = list(Turn.objects.order_by("start"))
    assert [(turn.function, turn.absent) for turn in turns] == [("directeur", "permanence")] * 2
    assert turns[0].start.isoformat() == "2022-02-01T17:00:00+00:00"  # 18:00 in Niamey
    post(client, path, what="holiday", day="2022-02-02", name="Fête (donnée synthétique)", everyone="yes")
    assert Holiday.objects.get().service == HERE  # for all services: an administrator's
    page = words(desk.page("/duty/rota"))
    for said in ("18:00–06:00 mon, tue, wed", "not on holidays", "Direction", "Permanence is absent"):
        assert said in page, said
    for what, row in (
        ("drop-turn", turns[0]),
        ("drop-shift", shift),
        ("drop-holiday", Holiday.objects.get()),
    ):
        post(client, path, what=what, number=row.pk)
    assert (Turn.objects.count(), Shift.objects.count(), Holiday.objects.count()) == (1, 0, 0)
    assert AuditEntry.objects.filter(deed="duty.rota-changed", subject=HERE).count() == 8


@pytest.mark.usefixtures("rota")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"what": "function", "function": "M. X", "name": "x"}, "written in small letters"),
        ({"what": "function", "function": "x", "name": "x", "telephone": "112"}, "dialled from anywhere"),
        ({"what": "function", "function": "x", "name": "x", "rank": "0"}, "from 1 to 99"),
        ({"what": "function", "function": "x", "name": " "}, ""),  # called by what it is
        ({"what": "drop-function", "function": "permanence"}, "still has shifts"),
        ({"what": "shift", "function": "permanence", "begins": "7", "ends": "19:00"}, "written as 07:00"),
        ({"what": "shift", "function": "permanence", "begins": "07:00", "ends": "19:00"}, "days of the week"),
        ({"what": "turn", "function": "nobody-known", "start": "2022-02-01"}, "written as 07:00"),
        (
            {
                "what": "turn",
                "function": "permanence",
                "backup": "permanence",
                "start": "2022-02-01",
                "start__time": "08:00",
                "until": "2022-02-01",
                "until__time": "09:00",
            },
            "its own backup",
        ),
        ({"what": "holiday", "day": "2022-02-30", "name": "x"}, "written as 2022-02-01"),
        ({"what": "above", "above": HERE}, "not above itself"),
        ({"what": "above", "above": "elsewhere"}, "no service of ours"),
        ({"what": "sing"}, "not known"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(desk: Desk, fields: dict[str, str], said: str) -> None:
    page = post(desk.client(), f"/duty/rota/{HERE}/change", **fields)
    assert said in page
    assert ("The rota is changed." in page) == (not said)


def test_the_rota_of_another_service_is_an_administrators_to_write(desk: Desk) -> None:
    path = "/duty/rota/elevage/change"
    fields = {"what": "function", "function": "garde", "name": "Garde"}
    assert desk.client().post(path, fields).status_code == 403
    assert desk.client().get("/duty/rota/elevage").status_code == 403
    administrator = Client()
    administrator.force_login(desk.account("chef", "informatique", role="administrator"))
    assert administrator.get("/duty/rota/elevage").status_code == 200
    assert administrator.post(path, fields).status_code == 302
    assert DutyFunction.objects.get().service == "elevage"


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("role", ["observer", "community", "agent"])
def test_who_may_see_and_write_the_rota_by_role(role: str) -> None:
    client = Client()
    client.force_login(User.objects.create_user("x", service=HERE, role=role))
    assert client.get("/duty").status_code == (200 if role == "agent" else 403)
    assert client.get("/duty/rota").status_code == 403
    assert client.post(f"/duty/rota/{HERE}/change", {"what": "function"}).status_code == 403
    assert client.post("/duty/hand-over", {"to": "suppleant"}).status_code == 403


def test_the_figures_of_both_sides_stand_beside_each_other(
    desk_of: Callable[[str], Desk], desk: Desk, raised: str
) -> None:
    desk.node.answer(raised, service=HERE, step="acknowledged")
    desk.federation.exchange()
    desk.federation.clock.advance(minutes=1)
    shown = words(desk.page("/duty/figures"))
    assert "Région de Tillabéri (us) 1 record to answer Acknowledged: 100 % in time" in shown
    assert "1 in time, 0 late, 0 overdue, 0 with time left. Half within 3 min" in shown
    assert "A9" in shown
    other = words(desk_of("gao").page("/duty/figures"))
    assert "Half within 3 min, 9 in 10 within 3 min." in other
    assert "Nothing had to be answered" in words(desk.page("/duty/figures", service="securite"))
    desk.federation.clock.advance(days=40)
    assert "Nothing had to be answered" in words(desk.page("/duty/figures"))
    assert "1 record to answer" in words(desk.page("/duty/figures?days=all"))


@pytest.mark.usefixtures("rota")
def test_the_rota_is_a_calendar_file(desk: Desk) -> None:
    Turn.objects.create(
        service=HERE,
        start=desk.federation.clock.now,
        until=desk.federation.clock.now + timedelta(hours=4),
        function="directeur",
    )
    response = desk.client().get(f"/duty/calendar/{HERE}.ics")
    assert response["Content-Type"].startswith("text/calendar")
    text = text_of(response)
    assert text.count("BEGIN:VEVENT") == 3
    assert "SUMMARY:Direction · Protection civile de Tillabéri" in text
    assert "DTSTART:20220201T080300Z\r\nDTEND:20220201T120300Z" in text
    assert desk.client().get("/duty/calendar/elevage.ics").status_code == 404


@pytest.mark.usefixtures("rota")
def test_the_page_speaks_french(desk: Desk) -> None:
    page = words(desk.page("/duty", language="fr"))
    assert "De permanence maintenant : Permanence · suppléance : Suppléance" in page
    assert "Appels en cours" in page


def test_both_desks_count_down_to_the_same_instant(desk_of: Callable[[str], Desk], desk: Desk) -> None:
    federation = desk.federation
    code = raise_alert(federation.gao)
    federation.clock.advance(minutes=10)
    federation.exchange()
    federation.clock.advance(minutes=5)
    assert "55 min left" in words(desk.page(f"/alerts/{code}"))
    assert "55 min left" in words(desk_of("gao").page(f"/alerts/{code}"))


def test_the_timeline_says_which_function_acknowledged(desk: Desk, raised: str) -> None:
    user = desk.account("awa", duty="permanence")
    client = Client()
    client.force_login(user)
    client.post(f"/alerts/{raised}/answer", {"step": "acknowledged"})
    (step,) = desk.node.dossier(raised).steps
    assert (step.service, step.function) == (HERE, "permanence")
    assert "Protection civile de Tillabéri, Permanence" in words(desk.page(f"/alerts/{raised}"))

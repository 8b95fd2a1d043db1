"""What was typed is neither lost nor filed twice: a session that ended, a button that was pressed twice."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from entente_node.directory import keeping
from entente_node.directory.models import User
from entente_node.drafts.keeping import forget
from entente_node.drafts.models import Draft, Sending
from entente_node.ledger.models import Record
from tests.desk.conftest import PASSWORD, Desk, text_of

FORM = {
    "subject": "herds",
    "what": "Troupeaux au puits (essai)",
    "at": "2022-01-31",
    "at__time": "14:30",
    "place": "labbezanga",
    "purpose": "humanitarian",
    "tlp": "GREEN",
}
NEW = "/records/new/observation"
ENGLISH = {"accept-language": "en"}


def number_of(page: str) -> str:
    """The number that a page with one form gives it."""
    [found] = set(re.findall(r'name="number" value="([^"]+)"', page))
    return found


def filed() -> int:
    return Record.objects.filter(kind="observation").count()


def test_the_same_form_sent_twice_files_once(desk: Desk) -> None:
    client = desk.client()
    sent = FORM | {"number": number_of(text_of(client.get(NEW)))}
    first, second = client.post(NEW, sent), client.post(NEW, sent)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert filed() == 1
    assert "This was filed already, once." in text_of(client.get(second["Location"]))
    third = client.post(NEW, FORM | {"number": number_of(text_of(client.get(NEW)))})
    assert third["Location"] != first["Location"], "another page files another record"
    assert filed() == 2


def test_who_goes_back_and_changes_something_is_told_and_loses_nothing(desk: Desk) -> None:
    client = desk.client()
    number = number_of(text_of(client.get(NEW)))
    client.post(NEW, FORM | {"number": number})
    changed = FORM | {"what": "Troupeaux repartis (essai)"}
    answer = client.post(NEW, changed | {"number": number})
    assert answer.status_code == 422
    page = text_of(answer)
    assert "This page has filed something already." in page
    assert "Troupeaux repartis (essai)" in page
    assert filed() == 1
    assert client.post(NEW, changed | {"number": number_of(page)}).status_code == 302
    assert filed() == 2


def test_a_form_that_was_refused_is_sent_again_under_the_same_number(desk: Desk) -> None:
    client = desk.client()
    number = number_of(text_of(client.get(NEW)))
    assert client.post(NEW, FORM | {"number": number, "place": ""}).status_code == 422
    assert client.post(NEW, FORM | {"number": number}).status_code == 302


def test_a_sending_that_was_cut_off_gives_its_number_back(desk: Desk) -> None:
    client = desk.client()
    sent = FORM | {"number": number_of(text_of(client.get(NEW)))}
    client.post(NEW, sent)
    Record.objects.filter(kind="observation").delete()
    Sending.objects.update(location="")
    onward = client.post(NEW, sent)
    assert onward["Location"] == "/records", "it may still be at work"
    page = text_of(client.get(onward["Location"]))
    assert "filed already" not in page
    assert "What you typed is kept" in page
    assert "Troupeaux au puits (essai)" in text_of(client.get(NEW)), "it may have been cut off"
    desk.federation.clock.advance(minutes=2)
    assert client.post(NEW, sent).status_code == 302
    assert filed() == 1
    assert not Draft.objects.exists()


@pytest.mark.parametrize("number", ["", "x", "WzEsImEiXQ:1abc:def"])
def test_a_number_that_no_page_gave_protects_nobody_and_breaks_nothing(desk: Desk, number: str) -> None:
    client = desk.client()
    assert client.post(NEW, FORM | {"number": number}).status_code == 302
    assert not Sending.objects.exists()


def test_a_message_and_a_move_are_said_once(desk: Desk, raised: str) -> None:
    client = desk.client()
    sent = {
        "step": "message",
        "text": "Vu (essai).",
        "number": number_of(text_of(client.get(f"/alerts/{raised}"))),
    }
    for _time in range(2):
        assert client.post(f"/alerts/{raised}/answer", sent).status_code == 302
    assert Record.objects.filter(kind="message", about=raised).count() == 1


@pytest.fixture
def signed_out(desk: Desk) -> tuple[Client, dict[str, str]]:
    """A browser whose session ended while somebody typed, and what it sends."""
    desk.account("moussa", language="en")
    client = Client(headers=ENGLISH)
    assert client.login(username="moussa", password=PASSWORD)
    sent = FORM | {"number": number_of(text_of(client.get(f"{NEW}?about=")))}
    client.session.flush()
    client.cookies.pop(next(name for name in client.cookies if "csrf" not in name and "entente" in name))
    return client, sent


def test_what_was_typed_when_the_session_had_ended_is_there_after_signing_in(
    signed_out: tuple[Client, dict[str, str]],
) -> None:
    client, sent = signed_out
    answer = client.post(f"{NEW}?about=", sent)
    assert answer["Location"] == "/sign-in?next=/records/new/observation%3Fabout%3D"
    assert "What you typed is kept" in text_of(client.get(answer["Location"]))
    assert not filed()
    onward = client.post(
        answer["Location"], {"name": "moussa", "password": PASSWORD, "next": f"{NEW}?about="}
    )
    page = text_of(client.get(onward["Location"]))
    assert "Your session had ended before this was filed." in page
    assert "Troupeaux au puits (essai)" in page
    assert 'value="2022-01-31"' in page
    assert 'value="14:30"' in page
    assert '<option value="labbezanga" selected>' in page
    assert not filed(), "a person sends it"
    assert "Troupeaux" not in text_of(client.get(NEW)), "it belongs to the form that it was typed into"
    assert client.post(f"{NEW}?about=", sent | {"number": number_of(page)}).status_code == 302
    assert filed() == 1
    assert not Draft.objects.exists()
    assert "Troupeaux au puits" not in text_of(client.get(f"{NEW}?about="))


def test_nobody_else_gets_it(desk: Desk, signed_out: tuple[Client, dict[str, str]]) -> None:
    client, sent = signed_out
    client.post(f"{NEW}?about=", sent)
    desk.account("fatou", language="en")
    assert client.login(username="fatou", password=PASSWORD)
    assert "Troupeaux" not in text_of(client.get(f"{NEW}?about="))
    assert Draft.objects.get().account.name == "moussa"


def test_it_is_thrown_away_when_asked_and_after_three_days(
    desk: Desk, signed_out: tuple[Client, dict[str, str]]
) -> None:
    client, sent = signed_out
    client.post(f"{NEW}?about=", sent)
    assert client.login(username="moussa", password=PASSWORD)
    assert client.post(f"{NEW}?about=", sent | {"discard": "1"}).status_code == 302
    assert "Troupeaux" not in text_of(client.get(f"{NEW}?about="))
    assert not filed()
    client.logout()
    client.post(f"{NEW}?about=", sent)
    desk.federation.clock.advance(days=4)
    assert client.login(username="moussa", password=PASSWORD)
    assert "Troupeaux" not in text_of(client.get(f"{NEW}?about="))


def test_a_stranger_keeps_nothing(signed_out: tuple[Client, dict[str, str]]) -> None:
    _client, sent = signed_out
    for number in ("", "x", sent["number"][:-2] + "zz"):
        Client().post(NEW, FORM | {"number": number})
    Client().post("/sign-in", {"name": "moussa", "password": PASSWORD})
    assert not Draft.objects.exists()


def test_a_page_that_is_too_old_for_its_session_loses_nothing(
    desk: Desk, signed_out: tuple[Client, dict[str, str]]
) -> None:
    _client, sent = signed_out
    client = Client(enforce_csrf_checks=True, headers=ENGLISH)
    client.force_login(desk.account("autre", language="en"))
    answer = client.post(NEW, sent)
    assert answer.status_code == 403
    assert "What you typed is kept for your account" in text_of(answer)
    assert Draft.objects.get().account.name == "moussa"


def test_a_message_that_was_typed_is_on_the_page_again(desk_of: Callable[[str], Desk], raised: str) -> None:
    desk = desk_of("tillaberi")
    user = desk.account("moussa", language="en")
    client = Client(headers=ENGLISH)
    client.force_login(user)
    sent = {
        "step": "message",
        "text": "Convoi au bac (essai).",
        "number": number_of(text_of(client.get(f"/alerts/{raised}"))),
    }
    client.logout()
    assert "/sign-in" in client.post(f"/alerts/{raised}/answer", sent)["Location"]
    client.force_login(user)
    page = text_of(client.get(f"/alerts/{raised}"))
    assert "Convoi au bac (essai)." in page
    assert "Your session had ended" in page
    assert client.post(f"/alerts/{raised}/answer", sent).status_code == 302
    assert "Your session had ended" not in text_of(client.get(f"/alerts/{raised}"))


@pytest.mark.parametrize(
    "changed", [{"service": "douanes"}, {"role": "agent"}, {"password": "Une-autre-phrase-7"}]
)
def test_what_was_typed_goes_with_the_role_the_service_and_the_password(
    signed_out: tuple[Client, dict[str, str]], changed: dict[str, str]
) -> None:
    client, sent = signed_out
    client.post(NEW, sent)
    assert Draft.objects.exists()
    user = User.objects.get(name="moussa")
    keeping.change(user, **changed)
    assert not Draft.objects.exists()
    client.post(NEW, sent)
    assert Draft.objects.exists() == ("password" in changed), "a page that was made for another service"
    keeping.lock(user)
    assert not Draft.objects.exists()


def test_what_waited_for_three_days_goes_though_nobody_signs_in(
    desk: Desk, signed_out: tuple[Client, dict[str, str]]
) -> None:
    client, sent = signed_out
    client.post(NEW, sent)
    desk.federation.clock.advance(days=4)
    forget(desk.federation.clock())
    assert not Draft.objects.exists()

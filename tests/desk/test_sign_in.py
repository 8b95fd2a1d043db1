from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from entente_node.directory import attempts, links
from entente_node.directory.models import Attempt, User
from tests.desk.conftest import PASSWORD, Desk, text_of


def sign_in(client: Client, name: str = "awa", password: str = PASSWORD, **more: str) -> int:
    return client.post("/sign-in", {"name": name, "password": password, **more}).status_code


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


@pytest.mark.usefixtures("desk")
def test_every_page_asks_to_sign_in_first(raised: str) -> None:
    for path in ("/", f"/alerts/{raised}", "/exchange", "/agreement", "/agreement/gao-tillaberi"):
        response = Client().get(path)
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in?next=")


def test_name_and_password_sign_in_and_a_button_signs_out(desk: Desk) -> None:
    desk.account()
    client = Client()
    response = client.post("/sign-in", {"name": "awa", "password": PASSWORD, "next": "/exchange"})
    assert (response.status_code, response["Location"]) == (302, "/exchange")
    assert is_in(client)
    assert client.get("/sign-out").status_code == 405
    assert is_in(client)
    client.post("/sign-out")
    assert not is_in(client)


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(desk: Desk) -> None:
    desk.account()
    pages = []
    for name, password in (("awa", "wrong"), ("nobody", PASSWORD)):
        response = Client().post(
            "/sign-in", {"name": name, "password": password}, headers={"accept-language": "en"}
        )
        assert response.status_code == 403
        pages.append(text_of(response).split("<form", maxsplit=1)[0])
    assert pages[0] == pages[1]


def test_a_locked_account_does_not_sign_in(desk: Desk) -> None:
    user = desk.account()
    User.objects.filter(pk=user.pk).update(is_active=False)
    client = Client()
    assert sign_in(client) == 403
    assert not is_in(client)


def test_the_session_gets_a_new_name_when_somebody_signs_in(desk: Desk) -> None:
    desk.account()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "planted"
    sign_in(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != "planted"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)", "http:///x"],
)
def test_signing_in_never_leads_to_another_site(desk: Desk, elsewhere: str) -> None:
    desk.account()
    response = Client().post("/sign-in", {"name": "awa", "password": PASSWORD, "next": elsewhere})
    assert response["Location"] == "/"
    response = Client().post("/language", {"language": "en", "next": elsewhere})
    assert response["Location"] == "/"


def test_guessing_is_stopped_and_the_right_password_waits_as_well(desk: Desk) -> None:
    desk.account()
    client = Client()
    assert [sign_in(client, password="wrong") for _ in range(attempts.PER_NAME_AND_ADDRESS)] == [403] * 5
    response = client.post("/sign-in", {"name": "awa", "password": PASSWORD})
    assert response.status_code == 429
    assert int(response["Retry-After"]) == 900
    assert not is_in(client)


def test_guessing_from_elsewhere_does_not_lock_the_officer_out(desk: Desk) -> None:
    desk.account()
    stranger = Client(REMOTE_ADDR="192.0.2.66")
    for _ in range(20):
        sign_in(stranger, password="wrong")
    assert sign_in(Client()) == 302


@pytest.mark.usefixtures("desk")
def test_one_address_cannot_guess_across_names() -> None:
    client = Client()
    answers = [attempts.may_try(f"name{n}", "192.0.2.66") for n in range(attempts.PER_ADDRESS + 1)]
    assert answers == [True] * attempts.PER_ADDRESS + [False]
    assert sign_in(client) == 403


def test_tries_are_forgotten_after_a_while_and_after_signing_in(desk: Desk) -> None:
    desk.account()
    client = Client()
    for _ in range(attempts.PER_NAME_AND_ADDRESS):
        sign_in(client, password="wrong")
    Attempt.objects.update(at=timezone.now() - attempts.WINDOW - timedelta(seconds=1))
    assert sign_in(client) == 302
    assert not Attempt.objects.exists()


@pytest.mark.usefixtures("desk")
def test_what_was_typed_as_a_name_is_not_kept() -> None:
    sign_in(Client(), name="my password by mistake")
    assert "mistake" not in str(list(Attempt.objects.values()))


def test_a_link_signs_in_once_and_opening_it_changes_nothing(desk: Desk) -> None:
    user = desk.account(password="")
    path = links.sign_in_link(user)
    preview, client, thief = Client(), Client(), Client()
    for _ in range(3):
        assert preview.get(path).status_code == 200
    assert not is_in(preview)
    response = client.post(path)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_in(client)
    assert thief.post(path).status_code == 410
    assert thief.get(path).status_code == 410
    assert not is_in(thief)


def test_a_link_dies_with_time_a_new_password_a_later_sign_in_or_a_locked_account(desk: Desk) -> None:
    user = desk.account()
    assert links.holder(links.sign_in_link(user, minutes=-1).rpartition("/")[2]) is None
    token = links.sign_in_link(user).rpartition("/")[2]
    assert links.holder(token) == links.Pass(user, strong=True)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert links.redeem(token) is None
    User.objects.filter(pk=user.pk).update(is_active=True)
    sign_in(Client())
    assert links.redeem(token) is None
    user.refresh_from_db()
    token = links.sign_in_link(user).rpartition("/")[2]
    user.set_password("another password of the test")
    user.save()
    assert links.redeem(token) is None


def test_a_changed_link_is_worth_nothing(desk: Desk) -> None:
    desk.account("other")
    path = links.sign_in_link(desk.account())
    for token in (
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        "/sign-in/WzEsIiIsOTk5OTk5OTk5OV0:x:y",
        "/sign-in/x",
    ):
        assert Client().post(token).status_code == 410


def test_forms_without_their_token_are_refused(desk: Desk, raised: str) -> None:
    user = desk.account()
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    for path in ("/sign-in", "/sign-out", "/language", f"/alerts/{raised}/answer", links.sign_in_link(user)):
        assert client.post(path, {"step": "acknowledged"}).status_code == 403
    assert desk.node.dossier(raised).state == "new"

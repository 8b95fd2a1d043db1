from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.hashers import identify_hasher, make_password
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from entente_node.directory import attempts, links
from entente_node.directory.models import Attempt, User
from entente_node.settings import PASSWORD_HASHERS, REFUSAL_SECONDS
from tests.desk.conftest import PASSWORD, Desk, text_of

NO_COOKIE = {"pouch", "acknowledge", "sms"}
"""Addresses without Django's CSRF token, because they know no session: partners, single-use links, gateways."""


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


def addresses(found: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the desk, with something in the place of its variables."""
    for one in (found or get_resolver()).url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one, path)
        else:
            yield path, one


def filled(pattern: str) -> str:
    """An address of a pattern: 1 is a number, a name and a token."""
    return "/" + re.sub(r"<[^>]*>", "1", pattern).replace("\\Z", "").replace("$", "").replace("^", "")


def test_every_form_of_the_desk_is_refused_without_its_token(desk: Desk) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.account(role="coordinator"))
    found = {name: path for path, one in addresses() if (name := one.name or path) and "api" not in path}
    assert len(found) > 40
    for name, path in found.items():
        if name in NO_COOKIE:
            continue
        status = client.post(filled(path), {"next": "/"}).status_code
        assert status in {403, 404}, (path, status)


def test_only_what_knows_no_session_goes_without_a_token() -> None:
    free = {one.name for _path, one in addresses() if getattr(one.callback, "csrf_exempt", False)}
    assert {name for name in free if name and "api" not in name} <= NO_COOKIE


def test_no_page_is_shown_in_a_frame_of_another_site(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.account(role="coordinator"))
    for path, _one in addresses():
        response = client.get(filled(path))
        assert response["X-Frame-Options"] == "DENY", path
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"], path
        response.close()


def test_a_form_of_another_site_is_refused_even_with_a_token(desk: Desk) -> None:
    desk.account()
    client = Client(enforce_csrf_checks=True)
    page = text_of(client.get("/sign-in"))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"name": "awa", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    assert client.post("/sign-in", form, headers={"origin": "https://example.org"}).status_code == 403
    assert client.post("/sign-in", form).status_code == 302


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/passkey", "/account/confirm"])
@pytest.mark.parametrize(
    "elsewhere", ["//example.org", "/\\example.org", "javascript:alert(1)", "https:example.org"]
)
def test_no_page_of_signing_in_hands_on_an_address_of_another_site(
    desk: Desk, path: str, elsewhere: str
) -> None:
    client = desk.client() if path.startswith("/account") else Client()
    page = text_of(client.get(path, {"next": elsewhere})).split("<footer", maxsplit=1)[0]
    assert "example.org" not in page
    assert "alert(1)" not in page


class TestPasswords:
    """How they are kept, with the hashers of a node."""

    @pytest.fixture(autouse=True)
    def as_on_a_node(self) -> Iterator[None]:
        with override_settings(PASSWORD_HASHERS=PASSWORD_HASHERS):
            yield

    def test_argon2_is_the_way_with_at_least_what_owasp_asks(self) -> None:
        kept = make_password(PASSWORD)
        assert identify_hasher(kept).algorithm == "argon2"
        cost = re.search(r"m=(\d+),t=(\d+),p=(\d+)", kept)
        assert cost
        memory, passes, lanes = map(int, cost.groups())
        assert memory >= 19 * 1024
        assert passes >= 2
        assert lanes == 1

    def test_a_password_of_an_older_node_is_kept_anew_when_it_signs_in(self, desk: Desk) -> None:
        user = desk.account(password="")
        User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD, hasher="scrypt"))
        client = Client()
        assert sign_in(client) == 302
        user.refresh_from_db()
        assert identify_hasher(user.password).algorithm == "argon2"
        assert is_in(client)

    def test_refusing_takes_the_same_time_whether_a_name_exists_and_however_its_password_is_kept(
        self, desk: Desk
    ) -> None:
        desk.account("new")
        older = desk.account("older")
        User.objects.filter(pk=older.pk).update(password=make_password(PASSWORD, hasher="scrypt"))
        desk.account("linked", password="")
        with override_settings(REFUSAL_SECONDS=REFUSAL_SECONDS):
            for name in ("new", "older", "linked", "nobody"):
                began, worked = time.monotonic(), time.process_time()
                assert sign_in(Client(), name, "wrong") == 403
                # What hashing takes differs, and is hidden: the work ends before the answer may leave.
                assert time.process_time() - worked < REFUSAL_SECONDS, name
                assert time.monotonic() - began >= REFUSAL_SECONDS, name

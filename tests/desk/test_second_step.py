"""The second step: codes, recovery codes, who must have one; each attack refused."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha1

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings

from entente_node.directory import attempts, factors, links
from entente_node.directory.attempts import Kind
from entente_node.directory.models import Attempt, AuditEntry, User
from tests.desk.conftest import PASSWORD, Desk, text_of

ADDRESS = "127.0.0.1"


def code_of(secret: str, ahead: int = 0) -> str:
    """RFC 6238, written out: what the officer's app shows."""
    counter = struct.pack(">Q", int(time.time()) // 30 + ahead)
    digest = hmac.new(base64.b32decode(secret.replace(" ", "")), counter, sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def password_step(client: Client, name: str = "awa", **more: str) -> str:
    response = client.post("/sign-in", {"name": name, "password": PASSWORD, **more})
    assert response.status_code == 302
    return response["Location"]


def set_up(client: Client) -> tuple[str, list[str]]:
    """An app for who has just signed in: its secret, and the recovery codes that are shown once."""
    page = text_of(client.get("/account/app"))
    secret = re.search(r'class="code secret">([A-Z2-7 ]+)<', page)
    assert secret
    # The step before: the test signs in with the code of now.
    response = client.post("/account/app", {"code": code_of(secret[1], -1)})
    assert (response.status_code, response["Location"]) == (302, "/account/recovery-codes")
    shown = re.findall(r"<li>(\d{4} \d{4})</li>", text_of(client.get("/account/recovery-codes")))
    assert len(shown) == 10
    return secret[1], shown


def is_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


@pytest.fixture
def user(desk: Desk) -> User:
    return desk.account()


@pytest.fixture
def enrolled(user: User) -> tuple[str, list[str]]:  # noqa: ARG001  asked for what it does
    """An account with an app: its secret and its recovery codes; it is signed out."""
    client = Client()
    password_step(client)
    return set_up(client)


@pytest.fixture
def half(enrolled: tuple[str, list[str]]) -> Client:  # noqa: ARG001  asked for what it does
    """A browser in which the password was right, and nothing else yet."""
    client = Client(headers={"accept-language": "en"})
    assert password_step(client) == "/sign-in/second"
    return client


def test_a_password_alone_does_not_sign_in_where_there_is_a_second_factor(half: Client) -> None:
    assert not is_in(half)
    assert half.get("/")["Location"].startswith("/sign-in?next=")
    assert half.get("/sign-in/second").status_code == 200


def test_the_code_of_the_app_signs_in_and_goes_on(enrolled: tuple[str, list[str]]) -> None:
    client = Client()
    assert password_step(client, next="/exchange") == "/sign-in/second"
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    response = client.post("/sign-in/second", {"code": code_of(enrolled[0])})
    assert (response.status_code, response["Location"]) == (302, "/exchange")
    assert is_in(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != key


def test_a_code_of_half_a_minute_ago_or_ahead_is_taken_and_none_further_away(
    enrolled: tuple[str, list[str]], user: User
) -> None:
    for ahead in (-3, -2, 2, 3, 120):
        assert factors.check_code(user, code_of(enrolled[0], ahead)) is None
    assert factors.check_code(user, code_of(enrolled[0], 1)) is not None


def test_a_code_that_was_used_is_refused_within_its_window_and_so_is_an_earlier_one(
    enrolled: tuple[str, list[str]], user: User
) -> None:
    seen = code_of(enrolled[0])
    client = Client()
    password_step(client)
    assert client.post("/sign-in/second", {"code": seen}).status_code == 302
    thief = Client()
    password_step(thief)
    assert thief.post("/sign-in/second", {"code": seen}).status_code == 403
    assert thief.post("/sign-in/second", {"code": code_of(enrolled[0], -1)}).status_code == 403
    assert not is_in(thief)
    assert factors.check_code(user, code_of(enrolled[0], 1)) is not None


def test_the_code_of_setting_up_does_not_sign_in(user: User) -> None:
    client = Client()
    password_step(client)
    secret = re.search(r'class="code secret">([A-Z2-7 ]+)<', text_of(client.get("/account/app")))
    assert secret
    code = code_of(secret[1])
    assert client.post("/account/app", {"code": code}).status_code == 302
    assert factors.check_code(user, code) is None


def test_guessing_codes_is_stopped_and_the_right_one_waits_as_well(
    enrolled: tuple[str, list[str]], half: Client
) -> None:
    assert [half.post("/sign-in/second", {"code": "000000"}).status_code for _ in range(5)] == [403] * 5
    response = half.post("/sign-in/second", {"code": code_of(enrolled[0])})
    assert response.status_code == 429
    assert int(response["Retry-After"]) == 900
    # Beginning anew with the password gives no further tries.
    password_step(half)
    assert half.post("/sign-in/second", {"code": code_of(enrolled[0])}).status_code == 429
    assert not is_in(half)


@pytest.mark.usefixtures("enrolled")
def test_guessing_from_many_machines_ends_after_fifty_codes_a_day() -> None:
    answers = [
        attempts.may_try("awa", f"192.0.2.{n // 4}", kind=Kind.CODE)
        for n in range(attempts.CODES_PER_NAME + 1)
    ]
    assert answers == [True] * attempts.CODES_PER_NAME + [False]


def test_strangers_who_know_the_password_do_not_lock_the_officer_out_of_his_own_device(
    enrolled: tuple[str, list[str]],
) -> None:
    own = Client(REMOTE_ADDR="192.0.2.7")
    password_step(own)
    assert own.post("/sign-in/second", {"code": code_of(enrolled[0])}).status_code == 302
    own.post("/sign-out")
    Attempt.objects.all().delete()
    for n in range(attempts.CODES_PER_NAME):
        attempts.may_try("awa", f"192.0.2.{n // 4}", kind=Kind.CODE)  # also from the officer's own network
    for n in range(attempts.PER_NAME + attempts.PER_ADDRESS):
        attempts.may_try("awa", f"198.51.100.{n // 5}")
        attempts.may_try("other", "192.0.2.7")
    password_step(own)
    assert own.post("/sign-in/second", {"code": code_of(enrolled[0], 1)}).status_code == 302
    assert is_in(own)


@pytest.mark.usefixtures("desk")
def test_asking_for_passkeys_is_stopped_at_one_address_and_stops_nothing_else() -> None:
    client = Client()
    answers = [client.get("/sign-in/passkey").status_code for _ in range(attempts.PER_ADDRESS + 1)]
    assert answers == [200] * attempts.PER_ADDRESS + [429]
    assert attempts.may_try("awa", ADDRESS)


def test_a_device_is_known_for_the_names_that_signed_in_there_and_cannot_be_made_up(
    desk: Desk, user: User
) -> None:
    desk.account("other")
    client = Client()
    password_step(client)
    request = client.get("/account").wsgi_request
    assert attempts.device_of(request, user.name)
    assert not attempts.device_of(request, "other")
    request.COOKIES[attempts.COOKIE] = request.COOKIES[attempts.COOKIE][:-2] + "xx"
    assert not attempts.device_of(request, user.name)


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_many_requests_with_one_code_at_the_same_moment_one_wins(
    enrolled: tuple[str, list[str]], user: User, kind: str
) -> None:
    code = code_of(enrolled[0]) if kind == "app" else enrolled[1][0]

    def once(_number: int) -> bool:
        try:
            return factors.check_code(user, code) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as many:
        assert sum(many.map(once, range(8))) == 1


def test_a_recovery_code_opens_the_second_step_once(enrolled: tuple[str, list[str]], half: Client) -> None:
    code = enrolled[1][0]
    assert half.post("/sign-in/second", {"code": code}).status_code == 302
    assert is_in(half)
    thief = Client()
    password_step(thief)
    assert thief.post("/sign-in/second", {"code": code}).status_code == 403
    assert thief.post("/sign-in/second", {"code": enrolled[1][1].replace(" ", "")}).status_code == 302


def test_recovery_codes_are_shown_once_and_new_ones_make_the_old_worthless(user: User) -> None:
    client = Client(headers={"accept-language": "en"})
    password_step(client)
    User.objects.filter(pk=user.pk).update(language="en")
    _secret, codes = set_up(client)
    again = text_of(client.get("/account/recovery-codes"))
    assert "10 codes are left" in again
    assert not re.search(r"\d{4} \d{4}", re.sub(r"<[^>]*>", " ", again))
    client.post("/account/recovery-codes")
    anew = re.findall(r"<li>(\d{4} \d{4})</li>", text_of(client.get("/account/recovery-codes")))
    assert len(anew) == 10
    assert not set(anew) & set(codes)
    assert factors.check_code(user, codes[0]) is None
    assert factors.check_code(user, anew[0]) is not None


def test_a_second_step_without_a_first_or_of_a_locked_account_leads_back(half: Client, user: User) -> None:
    for method in ("get", "post"):
        response = getattr(Client(), method)("/sign-in/second", {"code": "000000"})
        assert (response.status_code, response["Location"]) == (302, "/sign-in")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert half.post("/sign-in/second", {"code": "000000"})["Location"] == "/sign-in"
    User.objects.filter(pk=user.pk).update(is_active=True)
    # The first step is to be made anew.
    assert half.get("/sign-in/second")["Location"] == "/sign-in"


def test_a_first_step_waits_a_quarter_of_an_hour(half: Client) -> None:
    session = half.session
    session["account_login"]["initiated_at"] -= 901
    session.save()
    assert half.get("/sign-in/second")["Location"] == "/sign-in"


def test_leaving_at_the_second_step_forgets_the_first(half: Client) -> None:
    half.post("/sign-out")
    assert half.get("/sign-in/second")["Location"] == "/sign-in"


@pytest.mark.parametrize(
    "elsewhere", ["//example.org", "/\\example.org", "javascript:alert(1)", "https://example.org"]
)
def test_the_second_step_never_leads_to_another_site(enrolled: tuple[str, list[str]], elsewhere: str) -> None:
    client = Client()
    password_step(client, next=elsewhere)
    response = client.post(
        f"/sign-in/second?next={elsewhere}", {"code": code_of(enrolled[0]), "next": elsewhere}
    )
    assert response["Location"] == "/"


class TestLinks:
    def test_a_link_of_the_command_is_both_steps(self, user: User, enrolled: tuple[str, list[str]]) -> None:
        client = Client()
        user.refresh_from_db()
        assert client.post(links.sign_in_link(user))["Location"] == "/"
        assert is_in(client)
        assert enrolled

    def test_a_link_of_the_desk_replaces_the_password_only(
        self, user: User, enrolled: tuple[str, list[str]]
    ) -> None:
        client = Client()
        user.refresh_from_db()
        path = links.sign_in_link(user, strong=False)
        assert client.post(path)["Location"] == "/sign-in/second"
        assert not is_in(client)
        assert Client().post(path).status_code == 410
        assert client.post("/sign-in/second", {"code": code_of(enrolled[0])}).status_code == 302
        assert is_in(client)

    def test_a_link_of_the_desk_cannot_be_made_into_one_of_the_command(self, user: User) -> None:
        weak, strong = (
            links.sign_in_link(user, strong=strong).rpartition("/")[2] for strong in (False, True)
        )
        forged = strong.split(":")[0] + ":" + ":".join(weak.split(":")[1:])
        assert links.holder(forged) is None

    @pytest.mark.usefixtures("desk")
    def test_many_wrong_links_from_one_address_are_stopped(self) -> None:
        client = Client()
        answers = {client.post(f"/sign-in/wrong{n}").status_code for n in range(attempts.PER_ADDRESS)}
        assert answers == {410}
        assert client.post("/sign-in/wrong").status_code == 429


class TestWhoMust:
    @pytest.fixture(autouse=True)
    def by_role(self) -> Iterator[None]:
        with override_settings(SECOND_FACTOR="roles"):
            yield

    @pytest.mark.parametrize("role", ["officer", "coordinator", "administrator"])
    def test_a_role_that_weighs_is_led_to_set_one_up_and_gets_nothing_else(
        self, desk: Desk, role: str
    ) -> None:
        desk.account(role=role)
        client = Client()
        password_step(client)
        for path in ("/", "/records", "/exchange", "/accounts", "/account", "/audit"):
            response = client.get(path)
            assert (response.status_code, response["Location"]) == (302, "/account/second-factor"), path
            assert client.post(path).status_code == 302
        assert client.get("/account/second-factor").status_code == 200
        set_up(client)
        assert client.get("/account").status_code == 200
        assert client.get("/").status_code != 302

    @pytest.mark.parametrize("role", ["agent", "observer", "community", "secretariat"])
    def test_the_others_may_do_without(self, desk: Desk, role: str) -> None:
        desk.account(role=role)
        client = Client()
        password_step(client)
        assert is_in(client)

    def test_the_node_may_ask_it_of_all_or_of_nobody(self, desk: Desk) -> None:
        desk.account("agent", role="agent")
        desk.account("head", role="administrator")
        for value, name, held in (("all", "agent", True), ("all", "head", True), ("none", "head", False)):
            with override_settings(SECOND_FACTOR=value):
                client = Client()
                password_step(client, name)
                assert (client.get("/account").status_code == 302) is held, (value, name)

    def test_a_link_of_the_command_is_not_held_and_one_of_the_desk_is(self, desk: Desk) -> None:
        user = desk.account()
        strong, weak = Client(), Client()
        strong.post(links.sign_in_link(user))
        assert is_in(strong)
        user.refresh_from_db()
        weak.post(links.sign_in_link(user, strong=False))
        assert weak.get("/account")["Location"] == "/account/second-factor"

    def test_the_last_factor_of_such_a_role_stays(self, desk: Desk) -> None:
        user = desk.account()
        client = Client()
        password_step(client)
        set_up(client)
        User.objects.filter(pk=user.pk).update(language="en")
        (held,) = factors.of(user)
        client.post(f"/account/factors/{held.pk}/remove")
        assert factors.has_one(user)
        assert "add another before you remove this one" in text_of(client.get("/account"))


def test_a_factor_that_is_not_needed_is_removed_with_its_recovery_codes(user: User) -> None:
    client = Client()
    password_step(client)
    set_up(client)
    (held,) = factors.of(user)
    assert client.post(f"/account/factors/{held.pk}/remove").status_code == 302
    assert not Authenticator.objects.filter(user=user).exists()
    deeds = list(AuditEntry.objects.values_list("deed", flat=True))
    assert "factor.added" in deeds
    assert "factor.removed" in deeds


def test_the_factor_of_another_account_cannot_be_removed(desk: Desk, enrolled: tuple[str, list[str]]) -> None:
    assert enrolled
    other = desk.account("other", "securite")
    client = Client()
    password_step(client, "other")
    (held,) = factors.of(User.objects.get(name="awa"))
    assert client.post(f"/account/factors/{held.pk}/remove").status_code == 404
    assert factors.has_one(User.objects.get(name="awa"))
    assert not factors.has_one(other)


class TestIsItYou:
    """A desk that was left open must not be taken over for good."""

    @pytest.fixture
    def left_open(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    @pytest.mark.parametrize(
        "path", ["/account/app", "/account/passkey", "/account/password", "/account/recovery-codes"]
    )
    def test_what_changes_signing_in_asks_first(self, left_open: Client, path: str) -> None:
        for method in ("get", "post"):
            response = getattr(left_open, method)(path)
            assert response.status_code == 302
            assert response["Location"].startswith("/account/confirm?next=")

    def test_the_password_confirms_and_leads_back(self, left_open: Client) -> None:
        response = left_open.post("/account/confirm", {"password": PASSWORD, "next": "/account/app"})
        assert (response.status_code, response["Location"]) == (302, "/account/app")
        assert left_open.get("/account/app").status_code == 200

    def test_a_wrong_password_does_not_and_is_counted(self, left_open: Client) -> None:
        said = [left_open.post("/account/confirm", {"password": "wrong"}).status_code for _ in range(6)]
        assert said == [403] * 5 + [429]
        assert left_open.get("/account/app").status_code == 302

    def test_the_code_confirms_too_and_once(self, enrolled: tuple[str, list[str]], left_open: Client) -> None:
        code = code_of(enrolled[0])
        assert left_open.post("/account/confirm", {"code": code}).status_code == 302
        again = Client()
        again.force_login(User.objects.get(name="awa"))
        assert again.post("/account/confirm", {"code": code}).status_code == 403

    def test_who_signs_in_by_link_only_comes_back_by_a_new_one(self, desk: Desk) -> None:
        user = desk.account("linked", password="")
        left_open = Client()
        left_open.force_login(user)
        assert left_open.get("/account/app").status_code == 302
        assert left_open.post("/account/confirm", {"password": ""}).status_code == 403
        fresh = Client()
        fresh.post(links.sign_in_link(User.objects.get(name="linked")))
        assert fresh.get("/account/app").status_code == 200

    def test_it_lasts_ten_minutes(self, left_open: Client) -> None:
        left_open.post("/account/confirm", {"password": PASSWORD})
        session = left_open.session
        session["account_authentication_methods"][-1]["at"] -= 601
        session.save()
        assert left_open.get("/account/app").status_code == 302


def test_the_log_tells_who_signed_in_how_and_never_what_was_typed(enrolled: tuple[str, list[str]]) -> None:
    client = Client()
    client.post("/sign-in", {"name": "my password by mistake", "password": "wrong"})
    password_step(client)
    client.post("/sign-in/second", {"code": "123456"})
    client.post("/sign-in/second", {"code": code_of(enrolled[0])})
    client.post("/sign-out")
    told = list(AuditEntry.objects.order_by("seq").values_list("deed", "account", "subject", "detail"))
    assert ("session.began", "awa", "", '{"by":"password totp"}') in told
    assert ("session.ended", "awa", "", '{"own":1}') in told
    refused = [(account, detail) for deed, account, _subject, detail in told if deed == "session.refused"]
    assert refused == [("", '{"by":"password"}'), ("", '{"by":"code"}')]
    assert "mistake" not in str(told)
    assert "123456" not in str(told)

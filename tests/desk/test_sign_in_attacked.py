"""Sign-in as an attacker sees it: what every form, answer, cookie and address of the way in gives away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http.cookies import Morsel
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from entente_node.directory import attempts, keys, sessions
from entente_node.directory.attempts import Kind
from entente_node.directory.models import AccessKey, Attempt, AuditEntry, User
from tests.desk.acts import ACTS
from tests.desk.conftest import PASSWORD, Desk, text_of

OF_ONES_OWN = {
    "sign-in": "/sign-in",
    "second-step": "/sign-in/second",
    "sign-in-passkey": "/sign-in/passkey",
    "sign-in-link": "/sign-in/nonsense",
    "sign-out": "/sign-out",
    "language": "/language",
    "make-key": "/keys/make",
    "revoke-key": "/keys/1/revoke",
    "account-confirm": "/account/confirm",
    "account-password": "/account/password",
    "account-app": "/account/app",
    "account-passkey": "/account/passkey",
    "remove-factor": "/account/factors/1/remove",
    "recovery-codes": "/account/recovery-codes",
    "end-sessions": "/account/sessions/end",
    "end-session": "/account/sessions/1/end",
    "duty-phone": "/account/duty-phone",
}
SENT = OF_ONES_OWN | {name: act.path for name, act in ACTS.items() if not act.reads}
ELSEWHERE = [
    "https://example.org/",
    "//example.org",
    "///example.org",
    "////example.org",
    "/\\example.org",
    "\\\\example.org",
    "/\t/example.org",
    "/\n/example.org",
    "\t//example.org",
    " //example.org",
    "/%0a/example.org",
    "/\r\nLocation: https://example.org",
    "https:example.org",
    "HTTPS://example.org",
    "http:\\\\example.org",
    "javascript:alert(1)",
    "data:text/html,x",
    "//example.org\\@testserver",
    "https://testserver@example.org/",
    "//testserver/",
    "/\u2215example.org",
    "\u2044/example.org",
    "/\x00/example.org",
    "//[::1]/",
    "//[",
]


@pytest.fixture
def user(desk: Desk) -> User:
    return desk.account(language="en", duty="permanence")


def signed_in(**more: str) -> Client:
    client = Client(headers={"accept-language": "en"}, **more)
    assert client.post("/sign-in", {"name": "awa", "password": PASSWORD}).status_code == 302
    return client


class TestAFormOfAnotherSite:
    @pytest.mark.parametrize("name", sorted(SENT))
    @pytest.mark.parametrize("role", ["coordinator", "administrator"])
    def test_does_nothing(self, desk: Desk, raised: str, name: str, role: str) -> None:
        who = desk.client("protection-civile", role=role)
        client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
        client.cookies = who.cookies
        path = SENT[name]
        if "{" in path:
            path = path[: path.index("{")] + raised + path[path.index("}") + 1 :]
        before = AuditEntry.objects.count(), AccessKey.objects.count(), User.objects.count()
        answer = client.post(path, {"next": "/", "name": "awa", "password": PASSWORD})
        assert answer.status_code == 403, path
        assert "This page is too old" in text_of(answer)
        assert (AuditEntry.objects.count(), AccessKey.objects.count(), User.objects.count()) == before
        assert client.get("/account").status_code == 200

    def test_does_nothing_with_a_token_that_it_has_got(self, user: User) -> None:
        client = Client(enforce_csrf_checks=True)
        token = text_of(client.get("/sign-in")).partition('name="csrfmiddlewaretoken" value="')[2][:64]
        form = {"name": user.name, "password": PASSWORD, "csrfmiddlewaretoken": token}
        for origin in (
            "https://example.org",
            "null",
            "http://testserver.example.org",
            "http://testserver:81",
        ):
            assert client.post("/sign-in", form, headers={"origin": origin}).status_code == 403
        assert client.post("/sign-in", form, headers={"origin": "http://testserver"}).status_code == 302


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_no_address_leads_to_another_site(user: User, wanted: str) -> None:
    leads = [
        Client().post("/sign-in", {"name": user.name, "password": PASSWORD, "next": wanted}),
        Client().post("/language", {"language": "en", "next": wanted}),
        signed_in().get("/sign-in", {"next": wanted}),
        signed_in().post("/account/confirm", {"password": PASSWORD, "next": wanted}),
        signed_in().get("/sign-in/passkey", {"next": wanted}),
    ]
    for answer in leads:
        assert answer.status_code == 302
        where = answer["Location"]
        assert where.startswith("/"), where
        # What a browser makes of it: it drops tabs and line ends, and reads a backslash as a slash.
        read = where.translate({9: None, 10: None, 13: None}).replace("\\", "/")
        assert not read.startswith("//"), where
        assert not urlsplit(read).netloc


class TestEveryAnswer:
    @pytest.fixture
    def held(self, desk: Desk) -> Iterator[Client]:
        """Who is led to set a second factor up first."""
        with override_settings(SECOND_FACTOR="all"):
            desk.account()
            yield signed_in()

    def test_stands_in_no_frame_and_is_kept_by_nobody(self, held: Client, raised: str) -> None:
        nobody, bad = Client(), Client(enforce_csrf_checks=True)
        answers = {
            "held": held.get("/"),
            "asked to sign in": nobody.get("/"),
            "csrf": bad.post("/sign-in", {}),
            "method": nobody.get("/sign-out"),
            "slash": nobody.get("/sign-in/"),
            "nothing": nobody.get("/nowhere"),
            "link": nobody.get("/sign-in/nonsense"),
            "api": nobody.get("/api/v1/records"),
            "api nothing": nobody.get("/api/v1/nowhere"),
            "api schema": nobody.get("/api/v1/openapi.json"),
            "csv": nobody.get("/records.csv"),
            "calendar": nobody.get("/calendar/nonsense.ics"),
            "alert": nobody.get(f"/alerts/{raised}"),
            "message": nobody.get("/a/nonsense"),
            "sms": nobody.post("/sms/nonsense"),
            "pouch": nobody.post("/pouch", b"x", content_type="application/vnd.entente.pouch"),
            "public": nobody.get("/public"),
            "refused": nobody.post("/sign-in", {"name": "awa", "password": "wrong"}),
        }
        for name, answer in answers.items():
            assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], name
            assert answer["X-Frame-Options"] == "DENY", name
            assert answer["X-Content-Type-Options"] == "nosniff", name
            assert "no-store" in answer["Cache-Control"] or "public" in name, (name, answer["Cache-Control"])

    def test_of_a_page_is_not_there_any_more_after_signing_out(self, user: User) -> None:
        client = signed_in()
        page = client.get("/")
        assert page["Cache-Control"] == "private, no-store"
        etag = page.headers.get("ETag", '"x"')
        client.post("/sign-out")
        assert client.get("/", headers={"if-none-match": etag}).status_code == 302
        assert client.get("/?fragment=1", headers={"x-fragment": "1", "if-none-match": etag}).status_code in {
            302,
            401,
        }
        assert user.name


class TestCookies:
    def flags(self, client: Client) -> dict[str, Morsel[str]]:
        return {name: client.cookies[name] for name in client.cookies}

    def test_none_is_for_scripts_or_for_other_sites(self, user: User) -> None:
        client = signed_in()
        client.post("/language", {"language": "en"})
        client.post("/account/duty-phone")
        found = self.flags(client)
        assert len(found) >= 3
        for name, cookie in found.items():
            assert cookie["httponly"], name
            assert cookie["samesite"] in {"Lax", "Strict"}, name
            assert not cookie["domain"], name
        assert user.name

    def test_each_travels_by_https_only_where_the_node_has_such_an_address(self, user: User) -> None:
        with override_settings(SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True):
            client = signed_in()
            client.get("/account")
            client.post("/language", {"language": "en"})
            for name, cookie in self.flags(client).items():
                assert cookie["secure"], name
        assert user.name


class TestAStrangerInTheSameNetwork:
    """Behind one address are an office, or all the telephones of an operator."""

    def test_does_not_keep_a_passkey_from_the_device_that_it_is_for(self, user: User) -> None:
        own = signed_in()
        own.post("/sign-out")
        stranger = Client()
        answers = [stranger.get("/sign-in/passkey").status_code for _ in range(attempts.PER_ADDRESS + 1)]
        assert answers[-1] == 429
        assert own.get("/sign-in/passkey").status_code == 200
        assert user.name

    def test_nor_does_a_device_ask_without_end(self, user: User) -> None:
        own = signed_in()
        own.post("/sign-out")
        answers = [own.get("/sign-in/passkey").status_code for _ in range(attempts.PER_ADDRESS + 1)]
        assert answers == [200] * attempts.PER_ADDRESS + [429]
        assert user.name

    def test_does_not_keep_a_link_or_a_password_from_its_device(self, user: User) -> None:
        own = signed_in()
        own.post("/sign-out")
        stranger = Client()
        for number in range(attempts.PER_ADDRESS + 5):
            stranger.post("/sign-in", {"name": f"name{number}", "password": "wrong"})
            stranger.post("/sign-in/nonsense")
        assert own.post("/sign-in", {"name": user.name, "password": PASSWORD}).status_code == 302


def test_codes_are_not_guessed_all_day_at_a_device_that_many_share(user: User) -> None:
    device, now = "a" * 32, timezone.now()
    Attempt.objects.bulk_create(
        Attempt(
            name=attempts.mark(user.name, Kind.CODE), address=f"device:{device}", at=now - timedelta(hours=2)
        )
        for _ in range(attempts.CODES_PER_NAME)
    )
    assert not attempts.may_try(user.name, "192.0.2.1", kind=Kind.CODE, device=device)
    assert attempts.may_try(user.name, "192.0.2.1", kind=Kind.CODE, device="b" * 32)
    assert attempts.may_try(user.name, "192.0.2.1", kind=Kind.CODE)
    assert attempts.may_try(user.name, "192.0.2.1", device=device)


class TestWhatIsTakenAway:
    def test_is_gone_at_the_next_request_also_for_a_page_that_asks_by_itself(self, user: User) -> None:
        client = signed_in()
        assert client.get("/", headers={"x-fragment": "1"}).status_code == 200
        sessions.end_all(user)
        assert client.get("/", headers={"x-fragment": "1"}).status_code in {302, 401}
        assert client.get("/api/v1/records").status_code in {302, 401}

    def test_is_gone_for_a_key_at_once(self, user: User) -> None:
        token = keys.make(user, "api", "tableur")
        bearer = {"authorization": f"Bearer {token}"}
        assert Client().get("/api/v1/records", headers=bearer).status_code == 200
        keys.revoke_all(user)
        assert Client().get("/api/v1/records", headers=bearer).status_code == 401


@pytest.mark.parametrize("host", ["example.org", "example.org:80", "testserver.example.org"])
def test_the_host_that_is_asked_for_stands_in_no_answer(user: User, host: str) -> None:
    client = Client(headers={"host": host})
    for answer in (
        client.get("/sign-in"),
        client.get("/sign-in/passkey"),
        client.get("/"),
        client.post("/sign-in", {"name": user.name, "password": "wrong"}),
    ):
        assert "example.org" not in text_of(answer).replace(f'"rpId": "{host.partition(":")[0]}"', "")
        assert "example.org" not in answer.get("Location", "")
    assert settings.ALLOWED_HOSTS

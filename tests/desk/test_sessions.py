"""Sessions: how long, on which device, and how they end."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from entente_node.directory import sessions
from entente_node.directory.models import AuditEntry, User
from entente_node.directory.roles import Role
from tests.desk.conftest import PASSWORD, Desk, text_of

FIREFOX = "Mozilla/5.0 (Android 13; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"
COOKIE = settings.SESSION_COOKIE_NAME


def signed_in(name: str = "awa", agent: str = FIREFOX, **more: str) -> Client:
    client = Client(headers={"user-agent": agent, "accept-language": "en"})
    assert client.post("/sign-in", {"name": name, "password": PASSWORD, **more}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


def ends(client: Client) -> timedelta:
    """How long from now the session of this browser lasts."""
    row = Session.objects.get(session_key=client.cookies[COOKIE].value)
    return row.expire_date - datetime.now(UTC)


@pytest.fixture
def user(desk: Desk) -> User:
    return desk.account(duty="permanence")


@pytest.fixture
def plain(desk: Desk) -> User:
    return desk.account("plain")


def later(client: Client, **by: float) -> None:
    """This browser signed in and was used so long ago."""
    session = client.session
    for name in ("entente.began", "entente.seen"):
        session[name] -= timedelta(**by).total_seconds()
    session.save()


class TestHowLong:
    def test_twelve_hours_without_use_end_it(self, plain: User) -> None:
        client = signed_in(plain.name)
        assert timedelta(hours=11, minutes=59) < ends(client) <= timedelta(hours=12)
        assert int(client.cookies[COOKIE]["max-age"]) == 12 * 3600
        Session.objects.update(expire_date=datetime.now(UTC) - timedelta(seconds=1))
        assert not is_in(client)

    def test_use_prolongs_it_and_a_page_that_asks_by_itself_does_not(self, plain: User) -> None:
        client = signed_in(plain.name)
        later(client, hours=1)
        Session.objects.update(expire_date=datetime.now(UTC) + timedelta(hours=11))
        client.get("/account", headers={"if-none-match": '"x"', "x-fragment": "live"})
        assert ends(client) <= timedelta(hours=11)
        client.get("/account")
        assert ends(client) > timedelta(hours=11, minutes=59)

    def test_last_use_is_written_every_five_minutes_at_most(self, plain: User) -> None:
        client = signed_in(plain.name)
        before = UserSession.objects.get().last_seen_at
        client.get("/account")
        assert UserSession.objects.get().last_seen_at == before
        later(client, minutes=6)
        client.get("/account")
        assert UserSession.objects.get().last_seen_at > before

    def test_a_duty_phone_stays_thirty_days_without_a_new_code(self, user: User) -> None:
        client = signed_in(duty_phone="yes")
        assert user.duty
        assert timedelta(days=29, hours=23) < ends(client) <= timedelta(days=30)
        later(client, days=29)
        assert is_in(client)
        (one,) = sessions.of(user)
        assert one.duty
        later(client, days=1, minutes=1)
        assert not is_in(client)

    def test_using_a_duty_phone_does_not_prolong_the_thirty_days(self, user: User) -> None:
        client = signed_in(duty_phone="yes")
        until = Session.objects.get(session_key=client.cookies[COOKIE].value).expire_date
        later(client, days=10)
        assert is_in(client)
        kept = Session.objects.get(session_key=client.cookies[COOKIE].value).expire_date
        assert abs(kept - until) < timedelta(seconds=2)
        assert user.pk

    def test_who_has_no_duty_has_no_duty_phone(self, plain: User) -> None:
        client = signed_in(plain.name, duty_phone="yes")
        assert ends(client) <= timedelta(hours=12)
        assert client.post("/account/duty-phone").status_code == 404
        assert (
            "duty phone" not in text_of(client.get("/account")).split("<footer")[0].split("A session ends")[0]
        )

    def test_a_device_becomes_a_duty_phone_and_no_longer_is_one(self, user: User) -> None:
        client = signed_in()
        client.post("/account/duty-phone")
        assert ends(client) > timedelta(days=29)
        assert sessions.of(user)[0].duty
        client.post("/account/duty-phone", {"stop": "yes"})
        assert ends(client) <= timedelta(hours=12)
        assert not sessions.of(user)[0].duty

    def test_what_has_expired_is_cleared_away_when_somebody_signs_in(self, plain: User) -> None:
        signed_in(plain.name)
        Session.objects.update(expire_date=datetime.now(UTC) - timedelta(days=1))
        signed_in(plain.name)
        assert Session.objects.count() == 1
        assert len(sessions.of(plain)) == 1


class TestHowItEnds:
    def test_a_cookie_that_was_copied_is_worth_nothing_after_signing_out(self, user: User) -> None:
        client = signed_in()
        thief = Client()
        thief.cookies[COOKIE] = client.cookies[COOKIE].value
        assert is_in(thief)
        client.post("/sign-out")
        assert not is_in(thief)
        assert sessions.of(user) == []

    def test_a_session_that_a_stranger_planted_is_not_the_one_that_is_signed_in(self, user: User) -> None:
        stranger = Client()
        stranger.get("/sign-in/passkey")  # a session of his own, in the database
        planted = stranger.cookies[COOKIE].value
        victim = Client()
        victim.cookies[COOKIE] = planted
        victim.post("/sign-in", {"name": user.name, "password": PASSWORD})
        assert is_in(victim)
        assert victim.cookies[COOKIE].value != planted
        assert not is_in(stranger)

    def test_the_account_ends_one_of_its_sessions_from_another(self, user: User) -> None:
        phone, desk_pc = (
            signed_in(duty_phone="yes"),
            signed_in(agent="Mozilla/5.0 (Windows NT 10.0) Chrome/129"),
        )
        page = text_of(desk_pc.get("/account"))
        assert "Firefox, Android" in page
        assert "Chrome, Windows" in page
        (other,) = [one for one in sessions.of(user) if one.duty]
        assert desk_pc.post(f"/account/sessions/{other.pk}/end").status_code == 302
        assert not is_in(phone)
        assert is_in(desk_pc)

    def test_it_signs_out_the_others_or_everywhere(self, user: User) -> None:
        clients = [signed_in() for _ in range(3)]
        clients[0].post("/account/sessions/end")
        assert [is_in(one) for one in clients] == [True, False, False]
        clients.append(signed_in())
        clients[0].post("/account/sessions/end", {"here": "yes"})
        assert not any(is_in(one) for one in clients)
        assert sessions.of(user) == []

    def test_a_new_password_ends_the_others_and_keeps_this_one(self, user: User) -> None:
        here, there = signed_in(), signed_in(duty_phone="yes")
        before = here.cookies[COOKIE].value
        new = "neuf chèvres sur un pont"
        form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        assert here.post("/account/password", form).status_code == 302
        assert is_in(here)
        assert here.cookies[COOKIE].value != before
        assert not is_in(there)
        assert [one.here for one in sessions.of(user, here.get("/account").wsgi_request)] == [True]
        assert Client().post("/sign-in", {"name": user.name, "password": PASSWORD}).status_code == 403
        assert Client().post("/sign-in", {"name": user.name, "password": new}).status_code == 302

    def test_a_password_is_not_changed_without_the_old_one_nor_to_a_weak_one(self, user: User) -> None:
        client = signed_in()
        for old, new in (
            ("wrong", "neuf chèvres sur un pont"),
            (PASSWORD, "court"),
            (PASSWORD, "password123"),
        ):
            form = {"old_password": old, "new_password1": new, "new_password2": new}
            assert client.post("/account/password", form).status_code == 400
        user.refresh_from_db()
        assert user.check_password(PASSWORD)

    @pytest.mark.parametrize(
        "change", [{"role": Role.AGENT}, {"service": "securite"}, {"is_active": False}, {"password": "x"}]
    )
    def test_another_role_service_or_password_or_a_lock_ends_all_at_once(
        self, user: User, change: dict[str, object]
    ) -> None:
        client = signed_in(duty_phone="yes")
        assert is_in(client)
        User.objects.filter(pk=user.pk).update(**change)
        assert not is_in(client)

    def test_a_session_of_another_account_cannot_be_ended_by_its_number(self, desk: Desk, user: User) -> None:
        desk.account("other", "securite")
        victim, other = signed_in(), signed_in("other")
        (theirs,) = sessions.of(user)
        assert other.post(f"/account/sessions/{theirs.pk}/end").status_code == 404
        assert is_in(victim)

    def test_it_is_in_the_log(self, user: User) -> None:
        client = signed_in()
        client.post("/account/sessions/end", {"here": "yes"})
        assert AuditEntry.objects.filter(account=user.name, deed="session.ended").exists()


class TestTheCookie:
    def test_no_script_reads_it_and_no_other_site_sends_it(self, user: User) -> None:
        client = signed_in()
        cookie = client.cookies[COOKIE]
        assert user.pk
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert COOKIE.startswith("entente-")

    def test_it_travels_by_https_only_where_the_node_has_such_an_address(self) -> None:
        def told(address: str) -> str:
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "node.toml").write_text(f'party = "gao.ml"\naddress = "{address}"\n', "utf-8")
                script = "from entente_node import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
                return subprocess.run(
                    [sys.executable, "-c", script],
                    env={"ENTENTE_NODE": folder, "PYTHONPATH": ":".join(sys.path)},
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout.strip()

        assert told("https://bureau.example") == "True True"
        assert told("http://192.0.2.1:8000") == "False False"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox, Android"),
        (
            "Mozilla/5.0 (Linux; Android 9) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Version/17.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/129 Edg/129.0", "Edge, Windows"),
        ("curl/8", "curl/8"),
        ("", "?"),
    ],
)
def test_a_device_is_said_in_a_few_words(agent: str, said: str) -> None:
    assert sessions.device_name(agent) == said

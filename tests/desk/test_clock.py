"""The clock at the desk: who is told that it is held, who confirms it, what the log says; signing in by any clock."""

from __future__ import annotations

import gzip
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client
from django.utils import timezone

from entente.errors import StoreError
from entente_node.directory import attempts, auditing, factors, here, links, pruning, sessions
from entente_node.directory import clock as clock_pages
from entente_node.directory.models import Attempt, AuditEntry, User
from tests import parties
from tests.desk.conftest import CHROMIUM, PASSWORD, Desk, text_of
from tests.desk.looking import looked_at
from tests.desk.test_measures import NAMED, proposed
from tests.desk.test_pages import FUNCTION_WORDS, SAID_BY_PEOPLE, WIDTHS
from tests.desk.test_second_step import code_of, password_step, set_up
from tests.machines import Machine, guarded

YEAR = timedelta(days=365)
ACTING = ("agent", "officer", "coordinator", "secretariat", "community", "administrator")
BANNER = "The clock of this machine has jumped"


def is_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


@pytest.fixture
def machine(desk: Desk) -> Machine:
    """The machine of Tillabéri's desk."""
    found = guarded(desk.federation, "tillaberi", alias="default")
    desk.node = desk.federation.tillaberi
    here.serve(desk.node)
    return found


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="(\d+)"', page)
    assert found is not None
    return found[1]


class TestHeld:
    def test_who_may_act_is_told_on_every_page_and_who_only_reads_is_not(
        self, desk: Desk, machine: Machine
    ) -> None:
        assert BANNER not in desk.page("/")
        machine.jumps(days=30)
        for role in ACTING:
            client = desk.client(role=role)
            for path in ("/account", "/agreement/gao-tillaberi"):
                assert BANNER in text_of(client.get(path)), (role, path)
            assert "30 days ahead" in text_of(client.get("/clock")), role
        observer = desk.client(role="observer")
        assert BANNER not in text_of(observer.get("/account"))
        assert observer.get("/clock").status_code == 403

    def test_the_page_says_what_the_clock_shows_what_was_expected_and_what_to_do(
        self, desk: Desk, machine: Machine
    ) -> None:
        assert "is believed" in desk.page("/clock")
        machine.jumps(days=-30)
        page = desk.page("/clock")
        for words in (
            "30 days behind",
            "2 January 2022, 09:03 WAT",
            "1 February 2022, 09:03 WAT",
            "Compare what",
        ):
            assert words in page, words
        assert "confirm-clock" not in page
        assert 'action="/clock/confirm"' not in page

    def test_nothing_is_shown_as_late(self, desk: Desk, machine: Machine, raised: str) -> None:
        machine.passes(hours=30)
        assert 'class="due late"' in desk.page(f"/alerts/{raised}")
        machine.jumps(days=30)
        page = desk.page(f"/alerts/{raised}")
        assert 'class="due' not in page
        assert "Waits for your acknowledgement" in page

    def test_no_measure_is_shown_as_overdue(self, desk: Desk, machine: Machine) -> None:
        code = proposed(desk, services=NAMED[1:2], state="under_way", start="2022-01-20", until="2022-02-03")
        machine.passes(days=10)
        assert code in desk.page("/measures?state=late")
        machine.jumps(days=30)
        assert code not in desk.page("/measures?state=late")
        assert "Overdue: it was to end" not in desk.page(f"/measures/{code}")

    def test_an_administrator_confirms_what_the_page_showed(self, desk: Desk, machine: Machine) -> None:
        machine.jumps(days=30)
        client = desk.client(role="administrator")
        sent = {"shown": shown(text_of(client.get("/clock")))}
        machine.passes(minutes=2)
        answer = client.post("/clock/confirm", sent, follow=True)
        assert "is believed" in text_of(answer)
        assert BANNER not in text_of(client.get("/account"))
        deeds = AuditEntry.objects.filter(deed__startswith="clock.").values_list("deed", "account")
        assert list(deeds) == [("clock.held", ""), ("clock.confirmed", "administrator-of-protection-civile")]
        detail = AuditEntry.objects.get(deed="clock.confirmed").detail
        assert "2022-03-03T" in detail
        assert "2022-02-01T" in detail
        assert auditing.verify() is None

    def test_a_clock_that_has_jumped_again_is_not_confirmed_with_the_one_that_was_shown(
        self, desk: Desk, machine: Machine
    ) -> None:
        machine.jumps(days=30)
        client = desk.client(role="administrator")
        sent = {"shown": shown(text_of(client.get("/clock")))}
        machine.jumps(days=300)
        assert "something else by now" in text_of(client.post("/clock/confirm", sent, follow=True))
        for nonsense in ("", "x", "-1", "9" * 30):
            client.post("/clock/confirm", {"shown": nonsense})
        assert desk.node.is_clock_held()

    @pytest.mark.parametrize("role", [role for role in ACTING if role != "administrator"])
    def test_nobody_else_confirms(self, desk: Desk, machine: Machine, role: str) -> None:
        machine.jumps(days=30)
        wall = str(int(machine.clock.now.timestamp()))
        assert desk.client(role=role).post("/clock/confirm", {"shown": wall}).status_code == 403
        assert Client().post("/clock/confirm", {"shown": wall}).status_code == 302
        assert desk.node.is_clock_held()

    def test_the_watch_writes_what_has_changed_into_the_log_once(self, desk: Desk, machine: Machine) -> None:
        machine.jumps(days=30)
        for _ in range(3):
            clock_pages.look(desk.node)
        machine.jumps(days=-30)
        clock_pages.look(desk.node)
        deeds = AuditEntry.objects.filter(deed__startswith="clock.").values_list("deed", flat=True)
        assert list(deeds) == ["clock.held", "clock.came-back"]
        page = text_of(desk.client(role="administrator").get("/audit"))
        assert "The clock came back by itself" in page

    def test_no_entry_of_the_log_is_removed(self, desk: Desk, machine: Machine) -> None:
        desk.page("/account")
        machine.passes(days=60)
        desk.page("/account")
        machine.jumps(days=400)
        lines = list(auditing.export())
        with pytest.raises(StoreError, match="the clock is held"):
            pruning.prune(machine.clock.now - timedelta(days=31), lines)
        assert AuditEntry.objects.count() == len(lines)

    def test_records_are_written_and_leave_meanwhile(self, desk: Desk, machine: Machine) -> None:
        machine.jumps(days=300)
        filing = desk.node.file([parties.alert(code=None)], confirmed=True)[0]
        desk.federation.exchange()
        assert desk.federation.gao.store.shown(filing.record.code or "") is not None
        assert desk.federation.kayes.store.shown(filing.record.code or "") is None


@pytest.fixture
def user(desk: Desk) -> User:
    return desk.account()


class TestSignIn:
    """The node's clock is a year off: what telephones, sessions and tries say is a year away from it."""

    def test_a_code_of_an_app_fails_and_a_recovery_code_signs_in(self, user: User) -> None:  # noqa: ARG002
        client = Client()
        password_step(client)
        secret, recovery = set_up(client)
        year = int(YEAR.total_seconds()) // 30
        for years in (-year, year):
            other = Client()
            password_step(other)
            assert other.post("/sign-in/second", {"code": code_of(secret, years)}).status_code == 403
            assert other.post("/sign-in/second", {"code": recovery.pop()}).status_code == 302
            assert is_in(other)

    def test_a_link_of_the_command_signs_in(self, user: User) -> None:
        User.objects.filter(pk=user.pk).update(last_login=timezone.now() + YEAR)
        user.refresh_from_db()
        client = Client()
        client.post(links.sign_in_link(user))
        assert is_in(client)

    def test_a_link_made_by_a_clock_that_stood_ahead_is_not_good_for_a_year(self, user: User) -> None:
        path = links.sign_in_link(user)
        pk, mark, made, until, strong = signing.loads(path.rpartition("/")[2], salt="entente.sign-in-link")
        ahead = int(YEAR.total_seconds())
        token = signing.dumps([pk, mark, made + ahead, until + ahead, strong], salt="entente.sign-in-link")
        assert links.holder(path.rpartition("/")[2]) is not None
        assert links.holder(token) is None

    def test_tries_of_a_clock_that_stood_ahead_lock_nobody_out(self, user: User) -> None:  # noqa: ARG002
        for _ in range(2 * attempts.PER_NAME_AND_ADDRESS):
            attempts.may_try("awa", "127.0.0.1")
        client = Client()
        assert client.post("/sign-in", {"name": "awa", "password": PASSWORD}).status_code == 429
        Attempt.objects.update(at=timezone.now() + YEAR)
        assert client.post("/sign-in", {"name": "awa", "password": PASSWORD}).status_code == 302

    def test_tries_still_count_by_a_wrong_clock(self, user: User) -> None:  # noqa: ARG002
        Attempt.objects.create(name="x", address="y", at=timezone.now() - YEAR)
        allowed = [attempts.may_try("awa", "127.0.0.1") for _ in range(attempts.PER_NAME_AND_ADDRESS + 1)]
        assert allowed[-1] is False
        assert all(allowed[:-1])

    def test_a_code_that_was_used_while_the_clock_stood_ahead_locks_no_app_out(self, user: User) -> None:
        client = Client()
        password_step(client)
        secret, _ = set_up(client)
        (row,) = factors.Authenticator.objects.filter(user_id=user.pk, type=factors.TOTP)
        now = int(time.time()) // 30
        factors.mark_used(row, now + int(YEAR.total_seconds()) // 30)
        assert factors.check_code(user, code_of(secret)) is not None
        assert factors.check_code(user, code_of(secret)) is None, "once"

    @pytest.mark.parametrize("years", [1, -1])
    def test_a_session_of_another_year_ends_in_time_and_nobody_is_put_out_by_a_clock_set_back(
        self,
        user: User,  # noqa: ARG002
        years: int,
    ) -> None:
        client = Client()
        password_step(client)
        session = client.session
        for name in ("entente.began", "entente.seen"):
            session[name] += years * YEAR.total_seconds()
        session.save()
        Session.objects.update(expire_date=timezone.now() + timedelta(hours=1) + years * YEAR)
        assert is_in(client) is (years > 0), "by a clock that jumped ahead it is over, as it is after a year"
        if years > 0:
            (row,) = Session.objects.all()
            assert row.expire_date <= timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
            assert client.session["entente.began"] <= time.time()
        other = Client()
        password_step(other)
        assert is_in(other)

    def test_a_session_that_nobody_uses_is_bounded_when_somebody_signs_in(self, user: User) -> None:  # noqa: ARG002
        client = Client()
        password_step(client)
        Session.objects.update(expire_date=timezone.now() + YEAR)
        password_step(Client())
        longest = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        assert all(one.expire_date <= longest for one in Session.objects.all())

    def test_a_duty_phone_keeps_its_thirty_days(self, desk: Desk) -> None:
        desk.account("bintou", duty="permanence")
        client = Client()
        password_step(client, "bintou", duty_phone="on")
        assert sessions.bound() == 0
        (row,) = Session.objects.all()
        assert row.expire_date > timezone.now() + timedelta(days=29)


class TestPage:
    """The page while the clock is held; as it is otherwise it is in :mod:`tests.desk.every_page`."""

    def test_it_is_light_and_says_nothing_in_english(self, desk: Desk, machine: Machine) -> None:
        machine.jumps(days=-30)
        for role in ("coordinator", "administrator"):
            answer = desk.client(role=role, language="fr").get("/clock")
            assert len(gzip.compress(answer.content)) <= 10_000
            body = text_of(answer).replace("-of-", "-").partition("<body")[2]
            said = re.sub(r"<[^>]*>", " ", SAID_BY_PEOPLE.sub(" ", body))
            assert FUNCTION_WORDS & set(re.findall(r"[a-zà-ÿ’]+", said)) == set(), role

    @pytest.mark.browser
    @pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
    @pytest.mark.parametrize("language", WIDTHS)
    def test_it_has_no_fault(
        self, desk: Desk, machine: Machine, address: str, browser: Any, language: str
    ) -> None:
        machine.jumps(days=30)
        client = desk.client(role="administrator", language=language)
        cookie, width = settings.SESSION_COOKIE_NAME, WIDTHS[language]
        context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
        context.add_cookies([{"name": cookie, "value": client.cookies[cookie].value, "url": address}])
        page = context.new_page()
        found = []
        for path in ("/clock", "/account"):
            page.goto(address + path)
            found += looked_at(page, path, language, width)
            assert page.get_by_role("alert").count() == (path != "/clock")
        page.goto(address + "/clock")
        page.locator("main form button").click()
        page.wait_for_load_state()
        assert not desk.node.is_clock_held()
        context.close()
        assert not found, "\n".join(f"{path}: {fault}" for path, fault in found)

"""The pages of accounts: what an administrator does, what a coordinator may, what nobody else gets."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from entente.errors import StoreError
from entente_node.directory import keeping, links, sessions
from entente_node.directory.models import AuditEntry, User
from entente_node.directory.roles import Role
from tests.desk.conftest import PASSWORD, Desk, text_of

FORM = {"service": "securite", "role": "agent", "function": "Poste", "duty": "permanence", "language": "fr"}
OF_THE_ADMINISTRATOR = (
    "/accounts/new",
    "/accounts/of/awa/change",
    "/accounts/of/awa/lock",
    "/accounts/of/awa/link",
)
OF_SESSIONS = ("/accounts", "/accounts/of/awa", "/accounts/of/awa/sessions")


@pytest.fixture
def as_role(desk: Desk) -> Callable[..., Client]:
    """A browser in which an account of a role has signed in with its password."""

    def sign_in(role: str, service: str = "protection-civile", name: str = "") -> Client:
        user = desk.account(name or f"the-{role}", service, role=role, language="en")
        client = Client()
        assert client.post("/sign-in", {"name": user.name, "password": PASSWORD}).status_code == 302
        return client

    return sign_in


@pytest.fixture
def head(as_role: Callable[..., Client]) -> Client:
    """The administrator's browser."""
    return as_role("administrator", name="head")


@pytest.fixture
def awa(desk: Desk) -> User:
    return desk.account(role="officer")


class TestTheAdministrator:
    def test_makes_an_account_and_a_link_that_is_shown_once(self, head: Client) -> None:
        page = text_of(head.get("/accounts/new"))
        assert re.search(r'<option value="securite"', page)
        response = head.post("/accounts/new", FORM | {"name": "moussa", "areas": []})
        assert (response.status_code, response["Location"]) == (302, "/accounts/of/moussa")
        made = User.objects.get(name="moussa")
        assert (made.service, made.role, made.duty, made.has_usable_password()) == (
            "securite",
            "agent",
            "permanence",
            False,
        )
        shown = re.search(r'class="code secret">(http[^<]+)<', text_of(head.post("/accounts/of/moussa/link")))
        assert shown
        assert "code secret" not in text_of(head.get("/accounts/of/moussa"))
        newcomer = Client()
        assert newcomer.post("/" + shown[1].split("/", 3)[3]).status_code == 302
        assert newcomer.get("/account").status_code == 200

    def test_a_link_that_it_makes_opens_no_second_step(self, head: Client, awa: User) -> None:
        shown = re.search(r'class="code secret">(http[^<]+)<', text_of(head.post("/accounts/of/awa/link")))
        assert shown
        found = links.holder(shown[1].rpartition("/")[2])
        assert found == links.Pass(awa, strong=False)

    def test_changes_an_account_which_is_then_signed_out_everywhere(self, head: Client, awa: User) -> None:
        client = Client()
        client.post("/sign-in", {"name": "awa", "password": PASSWORD})
        assert client.get("/account").status_code == 200
        assert head.post("/accounts/of/awa/change", FORM).status_code == 302
        awa.refresh_from_db()
        assert (awa.role, awa.service) == ("agent", "securite")
        assert client.get("/account").status_code == 302
        assert sessions.of(awa) == []

    def test_takes_only_what_the_lists_offer(self, head: Client, awa: User) -> None:
        for more in ({"role": "king"}, {"service": "elsewhere"}):
            assert head.post("/accounts/of/awa/change", FORM | more).status_code == 403
            assert head.post("/accounts/new", FORM | {"name": "new"} | more).status_code == 403
        awa.refresh_from_db()
        assert awa.role == "officer"
        head.post("/accounts/of/awa/change", FORM | {"areas": ["nowhere"]})
        awa.refresh_from_db()
        assert awa.areas == []

    @pytest.mark.parametrize("name", ["", "two words", "awa", "<b>"])
    @pytest.mark.usefixtures("awa")
    def test_a_name_that_cannot_be_is_refused_with_a_word(self, head: Client, name: str) -> None:
        before = User.objects.count()
        assert head.post("/accounts/new", FORM | {"name": name}).status_code == 400
        assert User.objects.count() == before

    def test_locks_and_unlocks(self, head: Client, awa: User) -> None:
        client = Client()
        client.post("/sign-in", {"name": "awa", "password": PASSWORD})
        head.post("/accounts/of/awa/lock")
        assert client.get("/account").status_code == 302
        assert Client().post("/sign-in", {"name": "awa", "password": PASSWORD}).status_code == 403
        assert head.post("/accounts/of/awa/link").status_code == 403
        head.post("/accounts/of/awa/lock")
        assert Client().post("/sign-in", {"name": "awa", "password": PASSWORD}).status_code == 302
        assert awa.pk

    def test_is_not_locked_nor_changed_nor_removed_when_it_is_the_only_one(self, head: Client) -> None:
        only = User.objects.get(name="head")
        head.post("/accounts/of/head/lock")
        assert "is the only administrator" in text_of(head.get("/accounts/of/head"))
        response = head.post("/accounts/of/head/change", FORM | {"role": "officer"})
        assert response.status_code == 400
        only.refresh_from_db()
        assert (only.role, only.is_active) == (Role.ADMINISTRATOR, True)
        with pytest.raises(StoreError):
            keeping.remove(only)

    def test_may_go_when_there_is_another(self, desk: Desk, head: Client) -> None:
        desk.account("second", role="administrator")
        head.post("/accounts/of/head/lock")
        assert not User.objects.get(name="head").is_active
        with pytest.raises(StoreError):
            keeping.lock(User.objects.get(name="second"))

    def test_begins_at_the_accounts_and_goes_where_it_wanted(self, desk: Desk) -> None:
        desk.account("head", role="administrator")
        for wanted, where in (("", "/accounts"), ("/", "/accounts"), ("/account", "/account")):
            form = {"name": "head", "password": PASSWORD, "next": wanted}
            assert Client().post("/sign-in", form)["Location"] == where

    def test_sees_no_record(self, head: Client, raised: str) -> None:
        assert head.get(f"/alerts/{raised}").status_code == 404

    def test_is_asked_again_before_a_link_when_its_desk_was_left_open(self, desk: Desk, awa: User) -> None:
        left_open = Client()
        left_open.force_login(desk.account("head", role="administrator"))
        response = left_open.post("/accounts/of/awa/link", {"next": "/accounts/of/awa"})
        assert response["Location"] == "/account/confirm?next=%2Faccounts%2Fof%2Fawa"
        assert awa.pk

    def test_everything_it_does_is_in_the_log(self, head: Client) -> None:
        head.post("/accounts/new", FORM | {"name": "moussa"})
        head.post("/accounts/of/moussa/link")
        head.post("/accounts/of/moussa/change", FORM | {"role": "officer"})
        head.post("/accounts/of/moussa/lock")
        head.post("/accounts/of/moussa/sessions")
        told = AuditEntry.objects.filter(account="head", subject="moussa").order_by("seq")
        assert [one.deed for one in told if one.deed.startswith(("account.", "session."))] == [
            "account.made",
            "account.link",
            "account.changed",
            "account.locked",
            "session.ended",
        ]


class TestACoordinator:
    def test_ends_sessions_of_its_own_service(self, as_role: Callable[..., Client], awa: User) -> None:
        client = Client()
        client.post("/sign-in", {"name": "awa", "password": PASSWORD})
        coordinator = as_role("coordinator")
        assert "awa" in text_of(coordinator.get("/accounts"))
        (one,) = sessions.of(awa)
        assert coordinator.post("/accounts/of/awa/sessions", {"session": one.pk}).status_code == 302
        assert client.get("/account").status_code == 302

    @pytest.mark.usefixtures("awa")
    def test_does_not_change_accounts(self, as_role: Callable[..., Client]) -> None:
        coordinator = as_role("coordinator")
        for path in OF_THE_ADMINISTRATOR:
            assert coordinator.post(path, FORM).status_code == 403, path
        assert "/change" not in text_of(coordinator.get("/accounts/of/awa"))

    def test_of_another_service_with_the_right_address_gets_nothing(
        self, as_role: Callable[..., Client], awa: User
    ) -> None:
        client = Client()
        client.post("/sign-in", {"name": "awa", "password": PASSWORD})
        stranger = as_role("coordinator", "securite")
        assert "awa" not in text_of(stranger.get("/accounts"))
        (one,) = sessions.of(awa)
        for path in ("/accounts/of/awa", "/accounts/of/nobody"):
            assert stranger.get(path).status_code == 404
            assert stranger.post(f"{path}/sessions", {"session": one.pk}).status_code == 404
        own = User.objects.get(name="the-coordinator")
        assert stranger.post(f"/accounts/of/{own.name}/sessions", {"session": one.pk}).status_code == 302
        assert client.get("/account").status_code == 200


@pytest.mark.parametrize("role", ["agent", "officer", "secretariat", "observer", "community"])
@pytest.mark.usefixtures("awa")
def test_the_other_roles_get_none_of_these_pages(as_role: Callable[..., Client], role: str) -> None:
    client = as_role(role)
    for path in (*OF_THE_ADMINISTRATOR, *OF_SESSIONS):
        assert client.post(path, FORM).status_code == 403, path
        assert client.get(path).status_code in {403, 405}, path
    assert User.objects.get(name="awa").role == "officer"
    assert 'href="/accounts"' not in text_of(client.get("/account"))


@pytest.mark.usefixtures("awa")
def test_nobody_who_has_not_signed_in_gets_them() -> None:
    for path in (*OF_THE_ADMINISTRATOR, *OF_SESSIONS, "/account", "/account/app", "/account/password"):
        for method in ("get", "post"):
            response = getattr(Client(), method)(path)
            assert response.status_code in {302, 405}, path
            assert response.status_code == 405 or response["Location"].startswith("/sign-in?next=")


def test_the_pages_of_accounts_speak_french(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.account("head", role="administrator", duty="permanence"))
    client.post("/account/confirm", {"password": PASSWORD})
    pages = [
        "/account",
        *(f"/account/{name}" for name in ("app", "confirm", "passkey", "password", "second-factor")),
    ]
    pages += ["/accounts", "/accounts/new", "/accounts/of/head", "/accounts/of/head/change"]
    shown = {path: text_of(client.get(path)) for path in pages}
    shown |= {path: text_of(Client().get(path)) for path in ("/sign-in", "/sign-in/passkey")}
    for path, page in shown.items():
        words = set(re.findall(r"[a-zA-Zéè’]+", re.sub(r"<[^>]*>", " ", page.split("<main", maxsplit=1)[1])))
        found = words & {
            "the",
            "with",
            "your",
            "Your",
            "this",
            "This",
            "account",
            "of",
            "Sign",
            "Change",
            "New",
            "none",
        }
        assert not found, (path, found)

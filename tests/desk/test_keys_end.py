"""What ends the keys of an account: what would end its sessions ends what was made in them."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from entente_node.directory import keeping, keys, links
from entente_node.directory.models import AccessKey, AuditEntry, User
from entente_node.directory.roles import Role
from tests.desk.conftest import PASSWORD, Desk, text_of

NEW = "neuf chèvres sur un pont"
CHANGE = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}


@pytest.fixture
def awa(desk: Desk) -> User:
    return desk.account(language="en")


@pytest.fixture
def made(awa: User) -> dict[str, str]:
    """The keys of the account by label: one for each use."""
    return {label: keys.make(awa, use, label) for label, use in (("agenda", "calendar"), ("tableur", "api"))}


@pytest.fixture
def client(awa: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    assert client.post("/sign-in", {"name": awa.name, "password": PASSWORD}).status_code == 302
    return client


def good(made: dict[str, str]) -> set[str]:
    """The labels of the keys that still open something."""
    return {label for label, token in made.items() if any(keys.holder(token, use) for use in keys.USES)}


def pk_of(label: str) -> int:
    return AccessKey.objects.get(label=label).pk


class TestANewPassword:
    def test_asks_which_keys_go_on_and_none_does_unless_it_is_ticked(
        self, client: Client, made: dict[str, str]
    ) -> None:
        page = text_of(client.get("/account/password"))
        boxes = re.findall(r'<input type="checkbox" name="keep" value="\d+"[^>]*>', page)
        assert len(boxes) == len(made)
        assert not any("checked" in box for box in boxes)
        assert client.post("/account/password", CHANGE).status_code == 302
        assert good(made) == set()

    def test_keeps_what_was_ticked(self, client: Client, made: dict[str, str]) -> None:
        client.post("/account/password", CHANGE | {"keep": [str(pk_of("agenda"))]})
        assert good(made) == {"agenda"}
        assert client.get(f"/calendar/{made['agenda']}.ics").status_code in {200, 404}
        assert "There is 1 key." in text_of(client.get("/account"))

    def test_that_is_refused_ends_none_and_forgets_no_tick(
        self, client: Client, made: dict[str, str]
    ) -> None:
        answer = client.post(
            "/account/password", CHANGE | {"old_password": "wrong", "keep": [str(pk_of("agenda"))]}
        )
        assert answer.status_code == 400
        assert good(made) == set(made)
        boxes = re.findall(r'<input type="checkbox" name="keep" value="(\d+)" checked', text_of(answer))
        assert boxes == [str(pk_of("agenda"))]

    def test_ends_a_key_that_was_made_after_the_page_was_opened(
        self, client: Client, awa: User, made: dict[str, str]
    ) -> None:
        ticked = [str(pk_of("agenda"))]
        made |= {"of a thief": keys.make(awa, "api", "of a thief")}
        client.post("/account/password", CHANGE | {"keep": ticked})
        assert good(made) == {"agenda"}

    @pytest.mark.parametrize("sent", ["0", "-1", "x", "99999999999999999999999", "١", ""])
    def test_takes_no_number_that_is_none(self, client: Client, made: dict[str, str], sent: str) -> None:
        assert client.post("/account/password", CHANGE | {"keep": [sent]}).status_code == 302
        assert good(made) == set()

    def test_keeps_no_key_of_another_account(self, desk: Desk, client: Client, made: dict[str, str]) -> None:
        theirs = keys.make(desk.account("zara", "securite"), "api", "of zara")
        client.post("/account/password", CHANGE | {"keep": [str(pk_of("of zara"))]})
        assert good(made) == set()
        assert keys.holder(theirs, "api") is not None

    def test_that_the_machine_sets_ends_them_all(self, awa: User, made: dict[str, str]) -> None:
        keeping.change(awa, password=NEW)
        assert good(made) == set()

    def test_is_in_the_log_with_how_many_keys_ended(self, client: Client, made: dict[str, str]) -> None:
        client.post("/account/password", CHANGE)
        entry = AuditEntry.objects.get(deed="password.changed")
        assert f'"keys":{len(made)}' in entry.detail


class TestALostPassword:
    def test_is_replaced_after_a_link_without_the_old_one(self, awa: User) -> None:
        client = Client()
        assert client.post(links.sign_in_link(awa, strong=False)).status_code == 302
        assert "old_password" not in text_of(client.get("/account/password"))
        form = {"new_password1": NEW, "new_password2": NEW}
        assert client.post("/account/password", form).status_code == 302
        awa.refresh_from_db()
        assert awa.check_password(NEW)

    def test_is_not_when_the_link_was_used_ten_minutes_ago(self, awa: User) -> None:
        client = Client()
        client.post(links.sign_in_link(awa))
        session = client.session
        session["account_authentication_methods"][0]["at"] -= 601
        session.save()
        answer = client.post("/account/password", {"new_password1": NEW, "new_password2": NEW})
        assert answer["Location"].startswith("/account/confirm")
        # Who confirms with the password knows it: the old one is asked for as ever.
        client.post("/account/confirm", {"password": PASSWORD})
        assert "old_password" in text_of(client.get("/account/password"))


@pytest.mark.parametrize(
    "change", [{"role": Role.AGENT}, {"role": Role.COORDINATOR}, {"service": "securite"}]
)
def test_another_role_or_service_ends_them(awa: User, made: dict[str, str], change: dict[str, str]) -> None:
    keeping.change(awa, **change)
    assert good(made) == set()
    assert f'"keys":{len(made)}' in AuditEntry.objects.get(deed="account.changed").detail


def test_another_area_or_language_ends_none(awa: User, made: dict[str, str]) -> None:
    keeping.change(awa, language="fr", function="Officier de permanence", duty="permanence")
    assert good(made) == set(made)


def test_an_account_that_was_closed_has_none_when_it_is_opened_again(awa: User, made: dict[str, str]) -> None:
    keeping.lock(awa)
    keeping.unlock(awa)
    assert good(made) == set()


def test_removing_a_factor_ends_every_other_session_and_leads_to_the_keys(
    client: Client, awa: User, made: dict[str, str]
) -> None:
    other = Client()
    other.post("/sign-in", {"name": awa.name, "password": PASSWORD})
    held = Authenticator.objects.create(user=awa, type=Authenticator.Type.TOTP, data={"secret": "S"})
    answer = client.post(f"/account/factors/{held.pk}/remove")
    assert (answer.status_code, answer["Location"]) == (302, "/keys")
    assert client.get("/keys").status_code == 200
    assert other.get("/account").status_code == 302
    assert good(made) == set(made)


class TestWhoKeepsAccounts:
    @pytest.fixture
    def head(self, desk: Desk) -> Client:
        return desk.client("protection-civile", role="administrator")

    def test_sees_the_keys_of_an_account_and_ends_one_or_all(
        self, head: Client, awa: User, made: dict[str, str]
    ) -> None:
        page = text_of(head.get(f"/accounts/of/{awa.name}"))
        assert all(label in page for label in made)
        assert not any(token in page for token in made.values())
        path = f"/accounts/of/{awa.name}/keys"
        assert head.post(path, {"key": str(pk_of("agenda"))}).status_code == 302
        assert good(made) == {"tableur"}
        assert head.post(path).status_code == 302
        assert good(made) == set()
        assert AuditEntry.objects.filter(deed="key.revoked", subject=awa.name).count() == 2

    def test_is_the_coordinator_for_its_own_service(
        self, desk: Desk, awa: User, made: dict[str, str]
    ) -> None:
        elsewhere = desk.client("securite", role="coordinator")
        assert elsewhere.post(f"/accounts/of/{awa.name}/keys").status_code == 404
        assert good(made) == set(made)
        own = desk.client("protection-civile", role="coordinator")
        assert own.post(f"/accounts/of/{awa.name}/keys").status_code == 302
        assert good(made) == set()

"""A link that acknowledges: opened by whatever opens links, pressed once, worth nothing to anybody else."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client

from entente_node.directory.models import AuditEntry
from entente_node.duty.models import Call, Level, Reason, Turn
from entente_node.ledger.models import Dossier, Record
from entente_node.notifications.models import Link
from tests.notifications.conftest import Night

ADDRESS = "https://desk.til.example"


def link_of(night: Night, **changes: object) -> str:
    """The path of the link in the message about Gao's alert."""
    night.reach(ADDRESS)
    if not night.has_channel:
        night.channel()
    night.call(**changes)
    night.send()
    return path_in(night.gateway.texts[-1])


def path_in(text: str) -> str:
    found = re.search(rf"{ADDRESS}(/a/[\w-]{{22}})(?:\s|$)", text)
    assert found, text
    return found[1]


def state_of(night: Night) -> str:
    return Dossier.objects.get(code=night.code).state


def answers_to(night: Night) -> int:
    """The messages of this side that move the dossier."""
    return Record.objects.filter(about=night.code, kind="message").count()


def press(path: str) -> HttpResponse:
    # A messenger's browser: no cookie, and Django's own check of forms as strict as it is.
    return Client(enforce_csrf_checks=True).post(path)


def test_the_button_acknowledges_for_the_function_that_was_called(night: Night) -> None:
    path = link_of(night)
    page = Client().get(path)
    assert page.status_code == 200
    assert "I acknowledge receipt" in page.content.decode()
    done = press(path)
    assert done.status_code == 200
    assert "Acknowledged" in done.content.decode()
    assert state_of(night) == "acknowledged"
    assert Call.objects.get().ended_by == "protection-civile/permanence"
    entry = AuditEntry.objects.filter(deed="alert.answered").get()
    assert (entry.subject, entry.account) == (night.code, "")
    assert "permanence" in entry.detail


@pytest.mark.parametrize("method", ["get", "head"])
def test_whatever_opens_the_link_changes_nothing(night: Night, method: str) -> None:
    path = link_of(night)
    for _ in range(5):
        response = getattr(Client(HTTP_USER_AGENT="WhatsApp/2"), method)(path)
        assert response.status_code == 200
        assert not response.cookies
    assert state_of(night) == "new"
    assert Link.objects.get().used_at is None
    assert press(path).status_code == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_no_other_method_does_anything(night: Night, method: str) -> None:
    path = link_of(night)
    assert getattr(Client(), method)(path).status_code == 405
    assert state_of(night) == "new"


def test_a_get_that_says_it_is_a_post_is_a_get(night: Night) -> None:
    path = link_of(night)
    Client().get(
        path, {"_method": "POST"}, headers={"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST"}
    )
    assert state_of(night) == "new"


def test_a_second_press_is_told_when_it_was_done(night: Night) -> None:
    path = link_of(night)
    press(path)
    night.clock.advance(minutes=2)
    again = press(path)
    assert again.status_code == 410
    assert "Already acknowledged" in again.content.decode()
    assert "09:03 WAT" in again.content.decode()
    assert Client().get(path).status_code == 410
    assert answers_to(night) == 1


def test_two_links_of_one_call_acknowledge_once(night: Night) -> None:
    first = link_of(night)
    night.gateway.status = 200
    night.channel(label="second")
    night.send()
    second = path_in(night.gateway.texts[-1])
    assert first != second
    assert press(second).status_code == 200
    assert press(first).status_code == 410
    assert answers_to(night) == 1


def test_of_many_presses_at_the_same_moment_one_acknowledges(night: Night) -> None:
    path = link_of(night)

    def at_once(_number: int) -> int:
        try:
            return press(path).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(at_once, range(6)))
    assert sorted(found) == [200, 410, 410, 410, 410, 410]
    assert answers_to(night) == 1


def test_what_the_desk_has_answered_the_link_cannot_answer_again(night: Night) -> None:
    path = link_of(night)
    night.desk.node.answer(night.code, service="protection-civile", step="acknowledged")
    pressed = press(path)
    assert pressed.status_code == 410
    assert "Already acknowledged" in pressed.content.decode()
    assert answers_to(night) == 1
    assert Link.objects.get().used_at is None


@pytest.mark.parametrize(
    "token", ["A" * 22, "", "A" * 21, "A" * 23, "A" * 4000, "é" * 22, "%00", "../../", "A" * 22 + "?x=1"]
)
def test_a_guessed_link_is_of_no_use_and_tells_nothing(night: Night, token: str) -> None:
    link_of(night)
    for response in (Client().get(f"/a/{token}"), press(f"/a/{token}")):
        assert response.status_code in {404, 405}
        assert night.code not in response.content.decode()
    assert state_of(night) == "new"


def test_a_link_that_is_too_old_says_what_to_do(night: Night) -> None:
    path = link_of(night)  # its deadline is within two hours: it lasts two hours
    night.clock.advance(minutes=119)
    assert Client().get(path).status_code == 200
    night.clock.advance(minutes=1)
    old = press(path)
    assert old.status_code == 410
    assert "This link is too old" in old.content.decode()
    assert "Sign in" in old.content.decode()
    assert state_of(night) == "new"


@pytest.mark.parametrize(("hours", "lasts"), [(1, 2), (5, 5), (72, 12)])
def test_a_link_lasts_until_the_deadline_at_least_two_hours_at_most_twelve(
    night: Night, hours: int, lasts: int
) -> None:
    link_of(night, deadline=night.clock() + timedelta(hours=hours))
    assert Link.objects.get().expires_at == night.clock() + timedelta(hours=lasts)


def test_who_was_relieved_of_the_duty_cannot_answer_for_it(night: Night) -> None:
    path = link_of(night)
    now = night.clock()
    Turn.objects.create(
        service="protection-civile", start=now, until=now + timedelta(hours=8), function="releve"
    )
    night.clock.advance(minutes=1)
    page = press(path)
    assert page.status_code == 410
    assert "The duty was handed over" in page.content.decode()
    assert state_of(night) == "new"


def test_the_backup_may_answer_while_it_is_the_backup(night: Night) -> None:
    now = night.clock()
    Turn.objects.create(
        service="protection-civile",
        start=now,
        until=now + timedelta(hours=8),
        function="releve",
        backup="permanence",
    )
    path = link_of(night, level=Level.BACKUP, reason=Reason.UNANSWERED)
    assert press(path).status_code == 200
    assert state_of(night) == "acknowledged"


def test_a_link_is_worth_nothing_once_its_call_has_ended(night: Night) -> None:
    path = link_of(night)
    Call.objects.update(ended_at=night.clock())
    assert press(path).status_code == 410
    assert state_of(night) == "new"


def test_what_was_withdrawn_is_not_acknowledged(night: Night) -> None:
    path = link_of(night)
    night.desk.federation.gao.withdraw(night.code, "error", service="protection-civile")
    night.desk.federation.exchange()
    assert press(path).status_code == 410
    assert answers_to(night) == 0


def test_the_token_is_in_the_message_and_nowhere_else(night: Night) -> None:
    token = link_of(night).removeprefix("/a/").encode()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger = Path(connection.settings_dict["NAME"]).read_bytes()
    assert bytes(Link.objects.get().hash) in ledger
    assert token not in ledger


def test_the_page_shows_what_the_message_says_and_no_more(night: Night) -> None:
    (other,) = night.alerts(1)
    path = link_of(night)
    page = Client().get(path).content.decode()
    assert "EXERCISE SEVERE" in page
    assert other not in page
    assert "Description" not in page
    assert "protection-civile" not in page


def test_its_answers_are_not_kept_not_indexed_and_give_no_address_away(night: Night) -> None:
    path = link_of(night)
    for response in (Client().get(path), press(path), press(path), Client().get("/a/unknown")):
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]
        assert "script" not in response["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert not response.cookies


def test_the_whole_exchange_is_a_fraction_of_what_2g_is_given(night: Night) -> None:
    path = link_of(night)
    client = Client(headers={"Accept-Encoding": "gzip"})
    total = 0
    for response in (client.get(path), client.post(path)):
        head = "".join(f"{name}: {value}\r\n" for name, value in response.items())
        total += len(response.content) + len(head) + 300  # what the browser sends
        assert "src=" not in response.content.decode("utf-8", "replace")
    assert total < 6_000, total


def test_the_page_speaks_the_channels_language(night: Night) -> None:
    night.channel(language="fr")
    path = link_of(night)
    page = Client(headers={"Accept-Language": "en"}).get(path)
    assert page["Content-Language"] == "fr"
    assert "J’accuse réception" in page.content.decode()

"""The log as a page, and one's own keys: who may, what is shown, what is never shown again."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from entente_node.directory import auditing, keys
from entente_node.directory.deeds import WORDS
from entente_node.directory.models import AccessKey, AuditEntry
from tests.desk.conftest import PASSWORD, Desk, text_of


@pytest.fixture
def administrator(desk: Desk) -> Client:
    return desk.client("informatique", role="administrator")


def test_the_log_is_for_those_who_may_read_it(desk: Desk, administrator: Client, raised: str) -> None:
    desk.page(f"/alerts/{raised}")
    page = text_of(administrator.get("/audit"))
    assert "of-protection-civile" in page
    assert raised in page
    assert "crue du fleuve" not in page
    for role in ("officer", "coordinator", "observer"):
        client = desk.client(role=role)
        assert client.get("/audit").status_code == client.get("/audit.jsonl").status_code == 403
    assert 'href="/audit"' in text_of(administrator.get("/"))
    assert 'href="/audit"' not in desk.page("/")


def test_its_filters_are_links_and_find_what_a_list_showed(
    desk: Desk, administrator: Client, raised: str
) -> None:
    desk.page("/?state=all")
    desk.client("securite").get("/flows")
    page = text_of(administrator.get(f"/audit?subject={raised}"))
    rows = re.findall(r"<tr><td>", page)
    assert len(rows) == 1
    assert "1 record shown" in page
    assert "of-securite" not in page
    page = text_of(administrator.get("/audit?account=of-securite&deed=saw&period=day"))
    assert len(re.findall(r"<tr><td>", page)) == 1


def test_reading_the_log_is_in_the_log_without_what_it_showed(
    desk: Desk, administrator: Client, raised: str
) -> None:
    desk.page(f"/alerts/{raised}")
    administrator.get("/audit")
    entry = AuditEntry.objects.order_by("-seq").first()
    assert entry is not None
    assert json.loads(entry.detail)["route"] == "audit"
    assert raised not in entry.detail


def test_the_chain_is_checked_on_demand(desk: Desk, administrator: Client, raised: str) -> None:
    desk.page(f"/alerts/{raised}")
    assert "The chain holds" in text_of(administrator.get("/audit?check=1"))
    AuditEntry.objects.filter(subject=raised).update(account="somebody-else")
    assert "does not hold at entry" in text_of(administrator.get("/audit?check=1"))


def test_the_whole_log_is_a_file_of_lines(desk: Desk, administrator: Client, raised: str) -> None:
    desk.page(f"/alerts/{raised}")
    answer = administrator.get("/audit.jsonl")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert AuditEntry.objects.filter(deed="audit.exported").count() == 1


def test_many_entries_are_read_page_by_page(administrator: Client) -> None:
    for number in range(70):
        auditing.write(None, "tested", str(number))
    first = text_of(administrator.get("/audit?deed=tested"))
    assert len(re.findall(r"<tr><td>", first)) == 60
    older = re.search(r'href="(/audit\?[^"]*before=\d+)"', first)
    assert older is not None
    assert len(re.findall(r"<tr><td>", text_of(administrator.get(older[1].replace("&amp;", "&"))))) == 10


def test_every_word_of_a_deed_is_in_both_languages() -> None:
    from django.utils import translation

    with translation.override("fr"):
        french = {deed: str(words) for deed, words in WORDS.items()}
    with translation.override("en"):
        assert [deed for deed, words in WORDS.items() if str(words) == french[deed]] == []


def signed_in(desk: Desk, **more: str) -> Client:
    """Somebody who has just typed a password: a key is made by nobody else."""
    user = desk.account(language="en", **more)
    client = Client()
    assert client.post("/sign-in", {"name": user.name, "password": PASSWORD}).status_code == 302
    return client


class TestKeys:
    def test_who_signed_in_long_ago_is_asked_again_first(self, desk: Desk) -> None:
        answer = desk.client().post("/keys/make", {"use": "api", "label": "x", "next": "/keys"})
        assert answer["Location"] == "/account/confirm?next=%2Fkeys"
        assert not AccessKey.objects.exists()

    def test_a_key_is_shown_once_and_reads(self, desk: Desk, raised: str) -> None:
        client = signed_in(desk)
        page = text_of(client.post("/keys/make", {"use": "api", "label": "Tableur"}, follow=True))
        token = re.search(r"Bearer (entente-api-[\w-]+)", page)
        assert token is not None
        assert token[1] not in text_of(client.get("/keys"))
        assert keys.holder(token[1], "api") is not None
        read = Client().get(f"/api/v1/records/{raised}", headers={"Authorization": f"Bearer {token[1]}"})
        assert read.status_code == 200

    def test_a_calendar_key_is_an_address(self, desk: Desk) -> None:
        page = text_of(
            signed_in(desk).post("/keys/make", {"use": "calendar", "label": "Téléphone"}, follow=True)
        )
        path = re.search(r"(/calendar/entente-calendar-[\w-]+\.ics)", page)
        assert path is not None
        assert Client().get(path[1]).content.startswith(b"BEGIN:VCALENDAR")

    def test_who_may_not_export_gets_no_key_for_programs(self, desk: Desk) -> None:
        client = signed_in(desk, service="elevage", role="agent")
        assert 'value="api"' not in text_of(client.get("/keys"))
        assert client.post("/keys/make", {"use": "api", "label": "x"}).status_code == 422
        assert not AccessKey.objects.exists()

    def test_who_sees_no_record_needs_no_key(self, administrator: Client) -> None:
        assert "sees no records" in text_of(administrator.get("/keys"))

    def test_only_ones_own_key_is_revoked(self, desk: Desk) -> None:
        token = keys.make(desk.account("zara", "securite"), "api", "la sienne")
        client = desk.client()
        key = AccessKey.objects.get()
        assert client.post(f"/keys/{key.pk}/revoke").status_code == 404
        assert keys.holder(token, "api") is not None
        own = keys.make(client.get("/keys").wsgi_request.user, "api", "à moi")
        page = text_of(client.get("/keys"))
        assert "à moi" in page
        assert "la sienne" not in page
        client.post(f"/keys/{AccessKey.objects.get(label='à moi').pk}/revoke")
        assert keys.holder(own, "api") is None

    def test_making_and_revoking_are_in_the_log_without_the_key(self, desk: Desk) -> None:
        client = signed_in(desk)
        client.post("/keys/make", {"use": "api", "label": "Tableur"})
        client.post(f"/keys/{AccessKey.objects.get().pk}/revoke")
        deeds = list(AuditEntry.objects.filter(deed__startswith="key.").values_list("deed", flat=True))
        assert deeds == ["key.made", "key.revoked"]
        assert "entente-api-" not in "".join(auditing.export())

    def test_a_label_is_needed(self, desk: Desk) -> None:
        client = signed_in(desk)
        for label in ("", " ", "x" * 61):
            answer = client.post("/keys/make", {"use": "api", "label": label})
            assert answer.status_code == 422

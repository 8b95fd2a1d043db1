from __future__ import annotations

from collections.abc import Callable

import pytest

from entente_node.ledger.models import Entry, Record
from tests import parties
from tests.desk.conftest import Desk, text_of


def test_a_received_alert_shows_its_fields_under_their_labels_and_where_it_came_from(
    desk: Desk, raised: str
) -> None:
    page = desk.page(f"/alerts/{raised}")
    for words in (
        "<dt>Urgency</dt><dd>immediate</dd>",
        "<dt>Certainty</dt><dd>observed</dd>",
        "<dt>Marking</dt><dd>GREEN</dd>",
        "<dt>Article</dt><dd>1#A4</dd>",
        "Received from Région de Gao, verified.",
        "gao.ml/gao-tillaberi/tillaberi.ne/urgent/1",
        "receipt signed",
        "Acknowledge by",
        "raised the alert",
    ):
        assert words in page, words
    assert "jamais transmise" not in page


def test_the_author_sees_exactly_what_each_recipient_has(desk_of: Callable[[str], Desk], raised: str) -> None:
    page = desk_of("gao").page(f"/alerts/{raised}")
    kept, left = page.split('id="went"')
    assert "jamais transmise" in kept
    assert "Puits près de Labbezanga" in kept
    assert "jamais transmise" not in left
    assert "Puits près de" not in left
    for words in (
        "Région de Tillabéri",
        "Has received it, receipt signed.",
        "Under article 1#A4:",
        "sans délai",
    ):
        assert words in left, words
    assert "Région de Kayes" not in page


@pytest.mark.usefixtures("raised")
def test_a_withheld_alert_says_to_whom_and_why(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("gao")
    code = desk.node.file([parties.alert(code=None, tlp="RED")], confirmed=True)[0].record.code
    assert "Not decided yet: at the next release." in desk.page(f"/alerts/{code}")
    desk.node.release()
    page = desk.page(f"/alerts/{code}")
    assert "It has not left for Région de Tillabéri: it stays here" in page
    assert "Does not get it." in page
    assert "article 1#A2" in page or "A2" in page


@pytest.mark.usefixtures("raised")
def test_unconfirmed_words_wait_for_a_button_and_then_leave(
    desk_of: Callable[[str], Desk],
) -> None:
    desk = desk_of("gao")
    code = desk.node.file([parties.alert(code=None)])[0].record.code
    desk.node.release()
    page = desk.page(f"/alerts/{code}")
    assert "I have read it: it may leave" in page
    assert "the words of “Headline”" in page
    client = desk.client()
    assert client.get(f"/alerts/{code}/confirm").status_code == 405
    response = client.post(f"/alerts/{code}/confirm", follow=True)
    assert "Text confirmed." in text_of(response)
    assert "I have read it" not in text_of(response)
    desk.federation.exchange()
    assert "Has received it" in desk.page(f"/alerts/{code}")
    assert client.post("/alerts/TIL-00000/confirm").status_code == 404


@pytest.mark.parametrize("step", ["acknowledged", "under_way", "closed"])
def test_a_button_files_a_step_that_both_sides_see(
    desk_of: Callable[[str], Desk], raised: str, step: str
) -> None:
    desk = desk_of("tillaberi")
    client = desk.client()
    response = client.post(f"/alerts/{raised}/answer", {"step": step, "text": "Une équipe part."})
    assert (response.status_code, response["Location"]) == (302, f"/alerts/{raised}")
    page = desk.page(f"/alerts/{raised}")
    assert f'class="badge {step}"' in page
    assert "Une équipe part." in page
    assert "Leaves at the next exchange." in page
    desk.federation.exchange()
    assert "Received by Région de Gao" in desk.page(f"/alerts/{raised}")
    other = desk_of("gao").page(f"/alerts/{raised}")
    assert f'class="badge {step}"' in other
    assert "Une équipe part." in other


def test_pressing_twice_files_once(desk: Desk, raised: str) -> None:
    client = desk.client()
    client.post(f"/alerts/{raised}/answer", {"step": "acknowledged"})
    response = client.post(f"/alerts/{raised}/answer", {"step": "acknowledged", "text": "encore <b>"})
    assert response.status_code == 422
    assert "Your side has already said so." in text_of(response)
    assert "encore &lt;b&gt;</textarea>" in text_of(response)
    assert Record.objects.filter(about=raised).count() == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Write a message first"),
        ({"step": "message", "text": "  \n "}, "Write a message first"),
        ({"step": "escalated"}, "This button is not known."),
        ({"step": "message", "text": "x" * 8_001}, "too long"),
    ],
)
def test_what_is_no_answer_files_nothing(desk: Desk, raised: str, form: dict[str, str], words: str) -> None:
    response = desk.client().post(f"/alerts/{raised}/answer", form)
    assert response.status_code == 422
    assert words in text_of(response)
    assert not Record.objects.filter(about=raised).exists()


def test_what_people_wrote_is_never_markup(desk_of: Callable[[str], Desk], raised: str) -> None:
    desk = desk_of("tillaberi")
    desk.client().post(f"/alerts/{raised}/answer", {"step": "message", "text": "<script>alert(1)</script>"})
    page = desk.page(f"/alerts/{raised}")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_author_may_write_and_close_but_not_acknowledge_its_own(
    desk_of: Callable[[str], Desk], raised: str
) -> None:
    desk = desk_of("gao")
    page = desk.page(f"/alerts/{raised}")
    assert 'value="closed"' in page
    assert 'value="acknowledged"' not in page
    desk.client().post(f"/alerts/{raised}/answer", {"step": "message", "text": "Le niveau baisse."})
    desk.federation.exchange()
    assert "Le niveau baisse." in desk_of("tillaberi").page(f"/alerts/{raised}")


def test_a_withdrawn_alert_takes_no_answer(desk: Desk, raised: str) -> None:
    desk.federation.gao.withdraw(raised, "error", service="protection-civile")
    desk.federation.exchange()
    assert "Withdrawn" in desk.page(f"/alerts/{raised}")
    assert desk.client().post(f"/alerts/{raised}/answer", {"step": "acknowledged"}).status_code == 422


def test_what_was_withdrawn_before_it_left_waits_for_no_release(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("gao")
    code = desk.node.file([parties.alert(code=None)], confirmed=True)[0].record.code or ""
    assert "Not decided yet" in desk.page(f"/alerts/{code}")
    desk.node.withdraw(code, "error", service="protection-civile")
    page = desk.page(f"/alerts/{code}")
    assert "Withdrawn before it left: nobody gets it." in page
    assert "Not decided yet" not in page


def test_an_alert_whose_content_was_erased_says_so(desk: Desk, raised: str) -> None:
    Entry.objects.filter(position=desk.row(raised).entry).update(payload=None, salt=None, erased=b"{}")
    assert "was erased" in desk.page(f"/alerts/{raised}")
    assert raised in desk.page("/")


def test_a_code_is_found_as_it_was_said(desk: Desk, raised: str) -> None:
    assert desk.client().get(f"/alerts/{raised.lower()}").status_code == 200
    for wrong in ("GAO-7K3QZ", "nothing", "GAO-0000000", "%00"):
        assert desk.client().get(f"/alerts/{wrong}").status_code == 404


def test_what_was_withdrawn_while_it_waited_says_so_and_not_what_it_waited_for(
    desk_of: Callable[[str], Desk],
) -> None:
    gao = desk_of("gao")
    draft = parties.alert(code=None, at="2022-02-01T07:40:00Z")
    code = gao.node.file([draft])[0].record.code or ""
    gao.node.release()
    assert "a person must confirm" in gao.page(f"/alerts/{code}").lower()
    gao.node.withdraw(code, "error", service="protection-civile")
    page = gao.page(f"/alerts/{code}")
    assert "It was withdrawn before it left: it does not leave" in page
    assert "a person must confirm" not in page.lower()


def test_where_the_time_to_answer_is_shown_it_is_said_who_is_told_otherwise(desk: Desk, raised: str) -> None:
    box = desk.page(f"/alerts/{raised}").split('id="called"')[1].split("</section>")[0]
    assert "Our time to answer:" in box
    assert "Otherwise told to: <bdi>Le directeur de la protection civile</bdi>" in box

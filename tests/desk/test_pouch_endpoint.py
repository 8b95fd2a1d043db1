"""``POST /pouch``: constant refusals, limits before reading, no state."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client

from entente_node.directory.here import node
from entente_node.exchanges import gate
from entente_node.exchanges.gate import Patience, patience
from entente_node.exchanges.pouch import MEDIA_TYPE, MOST_BYTES
from entente_node.ledger.models import Channel, Entry, Record
from tests import parties
from tests.desk.conftest import Desk
from tests.federation import AGREEMENT, Federation


def post(pouch: bytes, media_type: str = MEDIA_TYPE, **extra: str) -> HttpResponse:
    return Client(enforce_csrf_checks=True).generic("POST", "/pouch", pouch, content_type=media_type, **extra)


def written(federation: Federation, *, poll: bool = True) -> bytes:
    federation.gao.release()
    pouch = federation.gao.write_pouch(AGREEMENT, "tillaberi.ne", poll=poll)
    assert pouch is not None
    return pouch.pouch


def state() -> tuple[object, ...]:
    return (list(Channel.objects.values()), Record.objects.count(), Entry.objects.count())


def test_a_pouch_is_taken_and_answered_with_a_pouch_that_the_sender_reads(desk: Desk) -> None:
    code = desk.federation.gao.file([parties.alert(code=None)], confirmed=True)[0].record.code
    response = post(written(desk.federation))
    assert (response.status_code, response["Content-Type"]) == (200, MEDIA_TYPE)
    assert response["Content-Encoding"] == "identity"
    assert desk.node.show(str(code)) is not None
    assert desk.federation.gao.read_pouch(response.content).receipts == 1
    assert not response.cookies


def test_a_pouch_that_only_acknowledges_gets_no_pouch_back(desk: Desk) -> None:
    desk.federation.gao.file([parties.alert(code=None)], confirmed=True)
    desk.federation.gao.release()
    desk.node.file([parties.alert(code=None)], confirmed=True)
    desk.node.release()
    reply = post(written(desk.federation))
    desk.federation.gao.read_pouch(reply.content)
    response = post(written(desk.federation, poll=False))
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"garbage",
        lambda pouch: pouch[:-1],
        lambda pouch: pouch[:40],
        lambda pouch: pouch[:-9] + bytes([pouch[-9] ^ 1]) + pouch[-8:],
        lambda _: b"age-encryption.org/v1\n" + b"\xff" * 4_000,
    ],
)
def test_whatever_is_wrong_the_answer_is_one_and_nothing_is_kept(
    desk: Desk, spoil: Callable[[bytes], bytes]
) -> None:
    pouch = written(desk.federation)
    before = state()
    response = post(spoil(pouch))
    assert (response.status_code, response.content) == (400, b"")
    assert state() == before
    assert not response.cookies


@pytest.mark.usefixtures("raised")
def test_a_reflected_a_misaddressed_and_a_strangers_pouch_get_the_same_answer(
    desk_of: Callable[[str], Desk], federation: Federation
) -> None:
    for_tillaberi = written(federation)
    refused = [post(b"garbage")]
    for name in ("gao", "kayes"):
        desk_of(name)
        before = state()
        refused.append(post(for_tillaberi))
        assert state() == before
    assert {(r.status_code, r.content, r["Content-Type"]) for r in refused} == {(400, b"", "text/plain")}


@pytest.mark.usefixtures("desk")
def test_the_length_is_checked_before_anything_is_read() -> None:
    assert post(b"x", CONTENT_LENGTH=str(MOST_BYTES + 1)).status_code == 413
    for length in ("", "0", "-1", "1e3", "٣", "9" * 40):
        assert post(b"x", CONTENT_LENGTH=length).status_code == 400


def test_only_posted_pouches_are_taken(desk: Desk) -> None:
    pouch = written(desk.federation)
    assert post(pouch, "application/octet-stream").status_code == 400
    assert Client().get("/pouch").status_code == 405
    assert post(pouch).status_code == 200


def test_who_sends_rubbish_waits_and_others_do_not(desk: Desk) -> None:
    for _ in range(gate.REFUSALS):
        assert post(b"garbage", REMOTE_ADDR="192.0.2.66").status_code == 400
    pouch = written(desk.federation)
    refused = post(pouch, REMOTE_ADDR="192.0.2.66")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= gate.SECONDS_PER_REFUSAL
    assert post(pouch).status_code == 200


def test_patience_comes_back_with_time_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    kept = Patience(clock=lambda: now[0])
    for _ in range(gate.REFUSALS):
        assert kept.wait("a") == 0
        kept.refused("a")
    assert kept.wait("a") == gate.SECONDS_PER_REFUSAL
    now[0] += gate.SECONDS_PER_REFUSAL
    assert kept.wait("a") == 0
    monkeypatch.setattr(gate, "MOST_ADDRESSES", 3)
    for address in "bcde":
        kept.refused(address)
    assert kept.wait("a") == 0
    assert len(kept._spent) == 3


def test_when_four_are_being_read_the_fifth_is_asked_to_come_back(desk: Desk) -> None:
    pouch = written(desk.federation)
    for _ in range(gate.AT_ONCE):
        assert gate.slots.acquire(blocking=False)
    try:
        busy = post(pouch)
    finally:
        for _ in range(gate.AT_ONCE):
            gate.slots.release()
    assert (busy.status_code, busy["Retry-After"]) == (503, "5")
    assert patience.wait("127.0.0.1") == 0
    assert post(pouch).status_code == 200


@pytest.mark.usefixtures("desk")
def test_a_slot_is_given_back_whatever_happens() -> None:
    for _ in range(gate.AT_ONCE + 1):
        assert post(b"garbage").status_code == 400
    assert all(gate.slots.acquire(blocking=False) for _ in range(gate.AT_ONCE))
    for _ in range(gate.AT_ONCE):
        gate.slots.release()


def test_the_same_pouch_many_times_at_once_is_taken_once(desk: Desk) -> None:
    desk.federation.gao.file([parties.alert(code=None)], confirmed=True)
    pouch = written(desk.federation)
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(post(pouch).status_code)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 200 in answers
    assert set(answers) <= {200, 503}
    assert Record.objects.filter(kind="alert").count() == 2
    assert node() is desk.node

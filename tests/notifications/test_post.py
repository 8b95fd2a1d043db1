"""Calls become messages over a real gateway on loopback: once, again, later, together, never."""

from __future__ import annotations

import logging
import time
from datetime import time as clock_time
from datetime import timedelta
from io import StringIO

import pytest

from entente_node.duty.models import Call, Level, Reason
from entente_node.notifications import post
from entente_node.notifications.models import Channel, Delivery, Link, Sort, State
from tests.duty.material import also_at
from tests.notifications.conftest import Night
from tests.notifications.gateways import Gateway, running


def test_a_call_becomes_one_message_and_never_a_second(night: Night) -> None:
    night.reach("https://desk.til.example")
    night.channel()
    night.call()
    assert night.send() == 1
    assert night.send() == 0
    (text,) = night.gateway.texts
    assert text.startswith(f"{night.code} EXERCISE SEVERE, weather")
    assert "https://desk.til.example/a/" in text
    row = Delivery.objects.get()
    assert (row.state, row.tries, row.error, row.parts) == (State.SENT, 1, "", 1)
    assert row.sent_at == night.clock()


def test_without_an_address_a_message_has_no_link_and_still_says_how_to_answer(night: Night) -> None:
    night.channel()
    night.call()
    night.send()
    assert "://" not in night.gateway.texts[0]
    assert f"Reply OK {night.code[-5:]} by" in night.gateway.texts[0]
    assert not Link.objects.exists()


def test_a_form_gateway_gets_the_same(night: Night) -> None:
    night.channel(url=night.gateway.form)
    night.call()
    assert night.send() == 1
    assert night.gateway.taken[0]["text"].startswith(night.code)
    assert night.gateway.taken[0]["apikey"] == "geheim"


def test_a_gateway_that_fails_is_tried_again_after_growing_pauses_and_given_up(night: Night) -> None:
    night.channel()
    night.call(deadline=None)
    night.gateway.status = 503
    pauses = []
    for _ in range(post.MOST_TRIES):
        before = night.gateway.requests
        night.send()
        assert night.gateway.requests == before + 1
        night.send()
        assert night.gateway.requests == before + 1  # not before its time
        row = Delivery.objects.get()
        assert row.error == "refused:503"
        pauses.append((row.next_try_at - night.clock()).total_seconds())
        night.clock.now = row.next_try_at
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1]
    assert Delivery.objects.get().state == State.GIVEN_UP
    night.gateway.status = 200
    night.clock.advance(hours=2)
    assert night.send() == 0


def test_a_gateway_that_recovers_gets_the_message(night: Night) -> None:
    night.channel()
    night.call()
    night.gateway.status = 500
    night.send()
    night.gateway.status = 200
    night.clock.advance(seconds=post.PAUSES[0])
    assert night.send() == 1
    assert Delivery.objects.get().tries == 2


def test_nothing_is_sent_about_what_has_ended(night: Night) -> None:
    night.channel()
    call = night.call()
    night.gateway.status = 500
    night.send()
    Call.objects.filter(pk=call.pk).update(ended_at=night.clock())
    night.gateway.status = 200
    night.clock.advance(minutes=5)
    assert night.send() == 0
    assert (Delivery.objects.get().state, Delivery.objects.get().error) == (State.GIVEN_UP, "ended")


def test_a_gateway_that_is_not_there_is_said_so_without_its_address(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    night.channel(url="json://user:geheim@127.0.0.1:9/geheim")
    night.call()
    log = logging.StreamHandler(said := StringIO())
    logging.getLogger().addHandler(log)
    try:
        with caplog.at_level(logging.DEBUG):
            night.send()
    finally:
        logging.getLogger().removeHandler(log)
    assert Delivery.objects.get().error == "no-connection"
    assert "connection" in said.getvalue()  # the log does speak
    assert "geheim" not in said.getvalue()


def test_an_address_that_means_nothing_is_given_up_at_once(night: Night) -> None:
    night.channel(url="nosuchservice://user:geheim@example.org")
    night.call()
    night.send()
    row = Delivery.objects.get()
    assert (row.state, row.error) == (State.GIVEN_UP, "unknown-address")


def test_a_gateway_that_hangs_holds_its_own_channel_only(night: Night) -> None:
    phone = night.channel()
    night.gateway.patient = True
    second = Gateway()
    night.call()
    began = time.monotonic()
    assert night.send(patience=0.5) == 0
    assert time.monotonic() - began < 3
    # Later looks do not wait for it again, and others get theirs.
    with running(second) as other:
        night.channel(url=other.url, function="permanence", label="second")
        began = time.monotonic()
        assert night.send(patience=5) == 1
        assert time.monotonic() - began < 4
        assert len(other.texts) == 1
    night.gateway.release.set()
    for _ in range(50):
        if night.send(patience=0.1):
            break
        time.sleep(0.1)
    assert Delivery.objects.get(channel=phone).state == State.SENT


def test_a_crash_between_the_gateway_and_the_ledger_sends_again_rather_than_never(night: Night) -> None:
    night.channel()
    night.call()
    night.gateway.patient = True  # it has the message, and its answer comes too late to be written
    process = post.Post()
    process.once(night.desk.node, night.clock(), patience=0.0)  # begun; what becomes of it is never collected
    for _ in range(100):
        if night.gateway.requests:
            break
        time.sleep(0.05)
    row = Delivery.objects.get()
    assert (row.state, row.tries) == (State.WAITING, 1)
    night.gateway.patient = False
    night.gateway.release.set()
    # A new process: not at once, because the old one may still be at it; then again.
    assert post.Post().once(night.desk.node, night.clock(), patience=5.0) == 0
    night.clock.advance(seconds=post.PAUSES[0])
    assert post.Post().once(night.desk.node, night.clock(), patience=5.0) == 1
    assert len(night.gateway.taken) == 2
    assert Delivery.objects.get().state == State.SENT


class TestTheWall:
    def test_a_service_without_the_mandate_is_told_nothing(self, night: Night) -> None:
        night.channel(service="elevage")
        night.call(service="elevage")
        assert night.send() == 0
        assert not Delivery.objects.exists()

    def test_a_channel_is_for_its_purposes(self, night: Night) -> None:
        night.channel(purposes=["mobility"])
        night.call()
        assert night.send() == 0

    def test_another_function_of_the_service_is_told_nothing(self, night: Night) -> None:
        night.channel(function="renfort")
        night.call()
        assert night.send() == 0

    def test_what_waits_is_asked_again_when_it_is_sent(self, night: Night) -> None:
        night.channel()
        night.call()
        night.gateway.status = 500
        night.send()
        Channel.objects.update(purposes=["mobility"])
        night.gateway.status = 200
        night.clock.advance(minutes=5)
        assert night.send() == 0
        assert Delivery.objects.get().state == State.GIVEN_UP

    def test_a_paused_channel_is_silent_and_told_of_what_is_open_when_it_is_resumed(
        self, night: Night
    ) -> None:
        night.channel()
        Channel.objects.update(active=False)
        night.call()
        assert night.send() == 0
        Channel.objects.update(active=True)
        assert night.send() == 1

    @pytest.mark.parametrize(("least", "told"), [("Extreme", 0), ("Severe", 1), ("Minor", 1), ("", 1)])
    def test_a_channel_is_for_a_severity_and_graver(self, night: Night, least: str, told: int) -> None:
        night.channel(severity_from=least)
        night.call()
        assert night.send() == told


class TestQuietHours:
    def at_night(self, night: Night) -> Channel:
        # 23:30 in Niamey; quiet from 22:00 to 05:30 there.
        night.clock.now = night.clock.now.replace(hour=22, minute=30)
        return night.channel(quiet_from=clock_time(22), quiet_until=clock_time(5, 30))

    def test_what_is_severe_waits_for_their_end(self, night: Night) -> None:
        self.at_night(night)
        night.call(deadline=None)
        assert night.send() == 0
        row = Delivery.objects.get()
        assert row.quiet
        assert f"{row.next_try_at:%H:%M}" == "04:30"  # 05:30 in Niamey
        night.clock.now = row.next_try_at - timedelta(minutes=1)
        assert night.send() == 0
        night.clock.advance(minutes=1)
        assert night.send() == 1
        assert not Delivery.objects.get().quiet

    def test_what_ended_in_them_is_not_told(self, night: Night) -> None:
        self.at_night(night)
        call = night.call()
        night.send()
        Call.objects.filter(pk=call.pk).update(ended_at=night.clock())
        night.clock.advance(hours=8)
        assert night.send() == 0

    def test_what_is_extreme_breaks_through(self, night: Night) -> None:
        self.at_night(night)
        night.call(night.alerts(1, severity="Extreme")[0])
        assert night.send() == 1

    @pytest.mark.parametrize(("severity", "woken"), [("Severe", 1), ("Unknown", 1), ("Moderate", 0)])
    def test_what_nobody_answered_wakes_those_above_if_it_may_be_grave(
        self, night: Night, severity: str, woken: int
    ) -> None:
        self.at_night(night)
        (code,) = night.alerts(1, severity=severity)
        night.call(code, level=Level.ESCALATION, reason=Reason.OVERDUE)
        assert night.send() == woken

    def test_what_failed_in_the_evening_is_not_tried_again_in_the_night(self, night: Night) -> None:
        night.clock.now = night.clock.now.replace(hour=20, minute=59, second=30)  # 21:59 in Niamey
        night.channel(quiet_from=clock_time(22), quiet_until=clock_time(5, 30))
        night.call(deadline=None)
        night.gateway.status = 500
        night.send()
        night.gateway.status = 200
        night.clock.advance(minutes=2)
        assert night.send() == 0
        row = Delivery.objects.get()
        assert row.quiet
        assert f"{row.next_try_at:%H:%M}" == "04:30"
        night.clock.now = row.next_try_at
        assert night.send() == 1

    def test_by_day_nothing_waits(self, night: Night) -> None:
        night.channel(quiet_from=clock_time(22), quiet_until=clock_time(5, 30))
        night.call()
        assert night.send() == 1


def test_what_a_digest_brings_along_has_tries_of_its_own(night: Night) -> None:
    night.channel()
    codes = night.alerts(post.ALONE + 1)
    for code in codes:
        night.call(code)
    night.gateway.status = 500
    night.send()
    Delivery.objects.filter(call__code=codes[0]).update(tries=post.MOST_TRIES - 1)
    night.clock.advance(minutes=20)
    night.send()
    found = {row.call.code: row.state for row in Delivery.objects.select_related("call") if row.call}
    assert found == {codes[0]: State.GIVEN_UP} | dict.fromkeys(codes[1:], State.FAILED)


def test_a_gateway_that_is_away_for_the_night_gets_it_in_the_morning(night: Night) -> None:
    night.channel()
    night.call(deadline=None)
    night.gateway.status = 503
    began = night.clock()
    while night.clock() - began < timedelta(hours=8):
        night.send()
        night.clock.now = max(Delivery.objects.get().next_try_at, night.clock() + timedelta(minutes=1))
    night.gateway.status = 200
    assert night.send() == 1


def test_gateways_that_hang_hold_no_other_channel_for_long(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "TOO_LONG", 0.2)
    night.gateway.patient = True
    for number in range(post.THREADS):
        night.channel(label=f"hanging {number}")
    night.call()
    night.send(patience=0.1)
    time.sleep(0.3)
    with running(Gateway()) as other:
        night.channel(url=other.url)
        for _ in range(20):
            if night.send(patience=0.5):
                break
        assert len(other.texts) == 1
    night.gateway.release.set()


@pytest.mark.parametrize("sort", [Sort.REPLY, Sort.TEST])
def test_a_paused_channel_is_not_told_of_old_replies_and_tests(night: Night, sort: Sort) -> None:
    phone = night.channel(active=False)
    now = night.clock()
    Delivery.objects.create(channel=phone, sort=sort, words="received, 02:14", next_try_at=now, made_at=now)
    night.send()
    night.clock.advance(hours=5)
    Channel.objects.update(active=True)
    assert night.send() == 0
    assert (Delivery.objects.get().state, Delivery.objects.get().error) == (State.GIVEN_UP, "too-old")


class TestStorm:
    def test_two_hundred_alerts_are_one_message(self, night: Night) -> None:
        night.reach("https://desk.til.example")
        night.channel()
        for code in night.alerts(200):
            night.call(code)
        assert night.send() == 1
        (text,) = night.gateway.texts
        assert text.startswith("200 alerts wait for you: ")
        assert text.endswith("https://desk.til.example/")
        assert Delivery.objects.filter(state=State.SENT).count() == 200
        assert Delivery.objects.filter(led_by=None).count() == 1

    def test_one_after_the_other_they_are_a_few_and_then_a_digest(self, night: Night) -> None:
        night.channel()
        for code in night.alerts(30):
            night.call(code)
            night.send()
            night.clock.advance(seconds=2)
        assert len(night.gateway.texts) == post.MOST_AT_ONCE
        night.clock.advance(minutes=11)
        assert night.send() == 1
        assert night.gateway.texts[-1].startswith(f"{30 - post.MOST_AT_ONCE} alerts wait for you")

    def test_what_is_extreme_passes_before_the_others(self, night: Night) -> None:
        night.channel()
        for code in night.alerts(12):
            night.call(code)
            night.send()
            night.clock.advance(seconds=2)
        before = len(night.gateway.texts)
        (extreme,) = night.alerts(1, severity="Extreme")
        night.call(extreme)
        assert night.send() == 1
        assert extreme in night.gateway.texts[before]

    def test_a_reply_is_not_held_back_by_a_storm(self, night: Night) -> None:
        phone = night.channel()
        for code in night.alerts(12):
            night.call(code)
            night.send()
            night.clock.advance(seconds=2)
        now = night.clock()
        Delivery.objects.create(
            channel=phone, sort=Sort.REPLY, words="GAO: received", next_try_at=now, made_at=now
        )
        assert night.send() == 1
        assert night.gateway.texts[-1] == "GAO: received"


def test_an_escalation_goes_to_the_function_above(night: Night) -> None:
    night.channel(function="direction")
    night.call()
    night.call(function="direction", level=Level.ESCALATION, reason=Reason.OVERDUE)
    assert night.send() == 1
    assert night.gateway.texts[0].startswith(f"{night.code} ESCALATION")


def test_the_channels_language_is_the_messages(night: Night) -> None:
    night.channel(language="fr")
    night.call()
    night.send()
    assert "EXERCICE GRAVE" in night.gateway.texts[0]
    assert "Répondez OK" in night.gateway.texts[0]


def test_a_mandate_under_another_agreement_opens_nothing_of_this_one(night: Night) -> None:
    also_at(night.desk.federation, "elevage", "humanitarian")
    night.channel(service="elevage")
    night.call(service="elevage")
    assert night.send() == 0
    assert not Delivery.objects.exists()

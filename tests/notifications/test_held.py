"""Messages and links while nobody believes the clock, and once it is right again."""

from __future__ import annotations

from datetime import time as clock_time
from datetime import timedelta

import pytest
from django.test import Client

from entente_node.directory import here
from entente_node.duty.models import Call, Turn
from entente_node.notifications import links, post, replies
from entente_node.notifications.models import Delivery, Heard, Link, State
from tests.machines import Machine, guarded
from tests.notifications.conftest import NUMBER, Night

YEAR = timedelta(days=365)


@pytest.fixture
def machine(night: Night) -> Machine:
    found = guarded(night.desk.federation, "tillaberi", alias="default")
    night.desk.node = night.desk.federation.tillaberi
    here.serve(night.desk.node)
    return found


def send(night: Night) -> int:
    """One look of the watch, by the node's own clock."""
    return post.once(night.desk.node, night.desk.node.clock(), patience=20.0)


def link_of(night: Night) -> str:
    """A link of a call, as a message brings it."""
    now = night.desk.node.clock()
    call = night.call(at=now, deadline=now + timedelta(minutes=57))
    delivery = Delivery.objects.create(channel=night.channel(), call=call, next_try_at=now, made_at=now)
    return f"/a/{links.make(delivery, now)}"


def state_of(night: Night) -> str:
    return str(night.desk.row(night.code).dossier.state)


@pytest.mark.parametrize("days", [400, -400])
def test_nothing_waits_for_the_end_of_a_night_that_nobody_believes(
    night: Night, machine: Machine, days: int
) -> None:
    night.channel(quiet_from=clock_time(8), quiet_until=clock_time(18))
    night.call()
    assert send(night) == 0
    assert Delivery.objects.get().quiet
    machine.jumps(days=days)
    night.call(night.alerts(1)[0])
    assert send(night) + send(night) == 2
    assert not Delivery.objects.exclude(state=State.SENT).exists()


def test_a_message_that_failed_keeps_its_pauses_while_the_clock_is_held(
    night: Night, machine: Machine
) -> None:
    night.channel(quiet_from=clock_time(8), quiet_until=clock_time(18))
    machine.jumps(days=400)
    night.call()
    night.gateway.status = 500
    send(night)
    send(night)
    assert Delivery.objects.get().tries == 1
    machine.passes(minutes=2)
    night.gateway.status = 200
    assert send(night) == 1


@pytest.mark.usefixtures("machine")
def test_what_was_to_be_tried_again_in_a_year_is_tried_now(night: Night) -> None:
    night.channel()
    night.call()
    night.gateway.status = 500
    send(night)
    night.gateway.status = 200
    Delivery.objects.update(next_try_at=night.clock() + YEAR)
    assert send(night) == 1


@pytest.mark.usefixtures("machine")
def test_an_sms_heard_in_a_year_to_come_silences_no_phone(night: Night) -> None:
    night.channel()
    call = night.call()
    send(night)
    for _ in range(replies.MOST):
        replies.take(NUMBER, "OK AAAAA", via="test")
    assert replies.take(NUMBER, f"OK {call.code}", via="test").acknowledged == []
    Heard.objects.update(at=night.clock() + YEAR)
    assert replies.take(NUMBER, f"OK {call.code}", via="test").acknowledged == [night.code]


@pytest.mark.usefixtures("machine")
def test_messages_sent_in_a_year_to_come_are_no_storm(night: Night) -> None:
    channel = night.channel()
    call = night.call()
    assert send(night) == 1
    for code in night.alerts(post.MOST_AT_ONCE + post.MORE_IF_EXTREME):
        other = night.call(code)
        Delivery.objects.create(
            channel=channel,
            call=other,
            state=State.SENT,
            sent_at=night.clock() + YEAR,
            next_try_at=night.clock(),
            made_at=night.clock(),
        )
    Call.objects.filter(pk=call.pk).update(ended_at=night.clock())
    night.call(night.alerts(1)[0])
    assert send(night) == 1


@pytest.mark.parametrize("days", [400, -400])
def test_a_link_acknowledges_while_the_clock_is_held_whoever_the_rota_names(
    night: Night, machine: Machine, days: int
) -> None:
    path = link_of(night)
    start = night.desk.node.clock() + timedelta(hours=1)
    Turn.objects.create(
        service="protection-civile", start=start, until=start + timedelta(days=9), function="releve"
    )
    machine.jumps(days=days)
    machine.passes(hours=30)
    assert Client().post(path).status_code == 200
    assert state_of(night) == "acknowledged"


@pytest.mark.usefixtures("machine")
def test_a_link_that_a_clock_made_for_a_year_is_too_old_once_it_is_right(night: Night) -> None:
    path = link_of(night)
    Link.objects.update(expires_at=night.clock() + YEAR)
    assert Client().post(path).status_code == 410
    assert state_of(night) == "new"


def test_what_was_sent_is_not_forgotten_while_the_clock_is_held(night: Night, machine: Machine) -> None:
    night.channel()
    call = night.call()
    assert send(night) == 1
    Call.objects.filter(pk=call.pk).update(ended_at=night.clock())
    Delivery.objects.update(made_at=night.clock() - timedelta(days=400))
    machine.jumps(days=400)
    fresh = post.Post()
    fresh.once(night.desk.node, night.desk.node.clock(), patience=1.0)
    assert Delivery.objects.count() == 1
    machine.jumps(days=-400)
    fresh.once(night.desk.node, night.desk.node.clock(), patience=1.0)
    assert Delivery.objects.count() == 0

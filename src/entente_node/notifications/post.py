"""Send what is due, and keep what became of it.

One look (:func:`once`, called every two seconds by the watch thread of the courier's
process) turns calls into deliveries, chooses what is due, and hands each message to a thread
of its own. No transaction is open while something is sent, and the ledger is written by the
caller alone. A gateway that hangs holds its own channel and nothing else: a channel has one
message under way at most, and no look waits longer than :data:`PATIENCE`.

**At least once.** A try is counted, and its next one set, before it begins. A process that
dies between the gateway's answer and the ledger sends the message again after the pause;
gammu's folder is looked at first, other gateways may deliver twice. An answer that is lost
has the same effect. The alternative, at most once, loses an alert.

**A storm.** A channel gets :data:`MOST_AT_ONCE` messages within :data:`WINDOW`, and
:data:`MORE_IF_EXTREME` more for what is extreme. What is more waits, and is told in one
message, a digest: the gravest with their codes and deadlines, and how many others.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakKeyDictionary

from django.db.models import F, Q
from django.urls import reverse
from django.utils import translation

from entente.node import Node
from entente.records import Record
from entente_node.notifications import carriers, channels, gammu, gsm, links
from entente_node.notifications.carriers import Message, NotSentError, Why
from entente_node.notifications.models import Channel, Delivery, Sort, State
from entente_node.notifications.planning import Look, give_up_ended, plan
from entente_node.notifications.text import Setting, digest_of, is_answerable, subject_of, text_of
from entente_node.notifications.trying import subscription_of

MOST_AT_ONCE: Final = 6
MORE_IF_EXTREME: Final = 2
WINDOW: Final = timedelta(minutes=10)
ALONE: Final = 3
"""More than so many that wait for one channel are told in one message."""
MOST_TRIES: Final = 40
"""Nine hours: a network that is away for the night gets its messages in the morning."""
PAUSES: Final = (45, 60, 120, 240, 480, 900)
"""Seconds after each try that failed; the last one again and again. The first is longer than a send may take."""
PATIENCE: Final = 3.0
"""Seconds that one look waits for gateways to answer."""
THREADS: Final = 6
TOO_LONG: Final = 40.0
"""Seconds after which a send that has not ended counts as failed."""
ABANDONED: Final = 600.0
"""Seconds after which a send that has not ended no longer holds its channel."""
LONGEST_WAIT: Final = timedelta(hours=25)
"""No pause and no night is longer: what waits for more was set by a clock that stood ahead."""
KEPT: Final = timedelta(days=90)
"""How long what was sent is remembered."""
_TIDY_EVERY: Final = 3_600.0
_ASK_EVERY: Final = 10.0
"""Seconds between looks at what gammu's daemon gave up."""
_TAKEN_BACK: Final = timedelta(hours=12)
"""How long ago it may have taken it."""

logger = logging.getLogger("entente.notifications")


@dataclass
class _Sending:
    """One message that is under way."""

    channel: int
    deliveries: tuple[int, ...]
    """The first leads; the others are told of in its digest."""
    parts: int
    began: float
    late: bool = False
    """Looks do not wait for it any more."""
    failed: bool = False
    """It took too long, and that was written down."""


@dataclass
class Post:
    """What is under way from one node."""

    under_way: dict[int, _Sending] = field(default_factory=dict)
    """By channel."""
    ended: queue.SimpleQueue[tuple[_Sending, str]] = field(default_factory=queue.SimpleQueue)
    tidied: float = 0.0
    asked: float = float("-inf")

    def once(self, node: Node, now: datetime, *, patience: float = PATIENCE) -> int:
        """One look; how many messages were sent since the last one."""
        look = Look.at(node, now)
        plan(look)
        give_up_ended(look)
        sent = self._collect(look, 0.0)
        self._write_off(look)
        self._take_back(look)
        for channel, due in _due(look).items():
            # What has taken too long does not count: gateways that hang hold no other channel.
            busy = sum(not sending.failed for sending in self.under_way.values())
            if channel.pk not in self.under_way and busy < THREADS:
                self._begin(look, channel, due)
        sent += self._collect(look, patience)
        self._tidy(look)
        return sent

    def _begin(self, look: Look, channel: Channel, due: list[Delivery]) -> None:
        chosen = _choose(look, channel, due)
        if not chosen:
            return
        with translation.override(channel.language):
            message = _message(look, channel, chosen)
        if message is None:
            return
        for delivery in chosen:
            delivery.tries += 1
            delivery.next_try_at = look.now + _pause(delivery.tries)
        look.deliveries().bulk_update(chosen, ["tries", "next_try_at"])
        sending = _Sending(
            channel.pk,
            tuple(delivery.pk for delivery in chosen),
            gsm.parts(message.words) if channel.number else 0,
            time.monotonic(),
        )
        self.under_way[channel.pk] = sending
        # Daemons: a gateway that hangs must not keep the process from ending.
        threading.Thread(
            target=self._carry, args=(sending, channel.url, message), name="notification", daemon=True
        ).start()

    def _carry(self, sending: _Sending, url: str, message: Message) -> None:
        """In its own thread: no ledger here."""
        try:
            carriers.send(url, message)
            word = ""
        except NotSentError as error:
            word = error.word
        except Exception as error:  # noqa: BLE001  whatever it is, the message was not sent
            # Its text may hold an address: only its name is logged.
            logger.error("a message could not be sent: %s", type(error).__name__)  # noqa: TRY400  as said
            word = str(Why.FAULT)
        self.ended.put((sending, word))

    def _collect(self, look: Look, patience: float) -> int:
        """Write down what has ended; wait a little for what has just begun."""
        until = time.monotonic() + patience
        sent = 0
        while True:
            fresh = any(not sending.late for sending in self.under_way.values())
            left = until - time.monotonic()
            try:
                sending, word = (
                    self.ended.get(timeout=left) if fresh and left > 0 else self.ended.get_nowait()
                )
            except queue.Empty:
                break
            if self.under_way.get(sending.channel) is sending:
                del self.under_way[sending.channel]
            _write_down(look, sending, word)
            sent += not word
        for sending in self.under_way.values():
            sending.late = True
        return sent

    def _write_off(self, look: Look) -> None:
        """What takes too long has failed; its channel is free again once it is abandoned."""
        now = time.monotonic()
        for channel, sending in list(self.under_way.items()):
            age = now - sending.began
            if age > TOO_LONG and not sending.failed:
                sending.failed = True
                _write_down(look, sending, str(Why.NO_ANSWER))
            if age > ABANDONED:
                del self.under_way[channel]

    def _take_back(self, look: Look) -> None:
        """What gammu's daemon took and gave up was not sent: it is tried again."""
        if time.monotonic() - self.asked < _ASK_EVERY:
            return
        self.asked = time.monotonic()
        for channel in look.channels().filter(url__startswith=gammu.SCHEME, active=True):
            for serial, tried in gammu.refused(channel.url):
                row = look.deliveries().filter(
                    pk=serial,
                    tries=tried,
                    channel=channel,
                    state=State.SENT,
                    sent_at__gt=look.now - _TAKEN_BACK,
                )
                over = tried % MOST_TRIES == 0
                row.update(
                    state=State.GIVEN_UP if over else State.FAILED,
                    error=Why.NETWORK,
                    sent_at=None,
                    next_try_at=look.now,
                )

    def _tidy(self, look: Look) -> None:
        if self.tidied and time.monotonic() - self.tidied < _TIDY_EVERY:
            return
        if look.node.is_clock_held():
            return  # nobody knows what is old
        self.tidied = time.monotonic()
        links.tidy(look.now, look.alias)
        over = [State.SENT, State.GIVEN_UP]
        look.deliveries().filter(state__in=over, made_at__lt=look.now - KEPT).exclude(
            call__isnull=False, call__ended_at=None
        ).delete()


_posts: WeakKeyDictionary[Node, Post] = WeakKeyDictionary()


def once(node: Node, now: datetime, *, patience: float = PATIENCE) -> int:
    """Send what is due from this node; how many messages a gateway has taken since the last look."""
    return _posts.setdefault(node, Post()).once(node, now, patience=patience)


def _due(look: Look) -> dict[Channel, list[Delivery]]:
    due = Q(next_try_at__lte=look.now) | Q(next_try_at__gt=look.now + LONGEST_WAIT)
    if look.node.is_clock_held():
        due |= Q(quiet=True, tries=0)
    rows = (
        look.deliveries()
        .filter(due, state__in=[State.WAITING, State.FAILED], channel__active=True)
        .select_related("channel", "call")
        .order_by("next_try_at", "pk")
    )
    found: dict[Channel, list[Delivery]] = {}
    for row in rows:
        found.setdefault(row.channel, []).append(row)
    return found


def _choose(look: Look, channel: Channel, due: list[Delivery]) -> list[Delivery]:
    """What goes out now over one channel: one message, of one delivery or of many; nothing while it has had enough."""
    own = [delivery for delivery in due if delivery.sort != Sort.CALL]
    if own:
        return own[:1]
    allowed = [delivery for delivery in due if _told(look, channel, delivery) is not None]
    refused = [delivery.pk for delivery in due if delivery not in allowed]
    if refused:
        # The wall has moved since it was planned: an agreement ended, the channel's purposes changed.
        look.deliveries().filter(pk__in=refused).update(state=State.GIVEN_UP, error=Why.ENDED)
    allowed = _held_for_the_night(look, channel, allowed)
    if not allowed:
        return []
    allowed.sort(key=lambda delivery: _urgency(look, channel, delivery))
    room = MOST_AT_ONCE - _sent_lately(look, channel)
    if room <= 0 and not (
        channels.breaks_through(_told(look, channel, allowed[0])) and room > -MORE_IF_EXTREME
    ):
        return []
    return allowed if len(allowed) > ALONE or (room <= 1 and len(allowed) > 1) else allowed[:1]


def _held_for_the_night(look: Look, channel: Channel, due: list[Delivery]) -> list[Delivery]:
    """What may go now; what failed or was held back before the quiet hours began waits for their end."""
    quiet = None if look.node.is_clock_held() else channels.quiet_until(channel, look.now, look.zone)
    if quiet is None:
        return due
    goes = [one for one in due if channels.wakes(one.call, _told(look, channel, one))]
    held = [one.pk for one in due if one not in goes]
    look.deliveries().filter(pk__in=held).update(quiet=True, next_try_at=quiet)
    return goes


def _told(look: Look, channel: Channel, delivery: Delivery) -> Record | None:
    return look.telling(channel, delivery.call) if delivery.call is not None else None


def _urgency(look: Look, channel: Channel, delivery: Delivery) -> tuple[bool, float, int]:
    call = delivery.call
    due = call.deadline.timestamp() if call is not None and call.deadline is not None else float("inf")
    return (not channels.breaks_through(_told(look, channel, delivery)), due, delivery.pk)


def _sent_lately(look: Look, channel: Channel) -> int:
    return (
        look.deliveries()
        .filter(channel=channel, sort=Sort.CALL, led_by=None)
        .filter(sent_at__gt=look.now - WINDOW, sent_at__lte=look.now + WINDOW)
        .count()
    )


def _message(look: Look, channel: Channel, chosen: list[Delivery]) -> Message | None:
    """The words of one message, in the channel's language."""
    first = chosen[0]
    begin = channels.address()
    if first.call is None:
        return _ready(channel, first, first.words, "Entente", begin)
    setting = Setting(look.zone, look.now, _areas(look), sms=bool(channel.number))
    if len(chosen) > 1:
        told = [(one.call, _told(look, channel, one)) for one in chosen if one.call is not None]
        words = digest_of(told, f"{begin}/" if begin else "", setting)
        return _ready(channel, first, words, "Entente", begin)
    record = _told(look, channel, first)
    link = ""
    if begin and is_answerable(first.call):
        link = f"{begin}{reverse('acknowledge', args=[links.make(first, look.now, look.alias)])}"
    elif begin:
        link = f"{begin}{reverse('record', args=[first.call.code])}"
    words = text_of(first.call, record, link, setting)
    return _ready(channel, first, words, subject_of(first.call, record), link)


def _ready(channel: Channel, delivery: Delivery, words: str, subject: str, link: str) -> Message:
    lasts = 3_600
    if delivery.call is not None and delivery.call.deadline is not None:
        lasts = max(int((delivery.call.deadline - delivery.made_at).total_seconds()), 600)
    return Message(
        words=words,
        subject=subject,
        link=link,
        number=channel.number,
        serial=delivery.pk,
        tried=delivery.tries + 1,
        lasts=lasts,
        subscription=subscription_of(channel),
        reach=channels.reach_of_node(),
    )


def _areas(look: Look) -> dict[str, str]:
    return {
        area.code: area.name
        for policy in look.node.register.policies()
        for area in policy.standing.signed.agreement.zone.areas
    }


def _pause(tries: int) -> timedelta:
    """After so many tries; those that somebody asked for begin anew."""
    return timedelta(seconds=PAUSES[min((tries - 1) % MOST_TRIES, len(PAUSES) - 1)])


def _write_down(look: Look, sending: _Sending, word: str) -> None:
    """What became of one message, for each delivery that it told of."""
    rows = look.deliveries().filter(pk__in=sending.deliveries)
    lead, *others = sending.deliveries
    if not word:
        rows.update(state=State.SENT, sent_at=look.now, error="", quiet=False, parts=sending.parts)
        look.deliveries().filter(pk__in=others).update(led_by=lead)
        return
    left = rows.exclude(state=State.SENT).annotate(rest=F("tries") % MOST_TRIES)
    useless = word.startswith((Why.GONE, Why.UNKNOWN_ADDRESS))
    # Each by its own tries: one message told of several.
    over = left if useless else left.filter(rest=0)
    over.update(state=State.GIVEN_UP, error=word)
    if not useless:
        left.exclude(rest=0).update(state=State.FAILED, error=word)
    if word.startswith(Why.GONE):
        # The browser has unsubscribed: nothing more is sent there.
        look.channels().filter(pk=sending.channel).update(active=False)

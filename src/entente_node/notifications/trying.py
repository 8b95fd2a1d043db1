"""Try a channel: a message that says nothing but that it is a test."""

from __future__ import annotations

import threading

from django.utils import translation
from django.utils.translation import gettext as _

from entente_node.notifications import carriers, channels, gsm, push
from entente_node.notifications.carriers import Message, NotSentError, Why
from entente_node.notifications.models import Channel, PushSubscription


def words_of(channel: Channel) -> str:
    """The test message, in the channel's language."""
    with translation.override(channel.language):
        words = _("Entente: this is a test of the duty's messages. Nothing to do.")
    return gsm.plain(words) if channel.number else words


def try_now(channel: Channel, patience: float = 45.0) -> str:
    """Send it at once and wait; empty where the gateway has taken it, else why not."""
    ended: list[str] = []
    message = Message(
        words_of(channel),
        "Entente",
        number=channel.number,
        subscription=subscription_of(channel),
        reach=channels.reach_of_node(),
    )
    thread = threading.Thread(target=_carry, args=(channel.url, message, ended), daemon=True)
    thread.start()
    thread.join(patience)
    return ended[0] if ended else str(Why.NO_ANSWER)


def subscription_of(channel: Channel) -> push.Subscription | None:
    """The browser behind a channel; None for any other."""
    if not channel.url.startswith(push.SCHEME):
        return None
    alias = channel._state.db or "default"  # noqa: SLF001  Django's own name for where a row is from
    row = PushSubscription.objects.using(alias).filter(channel=channel).first()
    if row is None:
        return None
    contact = channels.address() or "mailto:desk@entente.invalid"
    return push.Subscription(
        row.endpoint, row.p256dh, row.auth, channels.push_key(), contact, channels.push_services()
    )


def _carry(url: str, message: Message, ended: list[str]) -> None:
    try:
        carriers.send(url, message)
    except NotSentError as error:
        ended.append(error.word)
    else:
        ended.append("")

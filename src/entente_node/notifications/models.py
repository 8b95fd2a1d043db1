"""Where a duty is reached, what was sent there, what a link or a reply may do. Nothing of it leaves the node.

A :class:`Channel` belongs to a service and one of its functions: a duty phone, never a
person. Addresses (``url``) contain passwords: they are shown masked, everywhere
(:mod:`entente_node.notifications.channels`). Of links and webhooks only hashes are kept.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from entente_node.duty.models import Call


class State(models.TextChoices):
    """What became of a message."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    """The last try failed; there will be another."""
    GIVEN_UP = "given_up"


class Sort(models.TextChoices):
    """What a message is."""

    CALL = "call"
    REPLY = "reply"
    TEST = "test"


class Channel(models.Model):
    """One way to reach a function: an SMS gateway, e-mail, Signal, ntfy, a browser."""

    service = models.CharField(max_length=64)
    function = models.SlugField(max_length=64)
    label = models.CharField(max_length=60, blank=True)
    """What people call it: "the duty phone"; never a person's name."""
    url = models.CharField(max_length=1_000)
    """An address as apprise takes it, ``gammu:FOLDER``, or ``push:`` for a browser."""
    number = models.CharField(max_length=16, blank=True)
    """The telephone number behind it, E.164: messages to it are written as SMS, and it may reply."""
    purposes = models.JSONField(default=list, blank=True)
    """The purposes that it is for; empty: all of its service's mandates."""
    severity_from = models.CharField(max_length=10, blank=True)
    """This severity and graver ones; empty: all."""
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    """Between these hours of the agreement's time zone only what is Extreme is sent; the rest waits."""
    language = models.CharField(max_length=2, default="fr")
    active = models.BooleanField(default=True)
    decided = models.PositiveBigIntegerField(default=0)
    """The last call that was decided for it."""
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["service", "function", "pk"]
        indexes = [models.Index(fields=["service", "function"], name="notification_channel_of")]


class Delivery(models.Model):
    """One message over one channel: about a call, or a reply, or a test."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE)
    sort = models.CharField(max_length=8, choices=Sort.choices, default=Sort.CALL)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, null=True, related_name="deliveries")
    words = models.CharField(max_length=400, blank=True)
    """What a reply or a test says; a call's words are written when it is sent, and not kept."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    quiet = models.BooleanField(default=False)
    """It waits for the quiet hours to end."""
    error = models.CharField(max_length=40, blank=True)
    """Why the last try failed: a word (``carriers.Why``), never a part of an address."""
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    parts = models.PositiveSmallIntegerField(default=0)
    """Of how many SMS the message was."""
    led_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="led")
    """The delivery whose one message told of this as well: a digest."""

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "channel"], name="delivery_once", condition=Q(call__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], name="delivery_due", condition=Q(state__in=["waiting", "failed"])
            ),
            models.Index(fields=["channel", "sent_at"], name="delivery_sent"),
        ]


class Link(models.Model):
    """A link that acknowledges once. The token is in the message alone; here is its SHA-256."""

    hash = models.BinaryField(max_length=32, unique=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="link_expires")]

    @property
    def call(self) -> Call | None:
        """What it acknowledges, and for which function: those of the call that was sent."""
        return self.delivery.call

    def is_expired(self, now: datetime) -> bool:
        """Whether it is too old."""
        return now >= self.expires_at


class PushSubscription(models.Model):
    """A browser that a service's function is reached in: where its push service is, and its keys (RFC 8291)."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE)
    endpoint = models.CharField(max_length=700, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    account = models.CharField(max_length=40, blank=True)
    """Who subscribed it: once that account answers nothing more for the service, its browser is told nothing."""


class Webhook(models.Model):
    """Where a gateway posts what it received: ``/sms/<secret>``; here is the secret's SHA-256."""

    hash = models.BinaryField(max_length=32, unique=True)
    label = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Heard(models.Model):
    """One SMS that came in: counted, so that nobody can try many codes. Its words are not kept."""

    number = models.CharField(max_length=64)
    """A keyed hash of the sender's number."""
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["number", "at"], name="heard_number")]

"""Who is on duty and who was called, by function and never by person. Nothing of it leaves the node.

A weekly pattern (:class:`Shift`) says who is on duty; a :class:`Turn` wins over it. Times of a
shift are those of clocks on the wall, in the agreement's time zone; all other instants are UTC.
:mod:`entente_node.duty.rota` reads them. A :class:`Call` says that a function is to be told of
something; the notifications turn it into messages.
"""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q

EVERY_DAY: Final = "1234567"


class Holidays(models.TextChoices):
    """Whether a shift holds on a holiday."""

    TOO = "too"
    NOT = "not"
    ONLY = "only"


class Level(models.TextChoices):
    """Why this function: it is on duty, it stands in, it is above, or it raised what nobody answers."""

    DUTY = "duty"
    BACKUP = "backup"
    ESCALATION = "escalation"
    AUTHOR = "author"


class Reason(models.TextChoices):
    """What the call is about."""

    NEW = "new"
    UNANSWERED = "unanswered"
    OVERDUE = "overdue"
    UNACTED = "unacted"
    WITHHELD = "withheld"
    MEASURE = "measure"


class DutyFunction(models.Model):
    """A function that may be on duty or called: ``permanence``, with what people call it."""

    service = models.CharField(max_length=64)
    function = models.SlugField(max_length=64)
    name = models.CharField(max_length=120)
    telephone = models.CharField(max_length=16, blank=True)
    """Where it is reached, E.164; leaves only as a contact record that a person publishes."""
    rank = models.PositiveSmallIntegerField(null=True, blank=True)
    """Its place in the service's escalation, from 1; null: it is not called when nobody answers."""

    class Meta:
        ordering = ["service", "function"]
        constraints = [
            models.UniqueConstraint(fields=["service", "function"], name="duty_function_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Above(models.Model):
    """The service (the governor's, the prefect's) whose duty is called when a service does not answer."""

    service = models.CharField(max_length=64, primary_key=True)
    above = models.CharField(max_length=64)


class Shift(models.Model):
    """A weekly pattern: on these days, from this hour to that one; over midnight when it ends before it begins."""

    service = models.CharField(max_length=64)
    weekdays = models.CharField(max_length=7, default=EVERY_DAY)
    """Days on which it begins, as ISO 8601 counts them: ``12345`` is Monday to Friday."""
    begins = models.TimeField()
    ends = models.TimeField()
    """The same hour as ``begins``: the whole day."""
    function = models.SlugField(max_length=64)
    backup = models.SlugField(max_length=64, blank=True)
    holidays = models.CharField(max_length=4, choices=Holidays.choices, default=Holidays.TOO)

    class Meta:
        ordering = ["service", "begins", "pk"]


class Turn(models.Model):
    """One duty between two instants; it wins over the patterns, and the newest over older ones."""

    service = models.CharField(max_length=64)
    start = models.DateTimeField()
    until = models.DateTimeField()
    function = models.SlugField(max_length=64)
    backup = models.SlugField(max_length=64, blank=True)
    absent = models.SlugField(max_length=64, blank=True)
    """The function that is absent, where this is why."""

    class Meta:
        ordering = ["service", "start", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("start")), name="turn_ends_after_its_start"),
        ]
        indexes = [models.Index(fields=["service", "until"], name="turn_until")]


class Holiday(models.Model):
    """A day off, for one service or, without one, for all."""

    date = models.DateField()
    name = models.CharField(max_length=120)
    service = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["date", "service"]
        constraints = [models.UniqueConstraint(fields=["date", "service"], name="holiday_once")]


class Handover(models.Model):
    """One function hands the duty over with a note; the other takes it."""

    service = models.CharField(max_length=64)
    at = models.DateTimeField()
    from_function = models.SlugField(max_length=64)
    to_function = models.SlugField(max_length=64)
    note = models.TextField(blank=True)
    account = models.CharField(max_length=40, blank=True)
    """Who handed it over."""
    taken_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["service", "-at"], name="handover_newest")]


class Call(models.Model):
    """A function of a service is to be told of a record; ended when that is settled.

    Once for a record, a function, a level and a reason, however often and by however many
    processes it is asked for.
    """

    code = models.CharField(max_length=14)
    service = models.CharField(max_length=64)
    function = models.SlugField(max_length=64)
    level = models.CharField(max_length=12, choices=Level.choices)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    at = models.DateTimeField()
    deadline = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=129, blank=True)
    """``service/function`` that settled it, where one did."""

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "service", "function", "level", "reason"], name="call_once"
            ),
        ]
        indexes = [
            models.Index(fields=["service", "-at"], name="call_open", condition=Q(ended_at=None)),
            models.Index(fields=["code"], name="call_code"),
        ]

"""The tables of flows added up beside their records; kept true by :mod:`entente_node.ledger.tallying`.

What is added up in one row has in common all that decides who may see it: its gate. So whoever
may see the records may see them in a sum, and nobody else.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class TallyGate(models.Model):
    """What of flows decides who may see them (``entente_node.ledger.wall.Gate``), and whose they are."""

    kind = models.CharField(max_length=40)
    party = models.CharField(max_length=64)
    agreement = models.CharField(max_length=64, blank=True)
    """The agreement that they came through; empty: they are ours."""
    service = models.CharField(max_length=64, blank=True)
    """The service of ours that filed them; empty: they came."""
    tlp = models.CharField(max_length=12)
    audience = models.PositiveSmallIntegerField()

    objects: ClassVar[models.Manager[TallyGate]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "party", "agreement", "service", "tlp", "audience"], name="tally_gate_once"
            ),
        ]


class DayTally(models.Model):
    """What was counted in one direction at one post of one place on one day, or in one week as a whole."""

    gate = models.ForeignKey(TallyGate, on_delete=models.CASCADE, db_index=False)
    series = models.CharField(max_length=20)
    bucket = models.IntegerField()
    """The day (UTC, since 1970) on which the records begin: what is tallied anew together."""
    day = models.DateField()
    """The day in the agreement's time zone; of a week, its Monday."""
    known = models.BooleanField()
    """Whether the day is known; of a week it is not."""
    place = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200, blank=True)
    post = models.CharField(max_length=40, blank=True)
    direction = models.CharField(max_length=12)
    sum = models.CharField(max_length=32, blank=True)
    """Which sum that a partner tells it is, hashed: of each the newest counts. Empty for what is added up here."""
    total = models.BigIntegerField(null=True)
    """Null while no record says a number."""
    silent = models.PositiveBigIntegerField()
    """Records that say no number."""
    records = models.PositiveBigIntegerField()
    """How many were added up, by us or before they came."""

    objects: ClassVar[models.Manager[DayTally]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "gate", "series", "bucket", "day", "known", "place", "name", "post", "direction", "sum",
                ],
                name="day_tally_once",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["sum"], name="day_tally_sum", condition=~Q(sum=""))]


class HourTally(models.Model):
    """How many flows begin in one hour, and how many of ours have left."""

    gate = models.ForeignKey(TallyGate, on_delete=models.CASCADE, db_index=False)
    hour = models.IntegerField()
    """UTC, since 1970."""
    records = models.PositiveBigIntegerField(default=0)
    left = models.PositiveBigIntegerField(default=0)
    """Those with an entry in one of our journals."""

    objects: ClassVar[models.Manager[HourTally]] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gate", "hour"], name="hour_tally_once")]


class Tallied(models.Model):
    """How far it has come: one row."""

    zone = models.CharField(max_length=64)
    """The time zone of the days."""
    record = models.BigIntegerField(default=0)
    """The last record that is in the tallies."""
    journals = models.TextField(default="{}")
    """JSON: of our journals, how many entries are, by key."""
    version = models.PositiveBigIntegerField(default=0)
    """One more with every change: who reads tallies and what came after them reads it before and after."""

    objects: ClassVar[models.Manager[Tallied]] = models.Manager()

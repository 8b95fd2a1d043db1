"""What is believed of the clock: one row."""

from __future__ import annotations

from django.db import models


class Clock(models.Model):
    """What was seen of the clock, and whether it is held: :mod:`entente.clock` in columns, Unix seconds."""

    turn = models.PositiveBigIntegerField(default=0)
    """Grows with every writing: of two that look at once, one writes."""
    first_wall = models.BigIntegerField()
    first_up = models.BigIntegerField()
    last_wall = models.BigIntegerField()
    last_up = models.BigIntegerField()
    first_boot = models.CharField(max_length=40, blank=True)
    last_boot = models.CharField(max_length=40, blank=True)
    held_expected = models.BigIntegerField(null=True)
    """Where the clock should have stood; null: it is believed."""
    held_found = models.BigIntegerField(null=True)
    """Where it stood instead."""
    untold = models.JSONField(default=list)
    """What has changed and stands in no log yet: [change, expected, found], in order."""

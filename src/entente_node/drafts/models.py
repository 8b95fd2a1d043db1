"""Forms that were sent without a session, kept for their account; forms that were sent, so that none is twice."""

from __future__ import annotations

from typing import Final

from django.db import models

LONGEST_PATH: Final = 400


class Draft(models.Model):
    """What somebody had typed when the session ended. It belongs to one account, and goes when it is filed."""

    account = models.ForeignKey("directory.User", on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=LONGEST_PATH)
    """Where the form was sent."""
    body = models.TextField()
    """Its fields as a browser sends them."""
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "path"], name="draft_once")]


class Sending(models.Model):
    """A form that was sent, by the number that its page gave it."""

    number = models.CharField(max_length=32, primary_key=True)
    account = models.ForeignKey("directory.User", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    """SHA-256 of what was typed."""
    location = models.CharField(max_length=LONGEST_PATH, blank=True)
    """Where what came of it is; empty: it is being filed."""
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="sending_at")]

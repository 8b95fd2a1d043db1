"""The tables of records that leave added up; what they mean: :mod:`entente.policy.aggregate`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Sum(models.Model):
    """One cell of one article's grid, for one recipient."""

    agreement = models.CharField(max_length=64)
    recipient = models.CharField(max_length=64)
    article = models.CharField(max_length=30)
    """The citation."""
    kind = models.CharField(max_length=40)
    purpose = models.CharField(max_length=20)
    place = models.CharField(max_length=40)
    window = models.CharField(max_length=10)
    by = models.TextField()
    """JSON: the values of the article's ``by``, in its order."""
    due = models.BigIntegerField()
    """When its window has ended and the delay has passed, Unix seconds."""
    fresh = models.BooleanField(default=True)
    """It has addends that nobody has looked at since it was due."""
    untold = models.BooleanField(default=False)
    """It has a closed part that the recipient has not been told of."""
    entry = models.BigIntegerField(null=True)
    """The journal entry that last told it."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "recipient", "article", "kind", "purpose", "place", "window", "by"],
                name="sum_once",
            ),
        ]
        indexes = [
            models.Index(fields=["due"], name="sum_fresh", condition=Q(fresh=True)),
            models.Index(
                fields=["agreement", "recipient", "due"], name="sum_untold", condition=Q(untold=True)
            ),
        ]


class Part(models.Model):
    """Records that go into the same sums, added up once and closed."""

    kin = models.CharField(max_length=64)
    """The hash of what its records have in common: these sums, and the lines on which they leave themselves."""
    lines = models.TextField()
    """JSON: those lines. A record that is in the part leaves on no other."""
    closed = models.BinaryField()
    """JSON of ``entente.policy.aggregate.Closed``: the true sums; never leaves."""
    sums = models.ManyToManyField(Sum)


class Addend(models.Model):
    """A local record that leaves in a sum."""

    record = models.ForeignKey("ledger.Record", on_delete=models.CASCADE, db_index=False)
    sum = models.ForeignKey(Sum, on_delete=models.CASCADE)
    part = models.ForeignKey(Part, null=True, on_delete=models.SET_NULL)
    """Once it is closed."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "sum"], name="addend_once")]

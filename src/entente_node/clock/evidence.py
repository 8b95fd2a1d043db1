"""What the ledger knows of the time: what this node wrote down itself, and what partners signed."""

from __future__ import annotations

from entente.records.times import parse_at
from entente_node.ledger.lines import Head
from entente_node.ledger.models import Journal


def newest_written(alias: str) -> int | None:
    """The newest moment at which this node released something, Unix seconds; None: it never did."""
    return max(_released(alias, ours=True), default=None)


def signed_nearest(alias: str, wall: int) -> int | None:
    """Of the newest moments that each partner signed, the one nearest to a clock; None: none ever signed any.

    A release or a receipt. One partner that signs a date of another year silences no other.
    """
    receipted = [
        at
        for journal in Journal.objects.using(alias).filter(ours=True)
        if (at := Head(journal, 0, 0).receipted_at) is not None
    ]
    signed = [*_released(alias, ours=False), *receipted]
    return min(signed, key=lambda at: abs(at - wall), default=None)


def _released(alias: str, *, ours: bool) -> list[int]:
    rows = Journal.objects.using(alias).filter(ours=ours).exclude(released_at="")
    return [int(parse_at(at)[0].timestamp()) for at in rows.values_list("released_at", flat=True)]

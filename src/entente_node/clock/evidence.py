"""What the ledger knows of the time: what this node wrote down itself, and what partners signed."""

from __future__ import annotations

from entente.records.times import parse_at
from entente_node.ledger.lines import Head
from entente_node.ledger.models import Journal


def newest_written(alias: str) -> int | None:
    """The newest moment at which this node released something, Unix seconds; None: it never did."""
    return max(_released(alias, ours=True), default=None)


def newest_signed(alias: str) -> int | None:
    """The newest moment that a partner signed: it released a record, or gave a receipt; None: none ever did."""
    receipted = [
        at
        for journal in Journal.objects.using(alias).filter(ours=True)
        if (at := Head(journal, 0, 0).receipted_at) is not None
    ]
    return max([*_released(alias, ours=False), *receipted], default=None)


def _released(alias: str, *, ours: bool) -> list[int]:
    rows = Journal.objects.using(alias).filter(ours=ours).exclude(released_at="")
    return [int(parse_at(at)[0].timestamp()) for at in rows.values_list("released_at", flat=True)]

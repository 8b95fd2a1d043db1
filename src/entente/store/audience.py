"""Who sees a record, as bits: the wall is one comparison of integers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from entente.records.base import PURPOSES, Purpose


def audience_of(purposes: Iterable[Purpose]) -> int:
    """The mandates that open a record, as bits."""
    return sum(1 << PURPOSES.index(purpose) for purpose in set(purposes))


AUDIENCE: Final[dict[Purpose, int]] = {purpose: audience_of((purpose,)) for purpose in PURPOSES}
"""The audience of one purpose."""

OBSERVERS: Final = 1 << len(PURPOSES)
"""The bit beside the mandates: an article grants the record to the agreement's observers."""

EVERYBODY: Final = (1 << 15) - 1
"""Every bit of an audience: where answers are intersected, the beginning."""

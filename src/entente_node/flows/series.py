"""What is counted, as people call it: people, heads of livestock, goods by weight, volume or head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from entente_node.ledger.counted import COUNTINGS, Counting


@dataclass(frozen=True)
class Series:
    """One thing that is counted, in one unit."""

    counting: Counting
    fr: str
    en: str
    fr_unit: str
    en_unit: str

    @property
    def id(self) -> str:
        """Its name in the address."""
        return self.counting.series

    @property
    def kind(self) -> str:
        """The kind of its records."""
        return self.counting.kind

    @property
    def of(self) -> Callable[[Any], int | None]:
        """How much a record counts; None where it does not say."""
        return self.counting.of

    @property
    def holds(self) -> Callable[[Any], bool]:
        """Whether a record of the kind is one of the series."""
        return self.counting.holds


_WORDS: Final = {
    "people": ("Personnes", "People", "personnes", "people"),
    "livestock": ("Bétail", "Livestock", "têtes", "heads"),
    "goods": ("Marchandises (kg)", "Goods (kg)", "kg", "kg"),
    "litres": ("Marchandises (litres)", "Goods (litres)", "litres", "litres"),
    "goods-heads": ("Marchandises (têtes)", "Goods (heads)", "têtes", "heads"),
}

SERIES: Final = {one.series: Series(one, *_WORDS[one.series]) for one in COUNTINGS}
"""Every series by its name in the address."""

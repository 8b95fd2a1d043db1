"""What is counted: people, heads of livestock, goods by weight, volume or head. One number of one record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from entente.records import FlowOfGoods, FlowOfLivestock, FlowOfPeople, Record

_SPECIES: Final = ("cattle", "sheep", "goats", "camels", "donkeys", "horses")
_PERSONS: Final = ("women", "men", "girls", "boys")
_KILOS: Final = 1_000
"""Of a tonne."""


@dataclass(frozen=True)
class Series:
    """One thing that is counted, in one unit."""

    id: str
    kind: str
    fr: str
    en: str
    fr_unit: str
    en_unit: str
    of: Callable[[Record], int | None]
    """How much a record counts; None where it does not say."""
    holds: Callable[[Record], bool] = lambda _record: True
    """Whether a record of the kind is one of the series."""


def _whole(record: Record, total: str, parts: tuple[str, ...]) -> int | None:
    """The total; without one, the parts together, but only where every part was counted."""
    found: int | None = getattr(record, total)
    if found is not None:
        return found
    numbers = [getattr(record, part) for part in parts]
    return None if None in numbers else sum(numbers)


def _kilos(record: Record) -> int | None:
    if not isinstance(record, FlowOfGoods) or record.quantity is None:
        return None
    match record.unit:
        case "tonne":
            return record.quantity * _KILOS
        case "bag":
            return record.quantity * record.bag_kg if record.bag_kg is not None else None
        case _:
            return record.quantity


def _quantity(record: Record) -> int | None:
    return getattr(record, "quantity", None)


def _measured(*units: str | None) -> Callable[[Record], bool]:
    return lambda record: getattr(record, "unit", None) in units


SERIES: Final = {
    one.id: one
    for one in (
        Series(
            "people",
            FlowOfPeople.kind(),
            "Personnes",
            "People",
            "personnes",
            "people",
            lambda record: _whole(record, "total", _PERSONS),
        ),
        Series(
            "livestock",
            FlowOfLivestock.kind(),
            "Bétail",
            "Livestock",
            "têtes",
            "heads",
            lambda record: _whole(record, "heads", _SPECIES),
        ),
        Series(
            "goods",
            FlowOfGoods.kind(),
            "Marchandises (kg)",
            "Goods (kg)",
            "kg",
            "kg",
            _kilos,
            _measured("kg", "tonne", "bag", None),
        ),
        Series(
            "litres",
            FlowOfGoods.kind(),
            "Marchandises (litres)",
            "Goods (litres)",
            "litres",
            "litres",
            _quantity,
            _measured("litre"),
        ),
        Series(
            "goods-heads",
            FlowOfGoods.kind(),
            "Marchandises (têtes)",
            "Goods (heads)",
            "têtes",
            "heads",
            _quantity,
            _measured("head"),
        ),
    )
}
"""Every series by its name in the address."""

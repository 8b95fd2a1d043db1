"""Areas of the agreements' zones: what lies in one, what may concern it, what it is called.

An area of an account is where it looks first; it opens nothing and closes nothing. So what may
lie in it counts as well: a place that is known only by the district or the region around, and
what has no place at all, which may be everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from entente.agreements.document import Agreement
from entente.places import Area, around


def areas_of(agreements: Iterable[Agreement]) -> dict[str, Area]:
    """Every area of the zones, by its code; of two with one code, that of the first agreement."""
    found: dict[str, Area] = {}
    for agreement in agreements:
        for area in agreement.zone.areas:
            found.setdefault(area.code, area)
    return found


def within(areas: Mapping[str, Area], codes: Collection[str]) -> frozenset[str]:
    """The codes of these areas and of all that lie in them."""
    return frozenset(
        area.code for area in areas.values() if any(outer.code in codes for outer in around(area, areas))
    )


def elsewhere(areas: Mapping[str, Area], codes: Collection[str]) -> frozenset[str]:
    """The codes of the areas that neither lie in one of these nor around one: what is known not to concern them."""
    outside = {
        outer.code for code in codes if (area := areas.get(code)) is not None for outer in around(area, areas)
    }
    return frozenset(areas) - within(areas, codes) - outside


def named(areas: Mapping[str, Area], codes: Iterable[str]) -> list[str]:
    """What the areas are called, in the order given; without those that no agreement knows."""
    return [areas[code].name for code in codes if code in areas]

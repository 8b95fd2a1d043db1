"""How many persons, and which: the numbers that several kinds break down alike.

A number that was not counted is missing, never zero. Nobody is described: every number is of
persons together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, TypeAlias

from entente.errors import RecordError
from entente.records.base import Count, Field, Role

Total: TypeAlias = Annotated[Count | None, Field(Role.COUNT, "Total", "Total", hxl="#affected")]
Women: TypeAlias = Annotated[Count | None, Field(Role.COUNT, "Femmes", "Women", hxl="#affected+f+adults")]
Men: TypeAlias = Annotated[Count | None, Field(Role.COUNT, "Hommes", "Men", hxl="#affected+m+adults")]
Girls: TypeAlias = Annotated[Count | None, Field(Role.COUNT, "Filles", "Girls", hxl="#affected+f+children")]
Boys: TypeAlias = Annotated[Count | None, Field(Role.COUNT, "Garçons", "Boys", hxl="#affected+m+children")]
UnderFive: TypeAlias = Annotated[
    Count | None, Field(Role.COUNT, "Moins de cinq ans", "Under five", hxl="#affected+age0_4")
]
Pregnant: TypeAlias = Annotated[
    Count | None, Field(Role.COUNT, "Femmes enceintes", "Pregnant women", hxl="#affected+f+pregnant")
]
Elderly: TypeAlias = Annotated[
    Count | None, Field(Role.COUNT, "Personnes âgées", "Elderly", hxl="#affected+elderly")
]
Disabled: TypeAlias = Annotated[
    Count | None,
    Field(Role.COUNT, "Personnes handicapées", "Persons with a disability", hxl="#affected+disabled"),
]
Unaccompanied: TypeAlias = Annotated[
    Count | None,
    Field(Role.COUNT, "Enfants non accompagnés", "Unaccompanied children", hxl="#affected+unaccompanied"),
]


def whole(
    total: int | None, women: int | None, men: int | None, girls: int | None, boys: int | None
) -> int | None:
    """How many they are: the total, or all four parts together where only they were counted.

    None where neither is known. Raises RecordError where the four are more than the total.
    """
    if total is None:
        if women is None or men is None or girls is None or boys is None:
            return None
        return women + men + girls + boys
    if (women or 0) + (men or 0) + (girls or 0) + (boys or 0) > total:
        raise RecordError("women, men, girls and boys are more than the total")
    return total


def check_parts(total: int | None, parts: Iterable[int | None]) -> None:
    """No part is more than the whole; nothing to compare where the whole is not known. Raises RecordError."""
    if total is None:
        return
    for number in parts:
        if number is not None and number > total:
            raise RecordError("a part of the persons is more than the total")

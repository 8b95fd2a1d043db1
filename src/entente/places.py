"""Where: points, coded areas, how far apart, and how to say a place less exactly.

Areas are data, never code: they come from the annex of the signed agreement, so that both
sides reduce and check a place with the same list. A code is always kept with its scheme
and version, because p-codes are renumbered.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Level = Literal["locality", "district", "region"]
Precision = Literal["exact", "locality", "district", "region"]

_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Code = Annotated[str, Meta(min_length=1, max_length=40)]
_Lat = Annotated[int, Meta(ge=-9_000_000, le=9_000_000)]
_Lon = Annotated[int, Meta(ge=-18_000_000, le=18_000_000)]


class Place(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is known of where: a point, a coded area, or both.

    ``lat`` and ``lon`` are integers of 1e-5 degree, both or neither. ``level`` says how fine
    the name and the code are.
    """

    name: _Name | None = None
    code: _Code | None = None
    scheme: _Code | None = None
    version: _Code | None = None
    lat: _Lat | None = None
    lon: _Lon | None = None
    level: Level | None = None


class Area(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One line of an agreement's list of places; ``within`` is the code of the area around it."""

    code: _Code
    scheme: _Code
    version: _Code
    name: _Name
    level: Level
    within: _Code | None = None
    lat: _Lat | None = None
    lon: _Lon | None = None

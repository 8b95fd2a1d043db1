"""Room on the disk that a node's folder is on: said while there still is some, and when there is none.

A ledger that cannot be written loses nothing: what was not written was refused, and said so. It
goes on by itself as soon as there is room.
"""

from __future__ import annotations

import shutil
from typing import Final

from django.conf import settings

_NONE: Final = 1 << 20
"""Bytes with which nothing more is written: the log beside the ledger grows by more at once."""
_MEGABYTE: Final = 1_000_000


def left() -> int | None:
    """Bytes that may still be written; None where nobody can say."""
    try:
        return shutil.disk_usage(settings.NODE).free
    except OSError:
        return None


def short() -> int | None:
    """Megabytes that are left, where these are few; None where there is room."""
    found = left()
    return None if found is None or found >= settings.LEAST_ROOM else found // _MEGABYTE


def is_gone() -> bool:
    """Whether there is no room at all."""
    found = left()
    return found is not None and found < min(_NONE, settings.LEAST_ROOM)

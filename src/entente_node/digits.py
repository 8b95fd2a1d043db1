"""Whole numbers in text that somebody else wrote: in a form, an address, a header, a partner's record.

``str.isdigit`` lets superscripts through, which ``int`` then refuses with a fault; ``int`` takes the digits
of every script, and refuses thousands of them with a fault too. So both are asked in one place.
"""

from __future__ import annotations

from typing import Final

MOST: Final = 18
"""Digits: what a whole number of the ledger holds in any case."""


def whole(text: str, most: int = MOST) -> int | None:
    """The number that at most ``most`` ASCII digits write; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most else None

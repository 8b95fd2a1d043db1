"""Carriers of pouches. None of them is trusted: what they carry is sealed and proves itself.

:mod:`http` speaks to a partner that answers; :mod:`mailbox` leaves pouches where the other
side will look. Both refuse with TransportError, in words that say what to do next, and
never show credentials of an address.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_USER: Final = re.compile(r"(?<=//)[^/@\s]*@")


def shown(address: str) -> str:
    """An address for people: without user and password, without what follows ``?``."""
    return _USER.sub("", address).partition("?")[0]


def is_http(address: str) -> bool:
    """Whether pouches for this address travel by HTTP; any other address is a mailbox."""
    return urlsplit(address).scheme.lower() in {"http", "https"}

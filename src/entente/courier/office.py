"""What an exchange works with: keys, ledger, agreements, clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from entente.courier.keys import Keys
from entente.register import Register
from entente.store import Store


@dataclass(frozen=True, slots=True)
class Office:
    """Everything of one node that a pouch needs; ``clock`` gives aware UTC, ``entropy(n)`` n bytes."""

    keys: Keys
    store: Store
    register: Register
    clock: Callable[[], datetime]
    entropy: Callable[[int], bytes]

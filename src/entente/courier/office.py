"""What an exchange works with: keys, ledger, agreements, clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from entente.courier.keys import Keys
from entente.errors import StoreError
from entente.records.codes import check_code
from entente.register import Register
from entente.store import Shown, Store


@dataclass(frozen=True, slots=True)
class Office:
    """Everything of one node that a pouch needs; ``clock`` gives aware UTC, ``entropy(n)`` n bytes.

    ``is_clock_held`` says that nobody believes the clock (:mod:`entente.clock`): what waits for a time waits on.
    """

    keys: Keys
    store: Store
    register: Register
    clock: Callable[[], datetime]
    entropy: Callable[[int], bytes]
    is_clock_held: Callable[[], bool]

    def record(self, code: str) -> Shown:
        """The record of a code that somebody typed or said. Raises RecordError, StoreError."""
        shown = self.store.shown(check_code(code))
        if shown is None:
            raise StoreError("there is no record {code} here", code=code)
        return shown

"""What stands before the pouch endpoint: how many at once, and patience with those who send rubbish.

In memory, one per web process: a refused pouch must leave no state. A bucket per address
holds a few refusals and fills again with time; the number of buckets is bounded, oldest out.
A partner behind the same address as an attacker waits as well; its pouches are not lost.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

AT_ONCE: Final = 4
REFUSALS: Final = 20
SECONDS_PER_REFUSAL: Final = 15
MOST_ADDRESSES: Final = 10_000


class Patience:
    """Counts refused pouches by address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Seconds until this address may try again; 0 if now."""
        with self._lock:
            spent = self._now(address)
        over = spent - REFUSALS + 1
        return max(1, round(over * SECONDS_PER_REFUSAL)) if over > 0 else 0

    def refused(self, address: str) -> None:
        """A pouch from there was refused."""
        with self._lock:
            self._spent[address] = (self._now(address) + 1, self._clock())
            self._spent.move_to_end(address)
            while len(self._spent) > MOST_ADDRESSES:
                self._spent.popitem(last=False)

    def clear(self) -> None:
        """Forget every address."""
        with self._lock:
            self._spent.clear()

    def _now(self, address: str) -> float:
        spent, at = self._spent.get(address, (0.0, 0.0))
        return max(0.0, spent - (self._clock() - at) / SECONDS_PER_REFUSAL)


patience: Final = Patience()
slots: Final = threading.BoundedSemaphore(AT_ONCE)

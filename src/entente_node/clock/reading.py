"""What the operating system says of the time."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Final

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_UNKNOWN: Final = f"process-{secrets.token_hex(8)}"
"""Where Linux does not name the start of the machine, a process knows its own start only."""


def count() -> tuple[int, str]:
    """Seconds since the machine's start, sleep included, and the name of that start."""
    try:
        return int(time.clock_gettime(time.CLOCK_BOOTTIME)), _BOOT_ID.read_text("ascii").strip()[:40]
    except (AttributeError, OSError):
        return int(time.monotonic()), _UNKNOWN

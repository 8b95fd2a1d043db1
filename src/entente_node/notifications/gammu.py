"""gammu-smsd, Debian's daemon for a telephone or a modem on a cable: messages out, messages in.

Out: a file in the folder from which the daemon sends (its ``files`` backend), one for each
message, whole or not there: ``OUTA20220201_074000_00_+22370000001_entente-12-1.txt`` (delivery
12, its first try), UTF-16 with its mark, because the daemon guesses any other encoding from a
locale that it may not have. What it gives up it moves to the folder ``error`` beside: that is
read as well, so that "sent" is taken back.

In: the daemon runs ``entente sms received`` (``RunOnReceive``) with the message in the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from entente_node.digits import whole

SCHEME: Final = "gammu:"
_NUMBER: Final = re.compile(r"\+?[0-9]{3,16}")
_MOST_MESSAGES: Final = 50
_GIVEN_UP: Final = re.compile(r"OUT.*_entente-([0-9]{1,15})-([0-9]{1,5})\.[A-Za-z]+")


class SpoolError(Exception):
    """The daemon's folder is not there, or may not be written."""


@dataclass(frozen=True)
class Received:
    """One message that came in."""

    number: str
    text: str


def folder(url: str) -> Path:
    """The folder of an address ``gammu:FOLDER``."""
    return Path(url.removeprefix(SCHEME))


def put(url: str, number: str, text: str, serial: int, tried: int = 1) -> None:
    """Leave a message for the daemon; not while one of the same serial number, but zero, waits. Raises SpoolError."""
    spool = folder(url)
    if not _NUMBER.fullmatch(number):
        raise SpoolError
    note = f"entente-{serial}-{tried}"
    try:
        if serial and any(spool.glob(f"OUT*_entente-{serial}-*.txt")):
            return  # a crash came between the folder and the ledger: it waits there already
        now = datetime.now(UTC)
        name = f"OUTA{now:%Y%m%d_%H%M%S}_{now.microsecond // 10_000:02}_{number}_{note}.txt"
        part = spool / f".{name}.part"
        with part.open("wb") as file:
            file.write(b"\xff\xfe" + text.encode("utf-16-le"))
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o660)  # the daemon runs as another user of the folder's group
        part.rename(spool / name)
    except OSError as error:
        raise SpoolError from error


def refused(url: str) -> set[tuple[int, int]]:
    """What the daemon has given up: serial numbers, each with its try. Empty where its folder cannot be read."""
    found = set()
    try:
        for file in (folder(url).parent / "error").iterdir():
            named = _GIVEN_UP.fullmatch(file.name)
            if named:
                found.add((int(named[1]), int(named[2])))
    except OSError:
        return set()
    return found


def received(environment: Mapping[str, str]) -> list[Received]:
    """What the daemon says came in: a long message joined, else each by itself."""
    count = _count(environment.get("SMS_MESSAGES", ""))
    number = environment.get("SMS_1_NUMBER", "")
    decoded = _count(environment.get("DECODED_PARTS", ""))
    if decoded and count:
        joined = "".join(environment.get(f"DECODED_{part}_TEXT", "") for part in range(1, decoded + 1))
        if joined:
            return [Received(number, joined)]
    return [
        Received(environment.get(f"SMS_{one}_NUMBER", ""), environment.get(f"SMS_{one}_TEXT", ""))
        for one in range(1, count + 1)
    ]


def _count(text: str) -> int:
    return min(whole(text) or 0, _MOST_MESSAGES)

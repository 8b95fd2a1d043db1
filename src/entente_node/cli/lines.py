"""JSON lines in: one record a line, each with its number and, where it is bad, the reason."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from entente.errors import EntenteError, LimitError, StoreError
from entente.records import Record, from_json

LONGEST_LINE: Final = 250_000
"""Bytes of a line: a record of 60,000 canonical bytes, with every letter escaped and then some."""
MOST_LINES: Final = 2_000_000


class Line(NamedTuple):
    """One line that is not empty: a record, or why it is none."""

    number: int
    record: Record | None
    error: EntenteError | None


def read_records(path: Path) -> Iterator[Line]:
    """The records of a file of JSON lines, ``-`` for standard input. Raises StoreError, LimitError."""
    try:
        with ExitStack() as stack:
            file = sys.stdin.buffer if str(path) == "-" else stack.enter_context(path.open("rb"))
            number = 0
            while data := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(data) > LONGEST_LINE:
                    raise LimitError("line {line} is over {limit} bytes", line=number, limit=LONGEST_LINE)
                if number > MOST_LINES:
                    raise LimitError(
                        "{file} has more than {limit} lines: file it in parts", file=path, limit=MOST_LINES
                    )
                if data.strip():
                    yield _line(number, data)
    except OSError as error:
        raise StoreError(
            "{file} cannot be read: {reason}", file=path, reason=error.strerror or type(error).__name__
        ) from None


def _line(number: int, data: bytes) -> Line:
    try:
        return Line(number, from_json(data), None)
    except EntenteError as error:
        return Line(number, None, error)

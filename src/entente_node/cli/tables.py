"""A table from outside, read row by row: bytes to lines to cells, with limits at each step.

Each line is UTF-8 or, where it is not, Windows-1252, which spreadsheets still write; the separator is
the one with which most columns are understood. A line that cannot be read is refused alone, with its
number, and the next ones are read. Never more than one row is held.
"""

from __future__ import annotations

import csv
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from entente.errors import EntenteError, LimitError, MalformedError, RecordError, StoreError
from entente.interop.hxl import ROWS_BEFORE, Layout

LONGEST_LINE: Final = 100_000
"""Bytes: a thousand cells of a hundred letters."""
MOST_LINES: Final = 10_000_000

_SEPARATORS: Final = (",", ";", "\t")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_ZIP: Final = b"PK\x03\x04"
_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its first and last line, and its cells, or why they cannot be read."""

    line: int
    last: int
    cells: Sequence[str]
    error: EntenteError | None = None


class Table:
    """A table whose columns are understood; iterate to get its rows, once."""

    def __init__(self, lines: _Lines, separator: str, layout: Layout) -> None:
        self._lines = lines
        self.separator = separator
        self.layout = layout

    @property
    def encodings(self) -> list[str]:
        """What the lines read so far were written in."""
        return sorted(self._lines.encodings)

    @property
    def read(self) -> int:
        """Bytes read so far."""
        return self._lines.read

    @property
    def size(self) -> int | None:
        """Bytes of the whole file; None where nobody can know."""
        return self._lines.size

    def __iter__(self) -> Iterator[TableRow]:
        """The rows below the names and tags. Raises LimitError over ten million lines."""
        reader = csv.reader(self._lines, delimiter=self.separator)
        before = 0
        while True:
            line = self._lines.number + 1
            error: EntenteError | None = None
            cells: Sequence[str] = ()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (RecordError, LimitError) as refused:
                error = refused
            except csv.Error:
                error = RecordError("a quotation mark is not closed, or a cell is too long")
            before += 1
            if before > self.layout.rows_before:
                yield TableRow(line, self._lines.number, cells, error)


@contextmanager
def open_table(path: Path, understand: Callable[[Sequence[Sequence[str]]], Layout]) -> Iterator[Table]:
    """A table, ``-`` for standard input; ``understand`` says what the columns are from the first rows.

    Raises StoreError for a file that cannot be read, MalformedError for one that is no table.
    """
    try:
        with ExitStack() as stack:
            file = sys.stdin.buffer if str(path) == "-" else stack.enter_context(path.open("rb"))
            size = None if file is sys.stdin.buffer else os.fstat(file.fileno()).st_size
            lines = _Lines(file, path, size)
            first = lines.first(ROWS_BEFORE + 1)
            separator, layout = _separator(first, understand)
            yield Table(lines, separator, layout)
    except OSError as error:
        raise StoreError(
            "{file} cannot be read: {reason}", file=path, reason=error.strerror or type(error).__name__
        ) from None


def open_text(path: Path) -> IO[str]:
    """A file to write a table into. Raises StoreError."""
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise StoreError(
            "{file} cannot be written: {reason}", file=path, reason=error.strerror or type(error).__name__
        ) from None


def _separator(
    first: Sequence[str], understand: Callable[[Sequence[Sequence[str]]], Layout]
) -> tuple[str, Layout]:
    """The separator with which most columns are understood, and those columns."""
    found: list[tuple[int, int, str, Layout]] = []
    problem: EntenteError | None = None
    for rank, separator in enumerate(_SEPARATORS):
        try:
            layout = understand(list(csv.reader(first, delimiter=separator)))
        except EntenteError as error:
            # Of several problems the one that speaks of columns says more than that there are none.
            problem = problem if problem and "column" in problem.values else error
        except csv.Error:
            continue
        else:
            found.append((layout.understood, -rank, separator, layout))
    if not found:
        raise problem or MalformedError(
            "no row names the columns: the first row of a table says what they are"
        )
    _, _, separator, layout = max(found, key=lambda one: one[:2])
    return separator, layout


class _Lines:
    """The lines of a file as text. Not a generator: after a line that is refused the next one is read."""

    def __init__(self, file: IO[bytes], path: Path, size: int | None) -> None:
        self._file = file
        self._path = path
        self._back: deque[tuple[int, str | EntenteError]] = deque()
        self._taken = 0
        self.size = size
        self.number = 0
        self.read = 0
        self.encodings: set[str] = set()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self._back:
            self.number, line = self._back.popleft()
            if isinstance(line, EntenteError):
                raise line
            return line
        try:
            return self._next()
        finally:
            self.number = self._taken

    def first(self, count: int) -> list[str]:
        """The first lines, which will be read again. Raises MalformedError for what is no table."""
        for _ in range(count):
            try:
                self._back.append((self._taken + 1, self._next()))
            except StopIteration:
                break
            except (RecordError, LimitError) as error:
                self._back.append((self._taken, error))
        return [line for _, line in self._back if isinstance(line, str)]

    def _next(self) -> str:
        data = self._file.readline(LONGEST_LINE + 1)
        if not data:
            raise StopIteration
        self._taken += 1
        self.read += len(data)
        if self._taken == 1:
            data = self._begin(data)
        if self._taken > MOST_LINES:
            raise StoreError(
                "{file} has more than {limit} lines: file it in parts", file=self._path, limit=MOST_LINES
            )
        if len(data) > LONGEST_LINE:
            self._skip(data)
            raise LimitError("the line is over {limit} bytes", limit=LONGEST_LINE)
        return self._text(data)

    def _begin(self, data: bytes) -> bytes:
        if data.startswith(_UTF16):
            raise MalformedError("{file} is in UTF-16: save it as CSV in UTF-8", file=self._path)
        if data.startswith(_ZIP):
            raise MalformedError("{file} is a workbook: save the sheet as CSV in UTF-8", file=self._path)
        return data.removeprefix(b"\xef\xbb\xbf")

    def _skip(self, data: bytes) -> None:
        while data and not data.endswith(b"\n"):
            data = self._file.readline(_CHUNK)
            self.read += len(data)

    def _text(self, data: bytes) -> str:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            if not data.isascii():
                self.encodings.add("UTF-8")
            return text
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            raise RecordError("the line is neither UTF-8 nor Windows-1252") from None
        self.encodings.add("Windows-1252")
        return text

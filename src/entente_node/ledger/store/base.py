"""The part of the Store that every other part stands on: one database, its cursor, its rows.

Bulk writes are plain SQL, many rows in a statement, written so that SQLite and PostgreSQL both
take them; the rest is the ORM. Django's connections are one a thread, so one Store serves
every thread of a process.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, Final, NamedTuple, TypeVar

from django.db import connections, models, transaction
from django.db.backends.utils import CursorWrapper

from entente_node.ledger.models import POSITION_BITS

M = TypeVar("M", bound=models.Model)

_MOST_IN_A_QUERY: Final = 500
_ROWS_IN_A_STATEMENT: Final = 40
"""Each statement costs SQLite as much as one row or two, whatever it inserts; and it takes 32,766 values at most."""


class Insert(NamedTuple):
    """An INSERT of many rows: all up to ``VALUES``, and the holes of one row."""

    head: str
    row: str

    def many(self, cursor: CursorWrapper, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert the rows, in their order."""
        whole = len(rows) - len(rows) % _ROWS_IN_A_STATEMENT
        if whole:
            cursor.executemany(
                f"{self.head} VALUES {', '.join([self.row] * _ROWS_IN_A_STATEMENT)}",
                [
                    tuple(chain.from_iterable(rows[start : start + _ROWS_IN_A_STATEMENT]))
                    for start in range(0, whole, _ROWS_IN_A_STATEMENT)
                ],
            )
        if whole < len(rows):
            cursor.executemany(f"{self.head} VALUES {self.row}", rows[whole:])


class Base:
    """One database of Django's, by its alias."""

    def __init__(self, alias: str = "default") -> None:
        self.alias = alias

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Whole or absent; SQLite takes the write lock at once (``transaction_mode`` IMMEDIATE)."""
        with transaction.atomic(using=self.alias):
            yield

    def _rows(self, model: type[M]) -> models.QuerySet[M]:
        return model._default_manager.using(self.alias)  # noqa: SLF001  Django's public name for it

    def _cursor(self) -> CursorWrapper:
        return connections[self.alias].cursor()


def chunks(items: Collection[Any]) -> Iterator[list[Any]]:
    """The items, as many at a time as a query takes."""
    rest = iter(items)
    while chunk := list(islice(rest, _MOST_IN_A_QUERY)):
        yield chunk


def as_bytes(value: Any) -> bytes | None:
    """What a binary column holds."""
    return None if value is None else bytes(value)


def index_of(position: int) -> int:
    """An entry's index in its journal, from its key."""
    return position & ((1 << POSITION_BITS) - 1)

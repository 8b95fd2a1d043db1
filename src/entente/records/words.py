"""The words of a record that people search for, and the two that the situation filters alerts by.

Everything that the record says in words: its code, its kind, its place, what somebody wrote, and
the French and the English of every choice, so that who searches in one language finds what was
filed in the other. Lower case and without accents, because people type neither at night.

The text begins with its *facet*, up to the first space: for an alert its severity and the kind of
its event, ``severe/cattle_rustling`` or, where it names no event, its first category,
``severe/c-met``; for the other kinds nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from entente.places import Place
from entente.records.alert import Alert
from entente.records.base import Part, Record, Role, fields_of, labels_of

LONGEST: Final = 2_000
"""Characters that are kept of one record: searching reads all of them."""
CATEGORY: Final = "c-"
"""What stands before a category, which else could be taken for an event."""

_SAID: Final = frozenset({Role.FREE_TEXT, Role.CHOICE, Role.PLACE, Role.LABEL, Role.POST})
_SPACE: Final = re.compile(r"\s+")
_GUESSED: Final = re.compile("[\u2019\u02bc`\u00b4]")
"""What stands for an apostrophe, whichever a keyboard has."""


def folded(text: str) -> str:
    """The text in lower case, without accents and marks, with single spaces and plain apostrophes."""
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(character)
    )
    return _SPACE.sub(" ", _GUESSED.sub("'", bare)).strip()


def words_of(record: Record) -> str:
    """What people find the record by: its facet, a space, its words; at most LONGEST characters."""
    said = " ".join(dict.fromkeys(part for part in map(folded, _parts(record)) if part))
    return f"{facet_of(record)} {said}"[:LONGEST]


def facet_of(record: Record) -> str:
    """Severity and kind of event of an alert; empty for the other kinds."""
    if not isinstance(record, Alert):
        return ""
    event = record.ttt_event or f"{CATEGORY}{record.category[0].lower()}"
    return f"{record.severity.lower()}/{event}"


def _parts(record: Record) -> Iterator[str]:
    kind = type(record)
    yield record.code or ""
    yield from kind.title
    yield from _fields(record)


def _fields(of: Record | Part) -> Iterator[str]:
    for name, declared in fields_of(type(of)).items():
        if declared.role in _SAID:
            yield from _words(type(of), name, getattr(of, name))


def _words(kind: type[Record | Part], field: str, value: Any) -> Iterator[str]:
    match value:
        case None | bool() | int():
            return
        case Place():
            yield value.name or ""
        case Part():
            yield from _fields(value)
        case tuple() | list():
            for one in value:
                yield from _words(kind, field, one)
        case dict():
            for key in value:
                yield from _labelled(kind, field, str(key))
        case _:
            yield from _labelled(kind, field, str(value))


@lru_cache(maxsize=4_096)
def _labelled(kind: type[Record | Part], field: str, value: str) -> tuple[str, ...]:
    """The labels of a value of a closed list; the value itself where there is no list."""
    return labels_of(kind, field).get(value, (value,))

"""Search: by a code that somebody read aloud, or by words; newest first, behind the wall.

Words are looked for in what records are found by (:mod:`entente.records.words`), all of them,
without regard to case and accents (:mod:`entente_node.ledger.finding`). What is shown of a find
is read from the record itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from entente.errors import EntenteError, RecordError
from entente.records import KINDS
from entente.records import Record as CoreRecord
from entente.records.base import Role, fields_of
from entente.records.codes import check_code
from entente.records.words import folded
from entente_node.directory import cursors, telling
from entente_node.directory.access import Viewer
from entente_node.ledger import finding
from entente_node.ledger.models import Record
from entente_node.ledger.reading import bodies_of

LONGEST: Final = 200
PAGE: Final = 30
_TERMS: Final = 8
_AT_ONCE: Final = PAGE + 1
"""Finds that are held against the wall at a time."""
_AROUND: Final = 70
"""Characters shown on either side of the first word found."""
_ELIDED: Final = re.compile(r"^(?:[cdjlmnst]|qu)'")
"""What French leaves standing before a vowel: who looks for l'eau means the water."""
_SHOWN: Final = frozenset({Role.FREE_TEXT, Role.PLACE, Role.CHOICE, Role.LABEL, Role.POST})


@dataclass(frozen=True)
class Found:
    """One record."""

    code: str
    kind: str
    party: str
    when: str
    where: str
    snippet: SafeString


@dataclass(frozen=True)
class Search:
    """One page of what was found."""

    typed: str
    found: list[Found]
    older: str
    newer: str


def coded(viewer: Viewer, typed: str) -> str:
    """The code that was typed, where the viewer may see its record; else nothing."""
    try:
        code = check_code(typed)
    except RecordError:
        return ""
    return code if viewer.records().filter(code=code).exists() else ""


def search(viewer: Viewer, typed: str, before: int | None = None) -> Search:
    """What the words find, of what was filed before the record with the key ``before``."""
    typed = typed[:LONGEST].strip()
    terms = terms_of(typed)
    rows = _rows(viewer, terms, before) if terms else []
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    here = {"q": typed}
    return Search(
        typed=typed,
        found=[_found(viewer, row, terms) for row in rows],
        older=f"/search?{urlencode(here | {'before': cursors.sealed(viewer.user, rows[-1].pk)})}"
        if more
        else "",
        newer=f"/search?{urlencode(here)}" if before else "",
    )


def terms_of(typed: str) -> list[str]:
    """The words to look for, each once, as they are kept."""
    words = "".join(letter for letter in folded(typed[:LONGEST]) if letter.isprintable()).split()
    return list(dict.fromkeys(word for word in (_ELIDED.sub("", word) for word in words) if word))[:_TERMS]


def _rows(viewer: Viewer, terms: list[str], before: int | None) -> list[Record]:
    """One more than a page."""
    found: list[Record] = []
    while len(found) <= PAGE:
        keys = finding.find(viewer.wall.opens, terms, before, _AT_ONCE)
        # Once more by the wall itself: an answer of ours may be hidden with what it answers.
        seen = viewer.records().filter(withdrawn_at=None).in_bulk(keys)
        found += [seen[key] for key in keys if key in seen]
        if len(keys) < _AT_ONCE:
            break
        before = keys[-1]
    return found[: PAGE + 1]


def _found(viewer: Viewer, row: Record, terms: list[str]) -> Found:
    try:
        record = bodies_of([row]).get(row.pk)
    except EntenteError:  # of a later version
        record = None
    return Found(
        code=row.code or "",
        kind=telling.either(KINDS[row.kind].title),
        party=viewer.name_of(row.party),
        when=telling.when(row.at, viewer.zone, viewer.now),
        where=telling.where(record.place) if record is not None else "",
        snippet=_snippet(viewer, record, terms) if record is not None else SafeString(""),
    )


def _snippet(viewer: Viewer, record: CoreRecord, terms: list[str]) -> SafeString:
    """What the record says around the first word that was found, the words marked."""
    best = ""
    for text in _texts(viewer, record):
        best = best or text
        if _spans(text, terms):
            best = text
            break
    spans = _spans(best, terms)
    start = max(0, spans[0][0] - _AROUND) if spans else 0
    stop = (spans[0][1] if spans else 0) + _AROUND
    parts = ["…" if start else ""]
    at = start
    for first, last in spans:
        if last > stop:
            break
        parts += [escape(best[at:first]), f"<mark>{escape(best[first:last])}</mark>"]
        at = last
    parts += [escape(best[at:stop]), "…" if stop < len(best) else ""]
    return mark_safe("".join(parts))  # noqa: S308  each part of it is escaped, or is <mark>


def _texts(viewer: Viewer, record: CoreRecord) -> Iterator[str]:
    """What the record says in words, what somebody wrote first."""
    fields = fields_of(type(record))
    for name in sorted(fields, key=lambda one: fields[one].role is not Role.FREE_TEXT):
        if fields[name].role in _SHOWN:
            # Of several things each stands on a line.
            text = telling.value_of(record, name, viewer.zone, viewer.now)
            yield from (line for line in text.split("\n") if line)


def _spans(text: str, terms: list[str]) -> list[tuple[int, int]]:
    """Where the words stand in the text as it was written: each character is folded by itself."""
    places: list[int] = []
    plain = ""
    for at, character in enumerate(text):
        piece = folded(character) if not character.isspace() else " "
        plain += piece
        places += [at] * len(piece)
    found = sorted(
        (match.start(), match.end()) for term in terms for match in re.finditer(re.escape(term), plain)
    )
    spans: list[tuple[int, int]] = []
    for first, last in found:
        start, stop = places[first], places[last - 1] + 1
        if not spans or start >= spans[-1][1]:
            spans.append((start, stop))
    return spans

"""Which column of a table says which field: by HXL tag, by name, or as a person maps it.

The tags are those that the fields of a kind declare (:class:`entente.records.base.Field`); a
place is several columns. Guarantees: no column is taken for a field that says something else.
A tag with an attribute that changes the meaning (households, another age) is left aside and
told, because a wrong number is worse than a missing one. Cells are read and written by
:mod:`entente.interop.hxl_rows`. The standard: https://hxlstandard.org, version 1.1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from entente.errors import LimitError, MalformedError
from entente.records.base import Field, Record, Role, fields_of

MOST_COLUMNS: Final = 400
ROWS_BEFORE: Final = 25
"""The row of tags is one of the first 25 (HXL 1.1, hashtag row)."""

_TAG: Final = re.compile(r"#[a-z][a-z0-9_]*(?:\s*\+[a-z][a-z0-9_]*)*")
_LANGUAGE: Final = re.compile(r"i_[a-z]{2}|fr|en|v_[a-z0-9_]+")
"""``+fr``, ``+i_fr``, ``+v_pcode``: the language of the words, the list of a code. Not any two letters: ``+hh``."""
_NEUTRAL: Final = frozenset({"ind", "num", "total", "value", "text"})
"""Attributes of the standard that leave a number what it is: of individuals, a number, in all."""

PARTS: Final[dict[str, tuple[str, str]]] = {
    "name": ("nom", "name"),
    "code": ("code", "code"),
    "scheme": ("référentiel", "scheme"),
    "version": ("version", "version"),
    "level": ("niveau", "level"),
    "lat": ("latitude", "latitude"),
    "lon": ("longitude", "longitude"),
}
"""What a place is made of, in French and in English."""

_ADMIN: Final = {"#country": "country", "#adm1": "region", "#adm2": "district", "#adm3": "locality"}
"""Hashtags of administrative units, and how fine they are. ``#adm3`` is a commune: finer than a district."""
_FINENESS: Final = {None: 0, "locality": 1, "district": 2, "region": 3, "country": 4}
_LINK_WORDS: Final = frozenset({"a", "d", "de", "des", "du", "la", "le", "les", "l", "of", "the"})

HOURS: Final = "hours"
"""The path of a column of hours, for the field ``minutes``."""

How = Literal["tag", "name", "given", "ignored", "unknown"]
"""How a column was understood: by its tag, its name, a person; set aside by a person, or by nobody."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A hashtag with its attributes, whose order means nothing."""

    hashtag: str
    attributes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return "+".join([self.hashtag, *sorted(self.attributes)])


@dataclass(frozen=True, slots=True)
class Target:
    """What a column can say: a field, or one part of a place (``place.code``)."""

    path: str
    tag: Tag
    labels: tuple[str, str]
    exact: bool
    """A number: an attribute that is not known makes it another number."""
    written: str = ""
    """The tag as it is declared and written."""
    level: str | None = None
    """For a column of an administrative unit: how fine its units are."""

    def label(self, language: str) -> str:
        """Its name in French or in English."""
        return self.labels[language == "en"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table and what it says; ``target`` is None where it is left aside."""

    index: int
    header: str
    how: How
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows of a table begin, and what its columns say."""

    rows_before: int
    columns: tuple[Column, ...]
    tagged: bool

    @property
    def understood(self) -> int:
        """How many columns say something that a record holds."""
        return sum(column.target is not None for column in self.columns)


def parse_tag(text: str) -> Tag | None:
    """The tag in a cell, or None where there is none."""
    cell = text.strip().lower()
    if not _TAG.fullmatch(cell):
        return None
    hashtag, *attributes = (part.strip() for part in cell.split("+"))
    return Tag(hashtag, frozenset(attributes))


@cache
def targets_of(kind: type[Record]) -> tuple[Target, ...]:
    """Everything that a column can say of a kind, in the order in which a table is written."""
    found: list[Target] = []
    for name, field in fields_of(kind).items():
        tag = (parse_tag(field.hxl) if field.hxl else None) or Tag("#meta", frozenset({name}))
        if field.role is Role.PLACE:
            found += _parts(name, field, tag)
        else:
            exact = field.role in {Role.COUNT, Role.QUANTITY}
            found.append(Target(name, tag, (field.fr, field.en), exact, field.hxl or str(tag)))
    return tuple(found)


@cache
def _also(kind: type[Record]) -> tuple[Target, ...]:
    """What is read and never written: the registry of IOM asks for hours where records have minutes."""
    if "minutes" not in kind.__struct_fields__:
        return ()
    tag = Tag("#indicator", frozenset({"hours"}))
    return (Target(HOURS, tag, ("Heures observées", "Hours observed"), exact=True),)


def _parts(name: str, field: Field, tag: Tag) -> list[Target]:
    return [
        Target(
            f"{name}.{part}",
            Tag("#geo" if part in {"lat", "lon"} else tag.hashtag, tag.attributes | {part}),
            (f"{field.fr} ({words[0]})", f"{field.en} ({words[1]})"),
            exact=False,
            written=f"{_base(field, part)}+{part}",
        )
        for part, words in PARTS.items()
    ]


def _base(field: Field, part: str) -> str:
    tag = field.hxl or "#loc"
    return tag.replace("#loc", "#geo", 1) if part in {"lat", "lon"} else tag


def target_of_tag(kind: type[Record], tag: Tag) -> Target | None:
    """What a tag says of a kind, or None where that is nothing, or not certain.

    In this order: the very tag; an administrative unit as the place; the tag without the
    attributes that leave its meaning, the most attributes in common first; the hashtag alone.
    """
    return _target_of_tag(kind, tag)


@cache
def _target_of_tag(kind: type[Record], tag: Tag) -> Target | None:
    targets = targets_of(kind) + _also(kind)
    for target in targets:
        if target.tag == tag:
            return target
    if tag.hashtag in _ADMIN:
        return _admin(kind, tag)
    if tag == Tag("#date"):
        return _at(kind, "at")
    if tag.hashtag == "#loc" and not tag.attributes & PARTS.keys():
        return _target_of_tag(kind, Tag("#loc", tag.attributes | {"name"}))
    fitting = _fitting(targets, tag)
    if fitting:
        best = max(len(target.tag.attributes) for target in fitting)
        closest = [target for target in fitting if len(target.tag.attributes) == best]
        return closest[0] if len(closest) == 1 else None
    if all(_is_neutral(attribute) for attribute in tag.attributes):
        alone = [target for target in targets if target.tag.hashtag == tag.hashtag]
        return alone[0] if len(alone) == 1 else None
    return None


def _fitting(targets: Sequence[Target], tag: Tag) -> list[Target]:
    """The targets whose attributes the tag has all, and beyond them none that would make it another thing."""
    known = {attribute for target in targets for attribute in target.tag.attributes}
    return [
        target
        for target in targets
        if target.tag.hashtag == tag.hashtag
        and target.tag.attributes - _NEUTRAL <= tag.attributes
        and all(
            _is_neutral(attribute) or not (target.exact or attribute in known)
            for attribute in tag.attributes - target.tag.attributes
        )
    ]


def _is_neutral(attribute: str) -> bool:
    return attribute in _NEUTRAL or _LANGUAGE.fullmatch(attribute) is not None


def _at(kind: type[Record], path: str) -> Target | None:
    return next((target for target in targets_of(kind) if target.path == path), None)


def _admin(kind: type[Record], tag: Tag) -> Target | None:
    """``#adm2+code`` is the place's code; ``#country+destination+name`` that of the destination."""
    part = next((part for part in ("code", "name") if part in tag.attributes), None)
    if part is None:
        part = "code" if any(a.startswith("v_") for a in tag.attributes) else "name"
    rest = {a for a in tag.attributes - {part} if not _is_neutral(a)}
    for target in targets_of(kind):
        if target.path.endswith(f".{part}") and target.tag.attributes - {part} == rest:
            return Target(target.path, tag, target.labels, exact=False, level=_ADMIN[tag.hashtag])
    return None


def words_of(text: str) -> frozenset[str]:
    """The words of a column's name, without accents, capitals, order and small words."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return frozenset(bare.split()) - _LINK_WORDS


@cache
def _names(kind: type[Record]) -> Mapping[frozenset[str], Target | None]:
    """Every name that means one target; None where two share it. A place's own name is that of the place."""
    found: dict[frozenset[str], Target | None] = {}
    for target in targets_of(kind) + _also(kind):
        names = {target.path, *target.labels}
        if target.path.endswith(".name"):
            field = fields_of(kind)[target.path.partition(".")[0]]
            names |= {target.path.removesuffix(".name"), field.fr, field.en}
        if target.path in {"place.lat", "place.lon"}:
            part = target.path.removeprefix("place.")
            names |= {part, *PARTS[part]}
        if target.path == "at":
            names.add("date")
        for words in {words_of(name) for name in names}:
            found[words] = None if words in found and found[words] != target else target
    return found


def target_of_name(kind: type[Record], name: str) -> Target | None:
    """What a column of this name says: a field's own name, or its French or English label."""
    words = words_of(name)
    return _names(kind).get(words) if words else None


def target_of_path(kind: type[Record], path: str) -> Target:
    """The target that a person names: ``women``, ``place.code``, or a label. Raises MalformedError."""
    for target in targets_of(kind) + _also(kind):
        if target.path == path.strip():
            return target
    named = target_of_name(kind, path)
    if named is None:
        raise MalformedError(
            "{field} is no field of {kind}: {known}",
            field=path,
            kind=kind.kind(),
            known=", ".join(target.path for target in targets_of(kind)),
        )
    return named


def find_layout(
    kind: type[Record], rows: Sequence[Sequence[str]], given: Mapping[str, str] | None = None
) -> Layout:
    """What the columns of a table say, from its first rows (at most 25 are looked at).

    Args:
        kind: what the rows will be read as.
        rows: the first rows, as they are in the file.
        given: name or tag of a column, or its number from 1, and the field that it says; an empty
            field leaves the column aside.

    Raises MalformedError where no row names columns, where a given column is not there, and where two
    columns say the same; LimitError over 400 columns.
    """
    at, tagged = _header_row(rows)
    if len(rows[at]) > MOST_COLUMNS:
        raise LimitError("the table has more than {limit} columns", limit=MOST_COLUMNS)
    above = rows[at - 1] if tagged and at else ()
    wanted = dict(given or {})
    columns = []
    for index, cell in enumerate(rows[at]):
        name = above[index].strip() if index < len(above) else ""
        header = name or cell.strip()
        keys = (str(index + 1), header, cell.strip())
        key = next((key for key in keys if key in wanted), None)
        if key is not None:
            path = wanted.pop(key)
            columns.append(
                Column(index, header, "given", target_of_path(kind, path))
                if path.strip()
                else Column(index, header, "ignored")
            )
        else:
            columns.append(_understood(kind, index, header, cell, tagged=tagged))
    if wanted:
        raise MalformedError("there is no column {column}", column=next(iter(wanted)))
    return Layout(at + 1, tuple(_once(columns)), tagged)


def _understood(kind: type[Record], index: int, header: str, cell: str, *, tagged: bool) -> Column:
    tag = parse_tag(cell)
    if tag is not None:
        target = target_of_tag(kind, tag)
        return Column(index, header, "tag" if target else "unknown", target)
    target = None if tagged and cell.strip() else target_of_name(kind, header)
    return Column(index, header, "name" if target else "unknown", target)


def _header_row(rows: Sequence[Sequence[str]]) -> tuple[int, bool]:
    """The row of tags; without one, the first row with words in two cells."""
    for number, row in enumerate(rows[:ROWS_BEFORE]):
        said = [cell for cell in row if cell.strip()]
        tags = sum(parse_tag(cell) is not None for cell in said)
        if tags and tags * 2 >= len(said):
            return number, True
    for number, row in enumerate(rows[:ROWS_BEFORE]):
        if sum(bool(cell.strip()) for cell in row) > 1:
            return number, False
    raise MalformedError("no row names the columns: the first row of a table says what they are")


def _once(columns: Iterable[Column]) -> list[Column]:
    """The columns, each target once; a place may have several units, the finest first to speak."""
    seen: dict[tuple[str, str | None], Column] = {}
    result = list(columns)
    for column in result:
        if column.target is None:
            continue
        key = (column.target.path, column.target.level)
        if key in seen:
            raise MalformedError(
                "the columns {first} and {second} both say {field}: choose one with --map",
                first=seen[key].header,
                second=column.header,
                field=column.target.path,
            )
        seen[key] = column
    return result


def by_fineness(columns: Iterable[Column]) -> dict[str, list[Column]]:
    """The columns that say something, by target: of several units of one place the finest first."""
    found: dict[str, list[Column]] = {}
    for column in columns:
        if column.target is not None:
            found.setdefault(column.target.path, []).append(column)
    for same in found.values():
        same.sort(key=lambda column: _FINENESS[column.target.level if column.target else None])
    return found

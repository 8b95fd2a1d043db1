"""Rows of a table to records and back: the other half of :mod:`entente.interop.hxl`.

What a row says is checked as any other record, and what is wrong is said with its column. A
cell that a spreadsheet would take for a formula is written with an apostrophe before it, and
read without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import msgspec.structs

from entente.errors import MalformedError, RecordError
from entente.interop.hxl import HOURS, Layout, Target, by_fineness, targets_of
from entente.interop.hxl_places import PlaceReader, place_part
from entente.interop.hxl_values import Convert, converter, escaped, read_hours, unescaped
from entente.places import Area
from entente.records import Record
from entente.records.base import Role, fields_of
from entente.records.times import coarsen_at


class RowReader:
    """Reads rows of one table as records of one kind.

    Args:
        kind: what the rows are.
        layout: what the columns say.
        given: field and text for the rows that say nothing themselves: ``{"tlp": "GREEN"}``.
        areas: the agreement's list of places, by code.
        tz: the zone of a clock that names none, and of days.
        countries: ISO 3166-1 alpha-2 by code or name, in lower case.

    Raises MalformedError where a field that every record must have is neither in a column nor given.
    """

    def __init__(
        self,
        kind: type[Record],
        layout: Layout,
        *,
        given: Mapping[str, str],
        areas: Mapping[str, Area],
        tz: str,
        countries: Mapping[str, str],
    ) -> None:
        self._kind = kind
        self._width = len(layout.columns)
        self._tz = tz
        columns = by_fineness(layout.columns)
        fields = fields_of(kind)
        places = [name for name, field in fields.items() if field.role is Role.PLACE]
        self._places = [
            (name, PlaceReader(name, columns, given, areas=areas, countries=countries))
            for name in places
            if any(path.startswith(f"{name}.") for path in (*columns, *given))
        ]
        self._cells: list[tuple[str, int, Convert, str]] = []
        self._given: dict[str, Any] = {}
        for name in fields:
            if name in places or not (name in columns or name in given):
                continue
            convert = converter(kind, name, tz, countries)
            self._cells += [(name, column.index, convert, column.header) for column in columns.get(name, ())]
            if name in given:
                self._given[name] = convert(given[name].strip())
        self._cells += [
            ("minutes", column.index, read_hours, column.header) for column in columns.get(HOURS, ())
        ]
        self._require(columns, given)

    def _require(self, columns: Mapping[str, object], given: Mapping[str, str]) -> None:
        for name in required_of(self._kind):
            if name in columns or name in given or (name == "at" and "start" in columns):
                continue
            raise MalformedError(
                "no column says {field}: name one with --map COLUMN={field}, "
                "or give it for every row with --set {field}=VALUE",
                field=name,
            )

    def record(self, cells: Sequence[str]) -> Record | None:
        """The record of one row; None for a row without a word.

        Checked but for the size of its bytes, which ``encode`` looks at. Raises RecordError with the column.
        """
        if not any(cells):
            return None
        if len(cells) > self._width and any(cell.strip() for cell in cells[self._width :]):
            raise RecordError("the row has more cells than the table has columns")
        plain: dict[str, Any] = dict(self._given)
        count = len(cells)
        said = False
        for name, index, convert, header in self._cells:
            text = cells[index].strip() if index < count else ""
            if not text:
                continue
            said = True
            try:
                value = convert(unescaped(text) if text[0] == "'" else text)
            except RecordError as error:
                raise RecordError("column {column}: {reason}", column=header, reason=error) from None
            if value is not None:
                plain[name] = value
        for name, reader in self._places:
            place = reader.place(cells)
            if place is not None:
                plain[name] = place
        if not said:
            return None
        if "at" not in plain and "start" in plain:
            plain["at"] = coarsen_at(plain["start"], "day", self._tz)
        try:
            # Of one kind: twenty times as fast as of any kind.
            record: Record = msgspec.convert(plain, self._kind)
        except msgspec.ValidationError as error:
            raise RecordError("not a record: {reason}", reason=error) from None
        record.check()
        return record


@cache
def required_of(kind: type[Record]) -> tuple[str, ...]:
    """The fields without which there is no record of a kind."""
    return tuple(field.name for field in msgspec.structs.fields(kind) if field.required)


def header_rows(
    kind: type[Record], language: str, targets: Sequence[Target] | None = None
) -> list[list[str]]:
    """The two rows over a table that is written: names in a language, tags."""
    chosen = targets_of(kind) if targets is None else targets
    return [[target.label(language) for target in chosen], [target.written for target in chosen]]


def cells_of(record: Record, targets: Sequence[Target] | None = None) -> list[str]:
    """The cells of a record, as :class:`RowReader` reads them; what is missing is an empty cell."""
    chosen = targets_of(type(record)) if targets is None else targets
    return [_cell(record, target) for target in chosen]


def _cell(record: Record, target: Target) -> str:
    name, _, part = target.path.partition(".")
    value = getattr(record, name)
    if part and value is not None:
        value = place_part(value, part)
    return cell_of(value)


def cell_of(value: object) -> str:
    """One value as the text of a cell. What a spreadsheet would take for a formula gets an apostrophe before it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case dict():
            return "; ".join(f"{key}:{number}" for key, number in value.items())
        case list() | tuple() | frozenset():
            return "; ".join(map(str, value))
        case str():
            return escaped(value)
        case _:
            return str(value)

"""What people write in a cell: numbers, times, degrees, countries, words of a closed list.

An empty cell, and a word for "not counted", is a missing number and never zero. A text with
two readings is refused. Dates with slashes are day first, as both countries write them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache, partial
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from entente.errors import RecordError
from entente.interop.hxl import words_of
from entente.records import Record
from entente.records.base import Role, fields_of, labels_of
from entente.records.times import instant, parse_at, zone

NOT_COUNTED: Final = frozenset({"", "-", "–", "—", "na", "n/a", "nc", "nd", "n.d.", "null", "non compté"})
"""What people write in a cell of numbers when nobody counted."""

_NUMBER: Final = re.compile(r"\d+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+")
_WHOLE: Final = re.compile(r"(\d+)[.,]0+")
_FRACTION: Final = re.compile(r"(?<=:[0-9]{2})[.,][0-9]{1,9}")
_LOCAL: Final = re.compile(
    r"(?:(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})|(?P<d2>\d{1,2})[-/.](?P<m2>\d{1,2})[-/.](?P<y2>\d{4}))"
    r"(?:[T ]+(?P<h>\d{1,2})[:hH](?P<min>\d{2})(?::(?P<s>\d{2}))?)?"
)
_PAIR: Final = re.compile(r"\s*([^\d:=]+?)\s*[:= ]\s*(\d+)\s*")
_FORMULA: Final = re.compile(r"[=@\t\r]|[+-](?!\d+(?:\.\d+)?\Z)")
"""How a formula of a spreadsheet begins; a signed number is none."""
_YES: Final = {"yes": True, "oui": True, "true": True, "vrai": True, "1": True}
_NO: Final = {"no": False, "non": False, "false": False, "faux": False, "0": False}
_REMEMBERED: Final = 16_384

Convert = Callable[[str], Any]
"""From the text of a cell, stripped, to a plain value; None for one that says nothing. Raises RecordError."""


@lru_cache(maxsize=_REMEMBERED)
def read_number(text: str) -> int | None:
    """A whole number, in groups of three or not; None where nobody counted. Raises RecordError."""
    if text.casefold() in NOT_COUNTED:
        return None
    whole = _WHOLE.fullmatch(text)
    if whole is not None:
        text = whole[1]
    if not text.isascii() or not text.isdigit():
        if not _NUMBER.fullmatch(text) or not "".join(text.split()).isascii():
            raise RecordError("{value} is not a whole number", value=text[:40])
        text = "".join(text.split())
    if len(text) > 15:  # noqa: PLR2004  beyond any limit of a field, and still an integer everywhere
        raise RecordError("{value} is not a whole number", value=text[:40])
    return int(text)


@lru_cache(maxsize=_REMEMBERED)
def read_time(text: str, tz: str) -> str | None:
    """A time as records write it, from ISO 8601 or from day/month/year; a clock without a zone is that of ``tz``.

    Raises RecordError.
    """
    if not text:
        return None
    exact = _FRACTION.sub("", text)
    local = _LOCAL.fullmatch(exact)
    if local is None:
        parse_at(exact)
        return exact
    year, month, day = (int(local[name] or local[f"{name}2"]) for name in "ymd")
    try:
        moment = datetime(
            year,
            month,
            day,
            int(local["h"] or 0),
            int(local["min"] or 0),
            int(local["s"] or 0),
            tzinfo=zone(tz),
        )
    except ValueError:
        raise RecordError("{at} is not in the calendar", at=text) from None
    said = instant(moment) if local["h"] else moment.date().isoformat()
    parse_at(said)
    return said


@lru_cache(maxsize=_REMEMBERED)
def read_degrees(text: str) -> int | None:
    """Decimal degrees, with a point or a comma, as an integer of 1e-5 degree. Raises RecordError."""
    if text.casefold() in NOT_COUNTED:
        return None
    try:
        degrees = Decimal(text.replace(",", "."))
        on_earth = -180 <= degrees <= 180  # noqa: PLR2004  degrees; not a number compares with none
    except InvalidOperation:
        on_earth = False
    if not on_earth:
        raise RecordError("{value} is not a coordinate in decimal degrees", value=text[:40])
    return int((degrees * 100_000).to_integral_value())


def read_pairs(text: str, countries: Mapping[str, str]) -> dict[str, int] | None:
    """``ML:12; NE:30``: countries by code or name, each with its number. Raises RecordError."""
    if text.casefold() in NOT_COUNTED:
        return None
    found: dict[str, int] = {}
    for part in re.split(r"[;,|]", text):
        if not part.strip():
            continue
        pair = _PAIR.fullmatch(part)
        country = countries.get(pair[1].casefold()) if pair else None
        if pair is None or country is None or country in found:
            raise RecordError(
                "{value} is not a country and its number, such as ML:12", value=part.strip()[:40]
            )
        found[country] = int(pair[2])
    return found or None


def _read_choice(text: str, values: Mapping[frozenset[str], str], *, known: str) -> str | None:
    if not text:
        return None
    value = values.get(words_of(text))
    if value is None:
        raise RecordError("{value} is not one of {known}", value=text[:40], known=known)
    return value


def _read_flag(text: str) -> bool | None:
    if text.casefold() in NOT_COUNTED:
        return None
    answer = (_YES | _NO).get(text.casefold())
    if answer is None:
        raise RecordError("{value} is neither yes nor no", value=text[:40])
    return answer


def _read_list(text: str, one: Convert) -> list[Any] | None:
    return [one(part.strip()) for part in text.split(";") if part.strip()] or None


def _read_text(text: str) -> str | None:
    return text or None


def read_hours(text: str) -> int | None:
    """Hours, as the registry of IOM asks for them, in minutes."""
    if text.casefold() in NOT_COUNTED:
        return None
    try:
        minutes = Decimal(text.replace(",", ".")) * 60
        return int(minutes.to_integral_value())
    except (InvalidOperation, OverflowError, ValueError):
        raise RecordError("{value} is not a number of hours", value=text[:40]) from None


def _bare_type(hint: Any) -> Any:
    """The type of a field without its marks and without None."""
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in {Union, UnionType}:
        [inner] = [one for one in get_args(hint) if one is not type(None)]
        return _bare_type(inner)
    return hint


@cache
def _choices(kind: type[Record], name: str, values: tuple[str, ...]) -> dict[frozenset[str], str]:
    """Every word for a value of a closed list; a word for two of them is a word for none."""
    found: dict[frozenset[str], str] = {}
    twice = set()
    for value, labels in labels_of(kind, name).items():
        for words in {words_of(label) for label in labels}:
            if found.setdefault(words, value) != value:
                twice.add(words)
    plain = {words: value for words, value in found.items() if words not in twice}
    return plain | {words_of(value): value for value in values}


def converter(kind: type[Record], name: str, tz: str, countries: Mapping[str, str]) -> Convert:
    """How the cells of one field are read. Raises RecordError for a field that has no form in a table."""
    type_ = _bare_type(get_type_hints(kind, include_extras=True)[name])
    if fields_of(kind)[name].role is Role.INSTANT:
        return partial(read_time, tz=tz)
    return _of_type(kind, name, type_, countries)


def _of_type(kind: type[Record], name: str, type_: Any, countries: Mapping[str, str]) -> Convert:
    origin = get_origin(type_)
    if type_ is bool:
        return _read_flag
    if type_ is int:
        return read_number
    if origin is Literal:
        values = get_args(type_)
        read = partial(_read_choice, values=_choices(kind, name, values), known=", ".join(values))
        return lru_cache(maxsize=256)(read)
    if origin is dict:
        return partial(read_pairs, countries=countries)
    if origin in {tuple, list, frozenset}:
        inner = _bare_type(get_args(type_)[0])
        return partial(_read_list, one=_of_type(kind, name, inner, countries))
    if type_ is str:
        return _read_text
    raise RecordError("the field {field} has no form in a table", field=name)


def escaped(text: str) -> str:
    """The text for a cell: what a spreadsheet would calculate gets an apostrophe before it."""
    return f"'{text}" if _FORMULA.match(text) else text


def unescaped(text: str) -> str:
    """The text of a cell without the apostrophe of :func:`escaped`."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text, 1) else text

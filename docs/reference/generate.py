#!/usr/bin/env python3
"""Writes ``records.md`` beside this file from what the kinds of record declare of themselves.

Run it from anywhere with the project installed: ``python docs/reference/generate.py``. A test
fails while the page differs from what this makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Final

import msgspec

from entente.records import KINDS, Record
from entente.records.base import ALWAYS, Field, Part, Role, compulsory_of, fields_of, labels_of

PAGE: Final = Path(__file__).with_name("records.md")

_INTRODUCTION: Final = """\
# Records

<!-- Made by docs/reference/generate.py from src/entente/records. Do not edit. -->

What can be shared, kind by kind. Every field is either part of the header, which always
travels, or leaves only where the form of an article names it. A form cannot drop a field that
is marked **must**. A number that was not counted is missing, never zero; coordinates are
integers of 1e-5 degree. No field asks for the name of a person, a document, biometrics or
ethnicity. HXL tags name the columns of exports; where the HXL core has no attribute for a
field, the attribute is this project's own.

Roles: `instant` is made coarser by the form (hour, day, week, month), `place` too (locality,
district, region); `free text` and an `image` leave only when a person has confirmed them; a
`reference` leaves only if its target went to the same recipient; a `label` comes from a list that a party keeps;
a `count` is of persons, a `quantity` of anything else. A field may hold several things, each
with fields of its own, which are listed below its table: the field leaves whole or not at all.
"""


_SHAPES: Final[dict[str, str]] = {
    Role.INSTANT: "a time with its precision",
    Role.REFERENCE: "a code",
    "code": "a code, `GAO-7K3QX`",
    "article": "version and article, `1#A2`",
    "released_at": "an instant, `2021-12-01T14:30:00Z`",
    "released_by": "at most 8, each a service and its function, `prefecture-ansongo/prefet`; only under an "
    "exceptional article",
}
"""Words for texts of which the shape says more than the length."""


def page() -> str:
    """The whole page."""
    header = fields_of(Record)
    parts = [_INTRODUCTION, "## Every record\n", *_table(Record, header)]
    for tag, kind in KINDS.items():
        fields = {name: field for name, field in fields_of(kind).items() if name not in header}
        parts += [f"\n## {kind.title[1]} · {kind.title[0]}\n", *_about(tag, kind), *_table(kind, fields)]
    return "\n".join(parts) + "\n"


def _about(tag: str, kind: type[Record]) -> Iterator[str]:
    yield f"`kind` is `{tag}`. {cleandoc(kind.__doc__ or '')}\n"
    facts = [f"travels in the {kind.lane} lane", f"the journal says `{kind.family}` of it"]
    facts.append("has a code that can be said" if kind.spoken else "has no code")
    facts.append("must lie in the zone to leave" if kind.placed else "needs no place")
    if kind.together:
        names = ", ".join(f"`{name}`" for name in sorted(kind.together))
        facts.append(f"leaves with all of {names} or with none of them")
    if kind.passes_always:
        facts.append("passes in every state of the agreement")
    yield f"It {', '.join(facts)}.\n"
    rules = (kind.check.__doc__ or "").strip()
    if rules:
        yield f"Rules between fields: {rules[0].lower()}{rules[1:]}\n"


def _table(kind: type[Record], fields: dict[str, Field]) -> Iterator[str]:
    types = {name: one.type for name, one in _inspected(kind).items()}
    must = compulsory_of(kind) if kind is not Record else frozenset()
    yield "| field | English | français | role | holds | HXL | |"
    yield "|---|---|---|---|---|---|---|"
    for name, field in fields.items():
        mark = "**must**" if name in must else "header" if name in ALWAYS else ""
        holds = _SHAPES.get(name) or _holds(types[name], field.role)
        yield f"| `{name}` | {field.en} | {field.fr} | {field.role} | {holds} | {_code(field.hxl)} | {mark} |"
    yield from _words(kind, fields)
    for name in fields:
        part = _part_in(types[name])
        if part is not None:
            yield from _part(name, part)


def _inspected(kind: type[Record | Part]) -> dict[str, msgspec.inspect.Field]:
    """The fields of a kind, or of a part, with the types that decoding holds them to."""
    info = msgspec.inspect.type_info(kind)
    if not isinstance(info, msgspec.inspect.StructType):
        raise TypeError(kind)
    return {field.name: field for field in info.fields}


def _words(kind: type[Record | Part], fields: Iterable[str]) -> Iterator[str]:
    for name in fields:
        words = labels_of(kind, name)
        if words:
            yield (
                f"\n`{name}`: "
                + "; ".join(f"`{value}` {en} · {fr}" for value, (fr, en) in words.items())
                + "."
            )


def _part(name: str, part: type[Part]) -> Iterator[str]:
    """The fields of each of the things that a field holds."""
    known = _inspected(part)
    yield f"\nEach of `{name}`: {(part.__doc__ or '').strip()}\n"
    yield "| field | English | français | role | holds | |"
    yield "|---|---|---|---|---|---|"
    for inner, field in fields_of(part).items():
        mark = "**must**" if known[inner].required else ""
        holds = _holds(known[inner].type, field.role)
        yield f"| `{inner}` | {field.en} | {field.fr} | {field.role} | {holds} | {mark} |"
    yield from _words(part, fields_of(part))


def _part_in(info: msgspec.inspect.Type) -> type[Part] | None:
    match info:
        case msgspec.inspect.Metadata():
            return _part_in(info.type)
        case msgspec.inspect.VarTupleType(item_type=msgspec.inspect.StructType(cls=cls)):
            return cls if issubclass(cls, Part) else None
        case _:
            return None


def _code(text: str | None) -> str:
    return f"`{text}`" if text else ""


def _holds(info: msgspec.inspect.Type, role: Role) -> str:
    """The type in words."""
    match info:
        case msgspec.inspect.StrType() if role in _SHAPES:
            words = _SHAPES[role]
        case msgspec.inspect.UnionType():
            options = [option for option in info.types if not isinstance(option, msgspec.inspect.NoneType)]
            words = " or ".join(_holds(option, role) for option in options)
        case msgspec.inspect.Metadata():
            words = _holds(info.type, role)
        case msgspec.inspect.StrType():
            words = f"text of at most {info.max_length} characters"
        case msgspec.inspect.BytesType():
            words = f"at most {info.max_length} bytes, written as base64"
        case msgspec.inspect.IntType():
            words = f"integer from {info.ge} to {info.le}"
        case msgspec.inspect.LiteralType():
            words = "one of the list"
        case msgspec.inspect.VarTupleType():
            words = f"at most {info.max_length}, each {_holds(info.item_type, role)}"
        case msgspec.inspect.DictType():
            words = f"at most {info.max_length} {_keys(info)}, each {_holds(info.value_type, role)}"
        case msgspec.inspect.StructType(cls=cls) if issubclass(cls, Part):
            words = "with fields of its own"
        case msgspec.inspect.StructType():
            words = "a name, a code with its scheme and version, or a point"
        case _:
            raise TypeError(info)
    return words


_COUNTRY: Final = 2


def _keys(info: msgspec.inspect.DictType) -> str:
    match info.key_type:
        case msgspec.inspect.StrType(max_length=length):
            return "countries (ISO 3166-1 alpha-2)" if length == _COUNTRY else "parties"
        case _:
            return "of the list"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""What a form that adds up must say, so that every record of its kinds has one group and every sum one meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from entente.agreements.document import Aggregate, Form
from entente.records import times
from entente.records.base import ALWAYS, Record, Role, compulsory_of, fields_of
from entente.records.flow import Flow

TEMPLATES: Final[dict[str, str]] = {
    "no-flow": "article {article} adds up records of kind {kind}: only flows can be added up",
    "exact": "article {article} adds up by exact place: a sum is of an area, a locality or a coarser one",
    "window": "the window of article {article}, {window}, is finer than its time, {time}",
    "by-not-kept": "article {article} adds up by {field}, which its form does not keep",
    "by-twice": "article {article} adds up by {field} twice",
    "by-no-choice": "article {article} adds up by {field}, which is not one value of a list",
    "not-by": "records of kind {kind} cannot do without {field}: article {article} must add up by it",
    "not-added": "article {article} keeps {field}, which cannot be added up",
    "unit": "article {article} adds up {field}: it must do so by {unit}",
    "no-cell": "the smallest cell of article {article} is 1: no number of persons is kept back",
}
"""The template of each problem."""

Found = tuple[str, dict[str, object]]
"""A key of TEMPLATES, and the values."""

WARNINGS: Final = frozenset({"no-cell"})
"""Allowed, and probably not meant."""

_BY: Final = frozenset({Role.CHOICE, Role.LABEL, Role.POST})


def problems(
    article: str, form: Form, aggregate: Aggregate, kinds: Mapping[str, type[Record]]
) -> Iterator[Found]:
    """What is wrong with a form that adds up records of these kinds."""
    base: dict[str, object] = {"article": article}
    if form.place == "exact":
        yield "exact", base
    if not times.is_at_least_as_coarse(aggregate.window, form.time):
        yield "window", base | {"window": aggregate.window, "time": form.time}
    for index, name in enumerate(aggregate.by):
        if name not in form.fields:
            yield "by-not-kept", base | {"field": name}
        if name in aggregate.by[:index]:
            yield "by-twice", base | {"field": name}
    for name, kind in kinds.items():
        if issubclass(kind, Flow):
            for slug, values in _of_kind(kind, form, aggregate):
                yield slug, base | values
        else:
            yield "no-flow", base | {"kind": name}
    if aggregate.min_cell == 1 and any(_keeps_persons(kind, form) for kind in kinds.values()):
        yield "no-cell", base


def _keeps_persons(kind: type[Record], form: Form) -> bool:
    fields = fields_of(kind)
    return any(name in fields and fields[name].role is Role.COUNT for name in form.fields)


def _of_kind(kind: type[Flow], form: Form, aggregate: Aggregate) -> Iterator[Found]:
    fields = fields_of(kind)
    defaults = {one.name: one.default for one in msgspec.structs.fields(kind)}
    for name in aggregate.by:
        # A list of choices is told from one choice by its default, an empty tuple.
        if name in fields and (fields[name].role not in _BY or defaults[name] == ()):
            yield "by-no-choice", {"field": name}
    for name in sorted(compulsory_of(kind) - set(aggregate.by)):
        yield "not-by", {"field": name, "kind": kind.kind()}
    for name in form.fields:
        if name not in fields or name in aggregate.by or name in ALWAYS:
            continue
        if fields[name].role not in {Role.COUNT, Role.QUANTITY} or name in kind.never_added:
            yield "not-added", {"field": name}
        unit = kind.measured_in.get(name)
        if unit is not None and unit not in aggregate.by:
            yield "unit", {"field": name, "unit": unit}

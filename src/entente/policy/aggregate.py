"""What leaves added up: groups, sums, and the numbers in them that nobody may learn.

It guarantees that whoever knows the agreements, this code, and everything that ever left by
articles that add up, knows of a number of persons below the smallest cell no more than that it
was kept back. The argument is short, because nothing is ever taken away that was there before:

1. Records that go into exactly the same sums, and leave by themselves to exactly the same
   partners, are one *part*. Parts do not overlap, and once a part was added up, it is closed.
2. Of a part is known: all its numbers; or its whole only; or nothing. All its numbers, only
   where each of them, and what each leaves of the whole, is zero or at least the smallest cell.
   That a number is kept back follows from the size of the numbers alone, never from which of
   them would make the best cover: there is no second number to guess the first one by.
3. A sum is what is known of its parts, added up; nothing, where of one part nothing is known.

So all that leaves is computed from numbers that could each be published. Day and week, village
and district, a total and its parts, two agreements, two partners, an article for all records
beside one for some of them: whatever is subtracted from whatever, what remains is made of such
numbers. Where two grids do not nest, as weeks and months, parts are their intersections.

A record that comes late is a part of its own, which waits until it could be published by itself
(*correction*): so a correction tells no more than its difference does. To a part of which
nothing is known, what comes late is added, once the two together are large enough to leave open
how large each was.

Rejected: keeping back the second smallest cell beside the smallest. Whoever knows the rule learns
from the choice that the cell he sees is not the second smallest, and a part of the persons
(pregnant women, say) still bounds what is kept back. The cost of the rule here: one small cell takes
the whole breakdown of its part with it; and an article with a finer grid costs one with a coarser
grid whatever is too small in the finer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, get_type_hints

import msgspec

from entente.agreements.document import Aggregate, Form
from entente.records.base import Record, Role, fields_of
from entente.records.flow import Flow

OBSERVATIONS: Final = "observations"
"""The field that says how many records were added up."""

COMMUNITY: Final = "community"
"""The service of a sum whose records all came from community services."""
SEVERAL: Final = "several"
"""The service of a sum whose records came from more than one service."""

Number = int | dict[str, int] | None
"""A count, a breakdown of one, or nothing: not counted."""


class Group(msgspec.Struct, frozen=True):
    """What is added up into one record: one cell of one article's grid, for one recipient.

    ``article`` is a citation, ``place`` the code of an area, ``window`` a day, week or month, ``by`` the
    values of the article's ``by`` in its order.
    """

    agreement: str
    recipient: str
    article: str
    kind: str
    purpose: str
    place: str
    window: str
    by: tuple[str | None, ...]


class Rule(msgspec.Struct, frozen=True):
    """The smallest number of persons, and of records, that may be known."""

    min_cell: int
    min_observations: int

    def doubled(self) -> Rule:
        """For what is added to a part of which nothing is known: any size of it must stay possible."""
        return Rule(2 * self.min_cell - 1, 2 * self.min_observations - 1)


def strictest(forms: Iterable[Aggregate]) -> Rule:
    """The rule of a part that goes into the sums of several articles."""
    found = list(forms)
    return Rule(max(one.min_cell for one in found), max(one.min_observations for one in found))


@dataclass(frozen=True, slots=True)
class Shape:
    """Which numbers of a kind are added up: the whole, what it is divided into, and what are no persons."""

    counts: tuple[str, ...]
    whole: str | None
    divided: tuple[str, ...]
    quantities: tuple[str, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The numbers of persons but the whole."""
        return tuple(name for name in self.counts if name != self.whole)

    @property
    def everything(self) -> frozenset[str]:
        """All that can be kept back."""
        return frozenset((*self.counts, *self.quantities, OBSERVATIONS))


def shape_of(kind: type[Record], forms: Iterable[Form]) -> Shape:
    """The numbers that any of the forms keeps."""
    kept = {name for form in forms for name in form.fields}
    fields = {name: field.role for name, field in fields_of(kind).items() if name in kept}
    whole = kind.whole if issubclass(kind, Flow) and kind.whole in kept else None
    divided = kind.divided if issubclass(kind, Flow) else ()
    return Shape(
        counts=tuple(name for name, role in fields.items() if role is Role.COUNT),
        whole=whole,
        divided=tuple(name for name in divided if name in kept),
        quantities=tuple(
            name for name, role in fields.items() if role is Role.QUANTITY and name != OBSERVATIONS
        ),
    )


class Tally(msgspec.Struct, frozen=True):
    """The true sums of a part: never leaves."""

    observations: int
    values: dict[str, Number]
    services: tuple[str, ...]


def tally(records: Iterable[Record], shape: Shape) -> Tally:
    """Add records up. A number that no record has is missing, not zero."""
    names = (*shape.counts, *shape.quantities)
    count = 0
    values: dict[str, Number] = dict.fromkeys(names)
    services: set[str] = set()
    for record in records:
        count += 1
        services.add(record.service)
        for name in names:
            values[name] = _plus(values[name], getattr(record, name))
    return Tally(count, values, tuple(sorted(services)))


def plus(one: Tally, other: Tally) -> Tally:
    """Two tallies of one shape together."""
    return Tally(
        one.observations + other.observations,
        {name: _plus(value, other.values.get(name)) for name, value in one.values.items()},
        tuple(sorted({*one.services, *other.services})),
    )


def _plus(one: Number, other: Number) -> Number:
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, dict) or isinstance(other, dict):
        if not isinstance(one, dict) or not isinstance(other, dict):
            raise TypeError("a number and a breakdown cannot be added up")
        return {key: one.get(key, 0) + other.get(key, 0) for key in (*one, *(set(other) - set(one)))}
    return one + other


def hidden(sums: Tally, shape: Shape, rule: Rule) -> frozenset[str]:
    """The numbers of a part that nobody may learn: none, all but the whole, all persons, or all."""
    if sums.observations < rule.min_observations:
        return shape.everything
    whole = sums.values[shape.whole] if shape.whole is not None else None
    if whole is not None and _is_small(whole, rule):
        # How many records there were says how many persons at least: it stays too.
        return frozenset((*shape.counts, OBSERVATIONS))
    if not _tells_too_much(sums, shape, rule, whole):
        return frozenset()
    return frozenset(shape.parts if whole is not None else (*shape.counts, OBSERVATIONS))


def _tells_too_much(sums: Tally, shape: Shape, rule: Rule, whole: Number) -> bool:
    """Whether a number of the breakdown, or what it leaves of the whole, is too small to be known."""
    numbers = [sums.values[name] for name in shape.parts]
    if any(_is_small(number, rule) for number in numbers):
        return True
    if not isinstance(whole, int):
        return False
    divided = [sums.values[name] for name in shape.divided]
    taken = [*numbers, sum(_size(number) for number in divided)]
    return any(0 < whole - _size(number) < rule.min_cell for number in taken if number is not None)


def _size(number: Number) -> int:
    return sum(number.values()) if isinstance(number, dict) else number or 0


def _is_small(number: Number, rule: Rule) -> bool:
    cells = number.values() if isinstance(number, dict) else (number or 0,)
    return any(0 < cell < rule.min_cell for cell in cells)


def is_blind(kept_back: Iterable[str], shape: Shape) -> bool:
    """Whether no number of persons of a part is known; where none is counted, whether nothing is."""
    back = set(kept_back)
    return back >= set(shape.counts) if shape.counts else bool(back)


class Closed(msgspec.Struct, frozen=True):
    """A part that is closed: its true sums, what of them nobody may learn, and whether it replaces a blind one."""

    sums: Tally
    hidden: frozenset[str]
    replaces: bool = False


def close(
    late: Tally, shape: Shape, rule: Rule, *, blind: Tally | None, known: Sequence[Iterable[str]]
) -> Closed | None:
    """Close a part, or None: it waits until more has come.

    Args:
        late: what is to be added up and is in no closed part.
        shape: of the numbers that any article concerned keeps.
        rule: the strictest of the articles concerned.
        blind: the closed part of the same records' kin of which nothing is known, if there is one.
        known: for each sum concerned that left already, the numbers that it keeps back.
    """
    if blind is not None:
        together = plus(blind, late)
        back = hidden(together, shape, rule.doubled())
        if late.observations < rule.min_observations or is_blind(back, shape):
            return None
        closed = Closed(together, back, replaces=True)
    else:
        closed = Closed(late, hidden(late, shape, rule))
    # A number that was known stays known: it changes by nothing, or by what could be known by itself.
    if any(closed.hidden - set(back) for back in known):
        return None
    return closed


def added_up(parts: Sequence[tuple[Tally, Iterable[str]]], names: Iterable[str]) -> dict[str, Number]:
    """What is known of a sum: for each name the numbers of its parts together, or None."""
    back = {name for _, hidden_names in parts for name in hidden_names}
    found: dict[str, Number] = {}
    for name in names:
        total: Number = None
        for sums, _ in parts:
            value = sums.observations if name == OBSERVATIONS else sums.values.get(name)
            total = _plus(total, value)
        found[name] = None if name in back else total
    return found


def rounded(value: Number, aggregate: Aggregate) -> Number:
    """A number of persons as the article rounds it. What is not zero stays at least the smallest cell."""
    if value is None:
        return None
    if isinstance(value, dict):
        return {key: _round(cell, aggregate) for key, cell in value.items()}
    return _round(value, aggregate)


def _round(cell: int, aggregate: Aggregate) -> int:
    step = aggregate.round_to
    if cell == 0 or step == 1:
        return cell
    lowest = -(-aggregate.min_cell // step) * step
    return max((2 * cell + step) // (2 * step) * step, lowest)


def source_of(services: Iterable[str], community: Iterable[str]) -> str:
    """The service that a sum names: the one that counted, but no community service by its name."""
    by, theirs = set(services), set(community)
    if by <= theirs:
        return COMMUNITY
    return by.pop() if len(by) == 1 else SEVERAL


def numbers_that_leave(
    kind: type[Record], form: Form, aggregate: Aggregate, known: Mapping[str, Number]
) -> dict[str, Number]:
    """The numbers of the record that leaves: rounded, and None where too large for its kind."""
    fields = fields_of(kind)
    found: dict[str, Number] = {}
    for name in form.fields:
        if name not in known or fields[name].role not in {Role.COUNT, Role.QUANTITY}:
            continue
        value = known[name]
        if fields[name].role is Role.COUNT:
            value = rounded(value, aggregate)
        found[name] = value if _fits(kind, name, value) else None
    return found


def _fits(kind: type[Record], name: str, value: Number) -> bool:
    try:
        msgspec.convert(value, _hints(kind)[name])
    except msgspec.ValidationError:
        return False
    return True


@cache
def _hints(kind: type[Record]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)

"""What a form shows of one field: its label, what was typed, what is wrong with it.

A field of several things (delegations, paragraphs, evidence) is shown in rows. Without a script
a form grows by being sent: a button asks for one more row, and everything typed stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.http import QueryDict

ROWS: Final = ".rows"
"""Ends the name of the hidden field that says how many rows were shown."""
_MANY: Final = 5
REGION: Final = (
    *("ML", "NE", "BF", "DZ", "NG", "BJ", "TG", "GH", "CI", "GN", "SN", "MR", "TD", "LY", "CM", "GM", "GW"),
    "XX",
)
"""Countries that a form proposes; any other can be typed."""

Begin = Mapping[str, str | Sequence[str]]
"""What a form begins with: values as if they had been typed, by the names of the fields."""


@dataclass(frozen=True)
class Typed:
    """What was sent; before that, what the form begins with."""

    sent: QueryDict | None
    begin: Begin

    def all(self, name: str) -> list[str]:
        """Every value under a name."""
        if self.sent is not None:
            return [value for value in self.sent.getlist(name) if isinstance(value, str)]
        value = self.begin.get(name, ())
        return [value] if isinstance(value, str) else list(value)

    def one(self, name: str) -> str:
        """The first value; empty where there is none."""
        return next(iter(self.all(name)), "")


@dataclass(frozen=True)
class Option:
    """One of the values of a choice."""

    value: str
    label: str
    chosen: bool
    group: str = ""


@dataclass(frozen=True)
class Number:
    """One number of a breakdown."""

    name: str
    label: str
    value: str


@dataclass
class Row:
    """One of several things: its widgets."""

    number: int
    widgets: list[Widget]

    @property
    def is_last(self) -> bool:
        """Whether the cursor goes here: it is the row that was asked for."""
        return any(widget.focus for widget in self.widgets)


@dataclass
class Widget:
    """One field of a form, with what was typed and what is wrong with it."""

    name: str
    label: str
    shape: str
    """text, long, number, choice, radio, several, moment, period, numbers, place, code, words or rows."""
    required: bool
    value: str = ""
    time: str = ""
    options: list[Option] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    most_rows: int = 0
    keyed: bool = False
    """Rows of a country and a number of persons."""
    parts: bool = False
    """Rows of several fields each."""
    error: str = ""
    hint: str = ""
    least: int | None = None
    most: int | None = None
    written: bool = False
    one_line: bool = False
    focus: bool = False
    in_row: bool = False
    countries: bool = False
    """Names or codes of countries are proposed."""
    is_usual: bool = False
    """Whether it stands open, however long it is."""

    @property
    def is_demanded(self) -> bool:
        """Whether the browser asks for it: not in a row, which may be left empty as a whole."""
        return self.required and not self.in_row

    @property
    def is_folded(self) -> bool:
        """Whether it is closed: it is long, may be left empty, and is."""
        return not self.required and not self.error and not any(self.filled()) and not self.is_grown

    @property
    def folds(self) -> bool:
        """Whether it can be closed under its label."""
        return (
            self.shape == "numbers"
            or self.keyed
            or (
                self.shape == "several" and not (self.required or self.is_usual) and len(self.options) > _MANY
            )
        )

    @property
    def described(self) -> str:
        """The ids of what is said of it: how it is typed, and what is wrong."""
        said = {"hint": self.hint, "error": self.error}
        return " ".join(f"{self.name}-field-{name}" for name, text in said.items() if text)

    def take_focus(self) -> None:
        """The cursor goes here, or into the row with the fault."""
        inner = next((one for row in self.rows for one in row.widgets if one.error), None)
        if inner is not None:
            inner.take_focus()
        else:
            self.focus = True

    @property
    def is_grown(self) -> bool:
        """Whether a row was just asked for, or has a fault."""
        return any(row.is_last for row in self.rows)

    @property
    def may_grow(self) -> bool:
        """Whether one more row fits."""
        return len(self.rows) < self.most_rows

    def filled(self) -> Iterator[str | bool]:
        """What was typed or chosen in it."""
        yield from (self.value, self.time)
        yield from (one.value for one in self.numbers)
        yield from (one.chosen for one in self.options)
        for row in self.rows:
            for widget in row.widgets:
                yield from widget.filled()

    @property
    def grouped(self) -> list[tuple[str, list[Option]]]:
        """The options by their group, in their order."""
        found: dict[str, list[Option]] = {}
        for option in self.options:
            found.setdefault(option.group, []).append(option)
        return list(found.items())

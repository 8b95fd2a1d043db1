"""Filters as links: a list is narrowed by following one, and says which are chosen.

What is chosen stands in the address, so a list can be sent to a colleague, who sees of it what is
for him. A link keeps the other filters and lets go of the place in the list, its page or cursor:
it opens another list, at its beginning. What is as a list begins is left out of its address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from entente_node.digits import whole

_DIGITS: Final = 4
_ALL_AND_ONE: Final = 2


@dataclass(frozen=True)
class Choice:
    """One link of a filter."""

    label: str
    url: str
    chosen: bool
    count: str = ""
    """How many are behind it; empty where nothing is counted."""


@dataclass(frozen=True)
class Group:
    """One filter with its links, as ``filters.html`` draws it."""

    name: str
    title: str
    choices: Sequence[Choice]
    earlier: str = ""
    """Where the filter moves through time: the span before the one that is shown."""
    later: str = ""

    @property
    def is_dividing(self) -> bool:
        """Whether it can narrow anything: "all" and one value do not, but where that value is chosen."""
        return len(self.choices) > _ALL_AND_ONE or any(choice.chosen for choice in self.choices[1:])


@dataclass(frozen=True)
class Chosen:
    """What an address chooses: the value of each filter, empty for none."""

    path: str
    values: Mapping[str, str]
    begins: Mapping[str, str] = field(default_factory=dict)
    """What a filter is where its address says nothing."""

    def url(self, **changes: str | int) -> str:
        """The address with other values, and with a place in the list only where it is among them."""
        wanted = {**self.values, **changes}
        query = urlencode(
            {name: value for name, value in wanted.items() if value and value != self.begins.get(name)}
        )
        return f"{self.path}?{query}" if query else self.path

    def group(
        self, name: str, title: str, words: Mapping[str, str], count: Callable[[str], int] | None = None
    ) -> Group:
        """The filter ``name`` with a link for each of its values, in their order."""
        return Group(
            name,
            title,
            [
                Choice(
                    label,
                    self.url(**{name: value}),
                    chosen=self.values[name] == value,
                    count=str(count(value)) if count else "",
                )
                for value, label in words.items()
            ],
        )


def page_of(query: Mapping[str, str]) -> int:
    """The page that an address asks for; the first where it asks for none that can be."""
    return whole(query.get("page", ""), most=_DIGITS) or 0

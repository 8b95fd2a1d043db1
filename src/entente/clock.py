"""Whether a node's clock can be believed: a jump of more than a day is believed when a person says so.

A look says what the clock on the wall shows, how long the machine has been on, and which start
of the machine that was. Between two looks of one start the wall must have moved as the machine's
own count did, give or take a day, and all steps since the first look of that start count
together. After another start it must not stand more than a day before what was seen last, nor more than
a day after that and all the time that the machine has been on: a machine that was off explains no
more than a day, for a clock whose battery is empty may show any year. Nobody knows how much of that
time came before what was seen last: another machine of the node, or one that takes over its ledger,
has been on for longer. What is not believed is **held**: deadlines and erasures wait (DESIGN.md section 8).

A hold ends in three ways: the clock stands again where it is expected; a partner has signed
something near the moment that a clock gone ahead shows, and nearer to it than to the expected
one; a person confirms. A clock that went back is never believed for a partner's sake: what a
partner signed long ago would speak for it.

Pure: the reading is an argument, and what is kept is a value.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

DAY: Final = 86_400
"""How far a clock may be from where it is expected, in seconds."""


class Look(Struct, frozen=True):
    """One reading: of the wall's clock in Unix seconds, and of the seconds since the machine's start."""

    wall: int
    up: int
    """Sleeping included: CLOCK_BOOTTIME."""
    boot: str
    """Which start of the machine; empty: nobody knows, and ``up`` says nothing."""


class Hold(Struct, frozen=True):
    """A jump that is not believed: what was expected when it was noticed, and what was found."""

    expected: int
    found: int


class Change(StrEnum):
    """What a look has changed."""

    HELD = "held"
    CAME_BACK = "came-back"
    """The clock stands again where it is expected."""
    PARTNER_AGREES = "partner-agrees"
    CONFIRMED = "confirmed"


class Standing(Struct, frozen=True):
    """What is believed of the clock."""

    first: Look
    """The first believed look of the machine's start: what all later ones of it are held against."""
    last: Look
    """The last believed one: what the next start is held against."""
    hold: Hold | None = None


def expected(standing: Standing, look: Look) -> int:
    """What the wall should show: of the same start exactly, of a later one at least."""
    first, last = standing.first, standing.last
    if _is_same_start(last, look):
        return first.wall + look.up - first.up
    if look.boot and last.boot and look.boot != last.boot:
        return last.wall + look.up  # it has been on for so long since
    return last.wall


def _earliest(standing: Standing, look: Look) -> int:
    """What the wall should show at least."""
    return expected(standing, look) if _is_same_start(standing.last, look) else standing.last.wall


def _is_same_start(last: Look, look: Look) -> bool:
    # A machine that was put back to an earlier state counts less than it did: its count says nothing.
    return bool(look.boot) and look.boot == last.boot and look.up >= last.up - DAY


def judge(
    standing: Standing | None, look: Look, *, written: int | None = None, partner: int | None = None
) -> tuple[Standing, Change | None]:
    """What is believed after a look, and what has changed.

    Args:
        standing: what was believed before; None at the first look of a node.
        look: the reading.
        written: the newest moment that this node wrote down itself, for a node that never looked.
        partner: the newest moment that a partner signed, in Unix seconds.
    """
    if standing is None:
        if written is None or look.wall >= written - DAY:
            return Standing(look, look), None
        before = Look(written, 0, "")
        return Standing(before, before, Hold(written, look.wall)), Change.HELD
    right = expected(standing, look)
    if _earliest(standing, look) - DAY <= look.wall <= right + DAY:
        after = Standing(standing.first if _is_same_start(standing.last, look) else look, look)
        return after, Change.CAME_BACK if standing.hold else None
    if partner is not None and _speaks_for(partner, look.wall, right):
        return confirmed(look), Change.PARTNER_AGREES
    if standing.hold is not None:
        return standing, None
    return replace(standing, hold=Hold(right, look.wall)), Change.HELD


def confirmed(look: Look) -> Standing:
    """A person has said that the clock is right: what it shows now is what later looks are held against."""
    return Standing(look, look)


def _speaks_for(partner: int, wall: int, right: int) -> bool:
    ahead = wall > right
    return ahead and abs(partner - wall) <= DAY and abs(partner - wall) < abs(partner - right)

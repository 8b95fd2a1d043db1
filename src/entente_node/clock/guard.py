"""The guard of a node's clock: it looks, remembers, and says whether the clock is held.

What is believed stands in the ledger, so every process of the node says the same: whoever asks
looks, whatever process it is, and a look that changes something is written by the one that was first.
Otherwise a look is written once a minute: a power cut forgets no more. What changed waits in the
row until the watch has told it (:mod:`entente_node.watch`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import QuerySet

from entente.clock import Change, Hold, Look, Standing, confirmed, expected, judge
from entente_node.clock.evidence import newest_written, signed_nearest
from entente_node.clock.models import Clock
from entente_node.clock.reading import count

EVERY: Final = 60
"""Seconds after which a look that changed nothing is written all the same."""
_FRESH: Final = 2
"""Seconds for which what this process has just seen is good, if the clock has moved like the machine's count."""
_ROW: Final = 1
_TRIES: Final = 5

_Turn = tuple[Look, Standing, Change | None]

_log = logging.getLogger("entente.clock")


class Guard:
    """Whether the clock of one node is held: call it. ``count`` is what the operating system counts."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        count: Callable[[], tuple[int, str]] = count,
        alias: str = "default",
    ) -> None:
        self._clock = clock
        self._count = count
        self._alias = alias
        self._is_said = False
        self._kept: tuple[Look, Standing] | None = None

    def __call__(self) -> bool:
        """Look: whether deadlines and erasures wait."""
        return self.look().hold is not None

    def look(self) -> Standing:
        """Look, and keep what was seen; what is believed now."""
        look, kept = self.seen(), self._kept
        if kept is not None and _is_fresh(kept[0], look):
            return kept[1]
        try:
            return self._turn(self._judged)[0]
        except OperationalError:
            # A ledger of an older version has no such table yet; whatever else ails it, others say. What
            # this process has seen still holds: nothing is erased because a row could not be read.
            return kept[1] if kept is not None else Standing(look, look)

    def now(self) -> datetime:
        """The node's clock: the wall's, or while that is held, what was believed last and has been counted since."""
        standing = self.look()
        if standing.hold is None:
            return self._clock()
        return datetime.fromtimestamp(self.expected(standing), UTC)

    def confirm(self) -> bool:
        """A person says that the clock is right; False where nobody had to say so."""
        return self._turn(self._confirmed)[1] is Change.CONFIRMED

    def seen(self) -> Look:
        """What the machine says now."""
        up, boot = self._count()
        return Look(int(self._clock().timestamp()), up, boot)

    def expected(self, standing: Standing) -> int:
        """What the clock should show now, or after another start at least; Unix seconds."""
        return expected(standing, self.seen())

    def tell(self, tell: Callable[[Change, int, int], Any]) -> int:
        """Have what changed told, each change to one caller: (change, expected, found). How many there were."""
        row = self._row()
        if row is None or not row.untold:
            return 0
        with transaction.atomic(using=self._alias):
            if not self._rows().filter(turn=row.turn).update(turn=row.turn + 1, untold=[]):
                return 0
            for change, right, found in row.untold:
                tell(Change(change), right, found)
        return len(row.untold)

    def _judged(self, row: Clock | None) -> _Turn:
        look, before = self.seen(), _standing(row)
        after, change = judge(before, look, written=None if row else newest_written(self._alias))
        if after.hold is not None and before is not None:
            # Only now partners are asked: it is a look at every journal.
            after, change = judge(before, look, partner=signed_nearest(self._alias, look.wall))
        return look, after, change

    def _confirmed(self, row: Clock | None) -> _Turn:
        look, after, change = self._judged(row)
        if after.hold is None:
            return look, after, change
        return look, confirmed(look), Change.CONFIRMED

    def _turn(self, step: Callable[[Clock | None], _Turn]) -> tuple[Standing, Change | None]:
        for _ in range(_TRIES):
            row = self._row()
            look, after, change = step(row)
            if (change is None and row is not None and not _is_old(row, after)) or self._write(
                row, look, after, change
            ):
                break
        self._kept = (look, after)
        return after, change

    def _write(self, row: Clock | None, look: Look, after: Standing, change: Change | None) -> bool:
        """Whether it is written, or cannot be; False where somebody else was first."""
        told: list[list[str | int]] = list(row.untold) if row else []
        if change is not None:
            right = _expected_of(row, after, look)
            told.append([change, right, look.wall])
        values = _columns(after) | {"untold": told}
        try:
            if row is None:
                written = self._rows().get_or_create(pk=_ROW, defaults=values)[1]
            else:
                written = bool(self._rows().filter(turn=row.turn).update(turn=row.turn + 1, **values))
        except DatabaseError as error:
            if change is Change.CONFIRMED:
                raise  # who has confirmed must not be told that it is done
            if not self._is_said:  # a disk that is full stays so for many looks
                _log.warning("what was seen of the clock could not be kept: %s", error)
            self._is_said = True
            return True
        self._is_said = False
        return written

    def _row(self) -> Clock | None:
        return self._rows().first()

    def _rows(self) -> QuerySet[Clock]:
        return Clock.objects.using(self._alias).filter(pk=_ROW)


def _is_fresh(kept: Look, look: Look) -> bool:
    passed = look.up - kept.up
    return look.boot == kept.boot and 0 <= passed < _FRESH and abs(look.wall - kept.wall - passed) < _FRESH


def _expected_of(row: Clock | None, after: Standing, look: Look) -> int:
    """Where the clock should have stood, for what is told of a change."""
    if after.hold is not None:
        return after.hold.expected
    return row.held_expected if row is not None and row.held_expected is not None else look.wall


def _is_old(row: Clock, after: Standing) -> bool:
    """Whether what was seen has to be written though nothing changed; what is held stays as it is."""
    return after.hold is None and (
        abs(after.last.wall - row.last_wall) >= EVERY or after.last.boot != row.last_boot
    )


def _standing(row: Clock | None) -> Standing | None:
    if row is None:
        return None
    held = None
    if row.held_expected is not None and row.held_found is not None:
        held = Hold(row.held_expected, row.held_found)
    return Standing(
        Look(row.first_wall, row.first_up, row.first_boot),
        Look(row.last_wall, row.last_up, row.last_boot),
        held,
    )


def _columns(standing: Standing) -> dict[str, Any]:
    first, last, hold = standing.first, standing.last, standing.hold
    return {
        "first_wall": first.wall,
        "first_up": first.up,
        "first_boot": first.boot,
        "last_wall": last.wall,
        "last_up": last.up,
        "last_boot": last.boot,
        "held_expected": hold.expected if hold else None,
        "held_found": hold.found if hold else None,
    }

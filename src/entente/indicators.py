"""What shows that a commitment is kept, where the exchange itself can measure it.

Measured from the day on which it was promised to its due date, or to now before that. Every
node measures by its own ledger; sides that hold the same records come to the same number. The
fold is pure: a :class:`Ledger` counts, for whoever asks, only what that reader may see.

============================================ ==============================================
records_per_week                             records that left or came, by when they say
                                             that it happened; the mean of the weeks begun
alerts_acknowledged_in_time_percent          of the alerts whose deadline for it has passed
                                             or that were acknowledged, how many in time
meetings_held, measures_done                 records that say so
============================================ ==============================================
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from entente.records.commitment import Commitment, Indicator
from entente.records.times import period

_WEEK: Final = timedelta(days=7)
_ALL: Final = 100


class Awaited(NamedTuple):
    """An alert that the agreement wants acknowledged: by when, and when the other side did it."""

    by: datetime
    acknowledged_at: datetime | None


class Ledger(Protocol):
    """What one reader may count; each from ``since`` on and before ``until``, aware."""

    def exchanged(self, since: datetime, until: datetime) -> int:
        """Records that left or came."""
        ...

    def alerts(self, since: datetime, until: datetime) -> Iterable[Awaited]:
        """Alerts for which an agreement says when they are to be acknowledged."""
        ...

    def meetings(self, since: datetime, until: datetime) -> int:
        """Meetings that were held."""
        ...

    def measures(self, since: datetime, until: datetime) -> int:
        """Joint actions that are done."""
        ...


@dataclass(frozen=True, slots=True)
class Measured:
    """How far a commitment is, by its indicator. ``value`` is None where nothing could be measured yet."""

    indicator: Indicator
    target: int
    value: int | None
    since: datetime
    until: datetime

    @property
    def is_met(self) -> bool:
        """Whether the target is reached."""
        return self.value is not None and self.value >= self.target

    @property
    def percent(self) -> int:
        """How much of the target is reached, 0 to 100: for a bar."""
        if self.value is None:
            return 0
        return _ALL if self.is_met or not self.target else self.value * _ALL // self.target


def measure(
    commitment: Commitment, ledger: Ledger, *, now: datetime, time_zone: str, promised: str | None = None
) -> Measured | None:
    """What the ledger says of a commitment at ``now`` (aware); None where it has no measured indicator.

    ``promised`` is the ``at`` of the record that first made it, where this one revises that.
    """
    if commitment.indicator in {None, "none"} or commitment.target is None:
        return None
    indicator: Indicator = commitment.indicator or "none"
    since = period(promised or commitment.at, time_zone)[0]
    until = now if commitment.due is None else min(now, period(commitment.due, time_zone)[1])
    value = _value(indicator, ledger, since, until, now) if until > since else None
    return Measured(indicator, commitment.target, value, since, max(since, until))


def _value(
    indicator: Indicator, ledger: Ledger, since: datetime, until: datetime, now: datetime
) -> int | None:
    match indicator:
        case "records_per_week":
            return ledger.exchanged(since, until) // _weeks(until - since)
        case "alerts_acknowledged_in_time_percent":
            return in_time_percent(ledger.alerts(since, until), now)
        case "meetings_held":
            return ledger.meetings(since, until)
        case "measures_done":
            return ledger.measures(since, until)
        case _:
            return None


def in_time_percent(alerts: Iterable[Awaited], now: datetime) -> int | None:
    """The share of alerts acknowledged in time, rounded down; an alert that still has time does not count."""
    settled = [one for one in alerts if one.acknowledged_at is not None or one.by <= now]
    if not settled:
        return None
    kept = sum(1 for one in settled if one.acknowledged_at is not None and one.acknowledged_at <= one.by)
    return kept * _ALL // len(settled)


def _weeks(span: timedelta) -> int:
    """The weeks that have begun: at least one."""
    return max(1, -(-span // _WEEK))

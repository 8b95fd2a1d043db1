"""One exchange with one partner, over any carrier that answers: until both sides are quiet.

A pouch begins small and grows with the link: four times as much after a quick round trip,
half after a slow one. A round trip that fails loses nothing: the next exchange starts
where the partner's own word says that its copy ends.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from entente.courier.inbound import Read, read
from entente.courier.office import Office
from entente.courier.outbound import Written, write
from entente.errors import EntenteError, TransportError, UnknownKeyError
from entente.store import MOST_IN_A_TRANSACTION, Transport

_FIRST: Final = 320
_AHEAD_FROM: Final = 1_000
"""Entries of a pouch from which on the next is packed before the answer is there: the line is quick."""
_QUICK: Final = 2.0
_SLOW: Final = 20.0
_MOST_IDLE: Final = 5
"""Round trips that move nothing before we give up."""


@dataclass(slots=True)
class Exchanged:
    """What one exchange carried."""

    agreement: str
    partner: str
    pouches: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    sent: int = 0
    received: int = 0
    quarantined: int = 0


@dataclass(slots=True)
class Pace:
    """How many entries a pouch takes on this line; remembered between exchanges by who keeps it."""

    most: int = _FIRST

    def learn(self, seconds: float) -> None:
        """After a round trip of a full pouch."""
        if seconds < _QUICK:
            self.most = min(self.most * 4, MOST_IN_A_TRANSACTION)
        elif seconds > _SLOW:
            self.most = max(self.most // 2, 20)


def exchange(
    office: Office,
    agreement: str,
    partner: str,
    transport: Transport,
    *,
    pace: Pace | None = None,
    poll: bool = True,
    progress: Callable[[Exchanged], None] | None = None,
) -> Exchanged:
    """Send what the partner lacks, take what it has, until there is nothing to say.

    ``poll`` asks even when we have nothing. Raises TransportError when the carrier fails;
    what was exchanged until then is kept on both sides. Raises UnknownKeyError, and keeps
    nothing, for a partner that no agreement held here names.
    """
    if not office.register.keys_of(agreement, partner):
        raise UnknownKeyError("no agreement held here names {partner}", partner=partner)
    with ThreadPoolExecutor(max_workers=1) as beside:
        return _exchange(
            office, agreement, partner, transport, beside, pace=pace or Pace(), poll=poll, progress=progress
        )


def _exchange(
    office: Office,
    agreement: str,
    partner: str,
    transport: Transport,
    beside: Executor,
    *,
    pace: Pace,
    poll: bool,
    progress: Callable[[Exchanged], None] | None,
) -> Exchanged:
    done = Exchanged(agreement, partner)
    ahead: Written | None = None
    idle, before = 0, _state(office, agreement, partner)
    while idle < _MOST_IDLE:
        written = ahead or write(office, agreement, partner, most=pace.most, poll=poll)
        if written is None:
            return done
        poll = False
        # While the partner reads this pouch, the next one is packed.
        packing = None
        if written.more and written.entries >= _AHEAD_FROM:
            packing = beside.submit(write, office, agreement, partner, most=pace.most, after=written.ends)
        started = office.clock()
        try:
            reply = transport.send(written.pouch)
        except EntenteError as error:
            office.store.update_channel(agreement, partner, tried_at=office.clock(), failure=str(error)[:300])
            raise
        if written.more:
            pace.learn((office.clock() - started).total_seconds())
        done.pouches += 1
        done.bytes_sent += len(written.pouch)
        done.sent += written.entries
        office.store.update_channel(agreement, partner, tried_at=office.clock(), failure="")
        ahead = packing.result() if packing is not None else None
        if reply is not None:
            result = read(office, reply)
            _take(result, done, len(reply))
            if ahead is not None and not _is_still_right(office, ahead, result):
                ahead = None  # only its number is lost
        elif written.answer:
            raise TransportError("{partner} took the pouch and did not answer", partner=partner)
        if progress is not None:
            progress(done)
        if not written.answer:
            # It only acknowledged, and nothing comes back to confirm that: said again, it would be said for ever.
            return done
        after = _state(office, agreement, partner)
        idle, before = (idle + 1 if after == before else 0), after
    raise TransportError(
        "{partner} answers and takes nothing; look at the state of the exchange", partner=partner
    )


def _is_still_right(office: Office, ahead: Written, result: Read) -> bool:
    """Whether a pouch that was packed before the reply came says what would be said now.

    It begins where the partner says that its copy ends, and ``have`` in it is what we hold.
    """
    if result.received or result.quarantined or result.agreements or result.problems:
        return False
    claimed = {j.origin: j.claimed for j in office.store.journals(result.agreement, result.sender)}
    return all(claimed.get(origin) == start for origin, start in ahead.starts.items())


def _state(office: Office, agreement: str, partner: str) -> tuple[object, ...]:
    """What changes while an exchange gets somewhere."""
    channel = office.store.channel(agreement, partner)
    journals = office.store.journals(agreement, partner)
    return channel.confirmed, [(j.size, j.receipted, j.claimed) for j in journals]


def _take(result: Read, done: Exchanged, size: int) -> None:
    if result.envelope.sender != done.partner:
        raise TransportError(
            "{sender} answered in the place of {partner}", sender=result.envelope.sender, partner=done.partner
        )
    done.bytes_received += size
    done.received += result.received
    done.quarantined += result.quarantined

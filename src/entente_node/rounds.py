"""The courier of a node: release what is due and exchange with whoever can be reached, round after round.

One per node, by a file lock. A partner is visited when there is something for it, and at
every heartbeat; one that cannot be reached is tried again after a pause that doubles up to
five minutes. Only this process checkpoints the write-ahead log: SQLite before 3.51.3 has a
race between connections that do (docs/decisions/0003-sqlite.md).
"""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from entente.apply import fold_anew
from entente.courier.exchange import Pace
from entente.courier.outbound import is_waiting
from entente.errors import EntenteError, TransportError
from entente.node import Node
from entente_node.folder import Folder
from entente_node.local import open_node
from entente_node.watch import Watch

ROUND: Final = 0.4
"""Seconds between looks at the ledger: what an alert waits at most before it sets off."""
_PAUSE: Final = (2.0, 300.0)
_CHECKPOINT_EVERY: Final = 30.0
_TIDY_EVERY: Final = 3600.0
_ADDING: Final = 0.3
"""Seconds of a round in which flows are added up: an alert does not wait long behind a hundred thousand of them."""
_FILLED_AT_ONCE: Final = 20_000
"""Records of an older ledger that get the words to search by, at each tidying."""
_FOLDED_AT_ONCE: Final = 20
"""Dossiers in one transaction: somebody who answers waits behind it."""
_MERGING: Final = 1.0
"""Seconds, at each tidying, in which the words of what was deleted are written out of their index."""

logger = logging.getLogger("entente.courier")


@dataclass
class _Visit:
    """One partner under one agreement: how fast its line is, when it is to be tried again."""

    pace: Pace = field(default_factory=Pace)
    next_try: float = 0.0
    next_heartbeat: float = 0.0
    pause: float = 0.0

    def succeeded(self, heartbeat: float) -> None:
        self.pause = 0.0
        self.next_heartbeat = time.monotonic() + heartbeat

    def failed(self, retry_after: object) -> None:
        least, most = _PAUSE
        self.pause = min(max(self.pause * 2, least), most)
        wanted = float(retry_after) if isinstance(retry_after, int | float) else 0.0
        self.next_try = time.monotonic() + max(self.pause, wanted)


class Rounds:
    """The rounds of one node's courier."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._node: Node = open_node(folder.path)
        self._heartbeat = float(folder.config.heartbeat)
        self._visits: dict[tuple[str, str], _Visit] = {}
        self._next_checkpoint = 0.0
        self._next_tidy = 0.0
        self._audited = 0
        self._unfolded: list[str] | None = None

    def run(self, ending: threading.Event) -> None:
        """Go round until told to end. Whatever fails is said, and tried again."""
        with self._only_one(ending):
            watch = Watch(self._folder.path)
            watch.start()
            self._guarded(self._node.reconsider)
            while not ending.wait(ROUND):
                self._guarded(self.once)
            watch.stop()

    def once(self) -> None:
        """Release, visit, add up, tidy."""
        self._node.release()
        self._visit_all()
        self._add_up()
        self._fold_anew()
        self._keep_ledger()

    def _visit_all(self) -> None:
        from entente_node.ledger.models import Address

        addresses = dict(Address.objects.values_list("partner", "url"))
        now = time.monotonic()
        for agreement, partner in self._node.partners():
            url = addresses.get(partner)
            visit = self._visits.setdefault((agreement, partner), _Visit())
            if url is None or now < visit.next_try:
                continue
            poll = now >= visit.next_heartbeat
            if poll or is_waiting(self._node.store, agreement, partner):
                self._exchange(agreement, partner, url, visit, poll=poll)

    def _exchange(self, agreement: str, partner: str, url: str, visit: _Visit, *, poll: bool) -> None:
        from entente_node.transports.http import HttpTransport

        try:
            with HttpTransport(url) as transport:
                self._node.exchange(agreement, partner, transport, pace=visit.pace, poll=poll)
        except EntenteError as error:
            if visit.pause == 0.0 or not isinstance(error, TransportError):
                logger.warning("%s: %s", partner, error)
            visit.failed(error.values.get("retry_after"))
        else:
            visit.succeeded(self._heartbeat)

    def _add_up(self) -> None:
        """Flows that came, beside their records; what is left over, in the next round."""
        from entente_node.ledger import tallying

        until = time.monotonic() + _ADDING
        while tallying.fold(self._node) and time.monotonic() < until:
            pass

    def _fold_anew(self) -> None:
        """Dossiers that an older version left to be folded for each reader: a few at a time, all once.

        What is folded is known by what is written, so a courier that was killed goes on from there.
        """
        from entente_node.ledger.models import Dossier

        if self._unfolded is None:
            self._unfolded = list(Dossier.objects.filter(audience=0).values_list("code", flat=True))
        until = time.monotonic() + _ADDING
        while self._unfolded and time.monotonic() < until:
            some, self._unfolded = self._unfolded[:_FOLDED_AT_ONCE], self._unfolded[_FOLDED_AT_ONCE:]
            fold_anew(self._node.store, some)

    def _keep_ledger(self) -> None:
        now = time.monotonic()
        if now >= self._next_checkpoint:
            self._next_checkpoint = now + _CHECKPOINT_EVERY
            from django.db import connection

            from entente_node.ledger import tallying

            self._audited = tallying.audit_next(self._node, self._audited)

            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        if now >= self._next_tidy:
            self._next_tidy = now + _TIDY_EVERY
            self._node.tidy()
            from entente_node.drafts import keeping
            from entente_node.ledger import finding
            from entente_node.ledger.words import fill

            keeping.forget(self._node.clock())
            fill(_FILLED_AT_ONCE)
            until = time.monotonic() + _MERGING
            finding.merge(lambda: time.monotonic() < until)

    def _guarded(self, step: object) -> None:
        """One step whose failure must not end the courier: a full disk or a locked ledger passes."""
        try:
            if callable(step):
                step()
        except Exception:
            logger.exception("the courier will try again")
            time.sleep(1.0)

    @contextmanager
    def _only_one(self, ending: threading.Event) -> Iterator[None]:
        """Hold the lock of the one courier; wait while another holds it."""
        with self._folder.lock.open("a") as lock:
            said = False
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if not said:
                        logger.warning("another courier runs for this node; this one waits")
                        said = True
                    if ending.wait(1.0):
                        break
            yield

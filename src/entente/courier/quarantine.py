"""What is held and not shown: decided again when we know more, blanked when its time is over.

An entry is quarantined because this version did not understand it, or because the agreement
that is held did not allow it (PROTOCOL.md section 6). A new version of either may. What is
still not admitted after 30 days, or was withdrawn by its author, loses payload and salt; the
entry stays, so that the journal still verifies.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from entente.apply import apply
from entente.courier.admission import Admission
from entente.courier.office import Office
from entente.courier.outbound import entries_of
from entente.errors import EntenteError
from entente.records import decode
from entente.store import JournalState, Quarantined

KEPT: Final = timedelta(days=30)

_MAY_CHANGE: Final = frozenset({"not-understood", "version-not-held", "not-admitted", "row-does-not-fit"})
"""Reasons that a new version of the agreement or of this software can remove."""


def reconsider(office: Office) -> int:
    """Decide again what may have become admissible; gives how many records are now shown."""
    shown = 0
    for journal in office.store.journals():
        if not journal.ours:
            shown += _reconsider(office, journal)
    return shown


def _reconsider(office: Office, journal: JournalState) -> int:
    items = [
        item
        for item in office.store.quarantined_entries(journal.origin)
        if item.kept.payload is not None and item.kept.quarantine.partition(":")[0] in _MAY_CHANGE
    ]
    if not items:
        return 0
    admission = Admission(
        office,
        sender=journal.sender,
        recipient=journal.recipient,
        agreement=journal.agreement,
        now=office.clock(),
    )
    rows = [item.kept.row for item in items]
    admitted = admission.admit(rows, range(len(rows)), [item.kept.payload for item in items])
    if not admitted.records:
        return 0
    with office.store.transaction():
        office.store.release_from_quarantine([items[at].entry for at, _, _ in admitted.records])
        apply(office.store, admitted.headers([item.entry for item in items]))
    return len(admitted.records)


def blank_old(office: Office) -> int:
    """Take payload and salt from what has been in quarantine for 30 days, by a clock that is believed; how many."""
    if office.is_clock_held():
        return 0
    before = int((office.clock() - KEPT).timestamp())
    return _blank(
        office,
        (
            item
            for journal in office.store.journals()
            if not journal.ours
            for item in office.store.quarantined_entries(journal.origin)
            if item.since <= before
        ),
    )


def blank_withdrawn(office: Office, journal: JournalState, codes: Iterable[str]) -> int:
    """Take payload and salt from quarantined records that their author has withdrawn."""
    wanted = set(codes)
    return _blank(
        office, (item for item in office.store.quarantined_entries(journal.origin) if _code(item) in wanted)
    )


def _blank(office: Office, items: Iterable[Quarantined]) -> int:
    doomed = [item for item in items if item.kept.payload is not None]
    entries = entries_of([item.kept for item in doomed])
    if doomed:
        with office.store.transaction():
            office.store.blank([(item.entry, entry) for item, entry in zip(doomed, entries, strict=True)])
    return len(doomed)


def _code(item: Quarantined) -> str | None:
    try:
        return decode(item.kept.payload or b"").code
    except EntenteError:
        return None

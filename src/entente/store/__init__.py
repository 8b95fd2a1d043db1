"""What a node asks of its ledger and of its carriers: two protocols, synchronous, in bulk.

The Store keeps bytes and typed headers; it decides nothing. Whatever must be whole or
absent is written between ``with store.transaction():`` and its end; no signature, hash or
network belongs inside. Writers that read before they write say what they read
(``expected``): the Store refuses with ConflictError when another process was faster,
and the caller begins again from what is there now.

Each part of the Store is a protocol of its own, beside the values that cross there; the ledger's
parts have the same names (``entente_node.ledger.store``).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final, Protocol

from entente.errors import StoreError
from entente.store.approvals import Approvals
from entente.store.audience import AUDIENCE, EVERYBODY, OBSERVERS, audience_of
from entente.store.journals import LANES, BatchState, Extension, Journals, JournalState, Kept
from entente.store.lines import ChannelState, Lines, Quarantined, StatementState, TroubleRow, VersionState
from entente.store.notes import Notes, NoteState
from entente.store.records import DossierRow, Header, Records, Shown, header_of
from entente.store.releases import Append, Filed, Refusal, Releases, Sent
from entente.store.sums import Sums

__all__ = [
    "AUDIENCE",
    "EVERYBODY",
    "LANES",
    "MOST_IN_A_TRANSACTION",
    "OBSERVERS",
    "Append",
    "BatchState",
    "ChannelState",
    "ConflictError",
    "DossierRow",
    "Extension",
    "Filed",
    "Header",
    "JournalState",
    "Kept",
    "NoteState",
    "Quarantined",
    "Refusal",
    "Sent",
    "Shown",
    "StatementState",
    "Store",
    "Transport",
    "TroubleRow",
    "VersionState",
    "audience_of",
    "header_of",
]

MOST_IN_A_TRANSACTION: Final = 5_000
"""Records in one transaction: a web write still waits little behind it (DESIGN.md section 3)."""


class ConflictError(StoreError):
    """Another process wrote what this one had read: begin again."""


class Store(Records, Releases, Journals, Lines, Notes, Sums, Approvals, Protocol):
    """The ledger, as the core sees it."""

    def transaction(self) -> AbstractContextManager[None]:
        """Whole or absent, durable at its end; takes the write lock at once."""
        ...


class Transport(Protocol):
    """A carrier of pouches to one partner."""

    def send(self, pouch: bytes) -> bytes | None:
        """Deliver a pouch; the reply is a pouch, or None. Raises TransportError."""
        ...

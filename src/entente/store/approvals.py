"""What a node asks of its ledger for exceptional releases: who has decided, and since when.

An approval stands until it is taken back; once the record has left by it, it stays as it is. Release
reads approvals before it decides and says so when it writes (``approvals_mark``): an approval that
was given or taken back in between makes it begin again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol

from entente.policy import Approval


class Approved(NamedTuple):
    """One function's decision that a local record may leave for a recipient: ``at`` Unix seconds.

    ``why`` and the account of ``approval`` never leave the node.
    """

    record: int
    agreement: str
    recipient: str
    approval: Approval
    why: str
    at: int


class Approvals(Protocol):
    """The ledger's part for exceptional releases."""

    def approvals_mark(self) -> tuple[int, int]:
        """How many approvals there are, and the newest one's number: another pair once any came or went."""
        ...

    def approvals(
        self, agreement: str, recipient: str, records: Collection[int]
    ) -> dict[int, tuple[Approval, ...]]:
        """The approvals for the recipient, in order, of those of the records that have any and are not withdrawn."""
        ...

    def approved(self, record: int) -> list[Approved]:
        """Every approval of a local record, in the order in which they came."""
        ...

    def approve(self, approved: Approved) -> None:
        """Keep an approval; what of the record is withheld from the recipient is decided again. ConflictError."""
        ...

    def retract(self, approved: Approved) -> None:
        """Take an approval back; what waits of the record is decided again. ConflictError if it is not there."""
        ...

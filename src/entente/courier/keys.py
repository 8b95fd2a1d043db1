"""The keys of everyday work of one node. The authority key is not among them: it is offline."""

from __future__ import annotations

from dataclasses import dataclass

from entente.signing import SigningKey, VerifierKey


@dataclass(frozen=True, slots=True)
class Keys:
    """Who this node is, and what it signs and opens with (PROTOCOL.md section 5)."""

    party: str
    short: str
    log: SigningKey
    """Signs checkpoints (as the origin) and pouches (as ``<party>/pouch``)."""
    receipts: SigningKey
    """Cosigns the checkpoints that we hold, as ``<party>/receipts``."""
    seal: tuple[str, ...]
    """age secrets, the newest first: older ones still open what was sealed before a rotation."""
    authority: VerifierKey
    """The public half of our own authority key: what it signed is what we have pinned."""

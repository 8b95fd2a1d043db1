"""Receipts: a partner's dated signature under a checkpoint (C2SP tlog-cosignature, type 04).

Here a receipt says more than a cosignature does: every entry up to this size is held by
me, or quarantined by me, or was erased before it came and is listed. It may only be signed
after the transaction that holds them is durable; that order is the caller's.

::

    the checkpoint's text, an empty line,
    "— <party>/receipts <base64(keyID[4] || u64be time || ed25519[64])>"
"""

from __future__ import annotations

from dataclasses import dataclass

from entente.errors import SignatureError
from entente.journal.checkpoint import Checkpoint
from entente.signing import (
    COSIGNATURE,
    Note,
    SigningKey,
    VerifierKey,
    cosign,
    cosignature_time,
    verify_note,
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was received, and when its signer says so: POSIX seconds, its own clock."""

    checkpoint: Checkpoint
    time: int


def sign_receipt(checkpoint: Checkpoint, key: SigningKey, time: int) -> Note:
    """The checkpoint's text under the receipt key's line alone: the log's line may be added."""
    text = checkpoint.text()
    return Note(text, (cosign(text, key, time),))


def verify_receipt(note: Note, receipts: VerifierKey) -> Receipt:
    """The receipt that this key signed; of several, the latest. Lines of other keys are ignored.

    Raises MalformedError, UnknownKeyError or SignatureError.
    """
    if receipts.algorithm != COSIGNATURE:
        raise SignatureError("{name} is no key for receipts", name=receipts.name)
    checkpoint = Checkpoint.parse(note.text)
    verify_note(note, [receipts])
    times = [
        cosignature_time(line)
        for line in note.signatures
        if (line.name, line.key_id) == (receipts.name, receipts.key_id)
    ]
    return Receipt(checkpoint, max(times))

"""Where a page of an answer ended, as a text that tells nothing.

A row's number in the ledger counts what came before it, what its reader may not see as well. So
it leaves masked: a nonce, the number under a keyed hash of the nonce, and a seal over both.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from typing import Final

from django.utils.crypto import salted_hmac

from entente.errors import RecordError

_NUMBER: Final = 8
_SEAL: Final = 12


def sealed(number: int) -> str:
    """A row's number for the address of the next page."""
    nonce = secrets.token_bytes(_NUMBER)
    hidden = nonce + _masked(number.to_bytes(_NUMBER), nonce)
    return base64.urlsafe_b64encode(hidden + _seal(hidden)).decode("ascii").rstrip("=")


def opened(text: str) -> int:
    """The number again. Raises RecordError for what this node did not write."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        data = b""
    hidden, seal = data[: 2 * _NUMBER], data[2 * _NUMBER :]
    if not hmac.compare_digest(_seal(hidden), seal):
        raise RecordError("this is not the end of a page")
    return int.from_bytes(_masked(hidden[_NUMBER:], hidden[:_NUMBER]))


def _masked(number: bytes, nonce: bytes) -> bytes:
    mask = salted_hmac("entente.cursor.mask", nonce, algorithm="sha256").digest()
    return bytes(one ^ other for one, other in zip(number, mask, strict=False))


def _seal(hidden: bytes) -> bytes:
    return salted_hmac("entente.cursor.seal", hidden, algorithm="sha256").digest()[:_SEAL]

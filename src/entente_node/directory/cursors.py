"""Where a page ended, as a text that tells nothing and that only its reader can go on from.

A row's number in the ledger counts what came before it, what its reader may not see as well. So
numbers leave masked: a seal over the reader and the numbers, then the numbers under a keyed hash
of the seal. The same place has the same text for one reader, so that a copy of a page stays fresh.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final

from django.utils.crypto import salted_hmac

from entente.errors import RecordError
from entente_node.directory.models import User

_NUMBER: Final = 8
_SEAL: Final = 12
_MOST: Final = 4
"""Numbers of one place: the mask is as long as a hash."""


def sealed(reader: User, *numbers: int) -> str:
    """The numbers of a place for the address of the next page."""
    plain = b"".join(number.to_bytes(_NUMBER, signed=True) for number in numbers[:_MOST])
    seal = _seal(reader, plain)
    return base64.urlsafe_b64encode(seal + _masked(plain, seal)).decode("ascii").rstrip("=")


def opened(reader: User, text: str, many: int = 1) -> tuple[int, ...]:
    """So many numbers again. Raises RecordError for what this node did not write for this reader."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    seal, hidden = data[:_SEAL], data[_SEAL:]
    if len(hidden) == many * _NUMBER <= _MOST * _NUMBER:
        plain = _masked(hidden, seal)
        if hmac.compare_digest(_seal(reader, plain), seal):
            parts = (plain[at : at + _NUMBER] for at in range(0, len(plain), _NUMBER))
            return tuple(int.from_bytes(part, signed=True) for part in parts)
    raise RecordError("this is not the end of a page")


def found(reader: User, text: str, many: int = 1) -> tuple[int, ...] | None:
    """The same for a page that people look at: None, and so the first page, for what is none."""
    try:
        return opened(reader, text, many) if text else None
    except RecordError:
        return None


def _masked(plain: bytes, seal: bytes) -> bytes:
    mask = salted_hmac("entente.cursor.mask", seal, algorithm="sha256").digest()
    return bytes(one ^ other for one, other in zip(plain, mask, strict=False))


def _seal(reader: User, plain: bytes) -> bytes:
    value = b"%d\n%s" % (reader.pk, plain)
    return salted_hmac("entente.cursor.seal", value, algorithm="sha256").digest()[:_SEAL]

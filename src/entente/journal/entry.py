r"""What a journal commits to for each record: an entry that says nothing about it.

The entry carries a commitment to the payload, the kind family and the retention: no place,
time, count or name. The salt keeps the commitment from being guessed, and once payload and
salt are erased the entry still verifies and tells nobody what it was.

::

    commitment   SHA-256("entente.v1/payload\n" || salt[16] || payload)
    entry        {"c":"<base64 commitment>","k":"<kind family>","r":"<retention>","v":1}
    salt i       SHA-256("entente.v1/salt\n" || seed[32] || u32be i)[:16]

The receiver computes entries from salts, payload bytes and the rows of the section, never
by parsing a payload: a root must not depend on who understands what.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from entente.errors import LimitError, MalformedError
from entente.wire import Codec, b64, unb64

SALT: Final = 16
SEED: Final = 32
COMMITMENT: Final = 32
MAX_ENTRY: Final = 65_535
"""Bytes of one entry: its length travels in a u16 in entry tiles (C2SP tlog-tiles)."""
MAX_BATCH: Final = 2**32
"""Salts of one seed: the position is a u32."""

_PAYLOAD: Final = b"entente.v1/payload\n"
_SALT: Final = b"entente.v1/salt\n"

Family = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\Z")]
"""The kind family, such as ``alert``. New families come with new versions: any such word passes."""
Retention = Annotated[str, Meta(pattern=r"^P[0-9A-Z]{1,20}\Z")]
"""An ISO 8601 duration. This version writes days only, ``P730D``."""


class Row(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One line of a section's table: what its entries say besides the commitment."""

    k: Family
    r: Retention


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    c: str
    k: Family
    r: Retention
    v: Literal[1]


_entry_codec: Final = Codec[_Entry](_Entry, "an entry")


def commitment(salt: bytes, payload: bytes) -> bytes:
    """The 32 bytes that stand for a payload. The salt is 16 bytes."""
    if len(salt) != SALT:
        raise MalformedError("a salt of {size} bytes must be of 16", size=len(salt))
    return sha256(_PAYLOAD + salt + payload).digest()


def entry(row: Row, c: bytes) -> bytes:
    """The entry of a commitment: canonical JSON. Raises MalformedError for a row of the wrong shape."""
    data = _entry_codec.encode(_Entry(c=b64(c), k=row.k, r=row.r, v=1))
    check_entry(data)
    return data


def check_entry(data: bytes) -> tuple[Row, bytes]:
    """Row and commitment of an entry that arrives without its payload, because that was erased.

    Raises MalformedError or NotCanonicalError. The leaf hash does not depend on this check.
    """
    read = _entry_codec.decode(data)
    c = unb64(read.c, "a commitment")
    if len(c) != COMMITMENT:
        raise MalformedError("a commitment of {size} bytes must be of 32", size=len(c))
    return Row(read.k, read.r), c


def expand_salts(seed: bytes, first: int, count: int) -> list[bytes]:
    """The salts of positions ``first`` to ``first + count - 1`` of the batch that the seed was drawn for."""
    if len(seed) != SEED:
        raise MalformedError("a seed of {size} bytes must be of 32", size=len(seed))
    if first < 0 or count < 0 or first + count > MAX_BATCH:
        raise LimitError("a seed has salts for {limit} positions only", limit=MAX_BATCH)
    head = _SALT + seed
    return [sha256(head + i.to_bytes(4, "big")).digest()[:SALT] for i in range(first, first + count)]


def entries(
    rows: Sequence[Row], which: bytes | Sequence[int], salts: Sequence[bytes], payloads: Sequence[bytes]
) -> list[bytes]:
    """The entries of many payloads: ``which`` names the row of each, ``salts`` has 16 bytes for each.

    Every record of every transfer passes here twice, so that all that is the same for a row is
    made once and the rest is one comprehension; a test holds it to the bytes of :func:`entry`.
    Raises MalformedError when the lists do not fit, or a row is not in the table.
    """
    if not len(which) == len(salts) == len(payloads):
        raise MalformedError("rows, salts and payloads of a run do not fit together")
    if not payloads:
        return []
    if min(which) < 0 or max(which) >= len(rows):
        raise MalformedError("a row is not in the table")
    if set(map(len, salts)) != {SALT}:
        raise MalformedError("a salt must be of 16 bytes")
    ends = [_end(row) for row in rows]
    return [
        b'{"c":"' + b2a_base64(sha256(_PAYLOAD + salt + payload).digest(), newline=False) + ends[row]
        for row, salt, payload in zip(which, salts, payloads, strict=True)
    ]


def _end(row: Row) -> bytes:
    """All of an entry that follows its commitment."""
    blank = entry(row, bytes(COMMITMENT))
    return blank[len(b'{"c":"') + len(b64(bytes(COMMITMENT))) :]

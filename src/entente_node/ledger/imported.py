"""What tables have brought in: a row that was imported once adds nothing when it comes again.

A row is known by the hash of its record's bytes, which name the service: two services may report
the same numbers. The hash is erased with its record, as everything that is derived from one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import blake2b
from typing import Final

from entente_node.ledger.models import Imported
from entente_node.ledger.store.base import chunks

_SIZE: Final = 16
"""Bytes of a hash: among a billion rows two alike by chance are not to be expected."""


def row_hash(body: bytes) -> bytes:
    """The hash by which the row of a record is known."""
    return blake2b(body, digest_size=_SIZE, person=b"entente import").digest()


def imported_before(hashes: Collection[bytes]) -> dict[bytes, int]:
    """Those of the hashes that are known, with the number of their record."""
    return {
        bytes(found): record
        for chunk in chunks(hashes)
        for found, record in Imported.objects.filter(hash__in=chunk).values_list("hash", "record_id")
    }


def keep_imported(rows: Iterable[tuple[bytes, int]]) -> None:
    """Remember rows: hash, and number of the record that each became. Call it where the records are filed."""
    Imported.objects.bulk_create([Imported(hash=hash_, record_id=record) for hash_, record in rows])

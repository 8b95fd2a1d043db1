"""The records of one kind, one after another: what an export reads, however many they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db import connection

_BODIES: Final = (
    "SELECT r.id, r.party, COALESCE(r.body, e.payload) FROM ledger_record r "
    "LEFT JOIN ledger_entry e ON e.position = r.entry "
    "WHERE r.kind = %s AND r.starts >= %s AND (%s = '' OR r.party = %s) AND r.withdrawn_at IS NULL AND r.id > %s "
    "ORDER BY r.id LIMIT %s"
)
_AT_ONCE: Final = 2_000


def bodies(kind: str, *, starts: int, party: str) -> Iterator[tuple[str, bytes]]:
    """Party and bytes of every record of the kind that begins at ``starts`` or later, in the order of filing.

    An empty ``party`` is every party. Neither what was withdrawn nor what has been erased.
    """
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_BODIES, [kind, starts, party, party, last, _AT_ONCE])
            rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        for _id, of, body in rows:
            if body is not None:
                yield of, bytes(body)

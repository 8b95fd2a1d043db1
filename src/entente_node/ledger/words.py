"""The words of records that were here before there was anything to search: filled in bit by bit."""

from __future__ import annotations

from typing import Final

from entente.errors import EntenteError
from entente.records.words import words_of
from entente_node.ledger import finding
from entente_node.ledger.models import Record
from entente_node.ledger.reading import bodies_of

_AT_ONCE: Final = 1_000


def fill(limit: int) -> int:
    """Give words to at most ``limit`` records that have none, newest first; how many it were.

    A record without content, or with one that this version does not read, gets empty words, so
    that it is not looked at again.
    """
    done = 0
    while done < limit:
        wanting = Record.objects.filter(code__isnull=False, withdrawn_at=None, said=None)
        rows = list(wanting.order_by("-pk")[: min(_AT_ONCE, limit - done)])
        if not rows:
            break
        words = _words(rows)
        finding.put([(row.pk, words.get(row.pk, "")) for row in rows])
        done += len(rows)
    return done


def _words(rows: list[Record]) -> dict[int, str]:
    try:
        return {key: words_of(body) for key, body in bodies_of(rows).items()}
    except EntenteError:
        # One of them is of a later version: the others are found out one by one.
        return {} if len(rows) == 1 else {key: said for row in rows for key, said in _words([row]).items()}

"""Records found by their words, gate by gate: what is behind the wall is not read, so it takes no time.

A row of ``Said`` has a key: the number of its gate (all that decides who may see its record),
then its record, counted down. So the rows of one gate stand together, the newest first, and
words are looked for in the gates that are open to the reader and in no others. On SQLite an
index of all threes of letters (FTS5; migration 0009 makes it, triggers keep it) says which rows
can hold the words; on another database the rows of the open gates are read themselves.

Three letters and more are found anywhere in a word, because Arabic and compound names begin with
what people leave out; two letters where a word begins; one where it stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Concat

from entente_node.ledger.models import POSITION_BITS, Journal, Record, Said, SaidGate
from entente_node.ledger.wall import Gate

_BITS: Final = 40
_LAST: Final = (1 << _BITS) - 1
_GATES_AT_ONCE: Final = 100
_RECORDS_AT_ONCE: Final = 500
_GRAM: Final = 3
_BEGINS: Final = (" ", "'", "-")
"""What a word begins after."""
_ENDS: Final = (" ", ",", ".", ";", ":", "!", "?", ")", "-")
"""What it ends before."""
_MERGED_AT_ONCE: Final = 200
"""Pages of the index that are written in one transaction."""

_INDEXED: Final = (
    "SELECT * FROM (SELECT s.key FROM ledger_saidgrams g CROSS JOIN ledger_said s ON s.key = g.rowid "
    "WHERE ledger_saidgrams MATCH %s AND g.rowid >= %s AND g.rowid < %s AND {says} ORDER BY g.rowid LIMIT %s)"
)
_CONTAINS: Final = "instr(' ' || s.words || ' ', %s) > 0"


def put(rows: Sequence[tuple[int, str]], alias: str = "default") -> None:
    """Write what records are found by, as (record, words); new words take the place of old ones."""
    words = dict(rows)
    said = [Said(record_id=record, words=words[record], key=key) for record, key in _keys(words, alias)]
    Said.objects.using(alias).bulk_create(
        # In the order of the index, which takes them up faster so.
        sorted(said, key=lambda one: one.key),
        update_conflicts=True,
        unique_fields=["record"],
        update_fields=["words", "key"],
    )


def find(opens: Callable[[Gate], bool], terms: Sequence[str], below: int | None, most: int) -> list[int]:
    """The newest records that say all of the terms, ``most`` of them, with a key below ``below``."""
    gates = [one.pk for one in SaidGate.objects.order_by("pk") if opens(_gate(one))]
    after = 0 if below is None else _LAST - below + 1
    ranges = [((gate << _BITS) + after, (gate + 1) << _BITS) for gate in gates]
    forms = [_forms(term) for term in terms]
    look = _indexed if connection.vendor == "sqlite" else read
    found = look(ranges, forms, most) if terms else []
    return sorted((_LAST - (key & _LAST) for key in found), reverse=True)[:most]


def read(ranges: Sequence[tuple[int, int]], forms: Sequence[Sequence[str]], most: int) -> list[int]:
    """The keys, by the words of every row of these gates: where there is no index."""
    found: list[int] = []
    for first, end in ranges:
        said = Said.objects.filter(key__gte=first, key__lt=end).alias(
            _text=Concat(Value(" "), F("words"), Value(" "), output_field=TextField())
        )
        for ways in forms:
            said = said.filter(Q(*(("_text__contains", way) for way in ways), _connector=Q.OR))
        found += said.order_by("key").values_list("key", flat=True)[:most]
    return found


def merge(may: Callable[[], bool]) -> None:
    """Write the index anew bit by bit, as long as it may: what was deleted is in its pages until then."""
    if connection.vendor != "sqlite":
        return
    pages = -_MERGED_AT_ONCE
    with connection.cursor() as cursor:
        while may():
            before = _changes(cursor)
            cursor.execute(
                "INSERT INTO ledger_saidgrams (ledger_saidgrams, rank) VALUES ('merge', %s)", [pages]
            )
            if _changes(cursor) - before <= 1:  # so FTS5 says that nothing is left to do
                return
            pages = _MERGED_AT_ONCE


def _indexed(ranges: Sequence[tuple[int, int]], forms: Sequence[Sequence[str]], most: int) -> list[int]:
    """By the index, and then by the words: the threes of a word may stand apart."""
    meant = " AND ".join(f"({' OR '.join(map(_grams, ways))})" for ways in forms)
    says = " AND ".join(f"({' OR '.join([_CONTAINS] * len(ways))})" for ways in forms)
    said = [way for ways in forms for way in ways]
    one = _INDEXED.format(says=says)
    found: list[int] = []
    for start in range(0, len(ranges), _GATES_AT_ONCE):
        some = ranges[start : start + _GATES_AT_ONCE]
        values: list[Any] = [value for first, end in some for value in (meant, first, end, *said, most)]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join([one] * len(some)), values)
            found += (key for (key,) in cursor.fetchall())
    return found


def _forms(term: str) -> tuple[str, ...]:
    """What must stand in the words, one of these, for the term to be found."""
    if len(term) >= _GRAM:
        return (term,)
    if len(term) == _GRAM - 1:
        return tuple(f"{begin}{term}" for begin in _BEGINS)
    return tuple(f"{begin}{term}{end}" for begin in _BEGINS for end in _ENDS)


def _grams(text: str) -> str:
    """Enough threes of the text to cover it, as a question to the index."""
    starts = dict.fromkeys([*range(0, len(text) - _GRAM, _GRAM), len(text) - _GRAM])
    quoted = ('"{}"'.format(text[at : at + _GRAM].replace('"', '""')) for at in starts)
    return f"({' AND '.join(quoted)})"


def _keys(records: dict[int, str], alias: str) -> Iterator[tuple[int, int]]:
    """The key of each of these records that there is."""
    agreements = dict(Journal.objects.using(alias).values_list("pk", "agreement"))
    gates = {_gate(one): one.pk for one in SaidGate.objects.using(alias)}
    ids = list(records)
    for start in range(0, len(ids), _RECORDS_AT_ONCE):
        rows = Record.objects.using(alias).filter(pk__in=ids[start : start + _RECORDS_AT_ONCE])
        for row in rows.only("kind", "tlp", "audience", "local", "service", "entry"):
            agreement = "" if row.local else agreements.get((row.entry or 0) >> POSITION_BITS, "")
            gate = Gate(row.kind, row.tlp, row.audience, agreement, row.service if row.local else "")
            if gate not in gates:
                gates[gate] = SaidGate.objects.using(alias).get_or_create(**gate._asdict())[0].pk
            yield row.pk, gates[gate] << _BITS | (_LAST - row.pk)


def _gate(row: SaidGate) -> Gate:
    return Gate(row.kind, row.tlp, row.audience, row.agreement, row.service)


def _changes(cursor: Any) -> int:
    cursor.execute("SELECT total_changes()")
    return int(cursor.fetchone()[0])

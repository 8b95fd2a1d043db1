"""The bytes of one section: the hot path of an exchange, in columns.

::

    u16be length || canonical JSON {"count":n,"journal":origin,"rows":[[k,r],…],"start":n}
    then runs, which together hold exactly "count" entries, each run at least one:
      01  seed[32] || u32be first || u32be count || (row byte || u16be length || payload) * count
      02  u32be count || (row byte || salt[16] || u16be length || payload) * count
      00  u32be count || (u16be length || entry) * count

It guarantees that what was read is exactly what these bytes say: no count believed before it
is covered, no row outside the table, nothing left over. Whether payloads are records, and
whether the entries make the root that was signed, is found out elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from itertools import chain
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from entente.errors import LimitError, MalformedError
from entente.journal.entry import MAX_BATCH, MAX_ENTRY, SALT, SEED, Row
from entente.pouch.contents import Erased, Explicit, OriginText, Run, Section, Seeded, Size
from entente.wire import MAX_INTEGER, MAX_PAYLOAD, Codec

ERASED: Final = 0x00
SEEDED: Final = 0x01
EXPLICIT: Final = 0x02

MAX_ROWS: Final = 256
"""One byte names a row."""

_SEEDED_HEAD: Final = struct.Struct(">B32sII")
_COUNT_HEAD: Final = struct.Struct(">BI")
_SEEDED_ITEM: Final = struct.Struct(">BH")
_EXPLICIT_ITEM: Final = struct.Struct(">B16sH")
_ERASED_ITEM: Final = struct.Struct(">H")
_U16: Final = 0xFFFF
_U32: Final = 0xFFFFFFFF


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    count: Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
    journal: OriginText
    rows: Annotated[tuple[Row, ...], Meta(max_length=MAX_ROWS)]
    start: Size


_HEAD: Final = Codec[_Head](_Head, "the head of a section")


def write_section(section: Section) -> bytes:
    """The bytes of a section. Raises LimitError or MalformedError for what no reader would accept."""
    head = _HEAD.encode(_Head(section.count, section.origin, section.rows, section.start))
    # Read our own head: a type says nothing at run time of what may stand in it.
    _check_head(_HEAD.decode(head), most=MAX_INTEGER)
    if len(head) > _U16:
        raise LimitError("a section has a table of rows of more than {limit} bytes", limit=_U16)
    runs = [_write_run(run, len(section.rows)) for run in section.runs]
    return b"".join((len(head).to_bytes(2, "big"), head, *runs))


def read_section(data: bytes, *, most: int) -> Section:
    """The section that is the whole of the bytes, of at most ``most`` entries.

    Raises LimitError (entries, size of a payload), NotCanonicalError (its JSON) or MalformedError.
    """
    end = 2 + int.from_bytes(data[:2], "big")
    if end > len(data):
        raise MalformedError("a section ends inside its head")
    head = _HEAD.decode(data[2:end])
    _check_head(head, most=most)
    at, left = end, head.count
    runs: list[Run] = []
    while at < len(data):
        run, at = _read_run(data, at, left, len(head.rows))
        left -= run.count
        runs.append(run)
    if left:
        raise MalformedError("a section says {count} entries and lacks {left}", count=head.count, left=left)
    return Section(head.journal, head.start, head.rows, tuple(runs))


def _check_head(head: _Head, *, most: int) -> None:
    if head.count > most:
        raise LimitError("more than {limit} entries in one pouch", limit=most)
    if head.start + head.count > MAX_INTEGER:
        raise MalformedError("a section goes beyond the largest size of a journal")


def _write_run(run: Run, rows: int) -> bytes:
    count = run.count
    if not 0 < count <= _U32:
        raise MalformedError("a run of {count} entries cannot be written", count=count)
    if isinstance(run, Erased):
        _check_longest(run.entries, MAX_ENTRY)
        heads = map(_ERASED_ITEM.pack, map(len, run.entries))
        return _join(_COUNT_HEAD.pack(ERASED, count), heads, run.entries)
    if len(run.which) != count:
        raise MalformedError(
            "a run names {named} rows for {count} payloads", named=len(run.which), count=count
        )
    _check_rows(run.which, rows)
    _check_longest(run.payloads, MAX_PAYLOAD)
    lengths = map(len, run.payloads)
    if isinstance(run, Seeded):
        if len(run.seed) != SEED:
            raise MalformedError("a seed of {size} bytes must be of 32", size=len(run.seed))
        _check_positions(run.first, count)
        heads = map(_SEEDED_ITEM.pack, run.which, lengths)
        return _join(_SEEDED_HEAD.pack(SEEDED, run.seed, run.first, count), heads, run.payloads)
    if len(run.salts) != count or set(map(len, run.salts)) != {SALT}:
        raise MalformedError("a run needs one salt of 16 bytes for each of its {count} payloads", count=count)
    heads = map(_EXPLICIT_ITEM.pack, run.which, run.salts, lengths)
    return _join(_COUNT_HEAD.pack(EXPLICIT, count), heads, run.payloads)


def _join(head: bytes, item_heads: Iterable[bytes], bodies: list[bytes]) -> bytes:
    # map, zip and chain run in C: no Python frame for a record.
    return b"".join((head, *chain.from_iterable(zip(item_heads, bodies, strict=True))))


def _read_run(data: bytes, at: int, left: int, rows: int) -> tuple[Run, int]:
    """One run and where it ends, of at most ``left`` entries."""
    tag = data[at]
    try:
        if tag == SEEDED:
            _, seed, first, count = _SEEDED_HEAD.unpack_from(data, at)
            _check_count(count, left)
            _check_positions(first, count)
            which, payloads, at = _read_seeded(data, at + _SEEDED_HEAD.size, count)
            run: Run = Seeded(seed, first, which, payloads)
        elif tag == EXPLICIT:
            _, count = _COUNT_HEAD.unpack_from(data, at)
            _check_count(count, left)
            which, salts, payloads, at = _read_explicit(data, at + _COUNT_HEAD.size, count)
            run = Explicit(which, salts, payloads)
        elif tag == ERASED:
            _, count = _COUNT_HEAD.unpack_from(data, at)
            _check_count(count, left)
            entries, at = _read_erased(data, at + _COUNT_HEAD.size, count)
            return Erased(entries), _inside(at, data)
        else:
            raise MalformedError("a run of the unknown type {type}", type=tag)
    except (struct.error, IndexError):
        raise MalformedError("a section ends inside a run") from None
    _inside(at, data)
    _check_rows(which, rows)
    _check_longest(payloads, MAX_PAYLOAD)
    return run, at


# The three loops. A slice that reaches past the end comes out short instead of failing: then
# ``at`` is past the end too, where the next index fails, or _inside after the last one.


def _read_seeded(data: bytes, at: int, count: int) -> tuple[bytes, list[bytes], int]:
    which = bytearray(count)
    payloads: list[bytes] = []
    keep = payloads.append
    for i in range(count):
        which[i] = data[at]
        begin = at + 3
        at = begin + (data[at + 1] << 8 | data[at + 2])
        keep(data[begin:at])
    return bytes(which), payloads, at


def _read_explicit(data: bytes, at: int, count: int) -> tuple[bytes, list[bytes], list[bytes], int]:
    which = bytearray(count)
    salts: list[bytes] = []
    payloads: list[bytes] = []
    keep_salt, keep = salts.append, payloads.append
    for i in range(count):
        which[i] = data[at]
        length = at + 17
        keep_salt(data[at + 1 : length])
        begin = at + 19
        at = begin + (data[length] << 8 | data[length + 1])
        keep(data[begin:at])
    return bytes(which), salts, payloads, at


def _read_erased(data: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    entries: list[bytes] = []
    keep = entries.append
    for _ in range(count):
        begin = at + 2
        at = begin + (data[at] << 8 | data[at + 1])
        keep(data[begin:at])
    return entries, at


def _inside(at: int, data: bytes) -> int:
    if at > len(data):
        raise MalformedError("a section ends inside a run")
    return at


def _check_count(count: int, left: int) -> None:
    """Before the loop, so that a count that lies allocates nothing."""
    if not count:
        raise MalformedError("a run is empty")
    if count > left:
        raise MalformedError("a run of {count} entries where {left} are left", count=count, left=left)


def _check_positions(first: int, count: int) -> None:
    # The position of a salt in its batch is hashed as u32be.
    if not 0 <= first <= MAX_BATCH - count:
        raise MalformedError("a seeded run goes beyond the {limit} positions of a batch", limit=MAX_BATCH)


def _check_rows(which: bytes, rows: int) -> None:
    if max(which) >= rows:
        raise MalformedError("row {row} is not in a table of {rows}", row=max(which), rows=rows)


def _check_longest(bodies: list[bytes], limit: int) -> None:
    longest = max(map(len, bodies))
    if longest > limit:
        raise LimitError("a payload of {size} bytes is over {limit}", size=longest, limit=limit)

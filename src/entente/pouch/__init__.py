"""One pouch: everything that one party has for another at one moment, signed, packed and sealed.

::

    age( u32be length || note || body )         sealed to one recipient; the inside is n * 512 bytes
    note   entente.v1/pouch, signed by the sender's log key; holds the hash of the body
    body   zstd( frames ) || padding
    frames u32be length || bytes each: header, notes, sections, checkpoints, receipts, erasures, troubles

``pack`` writes; ``unwrap`` and then ``open_pouch`` read, with a numbered list of checks in
:mod:`entente.pouch.opening`. Bytes only: the pouch knows neither agreements nor records, holds no
state, and what it hands on (roots, receipts, notes) is verified by whoever acts on it.
The specification is docs/spec/pouch.md.
"""

from entente.pouch.contents import (
    FORMAT,
    LIMITS,
    Contents,
    Envelope,
    Erased,
    Explicit,
    Header,
    Limits,
    Run,
    Section,
    Seeded,
    Trouble,
    Wrapped,
)
from entente.pouch.opening import INTRODUCTION, open_introduction, open_pouch, read_plain, unwrap
from entente.pouch.packing import pack, write_plain

__all__ = [
    "FORMAT",
    "INTRODUCTION",
    "LIMITS",
    "Contents",
    "Envelope",
    "Erased",
    "Explicit",
    "Header",
    "Limits",
    "Run",
    "Section",
    "Seeded",
    "Trouble",
    "Wrapped",
    "open_introduction",
    "open_pouch",
    "pack",
    "read_plain",
    "unwrap",
    "write_plain",
]

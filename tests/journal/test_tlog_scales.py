"""A third party's eyes: exported journals audited with tlog-scales, which is not ours.

The library reads, hashes and verifies; the audit below only says in which order, and
compares. It also asks that the checkpoint is written as the library itself would write it,
because the library reads some line ends and base64 that it would not write.
"""

import random
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import Tile, TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash, level_entries, level_tiles, next_split, tile_path
from tlog_scales.utils import sha256

from entente.journal.checkpoint import Checkpoint, sign_checkpoint
from entente.journal.receipt import sign_receipt
from entente.journal.tiles import log_files
from entente.journal.tree import EMPTY, leaf_hashes
from entente.signing import with_signature
from tests.vectors.synthetic import LOG, ORIGIN, RECEIPTS, TIME, plain_entries

KEYS = (str(LOG.renamed(ORIGIN).verifier), str(RECEIPTS.verifier))

REFUSALS = (AssertionError, ValueError, RuntimeError, IndexError, InvalidSignature)
"""What the library and the audit raise. A NameError or TypeError would be a fault of this file."""


class Memory:
    """Files in memory where the library expects a folder."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def get(self, *path: str) -> bytes | None:
        return self.files.get("/".join(path))


def fold(hashes: list[bytes]) -> bytes:
    """The root over some hashes, with the library's split and hash."""
    if len(hashes) == 1:
        return hashes[0]
    k = next_split(len(hashes))
    return sha256(b"\x01" + fold(hashes[:k]) + fold(hashes[k:]))


# Pure functions of a file's bytes: remembered, so that an audit after one flipped byte costs one file.
@lru_cache(maxsize=2_000)
def hashes_of_entries(data: bytes) -> list[bytes]:
    return [leaf_hash(entry) for entry in Tile.from_entries_bytes(data).entries]


@lru_cache(maxsize=2_000)
def hashes_of_tile(data: bytes) -> list[bytes]:
    return Tile.from_hash_bytes(data).entries


@lru_cache(maxsize=2_000)
def root_of_tile(data: bytes) -> bytes:
    return fold(hashes_of_tile(data))


def tile(backend, level: int, n: int, width: int) -> bytes:
    data = backend.get(*tile_path(level, n, width))
    assert data is not None
    return data


def audit(backend) -> None:
    """Accept a journal, or raise one of REFUSALS."""
    reader = TilesReader(backend)
    checkpoint = reader.get_checkpoint()
    # 1. Every entry, hashed, is the leaf in the hash tile; every tile has exactly its width.
    for n, width in tiles_of(checkpoint.size, 0):
        hashes = hashes_of_tile(tile(backend, 0, n, width))
        assert hashes_of_entries(tile(backend, -1, n, width)) == hashes
        assert len(hashes) == (width or 256)
    # 2. Every hash above is the root of the tile below it.
    level = 1
    while level_entries(checkpoint.size, level):
        below = [
            root_of_tile(tile(backend, level - 1, n, 0)) for n in range(level_entries(checkpoint.size, level))
        ]
        above = [
            hashes_of_tile(tile(backend, level, n, width)) for n, width in tiles_of(checkpoint.size, level)
        ]
        assert [each for hashes in above for each in hashes] == below
        level += 1
    # 3. The tiles have the root that the checkpoint states, and the checkpoint is in its one form.
    assert reader.calculate_root_hash() == checkpoint.root_hash
    assert checkpoint.serialize().encode() == backend.get("checkpoint")
    # 4. The log signed it under its origin, and the partner's receipt stands there too.
    assert checkpoint.origin == Vkey.from_string(KEYS[0]).name
    for key in KEYS:
        checkpoint.verify(Vkey.from_string(key))


def tiles_of(size: int, level: int) -> list[tuple[int, int]]:
    """Number and width of the tiles of a level, as the library counts them: width 0 is a full tile."""
    full, rest = level_tiles(size, level)
    return [*((n, 0) for n in range(full)), *([(full, rest)] if rest else [])]


@lru_cache(maxsize=8)
def exported(size: int) -> dict[str, bytes]:
    entries = plain_entries(size)
    tree = EMPTY.extend(leaf_hashes(entries))
    checkpoint = Checkpoint(ORIGIN, size, tree.root())
    (receipt,) = sign_receipt(checkpoint, RECEIPTS, TIME).signatures
    note = with_signature(sign_checkpoint(checkpoint, LOG), receipt).to_bytes()
    return dict(log_files(note, entries))


def is_refused(files: dict[str, bytes]) -> bool:
    try:
        audit(Memory(files))
    except REFUSALS:
        return True
    return False


def flipped(data: bytes, at: int, flip: int) -> bytes:
    return data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_539])
def test_an_exported_folder_is_accepted(tmp_path: Path, size: int) -> None:
    for path, data in exported(size).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    audit(LocalBackend(tmp_path))

    reader = TilesReader(LocalBackend(tmp_path))
    root = reader.get_checkpoint().root_hash
    for index in {0, size // 2, size - 1}:
        entry = reader.get_entry(index)
        assert entry == b"entry %d" % index
        reader.get_inclusion_proof(index, size).check(leaf_hash(entry), root)
    for old in {1, size // 2 or 1, size - 1 or 1, size}:
        reader.get_consistency_proof(old, size).check(reader.mth(0, old), root)


def flips(path: str, at: int) -> tuple[int, ...]:
    return (0x01, 0x20, 0x80, 0xFF) if path == "checkpoint" else (0x01 << at % 8,)


def accepted_after(
    files: dict[str, bytes], positions: dict[str, Iterable[int]]
) -> list[tuple[str, int, int]]:
    """The flips after which the audit still accepts: none, where it sees every byte."""
    return [
        (path, at, flip)
        for path, some in positions.items()
        for at in some
        for flip in flips(path, at)
        if not is_refused({**files, path: flipped(files[path], at, flip)})
    ]


@pytest.mark.parametrize("size", [1, 2, 8])
def test_any_byte_flipped_is_refused(size: int) -> None:
    """Every byte of every file of a small journal, which has each kind of file but a full tile."""
    files = exported(size)
    assert not is_refused(files)
    assert accepted_after(files, {path: range(len(data)) for path, data in files.items()}) == []


def spread(path: str, data: bytes, of: random.Random) -> list[int]:
    """Both ends, a byte of each hash or entry, now here and now there in it, and some others by chance."""
    if path == "checkpoint":
        parts = [data.index(line) for line in data.split(b"\n") if line]
        seen = {at + by for at in parts for by in (0, 1)}
    elif path.startswith("tile/entries/"):
        seen, at = set(), 0
        while at < len(data):
            length = 2 + int.from_bytes(data[at : at + 2], "big")
            seen.add(at + of.randrange(length))
            at += length
    else:
        seen = {at + of.randrange(32) for at in range(0, len(data), 32)}
    return sorted(seen | {0, len(data) - 1} | set(of.sample(range(len(data)), min(64, len(data)))))


@pytest.mark.parametrize("size", [255, 256, 257])
def test_a_byte_flipped_around_a_full_tile_is_refused(size: int) -> None:
    """Of the journals around a full tile, of each file both ends, one byte of every hash and entry, and some by chance.

    Every byte of them takes two minutes, and the small journal above has them of the same kinds.
    """
    files = exported(size)
    assert not is_refused(files)
    of = random.Random(size)
    assert accepted_after(files, {path: spread(path, data, of) for path, data in files.items()}) == []


def test_a_byte_flipped_in_any_file_of_a_large_journal_is_refused() -> None:
    files = exported(65_539)
    assert not is_refused(files)
    positions = random.Random(65_539)
    sample: list[tuple[str, int]] = []
    for path, data in files.items():
        # Of the 512 full tiles that are alike one byte each, of every other file twelve.
        alike = path.startswith(("tile/0/", "tile/entries/")) and ".p/" not in path
        sample += [(path, at) for at in positions.sample(range(len(data)), 1 if alike else 12)]
    accepted = [
        (path, at)
        for path, at in sample
        if not is_refused({**files, path: flipped(files[path], at, 1 << positions.randrange(8))})
    ]
    assert accepted == []
    assert len(files) == 517


def test_a_file_missing_is_refused() -> None:
    files = exported(257)
    for path in files:
        assert is_refused({name: data for name, data in files.items() if name != path})


def test_the_journal_of_another_log_is_refused() -> None:
    files = exported(257)
    name = ORIGIN.replace("urgent", "routine").encode()
    assert is_refused({**files, "checkpoint": files["checkpoint"].replace(ORIGIN.encode(), name)})

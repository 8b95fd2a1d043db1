"""A journal as files for auditors: the C2SP tlog-tiles layout, written and read.

::

    checkpoint                    the signed note, with receipts
    tile/<L>/<N>[.p/<W>]          W hashes of level L; a full tile has 256
    tile/entries/<N>[.p/<W>]      W times (u16be length || entry)
    payload/<N>[.p/<W>]           beside it, for those entitled; same numbering, not read here

A hash of level L is the root of a full tile of level L - 1. A partial tile has its width
in its name; one of width 0 does not exist. N is in groups of three digits, all but the
last prefixed with x: tile 1234067 is ``x001/x234/067``.

Nothing here opens a file: paths and bytes go out, a function that reads a path comes in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

from entente.errors import JournalError, LimitError, MalformedError
from entente.journal.checkpoint import Checkpoint, verify_checkpoint
from entente.journal.entry import MAX_ENTRY
from entente.journal.tree import EMPTY, HASH, leaf_hash, leaf_hashes
from entente.signing import VerifierKey, parse_note

WIDTH: Final = 256
"""Hashes or entries of a full tile: height 8."""

_GROUP: Final = 1_000
_LENGTH: Final = 2

Level = int | Literal["entries", "payload"]
Read = Callable[[str], bytes | None]


def tile_path(level: Level, n: int, width: int = WIDTH) -> str:
    """Where a tile lies: ``width`` is 1 to 256, and below 256 the tile is partial."""
    if not 1 <= width <= WIDTH or n < 0:
        raise MalformedError("there is no tile {n} of width {width}", n=n, width=width)
    groups = [f"{n % _GROUP:03}"]
    while n >= _GROUP:
        n //= _GROUP
        groups.insert(0, f"x{n % _GROUP:03}")
    place = "payload" if level == "payload" else f"tile/{level}"
    return "/".join((place, *groups)) + ("" if width == WIDTH else f".p/{width}")


def log_files(checkpoint_note: bytes, entries: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """The files of a journal in the order to write them; the checkpoint is last, by atomic rename.

    Each bundle of entries comes before the hashes over it. At most 255 hashes a level are
    held. Raises JournalError instead of giving out a checkpoint whose size or root is not
    that of the entries, LimitError for an entry over 65,535 bytes. The checkpoint's
    signature is not looked at: whoever exports has it from its own ledger.
    """
    checkpoint = Checkpoint.parse(parse_note(checkpoint_note).text)
    levels: list[list[bytes]] = [[]]
    bundle: list[bytes] = []
    size = 0
    tree = EMPTY
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise LimitError("an entry of {size} bytes is over {limit}", size=len(entry), limit=MAX_ENTRY)
        bundle.append(len(entry).to_bytes(_LENGTH, "big") + entry)
        levels[0].append(leaf_hash(entry))
        size += 1
        if len(bundle) == WIDTH:
            tree = tree.extend(levels[0])
            yield tile_path("entries", size // WIDTH - 1), b"".join(bundle)
            yield from _full_tiles(levels, size)
            bundle.clear()
    tree = tree.extend(levels[0])
    if (size, tree.root()) != (checkpoint.size, checkpoint.root):
        raise JournalError(
            "{origin}: the {size} entries are not those of the checkpoint of {signed}",
            origin=checkpoint.origin,
            size=size,
            signed=checkpoint.size,
        )
    if bundle:
        yield tile_path("entries", size // WIDTH, len(bundle)), b"".join(bundle)
    for level, hashes in enumerate(levels):
        if hashes:
            yield tile_path(level, size >> 8 * (level + 1), len(hashes)), b"".join(hashes)
    yield "checkpoint", checkpoint_note


def _full_tiles(levels: list[list[bytes]], size: int) -> Iterator[tuple[str, bytes]]:
    """Write out each level that has just become full, and hand its root to the level above."""
    level = 0
    while len(levels[level]) == WIDTH:
        yield tile_path(level, (size >> 8 * (level + 1)) - 1), b"".join(levels[level])
        if level + 1 == len(levels):
            levels.append([])
        levels[level + 1].append(EMPTY.extend(levels[level]).root())
        levels[level].clear()
        level += 1


def read_log(read: Read, log: VerifierKey) -> list[bytes]:
    """The entries of an exported journal, when its checkpoint is signed and every tile is right.

    ``read`` gives the bytes at a path, or None where there is no file. Where a partial tile
    is gone, the full tile that replaced it serves (C2SP tlog-tiles). Raises JournalError
    (a tile that is missing or wrong, entries that are not those of the root), MalformedError
    or SignatureError.
    """
    # 1. The checkpoint, and who signed it.
    note = read("checkpoint")
    if note is None:
        raise JournalError("there is no checkpoint")
    checkpoint = verify_checkpoint(parse_note(note), log)
    # 2. As many entries as it says.
    entries: list[bytes] = []
    for n, width in _tiles(checkpoint.size):
        entries += _entries_of(read, n, width)
    # 3. Their root.
    level = leaf_hashes(entries)
    if EMPTY.extend(level).root() != checkpoint.root:
        raise JournalError("{origin}: the entries do not have the signed root", origin=checkpoint.origin)
    # 4. Every hash tile over them, which others rely on for proofs.
    height = 0
    while level:
        above: list[bytes] = []
        for n, width in _tiles(len(level)):
            hashes = level[n * WIDTH : n * WIDTH + width]
            _check_hash_tile(read, height, n, hashes)
            if width == WIDTH:
                above.append(EMPTY.extend(hashes).root())
        level = above
        height += 1
    return entries


def _tiles(count: int) -> Iterator[tuple[int, int]]:
    """Number and width of the tiles that hold so many hashes or entries."""
    for n in range(count // WIDTH):
        yield n, WIDTH
    if count % WIDTH:
        yield count // WIDTH, count % WIDTH


def _tile(read: Read, level: Level, n: int, width: int) -> tuple[bytes, str, int]:
    """A tile's bytes, where they were found, and the width of what was found."""
    path = tile_path(level, n, width)
    data = read(path)
    if data is None and width < WIDTH:
        path = tile_path(level, n)
        data, width = read(path), WIDTH
    if data is None:
        raise JournalError("the tile {path} is missing", path=path)
    return data, path, width


def _check_hash_tile(read: Read, height: int, n: int, hashes: list[bytes]) -> None:
    data, path, width = _tile(read, height, n, len(hashes))
    if len(data) != width * HASH or data[: len(hashes) * HASH] != b"".join(hashes):
        raise JournalError("the tile {path} is not that of its entries", path=path)


def _entries_of(read: Read, n: int, width: int) -> list[bytes]:
    data, path, found = _tile(read, "entries", n, width)
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < found:
        size = int.from_bytes(data[at : at + _LENGTH], "big")
        end = at + _LENGTH + size
        if end > len(data):
            break
        entries.append(data[at + _LENGTH : end])
        at = end
    if at != len(data) or len(entries) != found:
        raise MalformedError("the tile {path} does not hold {width} entries", path=path, width=found)
    return entries[:width]

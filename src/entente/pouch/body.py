"""The body of a pouch: one zstd frame, then zeros up to the next 512 bytes.

::

    28 b5 2f fd …                         one zstd frame (RFC 8878) with its content size, no dictionary
    50 2a 4d 18 || u32le n || 00 * n      one skippable frame, absent where nothing is to be filled

It guarantees that nothing is decompressed before the sizes that the frame claims are known and
allowed, that no more than the claimed size is ever allocated, and that there is one body for
one content: a second frame, bytes after the end or padding that says something are refused.
The caller has verified a signature over the whole of it first.
"""

from __future__ import annotations

from typing import Final

import zstandard

from entente.errors import LimitError, MalformedError

BLOCK: Final = 512
"""The plaintext of a pouch is a multiple of this: sizes tell less."""
MAX_LEVEL: Final = 19
"""Beyond it zstd takes a window larger than readers must offer."""

_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_PADDING_MAGIC: Final = b"\x50\x2a\x4d\x18"
_PADDING_HEAD: Final = 8
_BLOCK_HEAD: Final = 3
_RLE: Final = 1
_RESERVED: Final = 3
_CHECKSUM: Final = 4


def write_body(frames: bytes, *, beside: int, level: int) -> bytes:
    """The frames, compressed and padded so that ``beside`` + the body is a multiple of 512 bytes."""
    compressor = zstandard.ZstdCompressor(
        level=min(level, MAX_LEVEL), write_content_size=True, write_checksum=False, write_dict_id=False
    )
    compressed = compressor.compress(frames)
    return compressed + _padding(beside + len(compressed))


def _padding(size: int) -> bytes:
    missing = -size % BLOCK
    if not missing:
        return b""
    if missing < _PADDING_HEAD:  # no room for a skippable frame's own head
        missing += BLOCK
    zeros = missing - _PADDING_HEAD
    return _PADDING_MAGIC + zeros.to_bytes(4, "little") + bytes(zeros)


def read_body(body: bytes, *, plain: int, window: int) -> bytes:
    """The frames, of at most ``plain`` bytes, with at most ``window`` bytes of zstd's memory.

    Raises LimitError for a size over its limit, MalformedError for anything but the one form.
    """
    # 1. A zstd frame, not a skippable one: for those zstd reports parameters too.
    if not body.startswith(_MAGIC):
        raise MalformedError("the body of a pouch is not zstd")
    try:
        claimed = zstandard.get_frame_parameters(body)
        head = zstandard.frame_header_size(body)
    except zstandard.ZstdError:
        raise MalformedError("the body of a pouch has no zstd frame header") from None
    # 2. What it claims, before anything is allocated.
    if claimed.content_size == zstandard.CONTENTSIZE_UNKNOWN:
        raise MalformedError("the body of a pouch does not say its content size")
    if claimed.content_size > plain:
        raise LimitError(
            "a pouch of {size} bytes, unpacked, is over {limit}", size=claimed.content_size, limit=plain
        )
    if claimed.window_size > window:
        raise LimitError(
            "a zstd window of {size} bytes is over {limit}", size=claimed.window_size, limit=window
        )
    if claimed.dict_id:
        raise MalformedError("the body of a pouch needs a dictionary")
    # 3. Where it ends, and that only padding follows.
    end = _end_of_blocks(body, head) + (_CHECKSUM if claimed.has_checksum else 0)
    _check_padding(body, end)
    # 4. zstd writes into a buffer of the claimed size and fails when that is too small or too
    #    large. A streaming decompressor would grow its output for as long as blocks come.
    try:
        return zstandard.ZstdDecompressor(max_window_size=window).decompress(
            memoryview(body)[:end], allow_extra_data=False
        )
    except zstandard.ZstdError:
        raise MalformedError("the body of a pouch cannot be decompressed") from None


def _end_of_blocks(body: bytes, at: int) -> int:
    """Where the frame's last block ends: u24le each, last block (1 bit), type (2 bits), size."""
    last = 0
    while not last:
        if at + _BLOCK_HEAD > len(body):
            raise MalformedError("the body of a pouch is cut short")
        head = int.from_bytes(body[at : at + _BLOCK_HEAD], "little")
        last, kind, size = head & 1, head >> 1 & 3, head >> 3
        if kind == _RESERVED:
            raise MalformedError("the body of a pouch has a block of no known type")
        at += _BLOCK_HEAD + (1 if kind == _RLE else size)
    return at


def _check_padding(body: bytes, end: int) -> None:
    rest = memoryview(body)[end:]
    if end > len(body):
        raise MalformedError("the body of a pouch is cut short")
    if not rest:
        return
    if bytes(rest[:4]) != _PADDING_MAGIC or len(rest) < _PADDING_HEAD:
        raise MalformedError("something follows the body of a pouch that is not padding")
    if int.from_bytes(rest[4:_PADDING_HEAD], "little") != len(rest) - _PADDING_HEAD:
        raise MalformedError("the padding of a pouch does not reach its end")
    if any(rest[_PADDING_HEAD:]):
        raise MalformedError("the padding of a pouch is not zeros")

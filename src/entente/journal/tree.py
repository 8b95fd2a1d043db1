"""The Merkle tree of a journal (RFC 6962, SHA-256), held as its frontier.

The tree of n leaves splits at the largest power of two below n, so that it is a row of
complete subtrees, one for each set bit of n, the largest first. Their roots, the peaks, are
all that is needed to extend the tree and to know its root; the leaves may be gone.

::

    leaf   H(00 || entry)        node   H(01 || left || right)        empty root   H("")
    frontier, stored:   u64be size || peak[32]...  the largest first, as many as size has set bits
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from entente.errors import MalformedError

HASH: Final = 32
"""Bytes of a hash."""
EMPTY_ROOT: Final = sha256(b"").digest()

_SIZE: Final = 8


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The leaf hashes of many entries, in their order."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of ``size`` leaves, known by the roots of its complete subtrees, the largest first."""

    size: int
    peaks: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise MalformedError(
                "a tree of {size} leaves cannot have {peaks} peaks", size=self.size, peaks=len(self.peaks)
            )

    def extend(self, hashes: Sequence[bytes]) -> Frontier:
        """The tree with these leaf hashes (32 bytes each) appended; about 0.4 microseconds a leaf.

        Level by level and not leaf by leaf: the loop over a level is one comprehension.
        """
        level = list(hashes)
        held = list(self.peaks)
        rest = self.size
        peaks: list[bytes] = []
        while level or rest:
            # A set bit: a complete subtree of this height waits for its right neighbour.
            if rest & 1:
                level.insert(0, held.pop())
            if len(level) & 1:
                peaks.append(level.pop())
            pairs = iter(level)
            level = [
                sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)
            ]
            rest >>= 1
        return Frontier(self.size + len(hashes), tuple(reversed(peaks)))

    def root(self) -> bytes:
        """The root: the peaks folded from the right."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def to_bytes(self) -> bytes:
        """``u64be size || peaks``."""
        return self.size.to_bytes(_SIZE, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """The frontier of :meth:`to_bytes`. Raises MalformedError where the length does not fit the size."""
        size = int.from_bytes(data[:_SIZE], "big")
        if len(data) != _SIZE + HASH * size.bit_count():
            raise MalformedError(
                "a tree of {size} leaves cannot be kept in {bytes} bytes", size=size, bytes=len(data)
            )
        return cls(size, tuple(data[at : at + HASH] for at in range(_SIZE, len(data), HASH)))


EMPTY: Final = Frontier(0, ())

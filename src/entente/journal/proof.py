"""Merkle proofs (RFC 6962, section 2.1) and the files that carry one (C2SP tlog-proof).

Verifying needs no tree; making a proof takes the leaf hashes and rebuilds what it needs of
the tree. Proof hashes are listed from the leaf upwards.

::

    c2sp.org/tlog-proof@v1
    extra <base64>                  only if there is any; nobody signed it
    index <decimal>
    <base64 hash>                   one a line, from the leaf's sibling upwards

    <the signed checkpoint as it is>
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from entente.errors import LimitError, MalformedError, ProofError
from entente.journal.checkpoint import Checkpoint, verify_checkpoint
from entente.journal.tree import EMPTY, EMPTY_ROOT, HASH, leaf_hash, node_hash
from entente.signing import Note, VerifierKey, parse_note
from entente.wire import b64, unb64

MAX_HASHES: Final = 63
"""Hashes of one inclusion proof: more would need a tree of over 2^63 leaves."""
MAX_PROOF: Final = 1_100_000
"""Bytes of one proof file, its checkpoint included."""

_FIRST: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,15})")


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Whether the leaf hash stands at the index in the tree of this size and root. Raises ProofError."""
    if not 0 <= index < size:
        raise ProofError("there is no entry {index} in a journal of {size}", index=index, size=size)
    _check_hashes(leaf, root, *proof)
    inner, border = _path(index, size)
    _check_length(proof, inner + border)
    node = _climb(leaf, proof[:inner], index)
    for left in proof[inner:]:
        node = node_hash(left, node)
    if node != root:
        raise ProofError("the proof of entry {index} does not lead to the root", index=index)


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """Whether the tree of size2 begins with the whole tree of size1. Raises ProofError."""
    if not 0 <= size1 <= size2:
        raise ProofError("a journal of {size2} cannot extend one of {size1}", size1=size1, size2=size2)
    if size1 == 0 and root1 != EMPTY_ROOT:
        raise ProofError("the root of an empty journal is not that of nothing")
    if size1 == size2:
        _check_length(proof, 0)
        if root1 != root2:
            raise ProofError("two roots for the size {size}", size=size1)
        return
    _check_hashes(root1, root2, *proof)
    if size1 == 0:
        # Every tree extends the empty one: there is nothing to prove, as witnesses take it.
        _check_length(proof, 0)
        return
    # The climb starts at the last complete subtree of the old tree: `height` levels up from the
    # old tree's last leaf. When that subtree is the whole old tree, its root is left out.
    height = (size1 & -size1).bit_length() - 1
    whole = size1 == 1 << height
    inner, border = _path(size1 - 1, size2)
    inner -= height
    _check_length(proof, inner + border + (0 if whole else 1))
    start, rest = (root1, proof) if whole else (proof[0], proof[1:])
    place = (size1 - 1) >> height
    new = _climb(start, rest[:inner], place)
    # The old tree has only the left neighbours.
    old = start
    for level, sibling in enumerate(rest[:inner]):
        if place >> level & 1:
            old = node_hash(sibling, old)
    for left in rest[inner:]:
        old, new = node_hash(left, old), node_hash(left, new)
    if old != root1:
        raise ProofError("the proof does not lead to the root at {size}", size=size1)
    if new != root2:
        raise ProofError("the proof does not lead to the root at {size}", size=size2)


def _path(index: int, size: int) -> tuple[int, int]:
    """How many siblings a leaf has: below where its way meets the way of the last leaf, and above.

    Below, both sides occur, as the bits of the index say; above, the way is the tree's right
    border, where a level without a left neighbour has no sibling at all.
    """
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _climb(node: bytes, siblings: Sequence[bytes], place: int) -> bytes:
    for level, sibling in enumerate(siblings):
        node = node_hash(sibling, node) if place >> level & 1 else node_hash(node, sibling)
    return node


def _check_hashes(*hashes: bytes) -> None:
    # A hash of another length could move bytes between left and right.
    if any(len(one) != HASH for one in hashes):
        raise ProofError("a proof has a hash that is not of 32 bytes")


def _check_length(proof: Sequence[bytes], expected: int) -> None:
    if len(proof) != expected:
        raise ProofError("the proof has {have} hashes and must have {need}", have=len(proof), need=expected)


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int, size: int) -> list[bytes]:
    """The siblings of entry ``index`` in the tree of the first ``size`` leaves. Hashes up to size leaves."""
    if not 0 <= index < size <= len(leaf_hashes):
        raise ProofError("there is no entry {index} in a journal of {size}", index=index, size=size)
    proof: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_root(leaf_hashes, middle, high))
            high = middle
        else:
            proof.append(_root(leaf_hashes, low, middle))
            low = middle
    return proof[::-1]


def consistency_proof(leaf_hashes: Sequence[bytes], size1: int, size2: int) -> list[bytes]:
    """What shows that the tree of size2 begins with that of size1; empty where nothing is to be shown."""
    if not 0 <= size1 <= size2 <= len(leaf_hashes):
        raise ProofError("a journal of {size2} cannot extend one of {size1}", size1=size1, size2=size2)
    if size1 == 0:
        return []
    proof: list[bytes] = []
    low, high = 0, size2
    while high != size1:
        middle = low + _split(high - low)
        if size1 <= middle:
            proof.append(_root(leaf_hashes, middle, high))
            high = middle
        else:
            proof.append(_root(leaf_hashes, low, middle))
            low = middle
    # Here the old tree ends where a subtree does. Its root is known to whoever has the old tree's.
    if low:
        proof.append(_root(leaf_hashes, low, high))
    return proof[::-1]


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def _root(leaf_hashes: Sequence[bytes], low: int, high: int) -> bytes:
    return EMPTY.extend(leaf_hashes[low:high]).root()


@dataclass(frozen=True, slots=True)
class TlogProof:
    """The content of a ``.tlog-proof`` file, not yet verified."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes = b""

    def text(self) -> str:
        """The file's text."""
        return "".join(
            (
                f"{_FIRST}\n",
                f"extra {b64(self.extra)}\n" if self.extra else "",
                f"index {self.index}\n",
                *(f"{b64(one)}\n" for one in self.hashes),
                "\n",
                self.checkpoint.to_bytes().decode("utf-8"),
            )
        )

    @classmethod
    def parse(cls, data: bytes) -> TlogProof:
        """The content of a file. Raises MalformedError or LimitError."""
        if len(data) > MAX_PROOF:
            raise LimitError("a proof of {size} bytes is over {limit}", size=len(data), limit=MAX_PROOF)
        head, gap, rest = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise MalformedError("a proof has a line that is not ASCII") from None
        if not gap or lines.pop(0) != _FIRST:
            raise MalformedError("a proof must begin with {line} and end with a checkpoint", line=_FIRST)
        extra = b""
        if lines and lines[0].startswith("extra "):
            extra = unb64(lines.pop(0).removeprefix("extra "), "the extra line of a proof")
        found = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if found is None:
            raise MalformedError("a proof has no index")
        if len(lines) > MAX_HASHES:
            raise LimitError("a proof has more than {limit} hashes", limit=MAX_HASHES)
        hashes = tuple(unb64(line, "a hash of a proof") for line in lines)
        return cls(int(found[1]), hashes, parse_note(rest), extra)


def tlog_proof(leaf_hashes: Sequence[bytes], index: int, checkpoint: Note, extra: bytes = b"") -> str:
    """The text of a ``.tlog-proof`` file for one entry under a signed checkpoint.

    ``leaf_hashes`` are those of the journal, at least up to the checkpoint's size. The note
    goes in as it is, with its receipts. Raises ProofError where there is no such entry, or
    the leaf hashes are not those of the checkpoint.
    """
    head = Checkpoint.parse(checkpoint.text)
    hashes = inclusion_proof(leaf_hashes, index, head.size)
    verify_inclusion(index, head.size, leaf_hashes[index], hashes, head.root)
    return TlogProof(index, tuple(hashes), checkpoint, extra).text()


def verify_tlog_proof(data: bytes, entry: bytes, log: VerifierKey) -> Checkpoint:
    """The checkpoint under which the file proves the entry, when the log key signed it.

    The extra line is nobody's word and is not looked at. Raises MalformedError,
    SignatureError (UnknownKeyError) or ProofError.
    """
    # 1. The file.
    proof = TlogProof.parse(data)
    # 2. Who signed its checkpoint.
    checkpoint = verify_checkpoint(proof.checkpoint, log)
    # 3. The entry in the checkpoint's tree.
    verify_inclusion(proof.index, checkpoint.size, leaf_hash(entry), proof.hashes, checkpoint.root)
    return checkpoint

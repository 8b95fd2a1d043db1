"""Extending a held journal by what arrived: the one place where history may be refused.

The new entries are hashed onto the frontier that is held, so that the old history is never
trusted again and never needed again: if the root that the sender signed comes out, then the
tree it signed begins with exactly the entries held here.
"""

from __future__ import annotations

from collections.abc import Sequence

from entente.errors import ForkError, JournalError, ShrinkError
from entente.journal.checkpoint import Checkpoint
from entente.journal.tree import Frontier, leaf_hashes


def extend(held: Frontier, entries: Sequence[bytes], checkpoint: Checkpoint) -> Frontier:
    """The frontier at the checkpoint, when the entries lead there from what is held.

    ``entries`` are those of positions ``held.size`` to ``checkpoint.size - 1``; none where the
    checkpoint only repeats what is held. The checkpoint's signature is verified already.
    Raises ShrinkError (the checkpoint is smaller than what is held), ForkError (another
    root), JournalError (not the number of entries that is missing). Nothing is changed.
    """
    # 1. A journal never shrinks.
    if checkpoint.size < held.size:
        raise ShrinkError(
            "{origin}: the checkpoint of {size} entries is smaller than the {held} held here",
            origin=checkpoint.origin,
            size=checkpoint.size,
            held=held.size,
        )
    # 2. The entries are those between the two sizes, no more and no fewer.
    if held.size + len(entries) != checkpoint.size:
        raise JournalError(
            "{origin}: {held} entries held and {new} new do not make the {size} of the checkpoint",
            origin=checkpoint.origin,
            held=held.size,
            new=len(entries),
            size=checkpoint.size,
        )
    # 3. The root is the one that was signed.
    extended = held.extend(leaf_hashes(entries))
    if extended.root() != checkpoint.root:
        raise ForkError(
            "{origin}: at {size} entries the signed root is {signed}, and what is held gives {computed}",
            origin=checkpoint.origin,
            size=checkpoint.size,
            signed=checkpoint.root.hex(),
            computed=extended.root().hex(),
        )
    return extended

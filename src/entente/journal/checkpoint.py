r"""Checkpoints: what a sender signs about its journal (C2SP tlog-checkpoint).

::

    origin\n          <from>/<agreement>/<to>/<lane>/<generation>, the name of the key that signs
    size\n            decimal, without leading zeroes
    base64(root)\n

No extension lines. A log may sign any prefix of what it has made durable, and never two
roots for one size: that is the caller's promise, this module only writes and reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from entente.errors import LimitError, MalformedError
from entente.journal.tree import HASH
from entente.signing import Note, SigningKey, VerifierKey, is_name, sign_note, verify_note
from entente.wire import MAX_INTEGER, b64, unb64

LANES: Final = ("urgent", "routine")

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]*")
_GENERATION: Final = re.compile(r"[1-9][0-9]{0,8}")
_DIGITS: Final = len(str(MAX_INTEGER))


class Origin(NamedTuple):
    """The name of a journal: who sends, under which agreement, to whom, in which lane, which generation."""

    sender: str
    agreement: str
    recipient: str
    lane: str
    generation: int

    @classmethod
    def parse(cls, text: str) -> Origin:
        """The origin of a checkpoint's first line. Raises MalformedError."""
        match text.split("/"):
            case [sender, agreement, recipient, lane, generation] if (
                is_name(text)
                and lane in LANES
                and _GENERATION.fullmatch(generation) is not None
                and sender != recipient
            ):
                return cls(sender, agreement, recipient, lane, int(generation))
            case _:
                raise MalformedError("an origin must be written from/agreement/to/lane/generation")

    def __str__(self) -> str:
        return "/".join((self.sender, self.agreement, self.recipient, self.lane, str(self.generation)))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A journal at one size: ``root`` is the 32 bytes of its tree's root."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_INTEGER:
            raise LimitError("a journal cannot have {size} entries", size=self.size)
        if len(self.root) != HASH:
            raise MalformedError("a root of {size} bytes must be of 32", size=len(self.root))
        if not self.origin or "\n" in self.origin:
            raise MalformedError("a checkpoint has no origin")

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint of a note's text. Raises MalformedError; the origin is read by Origin.parse."""
        match text.split("\n"):
            case [origin, size, root, ""]:
                if _DECIMAL.fullmatch(size) is None:
                    raise MalformedError("the size of a checkpoint is not a plain decimal number")
                if len(size) > _DIGITS:
                    raise LimitError("a journal cannot have {size} entries", size=size[:_DIGITS] + "…")
                return cls(origin, int(size), unb64(root, "the root of a checkpoint"))
            case _:
                raise MalformedError("a checkpoint has three lines: origin, size, root")


def sign_checkpoint(checkpoint: Checkpoint, log_key: SigningKey) -> Note:
    """The checkpoint signed by the party's log key, under the origin's name."""
    return sign_note(checkpoint.text(), log_key.renamed(checkpoint.origin))


def verify_checkpoint(note: Note, log: VerifierKey) -> Checkpoint:
    """The checkpoint of a note that the log key signed under the origin that the note states.

    Other lines are ignored: receipts stand there. Whether the origin is the one that the
    caller expects is the caller's to check. Raises MalformedError, UnknownKeyError or
    SignatureError.
    """
    checkpoint = Checkpoint.parse(note.text)
    verify_note(note, [log.renamed(checkpoint.origin)])
    return checkpoint

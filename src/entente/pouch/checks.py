"""What must hold between the parts of one pouch, checked by who writes it and by who reads it.

Nothing is verified here: a checkpoint is read for what it says, its signature is the courier's.
"""

from __future__ import annotations

from entente.errors import MalformedError, MisaddressedError
from entente.journal.checkpoint import Checkpoint, Origin
from entente.pouch.contents import Contents, Envelope
from entente.signing import parse_note


def check_sections(contents: Contents, envelope: Envelope) -> None:
    """Sections are of the envelope's journals, do not overlap, and each ends at a checkpoint.

    A checkpoint without a section may travel: an announcement. Two sections of one journal stand
    in its order. Raises MisaddressedError (another pair or agreement) or MalformedError, which
    covers checkpoints that cannot be read.
    """
    ends = set()
    for data in contents.checkpoints:
        checkpoint = Checkpoint.parse(parse_note(data).text)
        ends.add((checkpoint.origin, checkpoint.size))
    reached: dict[str, int] = {}
    for section in contents.sections:
        origin = Origin.parse(section.origin)
        if (origin.sender, origin.agreement, origin.recipient) != (
            envelope.sender,
            envelope.agreement,
            envelope.recipient,
        ):
            raise MisaddressedError(
                "a pouch from {sender} to {recipient} has a section of {journal}",
                sender=envelope.sender,
                recipient=envelope.recipient,
                journal=section.origin,
            )
        if section.start < reached.get(section.origin, 0):
            raise MalformedError("two sections of {journal} overlap", journal=section.origin)
        reached[section.origin] = section.end
        if (section.origin, section.end) not in ends:
            raise MalformedError(
                "a section of {journal} ends at {size}, where no checkpoint is",
                journal=section.origin,
                size=section.end,
            )

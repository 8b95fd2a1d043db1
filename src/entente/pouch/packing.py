"""Writing one pouch: the frames, the body, the note, the seal.

It guarantees that what it writes, :func:`entente.pouch.open_pouch` reads with the limits that
everybody starts from: the same checks run on both sides. It does not know whether an entry is
due to the recipient; the courier has chosen.
"""

from __future__ import annotations

from entente.errors import LimitError, MalformedError
from entente.pouch.body import write_body
from entente.pouch.checks import check_sections
from entente.pouch.contents import FORMAT, LIMITS, Contents, Envelope, Header, Trouble
from entente.pouch.envelope import signer, write_text
from entente.pouch.section import write_section
from entente.sealing import seal
from entente.signing import Note, Signature, SigningKey, sign_note
from entente.wire import Codec, frame

HEADER = Codec[Header](Header, "the header of a pouch")
TROUBLE = Codec[Trouble](Trouble, "a trouble")

_KEY_ID = 4
_SIGNATURE = 64


def pack(
    contents: Contents, envelope: Envelope, *, log_key: SigningKey, seal_to: str, level: int = 9
) -> bytes:
    """One pouch, signed by the sender's log key and sealed to the recipient's key ``age1…``.

    ``level`` is zstd's, 1 to 19 (6 to 12 are worth their time). Raises LimitError or
    MalformedError when the contents would be refused on arrival, MisaddressedError for a section
    of another pair or agreement, SealError for a wrong ``seal_to``.
    """
    sealed = seal(write_plain(contents, envelope, log_key=log_key, level=level), seal_to)
    _within(len(sealed), LIMITS.sealed, "a pouch of {size} bytes, sealed, is over {limit}")
    return sealed


def write_plain(contents: Contents, envelope: Envelope, *, log_key: SigningKey, level: int = 9) -> bytes:
    """What :func:`pack` seals: the same bytes whenever keys, contents and zstd are the same."""
    frames = write_frames(contents, envelope)
    _within(len(frames), LIMITS.plain, "a pouch of {size} bytes, unpacked, is over {limit}")
    key = log_key.renamed(signer(envelope.sender))
    # The padding is under the hash that the note signs, and the note is beside the padding: its
    # length is that of the same note about nothing, with a line of the right length under it.
    line = Signature(key.name, bytes(_KEY_ID), bytes(_SIGNATURE))
    note_size = len(Note(write_text(envelope, b""), (line,)).to_bytes())
    body = write_body(frames, beside=4 + note_size, level=level)
    note = sign_note(write_text(envelope, body), key).to_bytes()
    return frame(note) + body


def write_frames(contents: Contents, envelope: Envelope) -> bytes:
    """The frames before compression: the header, then each sort in the order of the header's counts."""
    check_sections(contents, envelope)
    header = HEADER.encode(
        Header(
            format=FORMAT,
            have=dict(contents.have),
            seen=contents.seen,
            answer=contents.answer,
            notes=len(contents.notes),
            sections=len(contents.sections),
            checkpoints=len(contents.checkpoints),
            receipts=len(contents.receipts),
            erasures=len(contents.erasures),
            troubles=len(contents.troubles),
        )
    )
    troubles = [TROUBLE.encode(trouble) for trouble in contents.troubles]
    # What we wrote is read again: a struct that is built says nothing of the ranges of its fields.
    HEADER.decode(header)
    for trouble in troubles:
        TROUBLE.decode(trouble)
    _within(len(header), LIMITS.header, "the header of a pouch, of {size} bytes, is over {limit}")
    _within(
        sum(section.count for section in contents.sections), LIMITS.entries, "{size} entries are over {limit}"
    )
    pieces = [
        header,
        *contents.notes,
        *map(write_section, contents.sections),
        *contents.checkpoints,
        *contents.receipts,
        *contents.erasures,
        *troubles,
    ]
    _within(len(pieces), LIMITS.frames, "{size} frames are over {limit}")
    if not all(pieces):
        raise MalformedError("a frame of a pouch is empty")
    return b"".join(map(frame, pieces))


def _within(size: int, limit: int, message: str) -> None:
    if size > limit:
        raise LimitError(message, size=size, limit=limit)

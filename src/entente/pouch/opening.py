"""Opening one pouch, in a fixed order: each check is cheap against what it protects.

 1. the sealed size                                LimitError
 2. the age header: one X25519 recipient           SealError, LimitError
 3. unsealing with one of our identities           SealError
 4. a multiple of 512 bytes, and a note inside     MalformedError, LimitError
 5. the note, and the six lines of its text        MalformedError, LimitError
 6. a signature of the sender's log key            UnknownKeyError, SignatureError
 7. the SHA-256 of the body                        SignatureError
 8. what the zstd frame claims, and the padding    MalformedError, LimitError
 9. decompression into exactly the claimed size    MalformedError
10. the lengths and the number of frames           MalformedError, LimitError
11. the header frame, and its counts               MalformedError, NotCanonicalError, LimitError
12. sections, byte by byte                         MalformedError, NotCanonicalError, LimitError
13. troubles                                       MalformedError, NotCanonicalError
14. sections against envelope and checkpoints      MisaddressedError, MalformedError

:func:`unwrap` does 1 to 5, so that the caller learns from the envelope whose keys to bring;
:func:`open_pouch` does 6 to 14. No byte is decompressed for somebody who is not known: the only
exception is :func:`open_introduction`, with small limits, for the first contact.

What is left to the courier: whether the pouch is for us and not one of ours coming back, the
sequence, the signatures of checkpoints, receipts and notes, and every root.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Final

from entente.errors import LimitError, MalformedError, SignatureError, UnknownKeyError
from entente.pouch.body import BLOCK, read_body
from entente.pouch.checks import check_sections
from entente.pouch.contents import FORMAT, LIMITS, Contents, Envelope, Header, Limits, Section, Wrapped
from entente.pouch.envelope import keys_of, read_text
from entente.pouch.packing import HEADER, TROUBLE
from entente.pouch.section import read_section
from entente.sealing import unseal
from entente.signing import ED25519, VerifierKey, parse_note, verify_note
from entente.wire import frames

INTRODUCTION: Final = Limits(
    sealed=256 << 10, window=1 << 20, plain=1 << 20, frames=64, header=4 << 10, entries=0
)
"""What a stranger may cost: a few agreements and statements, nothing else."""


def unwrap(sealed: bytes, *, identities: Sequence[str], limits: Limits = LIMITS) -> Wrapped:
    """Checks 1 to 5. What comes back is addressed, not trusted: anybody can seal to us.

    ``identities`` are our secret seal keys. Raises LimitError, SealError or MalformedError.
    """
    # 1, 2, 3: in this order, in sealing.
    return read_plain(unseal(sealed, identities, limit=limits.sealed), limits=limits)


def read_plain(plain: bytes, *, limits: Limits = LIMITS) -> Wrapped:
    """Checks 4 and 5 on what was sealed: ``u32be length || note || body``."""
    # 4
    if not plain or len(plain) % BLOCK:
        raise MalformedError("a pouch of {size} bytes is not padded to a multiple of 512", size=len(plain))
    end = 4 + int.from_bytes(plain[:4], "big")
    if end - 4 > limits.note:
        raise LimitError(
            "the note of a pouch, of {size} bytes, is over {limit}", size=end - 4, limit=limits.note
        )
    if end > len(plain):
        raise MalformedError("a pouch ends inside its note")
    # 5
    note = parse_note(plain[4:end], limit=limits.note)
    envelope, _ = read_text(note.text)
    return Wrapped(envelope, note, plain[end:])


def open_pouch(wrapped: Wrapped, *, keys: Iterable[VerifierKey], limits: Limits = LIMITS) -> Contents:
    """Checks 6 to 14, and the contents; what they prove is still to be verified.

    ``keys`` are the log keys ``<party>/log`` of the sender that the envelope names; keys of other
    parties are ignored. Raises SignatureError, UnknownKeyError, MalformedError, NotCanonicalError,
    LimitError or MisaddressedError; nothing else, and never a MemoryError.
    """
    envelope, body_hash = read_text(wrapped.note.text)
    # 6. As "<from>/pouch": a log key signs checkpoints under other names, which count for nothing here.
    logs = tuple(key for key in keys if key.algorithm == ED25519)
    verify_note(wrapped.note, keys_of(envelope.sender, logs))
    return _read(wrapped.body, body_hash, envelope, limits)


def open_introduction(wrapped: Wrapped) -> tuple[bytes, ...]:
    """The signed notes in a pouch whose sender is not known: all that a first contact may carry.

    Whoever wrote it, these notes prove themselves or are worth nothing: the caller verifies
    each with a pinned authority key. Limits are small and fixed, and a pouch that has anything
    else in it is refused like a stranger's (UnknownKeyError). Otherwise raises as
    :func:`open_pouch`.
    """
    envelope, body_hash = read_text(wrapped.note.text)
    if len(wrapped.body) > INTRODUCTION.sealed:
        raise LimitError(
            "a first pouch of {size} bytes is over {limit}", size=len(wrapped.body), limit=INTRODUCTION.sealed
        )
    contents = _read(wrapped.body, body_hash, envelope, INTRODUCTION)
    # ``have`` and ``seen`` are the envelope's small talk: they count only once the sender is known.
    said = Contents(have=contents.have, seen=contents.seen, answer=contents.answer, notes=contents.notes)
    if contents != said:
        raise UnknownKeyError("a pouch from somebody unknown carries more than signed notes")
    return contents.notes


def _read(body: bytes, body_hash: bytes, envelope: Envelope, limits: Limits) -> Contents:
    # 7
    if sha256(body).digest() != body_hash:
        raise SignatureError("the body of a pouch is not the one that was signed")
    # 8, 9
    data = read_body(body, plain=limits.plain, window=limits.window)
    # 10
    found = list(frames(data, most=limits.frames, what="a pouch"))
    if not all(map(len, found)):
        raise MalformedError("a frame of a pouch is empty")
    # 11
    header = _read_header(found, limits)
    rest = iter(found[1:])
    notes = _take(rest, header.notes)
    # 12
    sections = _read_sections(_take(rest, header.sections), limits)
    contents = Contents(
        have=header.have,
        seen=header.seen,
        answer=header.answer,
        notes=notes,
        sections=sections,
        checkpoints=_take(rest, header.checkpoints),
        receipts=_take(rest, header.receipts),
        erasures=_take(rest, header.erasures),
        # 13
        troubles=tuple(map(TROUBLE.decode, _take(rest, header.troubles))),
    )
    # 14
    check_sections(contents, envelope)
    return contents


def _read_header(found: list[memoryview], limits: Limits) -> Header:
    if not found:
        raise MalformedError("a pouch has no header")
    if len(found[0]) > limits.header:
        raise LimitError(
            "the header of a pouch, of {size} bytes, is over {limit}", size=len(found[0]), limit=limits.header
        )
    header = HEADER.decode(bytes(found[0]))
    if header.format != FORMAT:
        raise MalformedError(
            "a pouch of format {format} is not understood; update this node", format=header.format
        )
    said = (
        header.notes
        + header.sections
        + header.checkpoints
        + header.receipts
        + header.erasures
        + header.troubles
    )
    if said != len(found) - 1:
        raise MalformedError(
            "the header of a pouch says {said} frames, and {found} follow", said=said, found=len(found) - 1
        )
    return header


def _take(rest: Iterator[memoryview], count: int) -> tuple[bytes, ...]:
    return tuple(map(bytes, islice(rest, count)))


def _read_sections(found: tuple[bytes, ...], limits: Limits) -> tuple[Section, ...]:
    left = limits.entries
    sections = []
    for data in found:
        sections.append(section := read_section(data, most=left))
        left -= section.count
    return tuple(sections)

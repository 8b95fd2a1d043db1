r"""The signed note around the body: who writes to whom, and the hash of what follows.

::

    entente.v1/pouch\n
    <from>\n
    <to>\n
    <agreement>\n
    <sequence>\n                      decimal, from 1, without leading zeroes
    base64(SHA-256 of the body)\n

It is signed by the sender's log key under the name ``<from>/pouch``, so that a signature of a
checkpoint can never be taken for one of a pouch, nor the other way round.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from entente.errors import MalformedError
from entente.pouch.contents import Envelope
from entente.signing import VerifierKey, is_name
from entente.wire import MAX_INTEGER, b64, unb64

TYPE: Final = "entente.v1/pouch"

MAX_NAME: Final = 64

_SEQUENCE: Final = re.compile(r"[1-9][0-9]{0,15}")


def signer(sender: str) -> str:
    """The name under which a party's log key signs its pouches."""
    return f"{sender}/pouch"


def write_text(envelope: Envelope, body: bytes) -> str:
    """The text of the note. Raises MalformedError for an envelope that could not be read again."""
    digest = b64(sha256(body).digest())
    lines = (TYPE, envelope.sender, envelope.recipient, envelope.agreement, str(envelope.sequence), digest)
    text = "\n".join((*lines, ""))
    read_text(text)
    return text


def read_text(text: str) -> tuple[Envelope, bytes]:
    """The envelope and the SHA-256 of the body. Raises MalformedError."""
    if not text.startswith(f"{TYPE}\n"):
        raise MalformedError("this note is not that of a pouch")
    match text.split("\n"):
        case [_, sender, recipient, agreement, sequence, digest, ""]:
            pass
        case _:
            raise MalformedError("the note of a pouch has six lines")
    for name in (sender, recipient, agreement):
        if len(name) > MAX_NAME or "/" in name or not is_name(name):
            raise MalformedError("the note of a pouch has a line that is no name")
    if sender == recipient:
        raise MalformedError("a pouch is written to its own sender")
    if not _SEQUENCE.fullmatch(sequence) or int(sequence) > MAX_INTEGER:
        raise MalformedError("the sequence of a pouch is not a plain number from 1")
    body_hash = unb64(digest, "the hash in the note of a pouch")
    if len(body_hash) != sha256().digest_size:
        raise MalformedError("the hash in the note of a pouch is not of 32 bytes")
    return Envelope(sender, recipient, agreement, int(sequence)), body_hash


def keys_of(sender: str, keys: tuple[VerifierKey, ...]) -> tuple[VerifierKey, ...]:
    """The keys of this sender as they sign pouches.

    A key is named ``<party>/log``. One of another party is left out here: renaming it would let
    that party write pouches in the sender's name.
    """
    return tuple(key.renamed(signer(sender)) for key in keys if key.name.split("/")[0] == sender)

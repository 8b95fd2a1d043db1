"""Sealing a pouch to one recipient, and locking a key file with a passphrase, both with age.

The format is age-encryption.org/v1, through pyrage; nothing else imports pyrage. age draws
its own randomness (the file key, the ephemeral share, the nonce, the salt of a passphrase),
so that ``generate_identity``, ``seal`` and ``lock`` are the places of the core where two
calls with the same arguments differ.

Before anything is decrypted, :func:`unseal` has checked the size and the whole header: the
version line, exactly one X25519 stanza, at most one ``-grease`` stanza (age adds one so that
readers stay tolerant), at most 2 KiB. A header with a hundred stanzas, or with a passphrase
stanza that asks for gigabytes of scrypt, costs nothing. What the sealed bytes say, and who
wrote them, is not known from here: age authenticates a key holder to nobody.

The plaintext of an age file is never longer than the file, so the limit on the sealed size
bounds the memory too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, cast

import pyrage

from entente.errors import LimitError, SealError

MAX_HEADER: Final = 2048
"""Bytes of an age header, version line to MAC line. One stanza and one grease need about 450."""

MAX_LOCKED: Final = 65_536
"""Bytes of a file locked with a passphrase: it holds one key."""

MAX_WORK: Final = 22
"""The largest scrypt work factor (log2 of N) that ``unlock`` tries: 4 GiB for some seconds."""

_VERSION: Final = b"age-encryption.org/v1\n"

# -> X25519 <base64 of 32 bytes, no padding> \n <base64 of 32 bytes> \n        one recipient
# -> scrypt <base64 of 16 bytes> <log2 N> \n <base64 of 32 bytes> \n           a passphrase
# -> <type>-grease <args> \n <base64, 64 columns, the last line shorter> \n    ignored by all
# --- <base64 of 32 bytes> \n                                                  MAC of the above
_ARROW: Final = b"-> "
_MAC_LINE: Final = re.compile(rb"--- [A-Za-z0-9+/]{43}")
_ARGUMENTS: Final = re.compile(rb"[\x21-\x7e]+(?: [\x21-\x7e]+)*")
_BODY_LINE: Final = re.compile(rb"[A-Za-z0-9+/]{0,64}")
_BODY_COLUMNS: Final = 64
_SHARE: Final = re.compile(rb"X25519 [A-Za-z0-9+/]{43}")
_SCRYPT: Final = re.compile(rb"scrypt [A-Za-z0-9+/]{22} ([1-9][0-9]?)")
_RECIPIENT: Final = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_IDENTITY: Final = re.compile(r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}")


def generate_identity() -> tuple[str, str]:
    """A new seal key: ``("AGE-SECRET-KEY-1…", "age1…")``, secret and public; age draws it itself."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(secret: str) -> str:
    """The public half ``age1…`` of a secret seal key. SealError if it is not one."""
    return str(_identity(secret).to_public())


def check_recipient(text: str) -> str:
    """The text itself if it is an X25519 recipient ``age1…`` in its one form, else SealError."""
    _recipient(text)
    return text


def seal(plaintext: bytes, recipient: str) -> bytes:
    """The plaintext, sealed to one recipient ``age1…``: about 400 bytes and 16 per 64 KiB longer.

    Raises SealError when the recipient is not one.
    """
    return cast("bytes", pyrage.encrypt(plaintext, [_recipient(recipient)]))


def unseal(sealed: bytes, identities: Sequence[str], *, limit: int) -> bytes:
    """What was sealed to one of our identities (``AGE-SECRET-KEY-1…``; the current and the previous).

    ``limit`` is in bytes of the sealed form. Raises LimitError when it, the header or the number
    of stanzas is over its limit, SealError for all else: not age, another kind of stanza,
    sealed to somebody else, changed or cut short. Nothing is decrypted before both checks.
    """
    if len(sealed) > limit:
        raise LimitError("{size} sealed bytes are over the limit of {limit}", size=len(sealed), limit=limit)
    _check_stanzas(_stanzas(sealed), _SHARE)
    keys = [_identity(identity) for identity in identities]
    try:
        return cast("bytes", pyrage.decrypt(sealed, keys))
    except pyrage.DecryptError:
        # age tells "no key fits" from "changed"; nobody outside learns which.
        raise SealError("this is not sealed to a key of ours, or it was changed or cut short") from None


def lock(plaintext: bytes, passphrase: str) -> bytes:
    """The plaintext under a passphrase: for the file of an authority key. Takes a second or two."""
    if not passphrase or not _is_text(passphrase):
        raise SealError("a passphrase is some characters of text, not nothing")
    return cast("bytes", pyrage.passphrase.encrypt(plaintext, passphrase))


def unlock(data: bytes, passphrase: str) -> bytes:
    """What :func:`lock` locked. Raises LimitError (size, work factor) or SealError (all else)."""
    if len(data) > MAX_LOCKED:
        raise LimitError("a locked file of {size} bytes is over {limit}", size=len(data), limit=MAX_LOCKED)
    arguments = _check_stanzas(_stanzas(data), _SCRYPT)
    work = int(arguments.rpartition(b" ")[2])
    if work > MAX_WORK:
        raise LimitError("a scrypt work factor of {work} is over {limit}", work=work, limit=MAX_WORK)
    if not _is_text(passphrase):
        raise SealError("a passphrase is some characters of text, not nothing")
    try:
        return cast("bytes", pyrage.passphrase.decrypt(data, passphrase))
    except pyrage.DecryptError:
        raise SealError("the passphrase does not open this, or it was changed or cut short") from None


def _stanzas(data: bytes) -> list[bytes]:
    """The argument lines of the header's stanzas, after a check of the header's whole grammar."""
    if not data.startswith(_VERSION):
        raise SealError("this is not a file sealed with age")
    # Only the first 2 KiB are looked at, however long the rest is.
    start = data[:MAX_HEADER]
    lines = start[len(_VERSION) :].split(b"\n")
    lines.pop()  # what follows the last newline within reach: not a line
    found: list[bytes] = []
    open_stanza = False
    for line in lines:
        if open_stanza:
            if not _BODY_LINE.fullmatch(line):
                raise SealError("the age header has a stanza that cannot be read")
            open_stanza = len(line) == _BODY_COLUMNS
        elif _MAC_LINE.fullmatch(line):
            return found
        elif line.startswith(_ARROW) and _ARGUMENTS.fullmatch(line, len(_ARROW)):
            found.append(line[len(_ARROW) :])
            open_stanza = True
        else:
            raise SealError("the age header has a line that cannot be read")
    if len(data) > MAX_HEADER:
        raise LimitError("the age header is over {limit} bytes", limit=MAX_HEADER)
    raise SealError("the age header is cut short")


def _check_stanzas(stanzas: list[bytes], wanted: re.Pattern[bytes]) -> bytes:
    """The arguments of the one stanza of the wanted type; beside it one grease stanza at most."""
    ours = [line for line in stanzas if not line.partition(b" ")[0].endswith(b"-grease")]
    if len(ours) > 1 or len(stanzas) - len(ours) > 1:
        raise LimitError("the age header has {count} stanzas; one recipient is allowed", count=len(stanzas))
    if not ours or not wanted.fullmatch(ours[0]):
        raise SealError("the age header has no stanza of the type that is expected here")
    return ours[0]


def _is_text(passphrase: str) -> bool:
    """No half of a surrogate pair: a terminal in another encoding can give Python such a string."""
    return not any("\ud800" <= character <= "\udfff" for character in passphrase)


def _identity(secret: str) -> pyrage.x25519.Identity:
    # Refused without its text: it may be a real key with one wrong letter.
    if not _IDENTITY.fullmatch(secret):
        raise SealError("this is not a secret seal key (AGE-SECRET-KEY-1…)")
    try:
        return pyrage.x25519.Identity.from_str(secret)
    except pyrage.IdentityError:
        raise SealError("this is not a secret seal key (AGE-SECRET-KEY-1…)") from None


def _recipient(text: str) -> pyrage.x25519.Recipient:
    # bech32 also reads upper case, and age other kinds of recipients: here a key has one spelling.
    if not _RECIPIENT.fullmatch(text):
        raise SealError("{text} is not a seal key (age1…)", text=text[:80])
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise SealError("{text} is not a seal key (age1…)", text=text) from None

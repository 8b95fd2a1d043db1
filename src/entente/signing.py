r"""Keys and signed notes (C2SP signed-note, tlog-cosignature). The only importer of cryptography.

It guarantees that a text read from a note was signed by a key that the caller named, and
that every line of a known key verifies. It does not say what the text means: every text
of ours starts with a line that names its type, and the caller checks that line, because a
plain Ed25519 signature covers the text and not the name under which it stands.

::

    note       text, ending in a newline
               an empty line: the last one of the note separates the two
               "— <name> <base64(keyID[4] || signature)>", one line a signature (the dash is U+2014)
    keyID      SHA-256(name || 0A || algorithm || public)[:4]
    vkey       <name>+<hex8 keyID>+<base64(algorithm || public)>
    skey       PRIVATE+KEY+<name>+<hex8 keyID>+<base64(algorithm || seed)>
    01         Ed25519 of the text
    04         u64be time || Ed25519 of "cosignature/v1\ntime <time>\n" || text

Names from elsewhere may be any text without white space or plus; ours are stricter
(:func:`is_name`), because they also become parts of origins and of paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from entente.errors import LimitError, MalformedError, SignatureError, UnknownKeyError
from entente.wire import b64, unb64

ED25519: Final = 0x01
"""Signs the text itself: authorities, logs, pouches."""
COSIGNATURE: Final = 0x04
"""Signs the text and a time: receipts."""

MAX_SIGNATURES: Final = 100
"""Lines of one note; C2SP asks for at least 16."""
MAX_TIME: Final = 2**63 - 1
"""The latest second that a cosignature may state (tlog-cosignature)."""

_ALGORITHMS: Final = frozenset({ED25519, COSIGNATURE})
_MAX_KEY_TEXT: Final = 1_000
_MAX_NAME: Final = 255
_SEED: Final = 32
_KEY_ID: Final = 4
_ED25519_SIGNATURE: Final = 64
_TIME: Final = 8
_GROUPS: Final = 12
_GROUP_BYTES: Final = 5
_DIGITS: Final = 5

_DASH: Final = "\N{EM DASH} "
_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f]")
_NAME: Final = re.compile(r"[a-z0-9.-]+(?:/[a-z0-9.-]+)*")

# The y coordinates of the eight points of small order, and the two encodings of 0 and 1 that
# are not reduced. Whoever holds "the private key" of such a point holds none: anybody can make
# signatures that verify. OpenSSL accepts these keys, so they are refused here.
_P: Final = 2**255 - 19
_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER: Final = frozenset({0, 1, _P - 1, _P, _P + 1, _ORDER_8, _P - _ORDER_8})


def is_name(name: str) -> bool:
    """Whether the text is a name of ours: parts ``[a-z0-9.-]+`` joined by ``/``, none ``.`` or ``..``."""
    return (
        len(name) <= _MAX_NAME
        and _NAME.fullmatch(name) is not None
        and not any(part in {".", ".."} for part in name.split("/"))
    )


def _check_key_name(name: str) -> None:
    """What C2SP asks of a key name."""
    if not name or "+" in name or _CONTROL.search(name) or any(letter.isspace() for letter in name):
        raise MalformedError("a key name is empty, or has white space or a plus in it")
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("a key name is not UTF-8") from None


def _check_text(text: str) -> bytes:
    """The bytes of a text that may be signed."""
    if not text.endswith("\n"):
        raise MalformedError("the text of a note must end with a newline")
    if _CONTROL.search(text):
        raise MalformedError("a note has a control character")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("a note is not UTF-8") from None


def _key_id(name: str, algorithm: int, public: bytes) -> bytes:
    return sha256(b"%b\n%c%b" % (name.encode("utf-8"), algorithm, public)).digest()[:_KEY_ID]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name. Raises MalformedError for what can be no key."""

    name: str
    algorithm: int
    public: bytes

    def __post_init__(self) -> None:
        _check_key_name(self.name)
        if self.algorithm not in _ALGORITHMS:
            raise MalformedError("a key is of the unknown type {type}", type=self.algorithm)
        if len(self.public) != _SEED:
            raise MalformedError("a public key of {size} bytes must be of 32", size=len(self.public))
        if int.from_bytes(self.public, "little") & (2**255 - 1) in _SMALL_ORDER:
            raise MalformedError("a public key is of small order: anybody could sign with it")

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """The key of a vkey line. MalformedError for anything but its one encoding with the right key ID."""
        if len(text) > _MAX_KEY_TEXT:
            raise LimitError("a key of {size} letters is over {limit}", size=len(text), limit=_MAX_KEY_TEXT)
        # At the first two pluses only: base64 has pluses of its own.
        match text.split("+", 2):
            case [name, key_id, encoded]:
                algorithm, public = _parse_key_bytes(encoded)
            case _:
                raise MalformedError("a key must be written name+keyID+base64")
        key = cls(name, algorithm, public)
        if key.key_id.hex() != key_id:
            raise MalformedError("the key ID of {name} is not that of its key", name=key.name)
        return key

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell this name and key from others; no proof of anything."""
        return _key_id(self.name, self.algorithm, self.public)

    def renamed(self, name: str) -> VerifierKey:
        """The same key under another name, with the key ID that follows."""
        return replace(self, name=name)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64(bytes([self.algorithm]) + self.public)}"


def _parse_key_bytes(encoded: str) -> tuple[int, bytes]:
    """Algorithm and 32 bytes; the messages never show the text, which may be a secret.

    That the key ID before them has eight digits in lower case follows when it is compared.
    """
    data = unb64(encoded, "a key")
    if len(data) != 1 + _SEED:
        raise MalformedError("a key must have 33 bytes and has {size}", size=len(data))
    return data[0], data[1:]


def fingerprint(key: VerifierKey) -> str:
    """A key to be read aloud: twelve groups of five digits.

    Digits, because they are said alike by everybody at the table; of the whole vkey line, so
    that the name is covered too. 12 × log2(100000) = 199 bits of SHA-256.
    """
    first = sha256(f"entente.v1/fingerprint\n{key}\n".encode()).digest()
    digest = first + sha256(str(key).encode()).digest()
    return " ".join(
        f"{int.from_bytes(digest[at : at + _GROUP_BYTES], 'big') % 10**_DIGITS:0{_DIGITS}}"
        for at in range(0, _GROUPS * _GROUP_BYTES, _GROUP_BYTES)
    )


class SigningKey:
    """A private key under a name. Its printed form never shows the secret."""

    __slots__ = ("_private", "verifier")

    def __init__(self, private: Ed25519PrivateKey, verifier: VerifierKey) -> None:
        self._private = private
        self.verifier = verifier

    @classmethod
    def from_seed(cls, name: str, seed: bytes, algorithm: int = ED25519) -> SigningKey:
        """The key of 32 random bytes that the caller drew."""
        if len(seed) != _SEED:
            raise MalformedError("a seed of {size} bytes must be of 32", size=len(seed))
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(private, VerifierKey(name, algorithm, private.public_key().public_bytes_raw()))

    @classmethod
    def parse_secret(cls, text: str) -> SigningKey:
        """The key of :meth:`secret_text`. MalformedError, without the text, for anything else."""
        if len(text) > _MAX_KEY_TEXT:
            raise LimitError("a key of {size} letters is over {limit}", size=len(text), limit=_MAX_KEY_TEXT)
        match text.split("+", 4):
            case ["PRIVATE", "KEY", name, key_id, encoded]:
                algorithm, seed = _parse_key_bytes(encoded)
            case _:
                raise MalformedError("a private key must be written PRIVATE+KEY+name+keyID+base64")
        key = cls.from_seed(name, seed, algorithm)
        if key.verifier.key_id.hex() != key_id:
            raise MalformedError("the key ID of {name} is not that of its key", name=key.name)
        return key

    @property
    def name(self) -> str:
        """The name that stands in the signature line."""
        return self.verifier.name

    def renamed(self, name: str) -> SigningKey:
        """The same private key under another name: an origin, or ``<party>/pouch``."""
        return SigningKey(self._private, self.verifier.renamed(name))

    def secret_text(self) -> str:
        """The private key in one line, as sumdb and tessera write it. Whoever reads it can sign."""
        secret = bytes([self.verifier.algorithm]) + self._private.private_bytes_raw()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{b64(secret)}"

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519 over the message as it is; notes use :func:`sign_note` and :func:`cosign`."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"SigningKey({self.verifier.name}+{self.verifier.key_id.hex()})"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line, verified or not."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {b64(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the lines under it. Having one says nothing: :func:`verify_note` does."""

    text: str
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """The note as it is stored and sent."""
        return "".join([self.text, "\n", *(f"{line}\n" for line in self.signatures)]).encode("utf-8")


def parse_note(data: bytes, *, limit: int = 1_000_000) -> Note:
    """A note's text and lines, not yet verified.

    ``limit`` is in bytes. Raises LimitError (too long, more than 100 lines) or MalformedError.
    """
    if len(data) > limit:
        raise LimitError("a note of {size} bytes is over {limit}", size=len(data), limit=limit)
    try:
        whole = bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError("a note is not UTF-8") from None
    if _CONTROL.search(whole):
        raise MalformedError("a note has a control character")
    split = whole.rfind("\n\n")
    if split < 0:
        raise MalformedError("a note has no empty line before its signatures")
    text, block = whole[: split + 1], whole[split + 2 :]
    if not block.endswith("\n"):
        raise MalformedError("a note has no signature, or does not end with a newline")
    if block.count("\n") > MAX_SIGNATURES:
        raise LimitError("a note has more than {limit} signatures", limit=MAX_SIGNATURES)
    # Not splitlines(): it also breaks at U+2028 and others, which are no ends of lines here.
    return Note(text, tuple(_parse_line(line) for line in block[:-1].split("\n")))


def _parse_line(line: str) -> Signature:
    name, gap, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not gap:
        raise MalformedError("a line under a note is not a signature")
    _check_key_name(name)
    data = unb64(encoded, "a signature")
    if len(data) <= _KEY_ID:
        raise MalformedError("a signature is too short")
    return Signature(name, data[:_KEY_ID], data[_KEY_ID:])


def sign_note(text: str, *keys: SigningKey) -> Note:
    """The text with one line of each key. MalformedError for a text that can be in no note."""
    _check_text(text)
    note = Note(text, ())
    for key in keys:
        note = add_signature(note, key)
    return note


def add_signature(note: Note, key: SigningKey) -> Note:
    """The note with the key's line at its end, or in place of the one that the key had there."""
    if key.verifier.algorithm != ED25519:
        raise SignatureError("{name} signs with a time, not a plain note", name=key.name)
    line = Signature(key.name, key.verifier.key_id, key.sign(_check_text(note.text)))
    return with_signature(note, line)


def with_signature(note: Note, line: Signature) -> Note:
    """The note with a line that somebody made for it; a line of the same name and key ID is replaced."""
    lines = list(note.signatures)
    for at, held in enumerate(lines):
        if (held.name, held.key_id) == (line.name, line.key_id):
            lines[at] = line
            break
    else:
        lines.append(line)
    if len(lines) > MAX_SIGNATURES:
        raise LimitError("a note has more than {limit} signatures", limit=MAX_SIGNATURES)
    return replace(note, signatures=tuple(lines))


def verify_note(note: Note, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Which of the keys signed the note, in the order of its lines.

    Lines of other keys are ignored, even those that share only a name or only a key ID.
    Raises UnknownKeyError when none of the keys signed, SignatureError when one line of a
    known key does not verify: the whole note is refused then (C2SP signed-note).
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise SignatureError("two keys named {name} have the same key ID", name=key.name)
    text = _check_text(note.text)
    signed: dict[VerifierKey, None] = {}
    # A key that signed twice is verified twice: cosignatures differ by their time.
    for line in note.signatures:
        by = known.get((line.name, line.key_id))
        if by is not None:
            _verify_line(by, text, line)
            signed[by] = None
    if not signed:
        raise UnknownKeyError("none of the expected keys signed this")
    return tuple(signed)


def _verify_line(key: VerifierKey, text: bytes, line: Signature) -> None:
    signature, message = line.signature, text
    if key.algorithm == COSIGNATURE:
        message = _cosigned_message(text, cosignature_time(line))
        signature = signature[_TIME:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise SignatureError("the signature of {name} is not right", name=key.name) from None


def _cosigned_message(text: bytes, time: int) -> bytes:
    return b"cosignature/v1\ntime %d\n%b" % (time, text)


def cosign(note_text: str, key: SigningKey, time: int) -> Signature:
    """The line by which a key of type 04 confirms a checkpoint's text at a POSIX second."""
    if key.verifier.algorithm != COSIGNATURE:
        raise SignatureError("{name} is no key for receipts", name=key.name)
    if not 0 <= time <= MAX_TIME:
        raise MalformedError("a receipt cannot state the time {time}", time=time)
    signed = key.sign(_cosigned_message(_check_text(note_text), time))
    return Signature(key.name, key.verifier.key_id, time.to_bytes(_TIME, "big") + signed)


def cosignature_time(signature: Signature) -> int:
    """The POSIX second that a line of type 04 states. SignatureError if it can be no such line."""
    data = signature.signature
    time = int.from_bytes(data[:_TIME], "big")
    if len(data) != _TIME + _ED25519_SIGNATURE or time > MAX_TIME:
        raise SignatureError("the signature of {name} is not right", name=signature.name)
    return time

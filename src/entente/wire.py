"""Canonical bytes in and out, frames, and the limits that hold before allocation.

One value has one encoding: RFC 8785 restricted to ASCII keys, without floats and
with integers below 2^53 in absolute value. ``msgspec`` with ``order="sorted"``
writes these bytes (a test compares them with the rfc8785 package; ``"deterministic"``
does not sort the fields of a struct). Bytes that do not encode again to themselves
are refused: duplicate keys, spaces, escapes and number forms fall to that one rule.

A frame is ``u32be length || bytes``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Final, Generic, TypeVar, cast

import msgspec

from entente.errors import LimitError, MalformedError, NotCanonicalError

T = TypeVar("T")

MAX_PAYLOAD: Final = 60_000
"""Bytes of one payload (PROTOCOL.md section 6); its length travels in a u16."""

MAX_INTEGER: Final = 2**53 - 1
"""The largest integer that every JSON reader holds exactly (RFC 8785)."""

# What words may hold: no control characters, no characters that change the direction of what
# follows (a screen would show another order than was signed), nothing that XML cannot carry.
_NOT_IN_WORDS: Final = r"\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
ONE_LINE: Final = rf"^[^\x00-\x1f{_NOT_IN_WORDS}]*\Z"
"""The pattern of a short text."""
LINES: Final = rf"^[^\x00-\x08\x0b-\x1f{_NOT_IN_WORDS}]*\Z"
"""The pattern of a longer text: line feeds and tabs too, no carriage return."""

_MAX_DEPTH: Final = 32

_encoder = msgspec.json.Encoder(order="sorted")


def encode(value: object) -> bytes:
    """The canonical bytes of a struct, a dict, a list, a string, an integer, a boolean or None."""
    return _encoder.encode(value)


class Codec(Generic[T]):
    """Reads and writes one type in canonical form; build it once, it is the fast path."""

    def __init__(self, type_: object, what: str) -> None:
        self._decoder = msgspec.json.Decoder(type_)
        self._what = what

    def encode(self, value: T) -> bytes:
        """The canonical bytes of the value."""
        return _encoder.encode(value)

    def decode(self, data: bytes) -> T:
        """The value, checked against its type and for its one encoding.

        Raises MalformedError (not JSON, or not of the type) or NotCanonicalError.
        """
        try:
            value = self._decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedError("{what} cannot be read: {reason}", what=self._what, reason=error) from None
        if _encoder.encode(value) != data:
            raise NotCanonicalError("{what} is not in canonical form", what=self._what)
        return cast("T", value)


def decode_any(data: bytes, what: str) -> object:
    """A value of unknown type, in canonical form: for what this version does not understand.

    Raises MalformedError, NotCanonicalError, or LimitError when it is nested too deep.
    """
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError("{what} cannot be read: {reason}", what=what, reason=error) from None
    _check_plain(value, what, 0)
    if _encoder.encode(value) != data:
        raise NotCanonicalError("{what} is not in canonical form", what=what)
    return value


def _check_plain(value: object, what: str, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise LimitError("{what} is nested deeper than {limit}", what=what, limit=_MAX_DEPTH)
    match value:
        case bool() | None | str():
            return
        case int():
            if abs(value) > MAX_INTEGER:
                raise NotCanonicalError("{what} has an integer of 2^53 or more", what=what)
        case float():
            raise NotCanonicalError("{what} has a number with a fraction", what=what)
        case list():
            for item in value:
                _check_plain(item, what, depth + 1)
        case dict():
            for key, item in value.items():
                if not key.isascii():
                    raise NotCanonicalError("{what} has a key that is not ASCII", what=what)
                _check_plain(item, what, depth + 1)


def b64(data: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def unb64(text: str, what: str) -> bytes:
    """The bytes of canonical standard base64; anything else is a MalformedError."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise MalformedError("{what} is not base64", what=what) from None
    if base64.b64encode(data) != text.encode("ascii"):
        raise MalformedError("{what} is not canonical base64", what=what)
    return data


def frame(data: bytes) -> bytes:
    """``u32be length || data``."""
    return len(data).to_bytes(4, "big") + data


def frames(data: bytes, *, most: int, what: str) -> Iterator[memoryview]:
    """The frames that make up the whole of the data, as views of it.

    Raises LimitError after ``most`` frames, MalformedError where a length points outside.
    """
    view = memoryview(data)
    position = 0
    count = 0
    while position < len(view):
        count += 1
        if count > most:
            raise LimitError("{what} has more than {limit} frames", what=what, limit=most)
        if position + 4 > len(view):
            raise MalformedError("{what} ends inside a length", what=what)
        size = int.from_bytes(view[position : position + 4], "big")
        position += 4
        if position + size > len(view):
            raise MalformedError("{what} ends inside a frame", what=what)
        yield view[position : position + size]
        position += size

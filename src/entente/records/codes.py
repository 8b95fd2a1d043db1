"""Codes that can be said on the phone: ``GAO-7K3QX``.

A code is the prefix of the party, two to eight letters, and five characters of Crockford's
base32 (no I, L, O or U): four random ones, so that gaps tell nothing, and a check character
over the prefix as well. Two records of one party draw the same code about once in a million
pairs: who files asks again then.

**The check character.** Each character is an element of GF(32), the field with 32 elements
(polynomial x^5 + x^2 + 1), and the code is good when the sum of ``character * x^position``
is zero, positions counted from the right. The powers of x differ over 31 positions and none
is zero; so every change of one character, and every exchange of two different characters,
adjacent or not, leaves a sum that is not zero. Crockford's own check (modulo 37) needs five
more symbols, and a weighted sum modulo 32 cannot do both: its weights would have to be odd,
and so would their differences.

The letters of a prefix that base32 lacks take values of digits, which no prefix has. O and I
take those of 0 and 1, as which they are read in the five characters. L cannot be 1 too: it
is 2, so that an L exchanged with its neighbour across the hyphen is seen as well.
"""

from __future__ import annotations

import re
from typing import Final

from entente.errors import RecordError

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_PATTERN: Final = r"^[A-Z]{2,8}-[0-9A-HJKMNP-TV-Z]{5}\Z"
PREFIX_PATTERN: Final = r"^[A-Z]{2,8}\Z"

_BODY: Final = 5
_ENTROPY: Final = 3
_MAX_SPOKEN: Final = 40
_ELEMENTS: Final = 32
_POLYNOMIAL: Final = 0b100101
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_PREFIX_VALUES: Final = _VALUES | {"O": 0, "I": 1, "L": 2, "U": 3}
_HEARD: Final = str.maketrans("OIL", "011")
_SEPARATORS: Final = re.compile(r"[\s\-\u2010-\u2015.]+")


def _times_x(value: int) -> int:
    value <<= 1
    return value ^ _POLYNOMIAL if value & _ELEMENTS else value


_TIMES_X: Final = tuple(_times_x(value) for value in range(_ELEMENTS))


def new_code(prefix: str, entropy: bytes) -> str:
    """A code of the party, from its prefix and at least three random bytes.

    Raises RecordError for a prefix that is not two to eight letters A to Z, or for too little entropy.
    """
    if not re.match(PREFIX_PATTERN, prefix):
        raise RecordError("a code's prefix is two to eight letters, not {prefix}", prefix=prefix[:20])
    if len(entropy) < _ENTROPY:
        raise RecordError("a code needs {count} random bytes", count=_ENTROPY)
    bits = int.from_bytes(entropy[:_ENTROPY], "big")
    body = "".join(ALPHABET[bits >> shift & 31] for shift in (15, 10, 5, 0))
    return f"{prefix}-{body}{ALPHABET[_TIMES_X[_sum(prefix, body)]]}"


def is_code(text: str) -> bool:
    """Whether the text is a code as it is written in records, with a good check character."""
    return re.match(CODE_PATTERN, text) is not None and _sum(*text.split("-")) == 0


def check_code(text: str) -> str:
    """The code that somebody typed or heard, as it is written in records.

    Lower case, spaces and other dashes are accepted; among the last five characters O is
    read as 0, I and L as 1. Raises RecordError, also where the check character says that
    something was misheard.
    """
    said = _SEPARATORS.sub("", text[:_MAX_SPOKEN])
    said = said.upper() if said.isascii() else ""
    prefix, body = said[:-_BODY], said[-_BODY:].translate(_HEARD)
    code = f"{prefix}-{body}"
    if len(text) > _MAX_SPOKEN or not re.match(CODE_PATTERN, code):
        raise RecordError("{code} is not a code: a code looks like GAO-7K3QX", code=text[:_MAX_SPOKEN])
    if not is_code(code):
        raise RecordError("{code} is not a code: a character is wrong, ask again", code=code)
    return code


def _sum(prefix: str, body: str) -> int:
    # Horner's rule, from the left; a body without its check character gives what times x the check is.
    total = 0
    for character in prefix:
        total = _TIMES_X[total] ^ _PREFIX_VALUES[character]
    for character in body:
        total = _TIMES_X[total] ^ _VALUES[character]
    return total

"""One SMS: which characters it can hold, how long it is, and text made to fit them.

GSM 03.38's alphabet takes 160 characters in one message and 153 in each of several (the
rest joins them); some signs count twice. One character outside of it makes the whole message
UCS-2: 70 and 67. That is why text for telephones is written in this alphabet: ``é`` is in it,
``ê`` is not and becomes ``e``; what has no likeness there is left out.
"""

from __future__ import annotations

import unicodedata
from typing import Final

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE: Final = frozenset("\f^{}\\[~]|€")
"""Each of these takes an escape as well."""

SINGLE: Final = 160
JOINED: Final = 153
_SINGLE_UCS2: Final = 70
_JOINED_UCS2: Final = 67

_LIKE: Final = str.maketrans(
    {
        "ç": "c",
        "œ": "oe",
        "Œ": "OE",
        "ŋ": "ng",
        "Ŋ": "Ng",
        "ɓ": "b",
        "Ɓ": "B",
        "ɗ": "d",
        "Ɗ": "D",
        "ƙ": "k",
        "Ƙ": "K",
        "ɲ": "gn",
        "Ɲ": "Gn",
        "ɛ": "e",
        "Ɛ": "E",
        "ɔ": "o",
        "Ɔ": "O",
        "ǝ": "e",
        "Ǝ": "E",
        "ƴ": "y",
        "Ƴ": "Y",
        "‘": "'",
        "’": "'",
        "‚": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‹": "'",
        "›": "'",
        "–": "-",
        "—": "-",
        "‑": "-",
        "‐": "-",
        "−": "-",
        "…": "...",
        "•": "-",
        "·": "-",
        "×": "x",
        "°": "o",
        "№": "no",
        "`": "'",
        "´": "'",
        "\t": " ",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
    }
)
"""Besides accents: French typography, and the letters of Fulfulde, Hausa, Songhay and Zarma."""

_INSIDE_QUOTES: Final = (("« ", '"'), (" »", '"'), ("«\u00a0", '"'), ("\u00a0»", '"'))


def plain(text: str) -> str:
    """The text in GSM's alphabet; what has no likeness in it is left out."""
    for marks, one in _INSIDE_QUOTES:
        text = text.replace(marks, one)
    return "".join(_plain(character) for character in unicodedata.normalize("NFC", text).translate(_LIKE))


def septets(text: str) -> int | None:
    """The length in GSM's alphabet; None where a character is outside of it."""
    if not BASIC.union(TWICE).issuperset(text):
        return None
    return sum(2 if character in TWICE else 1 for character in text)


def parts(text: str) -> int:
    """Of how many SMS the text is."""
    length = septets(text)
    if length is not None:
        return 1 if length <= SINGLE else _packed(text)
    # UCS-2 counts units of 16 bits; joined messages split none of them.
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= _SINGLE_UCS2 else -(-units // _JOINED_UCS2)


def _packed(text: str) -> int:
    # An escape and its character stay in one part, so a part may end a septet early.
    count, used = 1, 0
    for character in text:
        width = 2 if character in TWICE else 1
        if used + width > JOINED:
            count, used = count + 1, 0
        used += width
    return count


def _plain(character: str) -> str:
    if character in BASIC or character in TWICE:
        return character
    bare = unicodedata.normalize("NFKD", character)
    return "".join(one for one in bare if one in BASIC or one in TWICE)

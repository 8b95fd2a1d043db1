"""Say the core's messages in the reader's language.

Errors and reasons of the core are an English template and its values. The catalogue
``locale/<language>/LC_MESSAGES/entente.mo`` (compiled by Babel at set-up) holds the French.
The desk's own pages use Django's catalogue ``django``; the command uses this one.
"""

from __future__ import annotations

import gettext as _gettext
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from entente.errors import EntenteError

LOCALE = Path(__file__).parent / "locale"

_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@cache
def catalogue(language: str) -> _gettext.NullTranslations:
    """The catalogue of a language; English is the language of the templates."""
    return _gettext.translation("entente", LOCALE, languages=[language], fallback=True)


def shell_language() -> str:
    """French, or English where ``LANG`` (or what overrides it) begins with en."""
    chosen = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "en" if chosen.lower().startswith("en") else "fr"


def say(message: str, values: Mapping[str, object] | None = None, *, language: str) -> str:
    """The message in the language, with its values."""
    template = catalogue(language).gettext(message) if message else message
    return template.format(**values) if values else template


def say_error(error: EntenteError, *, language: str) -> str:
    """What an error says, in the language."""
    return say(error.message, error.values, language=language)


def printable(text: str) -> str:
    """Text from elsewhere for a terminal or a log: what moves the cursor or turns the reading is spelled out."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

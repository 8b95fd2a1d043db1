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

import msgspec

from entente.errors import EntenteError
from entente.policy import Reason
from entente.records import KINDS
from entente.records.base import PURPOSE_LABELS
from entente_node.schema_words import reworded

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
    """The message in the language, with its values; those that are words are said in it too."""
    template = catalogue(language).gettext(message) if message else message
    if not values:
        return template
    return template.format(**{name: _value(name, value, language) for name, value in values.items()})


def _value(name: str, value: object, language: str) -> object:
    if isinstance(value, EntenteError):
        return say_error(value, language=language)
    if isinstance(value, Reason):
        return say(value.message, value.values, language=language)
    return _words(name, str(value), language) if isinstance(value, str | msgspec.MsgspecError) else value


def _words(name: str, value: str, language: str) -> str:
    translate = catalogue(language).gettext
    match name:
        case "kind" if value in KINDS:
            return KINDS[value].title[language == "en"].lower()
        case "purpose" if value in PURPOSE_LABELS.words:
            return PURPOSE_LABELS.words[value][language == "en"]
        case "what" | "precision" if value:
            return translate(value)
        case "reason":
            return reworded(value, translate)
        case _:
            return value


def say_error(error: EntenteError, *, language: str) -> str:
    """What an error says, in the language."""
    return say(error.message, error.values, language=language)


def printable(text: str) -> str:
    """Text from elsewhere for a terminal or a log: what moves the cursor or turns the reading is spelled out."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

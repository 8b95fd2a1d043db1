"""Say the core's messages in the reader's language.

Errors and reasons of the core are an English template and its values. The catalogue
``locale/<language>/LC_MESSAGES/entente.mo`` (compiled by Babel at set-up) holds the French.
The desk's own pages use Django's catalogue ``django``; the command uses this one.
"""

from __future__ import annotations

import gettext as _gettext
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from entente.errors import EntenteError

_LOCALE = Path(__file__).parent / "locale"


@cache
def catalogue(language: str) -> _gettext.NullTranslations:
    """The catalogue of a language; English is the language of the templates."""
    return _gettext.translation("entente", _LOCALE, languages=[language], fallback=True)


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

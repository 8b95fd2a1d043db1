"""The command's language, decided once a process, before anything that speaks is imported.

Help texts are made when the modules of this package are imported; typer and click ask
Python's own ``gettext``. Both get the catalogue ``entente`` here, so import this first.
"""

from __future__ import annotations

import gettext
import os
from typing import Final

from entente_node.speech import LOCALE, say, shell_language

LANGUAGE: Final = shell_language()
"""``fr`` or ``en``."""

os.environ["LANGUAGE"] = LANGUAGE  # what gettext asks first, whatever LANG names
gettext.bindtextdomain("entente", LOCALE)
gettext.textdomain("entente")


def _(message: str, /, **values: object) -> str:
    """The message in the command's language, with its values."""
    return say(message, values, language=LANGUAGE)


def number_of(one: str, many: str, count: int, /, **values: object) -> str:
    """The message for a count, in the command's language; ``{count}`` is among its values."""
    # Both languages have two forms and differ at zero only: French says "0 fiche", English "0 records".
    singular = count == 1 or (count == 0 and LANGUAGE == "fr")
    return say(one if singular else many, {"count": count, **values}, language=LANGUAGE)


LIBRARY: Final = (
    "Arguments",
    "Options",
    "Commands",
    "Error",
    "Aborted.",
    "Missing command.",
    "No such command {name!r}.",
    "Did you mean {suggestions}?",
    "Show this message and exit.",
    "[default: {}]",
    "[env var: {}]",
    "[required]",
)
"""What typer says and asks gettext for: translated with the rest (tools/messages.py reads this)."""

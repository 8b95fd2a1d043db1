"""Whatever stops a verb, as a sentence and an exit code."""

from __future__ import annotations

from typing import Any

import typer

from entente.errors import EntenteError
from entente_node.cli.words import LANGUAGE, _
from entente_node.speech import say_error

_REFUSED = 1
_USAGE = 2
_INTERRUPTED = 130


def refusal(error: BaseException) -> tuple[int, str] | None:
    """The exit code and what to say of what was expected to go wrong; None for anything else."""
    match error:
        case EntenteError():
            told = _REFUSED, say_error(error, language=LANGUAGE)
        case typer.Abort():
            told = _INTERRUPTED, _("interrupted")
        case typer.Exit():
            told = error.exit_code, ""
        case BrokenPipeError():
            return None
        case OSError():
            why = error.strerror or type(error).__name__
            told = _REFUSED, _("the system refuses: {reason}", reason=why)
        case _ if type(error).__module__ == "django.db.utils":
            # By the class's home: importing Django for an error of another kind costs half a second.
            told = _REFUSED, _("the ledger cannot be read or written: {reason}", reason=error)
        case _ if hasattr(error, "format_message"):
            told = _USAGE, _usage(error)
        case _:
            return None
    return told


def _usage(error: Any) -> str:
    """What typer says of wrong usage, in our own words where it has only English ones."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "entente"
    parameter = getattr(error, "param", None)
    match type(error).__name__:
        case "NoArgsIsHelpError":
            return ""
        case "MissingParameter" if parameter is not None:
            text = _("{name} is missing", name=_name(parameter))
        case "NoSuchOption":
            text = _("there is no option {name}", name=error.option_name)
        case "BadParameter" if parameter is not None:
            choices = getattr(getattr(parameter, "type_descriptor", None), "choices", None)
            wanted = _("one of {choices}", choices=", ".join(map(str, choices))) if choices else error.message
            text = _("{name} is wrong: {reason}", name=_name(parameter), reason=wanted)
        case _:
            text = error.format_message()
    return f"{text}\n{_('`{command} --help` says more.', command=path)}"


def _name(parameter: Any) -> str:
    if getattr(parameter, "param_type_name", "") == "option":
        return str(parameter.opts[0])
    return str(parameter.metavar or parameter.name)

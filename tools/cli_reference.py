"""The reference of the command, written from the command: docs/reference/cli.md and cli.fr.md.

``python -m tools.cli_reference`` writes both; a test refuses pages that are behind the command.
The language of a process is fixed when it starts, so each page is made by a process of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGES: Final = {
    "en_GB.UTF-8": ROOT / "docs/reference/cli.md",
    "fr_FR.UTF-8": ROOT / "docs/reference/cli.fr.md",
}
"""The page of each language."""

_TITLES: Final = {
    "en": (
        "The command",
        "Arguments",
        "Options",
        "compulsory",
        "default",
        "Written by tools/cli_reference.py.",
    ),
    "fr": (
        "La commande",
        "Arguments",
        "Options",
        "obligatoire",
        "par défaut",
        "Écrit par tools/cli_reference.py.",
    ),
}


def page() -> str:
    """The page in the language of this process."""
    import typer

    from entente_node.cli.app import build
    from entente_node.cli.words import LANGUAGE

    root = typer.main.get_command(build())
    title, *_rest, written = _TITLES[LANGUAGE]
    lines = [f"# {title} `entente`", "", f"<!-- {written} -->", "", *_about(root), ""]
    lines += _parameters(root, LANGUAGE)
    lines += _verbs(root, "entente", LANGUAGE)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def _about(command: Any) -> list[str]:
    return [part for part in (command.help, "", getattr(command, "epilog", None)) if part is not None]


def _verbs(noun: Any, path: str, language: str) -> Iterator[str]:
    for name, command in noun.commands.items():
        full = f"{path} {name}"
        if hasattr(command, "commands"):
            yield from (f"## `{full}`", "", command.help, "")
            yield from _verbs(command, full, language)
            continue
        level = "##" if path == "entente" else "###"
        yield from (f"{level} `{full}`", "", command.help, "", "```", _usage(command, full), "```", "")
        yield from _parameters(command, language)


def _usage(command: Any, path: str) -> str:
    parts = [path]
    for one in command.params:
        name = one.metavar or one.name.upper()
        if one.param_type_name == "argument":
            parts.append(name if one.required or name.startswith("[") else f"[{name}]")
        elif one.required:
            parts.append(f"{one.opts[0]} {name}")
    return " ".join([*parts, "[…]"])


def _parameters(command: Any, language: str) -> Iterator[str]:
    _title, arguments, options, compulsory, default, _written = _TITLES[language]
    for title, kind in ((arguments, "argument"), (options, "option")):
        found = [one for one in command.params if one.param_type_name == kind]
        if not found:
            continue
        yield from (f"{title} :" if language == "fr" else f"{title}:", "")
        for one in found:
            names = (
                ", ".join(f"`{name}`" for name in one.opts)
                if kind == "option"
                else f"`{one.metavar or one.name}`"
            )
            choices = getattr(one.type_descriptor, "choices", None)
            notes = [f"`{'`, `'.join(map(str, choices))}`"] if choices else []
            if kind == "option" and one.required:
                notes.append(compulsory)
            elif (
                kind == "option"
                and one.show_default
                and one.default not in (None, False, "")
                and not callable(one.default)
            ):
                notes.append(f"{default} `{one.default}`")
            yield f"- {names}: {one.help}" + (f" ({'; '.join(notes)})" if notes else "")
        yield ""


def made(language: str) -> str:
    """The page in a language, by a process of that language."""
    # LC_ALL would overrule LANG.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    result = subprocess.run(
        [sys.executable, "-m", "tools.cli_reference", "--page"],
        cwd=ROOT,
        env={**environment, "LANG": language},
        capture_output=True,
        check=True,
    )
    return result.stdout.decode("utf-8")


def main(arguments: list[str]) -> None:
    """Write the pages, or one page to standard output."""
    if arguments == ["--page"]:
        sys.stdout.buffer.write(page().encode())
        return
    for language, path in PAGES.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made(language), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

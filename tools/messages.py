"""The catalogue ``entente``: every sentence of the command and of the core, and its French.

``python -m tools.messages`` reads the source and brings entente.po up to date; translations
that are there stay, new sentences are added without one, sentences that are gone go. A test
refuses a catalogue that is behind the source or lacks French.

A sentence is found by the shape of the code: the arguments of ``_`` and ``number_of``, the
first string of an error, the template of a reason or a problem, the docstring of a verb, the
tables named TEMPLATES and LIBRARY, and what a codec or a base64 reader calls its subject.
Babel's own extractor knows calls only, hence this one (``babel.cfg`` names it).
"""

from __future__ import annotations

import ast
import inspect
import io
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).resolve().parents[1]
CATALOGUE: Final = ROOT / "src/entente_node/locale/fr/LC_MESSAGES/entente.po"

Found = tuple[int, str | None, str, list[str]]
"""Line, function, message, comments: what Babel expects of an extractor."""

_ARGUMENTS: Final = {
    "_": (0,),
    "number_of": (0, 1),
    "Problem": (1,),
    "Reason": (1,),
    "Codec": (1,),
    "unb64": (1,),
    "decode_any": (1,),
}
"""Which positional arguments of a call are sentences."""
_FAULTS: Final = frozenset({"AssertionError", "RuntimeError", "TypeError", "ValueError"})
"""Errors of Python: faults of the program, which nobody translates."""
_TABLES: Final = frozenset({"TEMPLATES", "LIBRARY"})


def extract(
    file: IO[bytes],
    _keywords: Sequence[str],
    _tags: Collection[str],
    options: dict[str, Any],  # noqa: ARG001  Babel passes it by name
) -> Iterator[Found]:
    """The sentences of one Python file, as a Babel extraction method."""
    for node in ast.walk(ast.parse(file.read())):
        for line, text in _sentences(node):
            yield line, None, text, []


def _sentences(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            yield from _of_call(name, node)
        case ast.FunctionDef() if any(_is_verb(decorator) for decorator in node.decorator_list):
            text = ast.get_docstring(node)
            if text:
                yield node.lineno, inspect.cleandoc(text)
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=table)
            | ast.AnnAssign(target=ast.Name(id=name), value=table)
        ):
            if name in _TABLES and table is not None:
                yield from _of_table(table)


def _of_call(name: str, call: ast.Call) -> Iterator[tuple[int, str]]:
    positions = _ARGUMENTS.get(name, (0,) if name.endswith("Error") and name not in _FAULTS else ())
    subject = name in _ARGUMENTS or name.endswith("Error")
    for argument in [
        *(call.args[at] for at in positions if at < len(call.args)),
        *(k.value for k in call.keywords if k.arg == "what" or (subject and k.arg == "message")),
    ]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
            yield argument.lineno, argument.value


def _of_table(table: ast.expr) -> Iterator[tuple[int, str]]:
    values = (
        table.values if isinstance(table, ast.Dict) else table.elts if isinstance(table, ast.Tuple) else []
    )
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
            yield value.lineno, value.value


def _is_verb(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id == "verb"
    )


def in_source() -> Catalog:
    """Every sentence of the source, with where it stands."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, _options = parse_mapping_cfg(file)
    catalog = Catalog(project="entente", domain="entente", charset="utf-8")
    for path, _line, message, _comments, _context in extract_from_dir(ROOT, methods):
        # No line numbers: they would change the file whenever the code moves.
        catalog.add(message, locations=[(Path(path).as_posix(), 0)])
    return catalog


def held() -> Catalog:
    """The French catalogue as it is."""
    if not CATALOGUE.exists():
        return Catalog(locale="fr", domain="entente", project="entente")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="fr", domain="entente")


def updated() -> bytes:
    """The French catalogue brought up to date with the source."""
    template, known = in_source(), held()
    catalog = Catalog(locale="fr", domain="entente", project="entente", charset="utf-8", fuzzy=False)
    catalog.revision_date = catalog.creation_date = known.creation_date
    for message in template:
        if message.id:
            before = known.get(message.id)
            places = sorted({(path, 0) for path, _line in message.locations})
            catalog.add(message.id, before.string if before is not None else "", locations=places)
    out = io.BytesIO()
    write_po(out, catalog, width=110, sort_output=True, omit_header=True, include_lineno=False)
    return HEADER.encode() + out.getvalue()


HEADER: Final = """\
# French of the command and of the core's sentences.
# Brought up to date by `python -m tools.messages`; compiled to .mo at set-up.
msgid ""
msgstr ""
"Project-Id-Version: entente\\n"
"Language: fr\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

"""


def main() -> None:
    """Bring the catalogue up to date."""
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_bytes(updated())


if __name__ == "__main__":
    main()

"""``export flows``: the flows held here as a table with HXL tags, for a spreadsheet or another system."""

from __future__ import annotations

import csv
import io
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Annotated, Final

import typer

from entente.errors import RecordError
from entente.interop.hxl import targets_of
from entente.interop.hxl_rows import cells_of, header_rows
from entente.records import decode
from entente.records.times import parse_at
from entente_node.cli.importing import FLOWS
from entente_node.cli.options import From, Since
from entente_node.cli.shell import Panel, Shell, group, verb
from entente_node.cli.tables import open_text
from entente_node.cli.words import LANGUAGE, _, number_of

_PARTY: Final = ("#org+party", ("Partie", "Party"))
"""Whose record it is: no field of a record, and left aside by an import."""

verbs = typer.Typer()
exports = group(verbs, "export", _("Give other systems what they read."), panel=Panel.RECORDS)


@verb(exports, "flows", json=False)
def export_flows(
    shell: Shell,
    *,
    target: Annotated[
        Path,
        typer.Argument(metavar="FILE.csv", show_default=False, help=_("The file; else standard output.")),
    ] = Path("-"),
    kind: Annotated[
        str, typer.Option(metavar="KIND", help=_("What the rows are: {known}", known=", ".join(FLOWS)))
    ] = "flow-of-people",
    since: Since = None,
    from_: From = None,
) -> None:
    """Write flows as CSV with HXL tags: ours as they were filed, the partners' as they came."""
    if kind not in FLOWS:
        raise RecordError("{kind} is no kind of record: {known}", kind=kind, known=", ".join(FLOWS))
    starts = int(parse_at(since)[0].timestamp()) if since else 0
    shell.load()
    from entente_node.ledger.bodies import bodies

    targets = targets_of(FLOWS[kind])
    names, tags = header_rows(FLOWS[kind], LANGUAGE)
    count = 0
    with ExitStack() as stack:
        writer = csv.writer(
            stack.enter_context(open_text(target)) if str(target) != "-" else _standard(stack)
        )
        writer.writerow([*names, _PARTY[1][LANGUAGE == "en"]])
        writer.writerow([*tags, _PARTY[0]])
        for party, body in bodies(kind, starts=starts, party=from_ or ""):
            writer.writerow([*cells_of(decode(body), targets), party])
            count += 1
    shell.note(number_of("{count} record.", "{count} records.", count))


def _standard(stack: ExitStack) -> IO[str]:
    """Standard output in UTF-8, whatever the shell's locale is; it stays open."""
    text = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=True)
    stack.callback(text.detach)
    return text

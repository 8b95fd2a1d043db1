"""``import flows``: a table becomes records, row by row; what is refused is told with its line.

Rows are filed in transactions of 5,000 and never all held at once. A row whose record was imported
before adds nothing, so a file can be given again after Ctrl-C, or when it has grown.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from entente.errors import EntenteError, RecordError
from entente.interop.hxl import Column, Layout, find_layout, target_of_path
from entente.interop.hxl_rows import RowReader
from entente.records import KINDS, Record, encode
from entente.records.base import Purpose, Tlp
from entente.records.flow import Flow
from entente.store import MOST_IN_A_TRANSACTION
from entente_node.cli.explain import decision_plain
from entente_node.cli.filing import areas_of, imports
from entente_node.cli.options import ServiceOption, default_service
from entente_node.cli.shell import Shell, said, verb
from entente_node.cli.tables import Table, open_table, open_text
from entente_node.cli.taking import Done, Refused, Taken, file_batch, tell_done
from entente_node.cli.words import LANGUAGE, _, number_of

if TYPE_CHECKING:
    from entente.node import Node

FLOWS: Final = {name: kind for name, kind in KINDS.items() if issubclass(kind, Flow)}
"""The kinds that a table brings."""

_SHOWN: Final = 10
"""Refused rows that are told on the screen; all of them are in the report."""
_PURPOSES: Final[dict[str, Purpose]] = {
    "flow-of-people": "mobility",
    "flow-of-livestock": "pastoral",
    "flow-of-goods": "trade",
}


verbs = typer.Typer()
"""None of its own: ``import flows`` stands beside ``import cap``."""


@verb(imports, "flows")
def import_flows(
    shell: Shell,
    *,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.csv",
            help=_("A table with HXL tags or names over its columns; - for standard input."),
        ),
    ],
    kind: Annotated[
        str, typer.Option(metavar="KIND", help=_("What the rows are: {known}", known=", ".join(FLOWS)))
    ] = "flow-of-people",
    service: ServiceOption = None,
    purpose: Annotated[
        Purpose | None,
        typer.Option(show_default=False, help=_("The purpose of rows that say none; else that of the kind.")),
    ] = None,
    tlp: Annotated[
        Tlp | None, typer.Option(show_default=False, help=_("The marking of rows that say none."))
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=FIELD",
            show_default=False,
            help=_(
                "What a column says: its name, tag or number, and the field; without a field it is left aside."
            ),
        ),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            show_default=False,
            help=_("A value for the rows that say none: place.code=labbezanga"),
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv", show_default=False, help=_("Write every refused row there: line and reason.")
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Read and check, file nothing."))] = False,
) -> None:
    """Import flows from a table; a bad row does not stop the others, and a row that came before adds nothing."""
    if kind not in FLOWS:
        raise RecordError("{kind} is no kind of record: {known}", kind=kind, known=", ".join(FLOWS))
    if report is not None and report.resolve() == source.resolve():
        raise typer.BadParameter(_("the report would overwrite the table"))
    chosen, node = FLOWS[kind], shell.node
    given = {target_of_path(chosen, name).path: value for name, value in _pairs(sets or [], "--set").items()}
    mapped = _pairs(maps or [], "--map")
    with open_table(source, lambda rows: find_layout(chosen, rows, mapped)) as table, ExitStack() as stack:
        if not shell.json:
            _tell_columns(shell, table)
        given |= {"tlp": tlp} if tlp else {}
        given |= _origin(node, chosen, table.layout, given, service=service, purpose=purpose)
        reader = RowReader(
            chosen, table.layout, given=given, areas=areas_of(node), tz=time_zone(node), countries=countries()
        )
        refused = Refused(_report(report, stack) if report else None)
        done = Done()
        with _progress(shell, table) as advance:
            for batch in _batches(node, table, reader, refused):
                if dry_run:
                    done.filed += len(batch)
                else:
                    file_batch(node, batch, done, refused)
                advance()
        if shell.json:
            shell.emit(_plain(kind, table, done, refused, dry_run=dry_run))
        else:
            _tell(shell, done, refused, report, dry_run=dry_run)
    if refused.count:
        raise typer.Exit(1)


def _batches(node: Node, table: Table, reader: RowReader, refused: Refused) -> Iterator[list[Taken]]:
    from entente_node.ledger.imported import row_hash

    batch: list[Taken] = []
    for row in table:
        try:
            if row.error is not None:
                raise row.error
            record = reader.record(row.cells)
            if record is None:
                continue
            if record.is_released or record.about or record.code:
                node.check(record)  # nothing else in a flow depends on this node
            batch.append(Taken(row, record, row_hash(encode(record))))
        except EntenteError as error:
            refused.add(row, error)
        if len(batch) == MOST_IN_A_TRANSACTION:
            yield batch
            batch = []
    yield batch


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.rpartition("=") if option == "--map" else text.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(
                _("{option} {text}: two words with = between them", option=option, text=text)
            )
        found[name.strip()] = value.strip()
    return found


def _origin(
    node: Node,
    kind: type[Record],
    layout: Layout,
    given: Mapping[str, str],
    *,
    service: str | None,
    purpose: str | None,
) -> dict[str, str]:
    """Purpose and service for the rows that say none: what was chosen, else what there is only one of."""
    said = {column.target.path for column in layout.columns if column.target}
    found: dict[str, str] = {"purpose": purpose} if purpose else {}
    if purpose is None and not {"purpose"} & (said | given.keys()):
        found["purpose"] = _PURPOSES[kind.kind()]
    if service:
        found["service"] = service
    elif not {"service"} & (said | given.keys()):
        found["service"] = default_service(node, found.get("purpose") or given.get("purpose", ""))
    return found


def time_zone(node: Node) -> str:
    """The zone in which days are meant: that of the newest agreement held, else UTC."""
    zones = [node.register.signed(version).agreement.time_zone for version in node.store.versions()]
    return zones[-1] if zones else "UTC"


@cache
def countries() -> dict[str, str]:
    """ISO 3166-1 alpha-2 by the codes of two and three letters and by French and English names, in lower case."""
    from babel import Locale
    from babel.core import get_global

    names: dict[str, str] = {}
    for language in ("fr", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():  # noqa: PLR2004  the others are regions of the world
                names |= {name.casefold(): code, code.casefold(): code}
    for code, aliases in get_global("territory_aliases").items():
        if len(code) == 3 and code.isalpha() and len(aliases) == 1:  # noqa: PLR2004  alpha-3
            names.setdefault(code.casefold(), aliases[0])
    return names


def _report(path: Path, stack: ExitStack) -> Any:
    """Where every refused row is written. Raises StoreError."""
    writer = csv.writer(stack.enter_context(open_text(path)))
    writer.writerow([_("First line"), _("Last line"), _("Reason")])
    writer.writerow(["#meta+line+first", "#meta+line+last", "#description+reason"])
    return writer


@contextmanager
def _progress(shell: Shell, table: Table) -> Iterator[Callable[[], None]]:
    """A bar on standard error that follows the bytes of the file."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=shell.err, transient=True, disable=not shell.err.is_terminal) as bar:
        task = bar.add_task(_("importing"), total=table.size)
        yield lambda: bar.update(task, completed=table.read)


def _tell_columns(shell: Shell, table: Table) -> None:
    for column in table.layout.columns:
        if column.target is not None:
            field_ = f"{column.target.label(LANGUAGE)} ({column.target.path})"
            shell.note(f"  {column.header} → {field_}")
        else:
            shell.note(f"  {column.header} → {_('left aside')}", "" if column.how == "ignored" else "yellow")


def _tell(shell: Shell, done: Done, refused: Refused, report: Path | None, *, dry_run: bool) -> None:
    for line, last, error in refused.first[:_SHOWN]:
        shown = str(line) if line == last else f"{line}–{last}"
        shell.note(_("line {line}: {reason}", line=shown, reason=error), "red")
    more = refused.count - _SHOWN
    if more > 0:
        shell.note(number_of("and {count} row more", "and {count} rows more", more), "red")
    tell_done(shell, done, dry_run=dry_run)
    if refused.count:
        where = _(", all of them in {file}", file=report) if report else ""
        shell.tell(
            number_of(
                "{count} row was refused{where}.",
                "{count} rows were refused{where}.",
                refused.count,
                where=where,
            ),
            "red",
        )


def _plain(kind: str, table: Table, done: Done, refused: Refused, *, dry_run: bool) -> dict[str, object]:
    return {
        "kind": kind,
        "columns": [_column(column) for column in table.layout.columns],
        "separator": table.separator,
        "encodings": table.encodings,
        "dry_run": dry_run,
        "filed": done.filed,
        "already": done.already,
        "doubled": done.doubled,
        "refused": refused.count,
        "refusals": [{"line": line, "last_line": last, **said(error)} for line, last, error in refused.first],
        "rulings": [
            {"agreement": key[0], "recipient": key[1], "count": told.count, **decision_plain(told.decision)}
            for key, told in done.told.items()
        ],
    }


def _column(column: Column) -> dict[str, object]:
    return {
        "column": column.index + 1,
        "header": column.header,
        "field": column.target.path if column.target else None,
        "how": column.how,
    }

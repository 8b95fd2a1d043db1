"""``simulate``: a synthetic corridor as one side counts it, for trials, lessons and tests. Nothing was observed."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from entente.agreements.document import Agreement, Zone
from entente.errors import RecordError
from entente.interop.hxl import Target, targets_of
from entente.interop.hxl_rows import cells_of, header_rows
from entente.records import Record, encode
from entente.records.base import Tlp
from entente.store import MOST_IN_A_TRANSACTION
from entente_node.cli.importing import FLOWS
from entente_node.cli.shell import Panel, Shell, verb
from entente_node.cli.tables import TableRow, open_text
from entente_node.cli.taking import Done, Refused, Taken, file_batch, tell_done
from entente_node.cli.words import LANGUAGE, _, number_of
from entente_node.simulation import Corridor, count
from entente_node.simulation.counting import PURPOSES

_MOST_DAYS: Final = 40_000
_NOBODY: Final = "simulation"
"""The service of records for which no agreement names one."""
_REMARK: Final = ("#meta+synthetic", ("Remarque", "Remark"))

verbs = typer.Typer()


class _Ground(msgspec.Struct):
    """What of an agreement, or of the draft that the demonstration begins from, a corridor is made of."""

    zone: Zone
    time_zone: str


@verb(verbs, "simulate", panel=Panel.NODE)
def simulate(
    shell: Shell,
    *,
    seed: Annotated[
        int, typer.Option(min=0, help=_("The same seed is the same corridor, on both sides."))
    ] = 1,
    first: Annotated[
        str, typer.Option("--from", metavar="DAY", help=_("The first day: 2021-12-01"))
    ] = "2021-12-01",
    days: Annotated[int, typer.Option(min=1, max=_MOST_DAYS, help=_("How many days."))] = 30,
    side: Annotated[
        str | None,
        typer.Option(
            metavar="COUNTRY",
            show_default=False,
            help=_("The side that counts, two letters of ISO 3166; else that of this node."),
        ),
    ] = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            show_default=False,
            help=_("Only this kind, and others with the same option: {known}", known=", ".join(FLOWS)),
        ),
    ] = None,
    service: Annotated[
        str | None,
        typer.Option(show_default=False, help=_("The service that counts; else the one of the agreement.")),
    ] = None,
    tlp: Annotated[Tlp, typer.Option(help=_("The marking of every record."))] = "GREEN",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            show_default=False,
            help=_("A table with HXL tags, of one kind; else JSON lines."),
        ),
    ] = None,
    into: Annotated[
        bool, typer.Option("--file", help=_("File the records on this node, those that are new."))
    ] = False,
) -> None:
    """Make synthetic flows of a corridor as one side counts them; both sides with one seed see one corridor."""
    if out is not None and into:
        raise typer.BadParameter(_("one of --out and --file"))
    agreement, ground = _ground(shell)
    chosen = kinds or (["flow-of-people"] if out else list(FLOWS))
    if out is not None and len(chosen) > 1:
        raise typer.BadParameter(_("a table has one kind: choose it with --kind"))
    for kind in chosen:
        if kind not in FLOWS:
            raise RecordError("{kind} is no kind of record: {known}", kind=kind, known=", ".join(FLOWS))
    country = side or shell.folder.config.country
    records = count(
        Corridor({area.code: area for area in ground.zone.areas}, seed),
        country.upper(),
        _day(first),
        days,
        services={kind: service or _service(agreement, country.upper(), kind) for kind in chosen},
        tz=ground.time_zone,
        tlp=tlp,
    )
    if not shell.json:
        shell.note(
            _("Synthetic: nobody observed this. Seed {seed}, side {country}.", seed=seed, country=country),
            "yellow",
        )
    if into:
        _file(shell, records)
    elif out is not None:
        _table(shell, records, chosen[0], out, seed)
    else:
        _lines(shell, records)


def _ground(shell: Shell) -> tuple[Agreement | None, _Ground]:
    """The newest agreement that this node holds, else the draft of the demonstration."""
    if (shell.folder.path / "node.toml").exists():
        held = shell.node.store.versions()
        if held:
            agreement = shell.node.register.signed(held[-1]).agreement
            return agreement, _Ground(agreement.zone, agreement.time_zone)
    draft = files("entente_node.demo").joinpath("agreement.json").read_bytes()
    return None, msgspec.json.decode(draft, type=_Ground)


def _service(agreement: Agreement | None, country: str, kind: str) -> str:
    """The first service of the side with a mandate for what is counted."""
    for party in agreement.parties if agreement else ():
        if party.country == country:
            for service in party.services:
                if PURPOSES[kind] in service.mandates and not service.community:
                    return service.id
    return _NOBODY


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RecordError("{at} is not in the calendar", at=text) from None


def _file(shell: Shell, records: Iterator[Record]) -> None:
    from entente_node.ledger.imported import row_hash

    node, done, number = shell.node, Done(), 0
    while batch := list(islice(records, MOST_IN_A_TRANSACTION)):
        taken = []
        for record in batch:
            number += 1
            taken.append(Taken(TableRow(number, number, ()), record, row_hash(encode(record))))
        file_batch(node, taken, done, Refused())
    if shell.json:
        shell.emit({"filed": done.filed, "already": done.already})
    else:
        tell_done(shell, done)


def _table(shell: Shell, records: Iterator[Record], kind: str, out: Path, seed: int) -> None:
    """A table of the columns that a simulation fills, each row saying that it is synthetic."""
    targets = [target for target in targets_of(FLOWS[kind]) if _is_filled(target)]
    remark = _("synthetic data, seed {seed}: nobody observed this", seed=seed)
    written = 0
    with ExitStack() as stack:
        writer = csv.writer(stack.enter_context(open_text(out)))
        names, tags = header_rows(FLOWS[kind], LANGUAGE, targets)
        writer.writerow([*names, _REMARK[1][LANGUAGE == "en"]])
        writer.writerow([*tags, _REMARK[0]])
        for record in records:
            writer.writerow([*cells_of(record, targets), remark])
            written += 1
    if shell.json:
        shell.emit({"file": str(out), "kind": kind, "records": written})
    else:
        shell.tell(number_of("{count} record.", "{count} records.", written))


_LEFT_OUT: Final = frozenset(
    {
        "code",
        "reported_at",
        "verification",
        "about",
        "revises",
        "article",
        "released_at",
        "released_by",
        "observations",
    }
)


def _is_filled(target: Target) -> bool:
    name, _dot, part = target.path.partition(".")
    return name not in _LEFT_OUT and part not in {"lat", "lon"}


def _lines(shell: Shell, records: Iterator[Record]) -> None:
    kinds: Counter[str] = Counter()
    found: list[object] = []
    for record in records:
        kinds[record.kind()] += 1
        if shell.json:
            found.append(msgspec.json.decode(encode(record)))
        else:
            sys.stdout.buffer.write(encode(record) + b"\n")
    if shell.json:
        shell.emit(found)
    else:
        sys.stdout.buffer.flush()
        shell.note(number_of("{count} record.", "{count} records.", kinds.total()))

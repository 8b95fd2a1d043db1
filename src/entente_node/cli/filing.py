"""``file``, ``import cap``, ``confirm``, ``answer``, ``withdraw``, ``release``: what a node says itself."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from entente.errors import EntenteError, RecordError, StoreError
from entente.interop import cap
from entente.interop.cap_xml import MAX_BYTES
from entente.places import Area
from entente.records import Record, decode
from entente.records.base import Purpose, Tlp
from entente.records.codes import check_code
from entente.records.message import Step
from entente.records.withdrawal import Reason as Why
from entente.store import MOST_IN_A_TRANSACTION
from entente_node.cli.lines import Line, read_records
from entente_node.cli.options import Code, ConfirmText, ServiceOption, default_service
from entente_node.cli.outcomes import filed_plain, show_filing, tell, tell_ruling
from entente_node.cli.shell import Panel, Shell, group, read_file, said, verb
from entente_node.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from entente.filing import Filing
    from entente.node import Node

_PATIENCE: Final = 2.0
"""Seconds before a progress bar shows itself."""
_CAP_TYPE: Final = "application/cap+xml"

verbs = typer.Typer()


@verb(verbs, "file", panel=Panel.RECORDS)
def file(
    shell: Shell,
    *,
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help=_("JSON lines, one record each; - for standard input."))
    ],
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help=_("File the good lines although others are bad."))
    ] = False,
    confirm_text: ConfirmText = False,
) -> None:
    """File records from JSON lines; says at once what will not leave, and why."""
    gc.disable()  # what is read here lives until the end: looking through it again and again finds nothing
    good, bad = _read(source)
    for line in bad:
        shell.note(_("line {line}: {reason}", line=line.number, reason=_reason(line)), "red")
    if bad and not keep_going:
        raise RecordError(
            "{count} lines are bad and nothing was filed: correct them, or file the others with --keep-going",
            count=len(bad),
        )
    filings = _file_all(shell, [line.record for line in good if line.record], confirmed=confirm_text)
    if filings:
        told = filings[0].record.code or "" if len(filings) == 1 else ""
        shell.audit("record.filed", told, count=len(filings))
    rulings = shell.node.rulings_of([filing.record for filing in filings], confirmed=confirm_text)
    if shell.json:
        shell.emit(
            {
                "filed": [
                    {"line": line.number, **filed_plain(filing, ruled)}
                    for line, filing, ruled in zip(good, filings, rulings, strict=True)
                ],
                "refused": [{"line": line.number, **said(line.error)} for line in bad if line.error],
            }
        )
    else:
        tell(shell, filings, rulings)
    if bad:
        raise typer.Exit(1)


imports = group(verbs, "import", _("Take in what other systems write."), panel=Panel.RECORDS)


@verb(imports, "cap")
def import_cap(
    shell: Shell,
    *,
    source: Annotated[
        Path, typer.Argument(metavar="FILE.xml", help=_("A CAP 1.2 file; - for standard input."))
    ],
    service: ServiceOption = None,
    purpose: Annotated[
        Purpose | None,
        typer.Option(
            show_default=False,
            help=_(
                "The purpose, which never changes; else security where the file says so, else humanitarian."
            ),
        ),
    ] = None,
    tlp: Annotated[
        Tlp | None,
        typer.Option(show_default=False, help=_("The marking; else that of the file or its scope.")),
    ] = None,
    confirm_text: ConfirmText = False,
) -> None:
    """Import a CAP 1.2 alert; the original stays on this node."""
    data = read_file(source, limit=MAX_BYTES)
    node = shell.node
    message, areas = cap.parse(data), areas_of(node)
    if purpose is None:
        purpose = cap.to_record(message, service="import", areas=areas).purpose
    chosen = service or default_service(node, purpose)
    alert = cap.to_record(message, service=chosen, purpose=purpose, tlp=tlp, areas=areas)
    [filing] = node.file([alert], confirmed=confirm_text, originals=[(_CAP_TYPE, data)])
    shell.audit("record.filed", filing.record.code or "", kind=filing.record.kind())
    ruled = node.rulings(filing.record, confirmed=confirm_text)
    if shell.json:
        shell.emit(filed_plain(filing, ruled))
        return
    from entente_node.cli.text import record_rows

    shell.table([_("Field"), _("Understood as")], record_rows(filing.record, LANGUAGE))
    if filing.record.place is None or filing.record.place.code is None:
        shell.note(
            _("No place of the agreement is near what the file says: an alert without one does not leave."),
            "yellow",
        )
    tell(shell, [filing], [ruled])


@verb(verbs, "confirm", panel=Panel.RECORDS)
def confirm(shell: Shell, code: Code) -> None:
    """Confirm that the free text of a record was read and may leave."""
    node = shell.node
    node.confirm(code)
    shell.audit("record.confirmed", check_code(code))
    ruled = node.explain(code)
    if shell.json:
        shell.emit({"code": check_code(code), "confirmed": True})
        return
    shell.tell(_("{code} is confirmed.", code=check_code(code)), "green")
    for one in ruled:
        tell_ruling(shell, one.recipient, one.explanation.decision)


@verb(verbs, "answer", panel=Panel.RECORDS)
def answer(
    shell: Shell,
    *,
    code: Code,
    ack: Annotated[bool, typer.Option("--ack", help=_("We have seen it."))] = False,
    under_way: Annotated[bool, typer.Option("--under-way", help=_("We are acting."))] = False,
    close: Annotated[bool, typer.Option("--close", help=_("It is over."))] = False,
    text: Annotated[str | None, typer.Option(show_default=False, help=_("Words for the other side."))] = None,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="PARTY",
            show_default=False,
            help=_("The party it is for; else the author of the record."),
        ),
    ] = None,
    service: ServiceOption = None,
) -> None:
    """Answer a record: acknowledge it, say that you act, close it, or write."""
    steps: list[Step] = [step for step, chosen in _steps(ack=ack, under_way=under_way, close=close) if chosen]
    if len(steps) > 1 or (not steps and text is None):
        raise typer.BadParameter(_("one of --ack, --under-way, --close, or --text, or one with --text"))
    node = shell.node
    shown = node.show(code)
    if shown is None:
        raise StoreError("there is no record {code} here", code=check_code(code))
    target = decode(shown.body)
    filing = node.answer(
        code,
        service=service or default_service(node, target.purpose),
        step=steps[0] if steps else None,
        text=text,
        to=to,
    )
    shell.audit(
        "alert.answered",
        check_code(code),
        step=steps[0] if steps else "message",
        service=filing.record.service,
    )
    show_filing(shell, filing, confirmed=True)


@verb(verbs, "withdraw", panel=Panel.RECORDS)
def withdraw(
    shell: Shell,
    *,
    code: Code,
    reason: Annotated[Why, typer.Option(help=_("Why; never in words."))] = "error",
    service: ServiceOption = None,
) -> None:
    """Take a record of ours back, here and at every recipient."""
    node = shell.node
    shown = node.show(code)
    if shown is None:
        raise StoreError("there is no record {code} here", code=check_code(code))
    chosen = service or decode(shown.body).service
    filing = node.withdraw(code, reason, service=chosen)
    shell.audit("record.withdrawn", check_code(code), reason=reason, service=chosen)
    show_filing(shell, filing, confirmed=True)


@verb(verbs, "release", panel=Panel.RECORDS)
def release(shell: Shell) -> None:
    """Decide for every recipient what leaves, and put it into the journals."""
    gc.disable()  # as in file: one batch after another, and then the end
    done = shell.node.release()
    if shell.json:
        shell.emit(
            [
                {
                    "agreement": one.agreement,
                    "recipient": one.recipient,
                    "released": one.released,
                    "withheld": one.withheld,
                    "later": one.later,
                }
                for one in done
            ]
        )
        return
    if not done:
        shell.note(_("No agreement is in force: nothing leaves."), "yellow")
        return
    shell.table(
        [_("Recipient"), _("Agreement"), _("Released"), _("Withheld"), _("Waiting")],
        [
            [one.recipient, one.agreement, str(one.released), str(one.withheld), str(one.later)]
            for one in done
        ],
    )


def areas_of(node: Node) -> dict[str, Area]:
    """The places of every agreement that is held, the newest version first to speak."""
    return {
        area.code: area
        for version in node.store.versions()
        for area in node.register.signed(version).agreement.zone.areas
    }


def _steps(*, ack: bool, under_way: bool, close: bool) -> list[tuple[Step, bool]]:
    return [("acknowledged", ack), ("under_way", under_way), ("closed", close)]


def _read(source: Path) -> tuple[list[Line], list[Line]]:
    good: list[Line] = []
    bad: list[Line] = []
    for line in read_records(source):
        (good if line.error is None else bad).append(line)
    return good, bad


def _reason(line: Line) -> str:
    return _(line.error.message, **line.error.values) if line.error else ""


def _file_all(shell: Shell, records: Sequence[Record], *, confirmed: bool) -> list[Filing]:
    """File in transactions of 5,000; what can be wrong with any of them is looked for before the first."""
    node = shell.node
    _check_codes(node, records)
    filings: list[Filing] = []
    with _progress(shell, len(records)) as advance:
        for start in range(0, len(records), MOST_IN_A_TRANSACTION):
            batch = records[start : start + MOST_IN_A_TRANSACTION]
            try:
                filings += node.file(batch, confirmed=confirmed, checked=True)
            except EntenteError as error:
                if not filings:
                    raise
                raise StoreError(
                    "the first {count} records are filed, the others are not: {reason}",
                    count=len(filings),
                    reason=error,
                ) from None
            advance(len(batch))
    return filings


def _check_codes(node: Node, records: Sequence[Record]) -> None:
    codes = Counter(record.code for record in records if record.code)
    twice = [code for code, count in codes.items() if count > 1]
    taken = sorted({*twice, *node.store.codes_taken(codes.keys())})
    if taken:
        raise RecordError("the code {code} is taken; leave it out and the record gets one", code=taken[0])
    for number, record in enumerate(records, start=1):
        if record.code is None and record.about is None and not record.is_released:
            continue  # its line was checked; nothing in it depends on this node
        try:
            node.check(record)
        except EntenteError as error:
            raise RecordError("record {number}: {reason}", number=number, reason=error) from None


@contextmanager
def _progress(shell: Shell, total: int) -> Iterator[Any]:
    """A bar on standard error, for people who would otherwise wait without a word."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=shell.err, transient=True, disable=not shell.err.is_terminal)
    task = bar.add_task(_("filing"), total=total)
    began = time.monotonic()
    started = False

    def advance(count: int) -> None:
        nonlocal started
        if not started and time.monotonic() - began > _PATIENCE:
            bar.start()
            started = True
        bar.advance(task, count)

    try:
        yield advance
    finally:
        if started:
            bar.stop()

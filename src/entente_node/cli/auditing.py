"""``audit``: who saw and did what at the desk; its chain verified, its head written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from entente.errors import JournalError, StoreError
from entente.records.times import instant
from entente_node.cli.shell import Panel, Shell, group, read_file, verb
from entente_node.cli.words import _, number_of

if TYPE_CHECKING:
    from entente_node.directory.auditing import Broken
    from entente_node.directory.heads import Head

_LONGEST_LINE: Final = 128 * 1024

verbs = typer.Typer()
noun = group(
    verbs, "audit", _("Who saw and did what at the desk: a chain that is verified."), panel=Panel.PROOF
)

_REASONS: Final = {
    "it is missing": _("it is missing"),
    "it does not follow from the entry before it": _("it does not follow from the entry before it"),
    "it was changed": _("it was changed"),
    "it is not the entry whose hash was written down": _("it is not the entry whose hash was written down"),
    "the chain ends before the head that was written down": _(
        "the chain ends before the head that was written down"
    ),
    "the head that was written down is of another chain": _(
        "the head that was written down is of another chain"
    ),
    "it was removed, and no signature of this node says so": _(
        "it was removed, and no signature of this node says so"
    ),
    "it does not lead to where the log was cut": _("it does not lead to where the log was cut"),
}
"""Why a chain does not hold, in the command's language."""

HeadFile = Annotated[
    Path | None,
    typer.Option(
        "--head",
        metavar="FILE",
        show_default=False,
        help=_("A head that was written down earlier, as `audit head` wrote it."),
    ),
]


@verb(noun, "list")
def list_(
    shell: Shell,
    *,
    account: Annotated[
        str | None, typer.Option(metavar="NAME", show_default=False, help=_("Only of this account."))
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="CODE", show_default=False, help=_("Only about this record, or what showed it.")
        ),
    ] = None,
    deed: Annotated[
        str | None, typer.Option(metavar="DEED", show_default=False, help=_("Only this deed: saw, refused …"))
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help=_("How many, the newest."))] = 30,
) -> None:
    """The newest entries of the log of accesses."""
    shell.load()
    from django.db.models import Q

    from entente_node.directory.models import AuditEntry

    rows = AuditEntry.objects.order_by("-seq")
    rows = rows.filter(account=account) if account else rows
    rows = rows.filter(deed=deed) if deed else rows
    rows = rows.filter(Q(subject=subject) | Q(detail__contains=subject)) if subject else rows
    found = list(reversed(rows[:limit]))
    if shell.json:
        shell.emit(
            [
                {
                    "seq": one.seq,
                    "at": one.at,
                    "account": one.account,
                    "service": one.service,
                    "role": one.role,
                    "deed": one.deed,
                    "subject": one.subject,
                    "detail": json.loads(one.detail),
                    "hash": one.hash,
                }
                for one in found
            ]
        )
        return
    shell.table(
        [_("Number"), _("When"), _("Account"), _("Service"), _("Deed"), _("Subject"), _("Where")],
        [
            [str(one.seq), one.at, one.account, one.service, one.deed, one.subject, _where(one.detail)]
            for one in found
        ],
    )


@verb(noun, "verify")
def verify(
    shell: Shell,
    *,
    head: HeadFile = None,
    archive: Annotated[
        list[Path] | None,
        typer.Option(
            "--archive",
            metavar="FILE.jsonl",
            show_default=False,
            help=_("A log that was exported before entries of it were removed; may be repeated."),
        ),
    ] = None,
) -> None:
    """Compute the chain anew: whether an entry was changed, taken out, put in or moved."""
    shell.load()
    from entente_node.directory import auditing, pruning

    written_down = _read(head) if head is not None else None
    begin = auditing.start()
    is_gone = written_down is not None and written_down.size < begin.size
    _hold(auditing.verify(None if is_gone else written_down))
    is_found = not is_gone
    for file in archive or []:
        broken, last = pruning.check(_lines(file))
        _hold(broken)
        if is_gone and not is_found and written_down is not None and written_down.size <= last.size:
            _hold(pruning.check(_lines(file), written_down)[0])
            is_found = True
    if not is_found:
        raise JournalError(
            "the head that was written down is of entries that were removed: name the file that was exported "
            "before with --archive"
        )
    now = auditing.head()
    if shell.json:
        shell.emit({"size": now.size, "hash": now.hash, "removed": begin.size, "verified": True})
        return
    shell.tell(
        number_of(
            "{count} entry, each as it was written.",
            "{count} entries, each as it was written.",
            now.size - begin.size,
        ),
        "green",
    )
    if begin.size:
        shell.tell(
            number_of(
                "{count} older entry was removed; its cut is signed.",
                "{count} older entries were removed; their cut is signed.",
                begin.size,
            ),
            "green",
        )
    for file in archive or []:
        shell.tell(_("{file} is a part of this chain.", file=file), "green")
    if written_down is not None:
        shell.tell(
            _(
                "The chain leads through the head that was written down, {size} entries.",
                size=written_down.size,
            ),
            "green",
        )


@verb(noun, "export")
def export(
    shell: Shell,
    *,
    target: Annotated[
        Path,
        typer.Argument(metavar="FILE.jsonl", show_default=False, help=_("The file; else standard output.")),
    ] = Path("-"),
) -> None:
    """Write the log as JSON lines, to be verified without this program."""
    shell.load()
    from entente_node.cli.tables import open_text
    from entente_node.directory import auditing

    count = 0
    if str(target) == "-":
        for line in auditing.export():
            shell.raw(f"{line}\n".encode())
        return
    with open_text(target) as file:
        for line in auditing.export():
            file.write(f"{line}\n")
            count += 1
    if shell.json:
        shell.emit({"file": str(target), "entries": count})
    else:
        shell.tell(number_of("{count} entry in {file}", "{count} entries in {file}", count, file=target))


@verb(noun, "head")
def head(shell: Shell) -> None:
    """The head of the chain, signed with the log key: what somebody outside keeps, to notice a log rewritten."""
    node = shell.node
    from entente_node.directory import auditing, heads

    now = auditing.head()
    at = instant(node.clock())
    note = heads.signed(now, at)
    if shell.json:
        shell.emit({"size": now.size, "hash": now.hash, "at": at, "note": note.decode("utf-8")})
        return
    shell.raw(note)


@verb(noun, "prune")
def prune(
    shell: Shell,
    *,
    exported: Annotated[
        Path,
        typer.Option(
            "--exported",
            metavar="FILE.jsonl",
            help=_("What `audit export` wrote: what goes must stand in it."),
        ),
    ],
    before: Annotated[
        datetime | None,
        typer.Option(
            "--before",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            show_default=False,
            help=_(
                "Remove what was written before this day; else what is older than audit_days of node.toml."
            ),
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help=_("Do not ask."))] = False,
) -> None:
    """Remove the oldest entries of the log, once they are exported; what stays still verifies."""
    node = shell.node
    from entente_node.directory import pruning

    day = _first_day(shell, node.clock()) if before is None else before.date()
    if not shell.ask(_("Remove from the log what was written before {day}?", day=day), yes=yes):
        raise StoreError("nothing was removed")
    cut = pruning.prune(datetime.combine(day, time(), UTC), _lines(exported))
    if shell.json:
        shell.emit({"removed": cut.count if cut else 0, "through": cut.through.size if cut else None})
    elif cut is None:
        shell.tell(_("Nothing in the log is so old."))
    else:
        shell.tell(
            number_of(
                "{count} entry is removed, up to number {through} of {until}; {file} has it.",
                "{count} entries are removed, up to number {through} of {until}; {file} has them.",
                cut.count,
                through=cut.through.size,
                until=cut.until,
                file=exported,
            )
        )


def _first_day(shell: Shell, now: datetime) -> date:
    days = shell.folder.config.audit_days
    if not days:
        raise StoreError("say --before, or how many days the log is kept: audit_days in node.toml")
    return (now - timedelta(days=days)).date()


def _hold(broken: Broken | None) -> None:
    if broken is not None:
        raise JournalError(
            "the log does not hold at entry {seq}: {reason}",
            seq=broken.seq,
            reason=_REASONS.get(broken.message, broken.message),
        )


def _read(file: Path) -> Head:
    """A head as it was written down. Raises MalformedError, SignatureError, UnknownKeyError."""
    from entente_node.directory import heads

    return heads.read(read_file(file, limit=heads.LARGEST))


def _lines(file: Path) -> Iterator[str]:
    """The lines of an exported log. Raises StoreError."""
    try:
        with file.open(encoding="utf-8") as opened:
            # A file without line ends must not be read whole.
            while line := opened.readline(_LONGEST_LINE):
                yield line
    except OSError as error:
        raise StoreError(
            "{file} cannot be read: {reason}", file=file, reason=error.strerror or type(error).__name__
        ) from None
    except UnicodeDecodeError:
        raise StoreError("{file} is not text in UTF-8", file=file) from None


def _where(detail: str) -> str:
    told = json.loads(detail)
    return " ".join(str(told[name]) for name in ("route", "query") if told.get(name))

"""``audit``: who saw and did what at the desk; its chain verified, its head written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from entente.errors import JournalError, MalformedError
from entente.records.times import instant
from entente.signing import parse_note, sign_note, verify_note
from entente_node.cli.shell import Panel, Shell, group, verb
from entente_node.cli.words import _, number_of

if TYPE_CHECKING:
    from entente_node.directory.auditing import Head

TYPE_LINE: Final = "entente.v1/audit-head"
_LINES: Final = 5
_LARGEST_HEAD: Final = 4_096
_HASH: Final = 64

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
    shell.node  # noqa: B018  Django before its models
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
def verify(shell: Shell, *, head: HeadFile = None) -> None:
    """Compute the chain anew: whether an entry was changed, taken out, put in or moved."""
    shell.node  # noqa: B018  Django before its models
    from entente_node.directory import auditing

    written_down = _read(shell, head) if head is not None else None
    broken = auditing.verify(written_down)
    if broken is not None:
        raise JournalError(
            "the log does not hold at entry {seq}: {reason}",
            seq=broken.seq,
            reason=_REASONS.get(broken.message, broken.message),
        )
    now = auditing.head()
    if shell.json:
        shell.emit({"size": now.size, "hash": now.hash, "verified": True})
        return
    shell.tell(
        number_of(
            "{count} entry, each as it was written.", "{count} entries, each as it was written.", now.size
        ),
        "green",
    )
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
    shell.node  # noqa: B018  Django before its models
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
    from entente_node.directory import auditing

    now = auditing.head()
    at = instant(node.clock())
    text = f"{TYPE_LINE}\n{node.keys.party}\n{now.size}\n{now.hash}\n{at}\n"
    note = sign_note(text, node.keys.log.renamed(f"{node.keys.party}/audit")).to_bytes()
    if shell.json:
        shell.emit({"size": now.size, "hash": now.hash, "at": at, "note": note.decode("utf-8")})
        return
    shell.raw(note)


def _read(shell: Shell, file: Path) -> Head:
    """A head as it was written down. Raises MalformedError, SignatureError, UnknownKeyError."""
    from entente_node.directory.auditing import Head

    try:
        data = file.read_bytes()[: _LARGEST_HEAD + 1]
    except OSError as error:
        raise MalformedError(
            "{file} cannot be read: {reason}", file=file, reason=error.strerror or type(error).__name__
        ) from None
    note = parse_note(data, limit=_LARGEST_HEAD)
    party = shell.node.keys.party
    verify_note(note, [shell.node.keys.log.renamed(f"{party}/audit").verifier])
    lines = note.text.splitlines()
    if len(lines) != _LINES or lines[0] != TYPE_LINE or lines[1] != party or len(lines[3]) != _HASH:
        raise MalformedError("{file} is no head of this node's log", file=file)
    if not (lines[2].isascii() and lines[2].isdigit()):
        raise MalformedError("{file} is no head of this node's log", file=file)
    return Head(int(lines[2]), lines[3])


def _where(detail: str) -> str:
    told = json.loads(detail)
    return " ".join(str(told[name]) for name in ("route", "query") if told.get(name))

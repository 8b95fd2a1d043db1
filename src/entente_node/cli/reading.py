"""``list``, ``show``, ``status``, ``verify``: what a node holds, and whether it is whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
import typer

from entente.errors import EntenteError, JournalError, RecordError, StoreError
from entente.interop import cap
from entente.records import KINDS, Alert, Record, decode
from entente.records.base import Purpose
from entente.records.codes import check_code
from entente.records.times import parse_at
from entente_node.cli.options import Code, From, Since
from entente_node.cli.prose import kind_title, purpose_title
from entente_node.cli.shell import Panel, Shell, message_of, said, verb
from entente_node.cli.text import dossier_rows, record_rows, state_title
from entente_node.cli.words import LANGUAGE, _, number_of

if TYPE_CHECKING:
    from entente.audit import Verification
    from entente.store import Shown

State = Literal["new", "acknowledged", "under_way", "closed", "withdrawn"]
Format = Literal["text", "json", "cap"]


verbs = typer.Typer()


@verb(verbs, "list", panel=Panel.RECORDS)
def list_(
    shell: Shell,
    *,
    kind: Annotated[
        str | None, typer.Option(show_default=False, help=_("Only this kind: alert, message, …"))
    ] = None,
    state: Annotated[
        State | None, typer.Option(show_default=False, help=_("Only dossiers in this state."))
    ] = None,
    since: Since = None,
    from_: From = None,
    purpose: Annotated[Purpose | None, typer.Option(show_default=False, help=_("Only this purpose."))] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help=_("At most so many."))] = 100,
) -> None:
    """The records here, newest first."""
    if kind is not None and kind not in KINDS:
        raise RecordError("{kind} is no kind of record: {known}", kind=kind, known=", ".join(KINDS))
    start = int(parse_at(since)[0].timestamp()) if since else None
    shell.load()
    found = _found(kind=kind, state=state, start=start, party=from_, purpose=purpose, limit=limit)
    if shell.json:
        shell.emit(found)
        return
    rows = [
        [
            row["code"] or (_("no. {number}", number=row["number"]) if row["local"] else ""),
            kind_title(row["kind"], LANGUAGE),
            row["at"],
            row["place"],
            row["party"],
            purpose_title(row["purpose"], LANGUAGE),
            row["tlp"],
            state_title(row["state"]) if row["state"] else "",
        ]
        for row in found
    ]
    titles = [
        _("Code"),
        _("Kind"),
        _("When"),
        _("Place"),
        _("From"),
        _("Purpose"),
        _("Marking"),
        _("State"),
    ]
    shell.table(titles, rows)
    shell.note(number_of("{count} record.", "{count} records.", len(rows)))


@verb(verbs, "show", panel=Panel.RECORDS)
def show(
    shell: Shell,
    *,
    code: Code,
    format_: Annotated[
        Format, typer.Option("--format", help=_("text, json (exactly its bytes) or cap (alerts)"))
    ] = "text",
) -> None:
    """One record: in words, as its bytes, or as CAP 1.2."""
    node = shell.node
    shown = node.show(code)
    if shown is None:
        raise StoreError("there is no record {code} here", code=check_code(code))
    record = decode(shown.body)
    if format_ == "json":
        shell.raw(shown.body)
    elif format_ == "cap":
        shell.raw(_as_cap(shell, record, shown))
    elif shell.json:
        shell.emit(_shown_plain(shell, record, shown))
    else:
        _show(shell, record, shown)


@verb(verbs, "verify", panel=Panel.RECORDS)
def verify(shell: Shell) -> None:
    """Recompute every journal held here from its entries; says what does not agree."""
    results = list(shell.node.verify())
    problems = sum(result.problem is not None for result in results)
    if shell.json:
        shell.emit([_verified_plain(result) for result in results])
    else:
        rows = [
            [
                result.origin,
                str(result.size),
                str(result.receipted),
                str(result.erased),
                str(result.quarantined),
                _problem(result.problem) if result.problem else _("whole"),
            ]
            for result in results
        ]
        titles = [_("Journal"), _("Entries"), _("Receipted"), _("Erased"), _("Quarantined"), _("Result")]
        shell.table(titles, rows)
    if problems:
        raise JournalError(
            "{count} journals are not what was signed: keep the ledger, do not exchange, call your partner",
            count=problems,
        )
    if not shell.json:
        shell.tell(
            number_of("{count} journal verified.", "{count} journals verified.", len(results)), "green"
        )


def _found(
    *,
    kind: str | None,
    state: str | None,
    start: int | None,
    party: str | None,
    purpose: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    from entente_node.ledger.models import Dossier as Folded
    from entente_node.ledger.models import Record as Row

    rows = Row.objects.order_by("-starts", "-id")
    wanted = {"kind": kind, "party": party, "purpose": purpose, "starts__gte": start}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    if state == "withdrawn":
        rows = rows.filter(withdrawn_at__isnull=False)
    elif state is not None:
        rows = rows.filter(dossier__state=state)
    found = list(rows[:limit])
    codes = [row.code for row in found if row.code]
    states = (
        dict(Folded.objects.filter(code__in=codes).values_list("code", "state"))
        if len(codes) <= _IN
        else dict(Folded.objects.values_list("code", "state"))
    )
    return [
        {
            "code": row.code,
            "number": row.pk if row.local else None,
            "kind": row.kind,
            "at": row.at,
            "place": row.place,
            "party": row.party,
            "local": row.local,
            "service": row.service,
            "purpose": row.purpose,
            "tlp": row.tlp,
            "about": row.about or None,
            "state": "withdrawn" if row.withdrawn_at is not None else states.get(row.code or ""),
            "filed_at": _utc(row.filed_at),
        }
        for row in found
    ]


_IN: Final = 500
"""Values in one query's list."""


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_cap(shell: Shell, record: Record, shown: Shown) -> bytes:
    if not isinstance(record, Alert):
        raise RecordError("{code} is no alert: only alerts have a form in CAP", code=record.code or "")
    zones = [policy.standing.signed.agreement for policy in shell.node.register.policies()]
    names = {party.id: party.name for agreement in zones for party in agreement.parties}
    names.setdefault(shell.folder.config.party, shell.folder.config.name)
    return cap.from_record(
        record,
        sender=shown.party,
        sender_name=names.get(shown.party),
        language=LANGUAGE,
        tz=zones[0].time_zone if zones else "UTC",
    )


def _went(shell: Shell, shown: Shown) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    store = shell.node.store
    sent = [
        {
            "agreement": one.agreement,
            "recipient": one.recipient,
            "journal": one.origin,
            "index": one.index,
            "released_at": decode(one.payload).released_at,
        }
        for one in store.sent(shown.id)
    ]
    stayed = []
    for agreement, recipient, refusal in store.refusals(shown.id):
        values = msgspec.json.decode(refusal.values)
        stayed.append(
            {
                "agreement": agreement,
                "recipient": recipient,
                "later": refusal.later,
                "article": refusal.article or None,
                "reason": message_of(refusal.message, values),
                "not_before": _utc(refusal.not_before) if refusal.not_before else None,
            }
        )
    return sent, stayed


def _shown_plain(shell: Shell, record: Record, shown: Shown) -> dict[str, Any]:
    sent, stayed = _went(shell, shown) if shown.local else ([], [])
    dossier = shell.node.dossier(record.code) if record.code and not record.answers else None
    return {
        "party": shown.party,
        "local": shown.local,
        "filed_at": _utc(shown.filed_at),
        "withdrawn_at": _utc(shown.withdrawn_at) if shown.withdrawn_at else None,
        "confirmed": shown.confirmed,
        "journal": shown.origin,
        "index": shown.index,
        "record": msgspec.json.decode(shown.body),
        "dossier": msgspec.to_builtins(dossier) if dossier else None,
        "sent": sent,
        "stayed": stayed,
    }


def _show(shell: Shell, record: Record, shown: Shown) -> None:
    shell.table([_("Field"), _("Value")], record_rows(record, LANGUAGE))
    shell.tell("")
    if shown.local:
        shell.tell(_("Filed here on {when}.", when=_utc(shown.filed_at)))
        sent, stayed = _went(shell, shown)
        for one in sent:
            shell.tell(
                _(
                    "→ {recipient}: left on {when}, entry {index} of {journal}",
                    recipient=one["recipient"],
                    when=one["released_at"],
                    index=one["index"],
                    journal=one["journal"],
                ),
                "green",
            )
        for one in stayed:
            colour = "yellow" if one["later"] else "red"
            title = _("waits") if one["later"] else _("stays here")
            shell.tell(f"→ {one['recipient']}: {title}. {one['reason']['text']}", colour)
    else:
        shell.tell(
            _(
                "From {party}, entry {index} of {journal}, here since {when}.",
                party=shown.party,
                index=shown.index,
                journal=shown.origin,
                when=_utc(shown.filed_at),
            )
        )
    if record.code and not record.answers:
        dossier = shell.node.dossier(record.code)
        shell.tell(_("State: {state}", state=state_title(dossier.state)), "bold")
        if dossier.steps:
            shell.table([_("When"), _("Party"), _("Step"), _("Record")], dossier_rows(dossier))


def _verified_plain(result: Verification) -> dict[str, object]:
    return {
        "journal": result.origin,
        "ours": result.ours,
        "size": result.size,
        "receipted": result.receipted,
        "erased": result.erased,
        "quarantined": result.quarantined,
        "problem": said(result.problem) if result.problem else None,
    }


def _problem(error: EntenteError) -> str:
    return _(error.message, **error.values)

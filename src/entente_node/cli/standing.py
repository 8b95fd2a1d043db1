"""``status``: how a node stands with its agreements, its partners and their journals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import typer

from entente.errors import EntenteError
from entente_node.cli.prose import kind_title
from entente_node.cli.shell import Panel, Shell, said, verb
from entente_node.cli.words import LANGUAGE, _, number_of
from entente_node.transports import shown

_TWO_DAYS: Final = 48
"""Hours."""

verbs = typer.Typer()


@verb(verbs, "status", panel=Panel.RECORDS)
def status(shell: Shell) -> None:
    """How this node stands: agreements, partners, journals, what waits."""
    found = _status(shell)
    if shell.json:
        shell.emit(found)
    else:
        _tell_status(shell, found)


def _status(shell: Shell) -> dict[str, Any]:
    from django.db.models import Count

    config = shell.folder.config
    node = shell.node
    from entente_node.ledger.lines import lines
    from entente_node.ledger.models import Address, Withheld
    from entente_node.ledger.models import Record as Row

    addresses = dict(Address.objects.values_list("partner", "url"))
    agreements = []
    for version in node.store.versions():
        signed = node.register.signed(version)
        try:
            policy = node.register.current(version.agreement)
            problem: EntenteError | None = None
            in_force = policy.standing.signed.digest == version.digest
        except EntenteError as error:
            problem, in_force = error, False
        agreements.append(
            {
                "agreement": version.agreement,
                "version": version.version,
                "title": signed.agreement.title,
                "signed_by": sorted(signed.signed_by),
                "missing": list(signed.missing),
                "adopted": version.adopted_at is not None,
                "in_force": in_force,
                "why_not": said(problem) if problem else None,
            }
        )
    kinds = Row.objects.values("kind", "local").annotate(count=Count("id")).order_by("kind", "local")
    return {
        "party": config.party,
        "name": config.name,
        "agreements": agreements,
        "partners": [_line(line, addresses) for line in lines(node.clock())],
        "records": [{"kind": row["kind"], "local": row["local"], "count": row["count"]} for row in kinds],
        "withheld": Withheld.objects.filter(later=False).count(),
        "waiting": Withheld.objects.filter(later=True).count(),
    }


def _line(line: Any, addresses: dict[str, str]) -> dict[str, Any]:
    address = addresses.get(line.partner)
    return {
        "agreement": line.agreement,
        "partner": line.partner,
        "address": shown(address) if address else None,
        "level": line.level,
        "heard_at": line.heard_at.strftime("%Y-%m-%dT%H:%M:%SZ") if line.heard_at else None,
        "failure": line.failure or None,
        "journals": [
            {
                "origin": head.journal.origin,
                "ours": head.journal.ours,
                "size": head.journal.size,
                "receipted": head.journal.receipted,
                "quarantined": head.quarantined,
                "troubles": head.troubles,
                "stopped": head.journal.stopped.partition("\n")[0] or None,
            }
            for head in line.heads
        ],
    }


def _tell_status(shell: Shell, found: dict[str, Any]) -> None:
    shell.tell(f"{found['name']} ({found['party']})", "bold")
    for one in found["agreements"]:
        if one["in_force"]:
            shell.tell(
                _("{title}, version {version}: in force", title=one["title"], version=one["version"]), "green"
            )
        else:
            why = one["why_not"]["text"] if one["why_not"] else _("superseded")
            shell.tell(
                _("{title}, version {version}: {why}", title=one["title"], version=one["version"], why=why),
                "yellow",
            )
    if not found["agreements"]:
        shell.tell(_("No agreement is held: nothing leaves and nothing is taken."), "yellow")
    for line in found["partners"]:
        level = _level(line["level"])
        if line["heard_at"]:
            level = f"{level}, {_('heard {ago}', ago=_ago(line['heard_at']))}"
        shell.tell(f"{line['partner']} ({line['agreement']}): {level}", "bold")
        if line["failure"]:
            shell.tell(f"  {line['failure']}", "red")
        for head in line["journals"]:
            text = f"  {head['origin']}: {head['receipted']}/{head['size']} {_('receipted')}"
            if head["quarantined"]:
                text += f", {head['quarantined']} {_('quarantined here')}"
            if head["troubles"]:
                text += f", {head['troubles']} {_('quarantined there')}"
            shell.tell(text)
            if head["stopped"]:
                shell.tell(f"  {_('STOPPED')}: {head['stopped']}", "bold red")
    rows = [
        [kind_title(r["kind"], LANGUAGE), _("ours") if r["local"] else _("received"), str(r["count"])]
        for r in found["records"]
    ]
    if rows:
        shell.table([_("Kind"), _("From"), _("Records")], rows)
    shell.tell(
        _("Stays here: {withheld}; waits: {waiting}", withheld=found["withheld"], waiting=found["waiting"])
    )


def _level(level: str) -> str:
    return {
        "stopped": _("stopped"),
        "never": _("never heard"),
        "silent": _("silent"),
        "waiting": _("waiting for receipts"),
        "whole": _("all is received"),
    }.get(level, level)


def _ago(instant: str) -> str:
    past = datetime.now(UTC) - datetime.fromisoformat(instant)
    minutes = max(0, int(past / timedelta(minutes=1)))
    hours = minutes // 60
    if hours >= _TWO_DAYS:
        return number_of("{count} day ago", "{count} days ago", hours // 24)
    if hours:
        return number_of("{count} hour ago", "{count} hours ago", hours)
    return number_of("{count} minute ago", "{count} minutes ago", minutes)

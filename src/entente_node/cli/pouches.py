"""``exchange`` and ``pouch``: over a network, and by hand on a stick."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.errors import EntenteError, SealError, StoreError, TransportError
from entente_node.cli.shell import Panel, Shell, group, said, verb
from entente_node.cli.words import _, number_of
from entente_node.transports import is_http, shown

if TYPE_CHECKING:
    from entente.courier.inbound import Read
    from entente.node import Node
    from entente_node.transports.mailbox import Mailbox

PartyOption = Annotated[
    str | None, typer.Option("--to", metavar="PARTY", show_default=False, help=_("Only this partner."))
]


verbs = typer.Typer()


@verb(verbs, "exchange", panel=Panel.EXCHANGE)
def exchange(
    shell: Shell,
    *,
    party: Annotated[
        str | None, typer.Argument(metavar="[PARTY]", show_default=False, help=_("Only this partner."))
    ] = None,
) -> None:
    """Exchange with every partner that has an address, or with one."""
    node = shell.node
    node.release()
    done, failed = [], []
    for agreement, partner, address in _lines(node, party):
        try:
            done.append(_exchange(node, agreement, partner, address))
        except EntenteError as error:
            failed.append((partner, error))
            done.append({"agreement": agreement, "partner": partner, "error": said(error)})
    if shell.json:
        shell.emit(done)
    else:
        for one in done:
            _tell_exchange(shell, one)
    if failed:
        raise TransportError(
            "with {partners} the exchange did not succeed; nothing is lost, try again later",
            partners=", ".join(partner for partner, _error in failed),
        )


noun = group(verbs, "pouch", _("Pouches carried by hand: a stick, a shared folder."), panel=Panel.EXCHANGE)


@verb(noun, "write")
def write(
    shell: Shell,
    *,
    place: Annotated[
        str, typer.Argument(metavar="DIR", help=_("The stick, a folder, or an fsspec address."))
    ],
    to: PartyOption = None,
) -> None:
    """Write pouches with everything that partners have not receipted."""
    from entente_node.transports.mailbox import Mailbox

    node = shell.node
    node.release()
    written: list[dict[str, object]] = []
    for agreement, partner in _partners(node, to):
        mailbox = Mailbox(place, node.keys.party, partner)
        written += [
            {
                "agreement": agreement,
                "partner": partner,
                "file": mailbox.write(pouch.pouch),
                "bytes": len(pouch.pouch),
                "entries": pouch.entries,
            }
            for pouch in node.stick(agreement, partner)
        ]
    if shell.json:
        shell.emit(written)
        return
    rows = [[one["file"], one["partner"], str(one["entries"]), str(one["bytes"])] for one in written]
    shell.table(
        [_("File"), _("For"), _("Entries"), _("Bytes")], [[str(cell) for cell in row] for row in rows]
    )
    shell.note(_("Carry them to the other side: `entente pouch read DIR`. Each is sealed to its recipient."))


@verb(noun, "read")
def read(
    shell: Shell,
    *,
    place: Annotated[
        str, typer.Argument(metavar="DIR", help=_("The stick, a folder, or an fsspec address."))
    ],
    keep: Annotated[bool, typer.Option("--keep", help=_("Leave the files where they are."))] = False,
) -> None:
    """Read the pouches that are for this node, and take them away once they are kept."""
    from entente_node.transports.mailbox import Mailbox

    node = shell.node
    mailbox = Mailbox(place, node.keys.party, node.keys.party)
    results, refused = read_all(node, mailbox, keep=keep)
    if shell.json:
        shell.emit(
            {
                "read": [{"file": name, **_read_plain(result)} for name, result in results],
                "refused": [{"file": name, **said(error)} for name, error in refused],
            }
        )
    else:
        for name, result in results:
            _tell_read(shell, name, result)
        for name, error in refused:
            shell.note(f"{name}: {_(error.message, **error.values)}", "red")
        if not results and not refused:
            shell.note(_("There is no pouch for this node in {place}.", place=shown(place)))
    if refused or any(result.problems for _name, result in results):
        raise TransportError(
            "{count} pouches were refused, in whole or in part; what was refused was left where it is",
            count=len(refused) + sum(bool(result.problems) for _name, result in results),
        )


def read_all(
    node: Node, mailbox: Mailbox, *, keep: bool = False
) -> tuple[list[tuple[str, Read]], list[tuple[str, EntenteError]]]:
    """Read every pouch of a place in the order of their writing: what was read, what was refused and left there."""
    results: list[tuple[str, Read]] = []
    refused: list[tuple[str, EntenteError]] = []
    for name in _in_order(node, mailbox, refused):
        try:
            result = node.read_pouch(mailbox.get(name))
        except EntenteError as error:
            refused.append((name, error))
            continue
        results.append((name, result))
        if not keep and not result.problems and not result.gaps:
            mailbox.taken(name)
    return results, refused


def _in_order(node: Node, mailbox: Mailbox, refused: list[tuple[str, EntenteError]]) -> list[str]:
    """The pouches that we can open, by sender and number. Their bytes are read again: there may be many."""
    found = []
    for name, data in mailbox.read():
        try:
            envelope = node.envelope(data)
        except SealError as error:
            # One that is not for us and was renamed is none of our business.
            if mailbox.is_addressed(name):
                refused.append((name, error))
        except EntenteError as error:
            refused.append((name, error))
        else:
            found.append((envelope.agreement, envelope.sender, envelope.sequence, name))
    refused += [(skipped.name, skipped.error) for skipped in mailbox.skipped]
    return [name for *_order, name in sorted(found)]


def _partners(node: Node, only: str | None) -> list[tuple[str, str]]:
    found = [(agreement, partner) for agreement, partner in node.partners() if only in {None, partner}]
    if found:
        return found
    if only is not None:
        raise StoreError("no agreement held here names {partner}", partner=only)
    raise StoreError("no agreement is held here, so there is no partner: `entente agreement sign FILE`")


def _lines(node: Node, only: str | None) -> Iterator[tuple[str, str, str]]:
    from entente_node.ledger.models import Address

    addresses = dict(Address.objects.values_list("partner", "url"))
    found = [(agreement, partner) for agreement, partner in _partners(node, only) if partner in addresses]
    if not found:
        raise StoreError("no partner has an address yet: `entente partner add PARTY URL`")
    for agreement, partner in found:
        yield agreement, partner, addresses[partner]


def _exchange(node: Node, agreement: str, partner: str, address: str) -> dict[str, Any]:
    if not is_http(address):
        return _exchange_by_mailbox(node, agreement, partner, address)
    from entente_node.transports.http import HttpTransport

    with ExitStack() as stack:
        done = node.exchange(agreement, partner, stack.enter_context(HttpTransport(address)))
    return {
        "agreement": agreement,
        "partner": partner,
        "pouches": done.pouches,
        "sent": done.sent,
        "received": done.received,
        "quarantined": done.quarantined,
        "bytes_sent": done.bytes_sent,
        "bytes_received": done.bytes_received,
    }


def _exchange_by_mailbox(node: Node, agreement: str, partner: str, address: str) -> dict[str, Any]:
    from entente_node.transports.mailbox import Mailbox

    # Read first: what we leave then carries the receipts of what we took.
    mailbox = Mailbox(address, node.keys.party, partner)
    results, refused = read_all(node, mailbox) if mailbox.exists() else ([], [])
    left = list(node.stick(agreement, partner))
    for pouch in left:
        mailbox.write(pouch.pouch)
    if refused:
        raise refused[0][1]
    return {
        "agreement": agreement,
        "partner": partner,
        "pouches": len(left) + len(results),
        "sent": sum(pouch.entries for pouch in left),
        "received": sum(result.received for _name, result in results),
        "quarantined": sum(result.quarantined for _name, result in results),
        "bytes_sent": sum(len(pouch.pouch) for pouch in left),
        "bytes_received": None,
    }


def _tell_exchange(shell: Shell, one: dict[str, Any]) -> None:
    if "error" in one:
        shell.note(f"{one['partner']} ({one['agreement']}): {one['error']['text']}", "red")
        return
    shell.tell(
        f"{one['partner']} ({one['agreement']}): "
        + number_of("{count} entry sent", "{count} entries sent", one["sent"])
        + ", "
        + number_of("{count} received", "{count} received", one["received"])
        + (
            f", {number_of('{count} quarantined', '{count} quarantined', one['quarantined'])}"
            if one["quarantined"]
            else ""
        ),
        "green",
    )


def _read_plain(result: Read) -> dict[str, object]:
    return {
        "sender": result.envelope.sender,
        "agreement": result.envelope.agreement,
        "sequence": result.envelope.sequence,
        "fresh": result.fresh,
        "received": result.received,
        "quarantined": result.quarantined,
        "receipts": result.receipts,
        "agreements": result.agreements,
        "signatures": result.signatures,
        "problems": [said(error) for error in result.problems],
    }


def _tell_read(shell: Shell, name: str, result: Read) -> None:
    parts = [
        number_of("{count} received", "{count} received", result.received),
        number_of("{count} receipt", "{count} receipts", result.receipts),
    ]
    if result.signatures:
        parts.append(number_of("{count} signature", "{count} signatures", result.signatures))
    if result.quarantined:
        parts.append(number_of("{count} quarantined", "{count} quarantined", result.quarantined))
    if not result.changed:
        parts = [_("nothing new")]
    shell.tell(f"{name} ({result.envelope.sender}): {', '.join(parts)}", "green")
    for error in result.problems:
        shell.note(f"  {_(error.message, **error.values)}", "red")

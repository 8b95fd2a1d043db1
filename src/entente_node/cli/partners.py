"""``partner``: where partners are reached. An address is not part of the agreement and proves nothing."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from entente.errors import MalformedError, StoreError
from entente.records.base import PartyId
from entente_node.cli.shell import Panel, Shell, group, verb
from entente_node.cli.words import _
from entente_node.transports import is_http, shown

Party = Annotated[str, typer.Argument(metavar="PARTY", help=_("The partner's identifier: tillaberi.ne"))]


verbs = typer.Typer()
noun = group(verbs, "partner", _("Where partners are reached."), panel=Panel.EXCHANGE)


@verb(noun, "add")
def add(
    shell: Shell,
    *,
    party: Party,
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help=_("https://…, or a folder or fsspec address that both sides reach.")
        ),
    ],
) -> None:
    """Say where a partner is reached; an address that was there is replaced."""
    node = shell.node
    if party == node.keys.party:
        raise StoreError("{party} is this node itself", party=party)
    try:
        msgspec.convert(party, PartyId)
    except msgspec.ValidationError:
        raise MalformedError(
            "{party} is not the identifier of a party, like tillaberi.ne", party=party[:80]
        ) from None
    if is_http(url):
        from entente_node.transports.http import endpoint

        endpoint(url)
    else:
        from entente_node.transports.mailbox import Mailbox

        Mailbox(url, node.keys.party, party)
    from entente_node.ledger.models import Address

    Address.objects.update_or_create(partner=party, defaults={"url": url})
    known = any(partner == party for _agreement, partner in node.partners())
    if shell.json:
        shell.emit({"partner": party, "address": shown(url), "in_agreement": known})
        return
    shell.tell(_("{party} is reached at {address}.", party=party, address=shown(url)))
    if not known:
        shell.note(
            _("No agreement held here names {party} yet: nothing will be exchanged.", party=party),
            "yellow",
        )


@verb(noun, "list")
def list_(shell: Shell) -> None:
    """The addresses of partners."""
    node = shell.node
    from entente_node.ledger.models import Address

    agreements: dict[str, list[str]] = {}
    for agreement, partner in node.partners():
        agreements.setdefault(partner, []).append(agreement)
    addresses = dict(Address.objects.order_by("partner").values_list("partner", "url"))
    partners = sorted({*agreements, *addresses})
    found = [
        {
            "partner": partner,
            "address": shown(addresses[partner]) if partner in addresses else None,
            "agreements": agreements.get(partner, []),
        }
        for partner in partners
    ]
    if shell.json:
        shell.emit(found)
        return
    rows = [
        [partner, shown(addresses.get(partner, "")), ", ".join(agreements.get(partner, []))]
        for partner in partners
    ]
    shell.table([_("Partner"), _("Address"), _("Agreements")], rows)


@verb(noun, "remove")
def remove(shell: Shell, party: Party) -> None:
    """Forget a partner's address."""
    shell.load()
    from entente_node.ledger.models import Address

    removed, _by_model = Address.objects.filter(partner=party).delete()
    if not removed:
        raise StoreError("{party} has no address here", party=party)
    if shell.json:
        shell.emit({"partner": party, "address": None})
    else:
        shell.tell(_("{party} has no address any more.", party=party))

"""What a service sees that may act for every purpose."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from entente.agreements.document import Service
from entente_node.ledger.models import Journal, Record
from tests import parties
from tests.desk.conftest import Desk
from tests.federation import Federation


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  asked for by name
    """The federation, where one service of each party may act for every purpose."""
    everything = ("humanitarian", "mobility", "trade", "pastoral", "security", "administration")
    both = tuple(
        msgspec.structs.replace(
            party,
            services=(*party.services, Service(id="coordination", name="Coordination", mandates=everything)),
        )
        for party in parties.AGREEMENT.parties
    )
    return Federation.agreed(parties.agreement(parties=both))


def test_who_may_see_everything_sees_each_journal_with_its_size_receipt_and_checkpoint(
    federation: Federation, desk_of: Callable[[str], Desk]
) -> None:
    federation.gao.file([parties.alert(code=None) for _ in range(3)], confirmed=True)
    federation.exchange()
    page = desk_of("gao").page("/exchange", service="coordination")
    head = Journal.objects.get(ours=True)
    for words in (
        head.origin,
        "From us, urgent lane",
        "<dt>Entries</dt><dd>3</dd>",
        "<dt>Receipted</dt><dd>3</dd>",
        "<dt>Size</dt><dd>3</dd>",
        "Last receipt",
    ):
        assert words in page, words
    first = Record.objects.filter(kind="alert").order_by("pk")[0]
    assert ", entry 1 " in " ".join(
        desk_of("tillaberi").page(f"/alerts/{first.code}", service="coordination").split()
    )

"""What the agreement does not allow is kept, not shown, reported; and decided again when we know more."""

from __future__ import annotations

import msgspec
import pytest

from entente.courier.quarantine import blank_old, reconsider
from entente.node import Node
from tests import parties
from tests.federation import AGREEMENT, Federation

ORIGIN = f"gao.ml/{AGREEMENT}/tillaberi.ne/urgent/1"


def _forged(federation: Federation, **changes: object) -> None:
    """Gao's node signs and sends what its agreement does not allow: its software was tampered with."""
    gao = federation.gao
    filing = gao.file([parties.alert()], confirmed=True)[0]
    gao.release()
    origin = ORIGIN
    kept = gao.store.entries(origin, 0, 1)[0]
    assert kept.payload is not None
    payload = msgspec.json.decode(kept.payload) | changes
    _replace_only_entry(gao, origin, msgspec.json.encode(payload, order="sorted"))
    assert filing.record.code


def _replace_only_entry(node: Node, origin: str, payload: bytes) -> None:
    from django.db import connections

    from entente.courier.outbound import entries_of
    from entente.journal.tree import EMPTY, leaf_hashes
    from entente_node.ledger import models

    with connections["gao"].cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET payload = %s", [payload])
    after = EMPTY.extend(leaf_hashes(entries_of(node.store.entries(origin, 0, 1))))
    models.Journal.objects.using("gao").filter(origin=origin).update(peaks=after.to_bytes())
    models.Batch.objects.using("gao").update(peaks=after.to_bytes())


def test_a_place_finer_than_the_form_is_quarantined_and_reported(federation: Federation) -> None:
    _forged(federation, service="nobody-knows-this-service-here", purpose="security")
    done = federation.exchange()
    assert done.sent == 1
    tillaberi = federation.tillaberi
    head = tillaberi.store.journal(ORIGIN)
    assert head is not None
    assert head.size == 1
    assert head.receipt is not None
    [item] = tillaberi.store.quarantined_entries(ORIGIN)
    assert item.kept.quarantine.startswith("not-admitted")
    assert [v.problem for v in tillaberi.verify()] == [None]
    federation.exchange(tillaberi, federation.gao)
    from entente_node.ledger import models

    assert [t.reason for t in models.Trouble.objects.using("gao").all()] == ["not-admitted"]
    assert list(models.Record.objects.using("tillaberi").all()) == []


def test_an_unknown_kind_does_not_stop_the_journal(federation: Federation) -> None:
    _forged(federation, kind="omen")
    federation.gao.file([parties.alert(code=None)], confirmed=True)
    federation.exchange()
    assert federation.tillaberi.store.journal(ORIGIN).size == 2  # type: ignore[union-attr]
    assert [i.kept.quarantine for i in federation.tillaberi.store.quarantined_entries(ORIGIN)] == [
        "not-understood"
    ]
    assert reconsider(federation.tillaberi._office) == 0


def test_quarantine_is_blanked_after_thirty_days_and_the_journal_still_verifies(
    federation: Federation,
) -> None:
    _forged(federation, kind="omen")
    federation.exchange()
    tillaberi = federation.tillaberi
    federation.clock.advance(days=29)
    assert blank_old(tillaberi._office) == 0
    federation.clock.advance(days=2)
    assert blank_old(tillaberi._office) == 1
    [kept] = tillaberi.store.entries(ORIGIN, 0, 1)
    assert kept.payload is None
    assert kept.salt is None
    assert kept.erased is not None
    assert [(v.problem, v.erased) for v in tillaberi.verify()] == [(None, 1)]


@pytest.mark.usefixtures("ledgers")
def test_what_cites_a_version_not_held_is_shown_once_that_version_comes() -> None:
    federation = Federation.strangers()
    from entente.agreements.document import agreement_text

    signed = federation.gao.sign(agreement_text(parties.agreement()), parties.GAO.authority)
    signed = federation.tillaberi.sign(signed, parties.TILLABERI.authority)
    federation.gao.adopt(signed, parties.GAO.authority)
    gao, tillaberi = federation.gao, federation.tillaberi
    gao.file([parties.alert()], confirmed=True)
    gao.release()
    pouches = list(gao.stick(AGREEMENT, "tillaberi.ne"))
    assert len(pouches) == 2  # the agreement notes travel alone, first
    assert tillaberi.read_pouch(pouches[1].pouch).quarantined == 1
    assert tillaberi.read_pouch(pouches[0].pouch).agreements == 1
    assert tillaberi.store.quarantined_entries(ORIGIN) == []
    assert len(tillaberi.store.journals()) == 1


def test_a_withdrawal_blanks_what_was_quarantined(federation: Federation) -> None:
    _forged(federation, purpose="security", service="securite")
    gao, tillaberi = federation.gao, federation.tillaberi
    federation.exchange()
    [item] = tillaberi.store.quarantined_entries(ORIGIN)
    code = msgspec.json.decode(item.kept.payload or b"")["code"]
    gao.withdraw(code, "error", service="protection-civile")
    federation.exchange()
    [kept] = tillaberi.store.entries(ORIGIN, 0, 1)
    assert kept.payload is None
    assert [v.problem for v in tillaberi.verify()] == [None]

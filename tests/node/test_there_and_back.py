"""One alert, there and back, between two real nodes; the third gets nothing."""

from __future__ import annotations

import pytest

from entente.errors import SealError, UnknownKeyError
from entente.records import decode, encode
from tests import parties
from tests.federation import AGREEMENT, Federation


def test_an_alert_arrives_as_explained_is_answered_and_both_journals_verify(federation: Federation) -> None:
    gao, tillaberi = federation.gao, federation.tillaberi
    filing = gao.file([parties.alert()], confirmed=True)[0]
    code = filing.record.code
    assert code
    foretold = {e.recipient: e.payload for e in gao.explain(code)}
    federation.exchange()

    received = tillaberi.show(code)
    assert received is not None
    assert received.body == foretold["tillaberi.ne"]
    assert [e.payload for e in gao.explain(code)] == [received.body]
    assert tillaberi.dossier(code).state == "new"

    federation.clock.advance(minutes=3)
    tillaberi.answer(code, service="protection-civile", step="acknowledged", text="Reçu, une équipe part.")
    federation.exchange()
    for node in (gao, tillaberi):
        dossier = node.dossier(code)
        assert dossier.state == "acknowledged"
        assert [(s.party, s.step) for s in dossier.steps] == [("tillaberi.ne", "acknowledged")]
        assert [v.problem for v in node.verify()] == [None] * 2
    assert {j.origin: j.receipted for j in gao.store.journals() if j.ours} == {
        f"gao.ml/{AGREEMENT}/tillaberi.ne/urgent/1": 1
    }


def test_the_non_party_gets_nothing(federation: Federation) -> None:
    gao, kayes = federation.gao, federation.kayes
    gao.file([parties.alert()], confirmed=True)
    federation.exchange()
    assert [e.recipient for e in gao.explain_record(parties.alert())] == ["tillaberi.ne"]
    with pytest.raises(UnknownKeyError):
        gao.write_pouch(AGREEMENT, "kayes.ml", poll=True)
    for pouch in federation.line(gao, federation.tillaberi).pouches:
        with pytest.raises(SealError):
            kayes.read_pouch(pouch)
    assert kayes.store.journals() == []


def test_everything_twice_changes_nothing(federation: Federation) -> None:
    gao, tillaberi = federation.gao, federation.tillaberi
    gao.file([parties.alert(), parties.flow()], confirmed=True)
    federation.exchange()
    heads = [(j.origin, j.size, j.receipted) for j in tillaberi.store.journals()]
    for pouch in federation.line(gao, tillaberi).pouches:
        read = tillaberi.read_pouch(pouch)
        assert not read.changed
        assert not read.fresh
    assert [(j.origin, j.size, j.receipted) for j in tillaberi.store.journals()] == heads


def test_a_batch_travels_by_its_seed_which_the_receipt_destroys(federation: Federation) -> None:
    gao, tillaberi = federation.gao, federation.tillaberi
    gao.file([parties.flow() for _ in range(700)])
    gao.release()
    origin = f"gao.ml/{AGREEMENT}/tillaberi.ne/routine/1"
    assert [b.seed is not None for b in gao.store.batches(origin)] == [True]
    done = federation.exchange()
    assert done.sent == 700
    assert gao.store.batches(origin) == []
    head = tillaberi.store.journal(origin)
    assert head is not None
    assert head.size == 700
    assert all(v.problem is None for node in (gao, tillaberi) for v in node.verify())
    sent, got = (node.store.entries(origin, 0, 700) for node in (gao, tillaberi))
    assert [(k.salt, k.payload) for k in sent] == [(k.salt, k.payload) for k in got]
    assert encode(decode(got[0].payload or b"")) == got[0].payload

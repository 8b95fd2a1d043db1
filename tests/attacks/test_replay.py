"""Pouches that come again, late, out of order, or from somebody who is no partner."""

from __future__ import annotations

import pytest

from entente.errors import EntenteError, RecordError, SealError, SignatureError, StoreError, UnknownKeyError
from entente.pouch import Contents, Trouble
from entente_node.ledger import models
from tests import parties
from tests.attacks.hostile import Forger, contents_of, dump, payload_of, refused, shown, unchanged
from tests.federation import AGREEMENT, Federation

URGENT = f"gao.ml/{AGREEMENT}/tillaberi.ne/urgent/1"


def written(federation: Federation, *, poll: bool = True) -> bytes:
    federation.gao.release()
    pouch = federation.gao.write_pouch(AGREEMENT, "tillaberi.ne", poll=poll)
    assert pouch is not None
    return pouch.pouch


def test_replayed(federation: Federation) -> None:
    federation.gao.file([parties.alert(), parties.flow()], confirmed=True)
    federation.exchange()
    federation.tillaberi.answer("GAO-7K3QX", service="protection-civile", step="acknowledged")
    federation.exchange()
    recorded = federation.line(federation.gao, federation.tillaberi).pouches
    assert len(recorded) > 3
    with unchanged():
        for pouch in recorded * 2:
            read = federation.tillaberi.read_pouch(pouch)
            assert not read.fresh
            assert not read.changed


def test_replayed_after_a_month_does_not_freeze_the_line(federation: Federation) -> None:
    # Whoever holds the line answers with old pouches, so that nobody notices that nothing new comes.
    pouch = written(federation)
    federation.tillaberi.read_pouch(pouch)
    heard = federation.tillaberi.store.channel(AGREEMENT, "gao.ml").heard_at
    federation.clock.advance(days=31)
    with unchanged():
        federation.tillaberi.read_pouch(pouch)
    assert federation.tillaberi.store.channel(AGREEMENT, "gao.ml").heard_at == heard


def test_an_old_sequence_still_brings_entries_and_says_nothing_of_the_line(federation: Federation) -> None:
    gao, tillaberi = federation.gao, federation.tillaberi
    tillaberi.file([parties.alert(code=None) for _ in range(2)], confirmed=True)
    tillaberi.release()
    back = f"tillaberi.ne/{AGREEMENT}/gao.ml/urgent/1"
    forger = Forger()
    tillaberi.read_pouch(forger.pouch(Contents(have={back: 1}), sequence=2000))
    before = tillaberi.store.channel(AGREEMENT, "gao.ml")
    contents = forger.journal([payload_of(federation, parties.alert())]).contents(
        have={back: 2}, seen=10, troubles=(Trouble(back, 0, "not-understood"),)
    )
    read = tillaberi.read_pouch(forger.pouch(contents, sequence=1999))
    assert (read.fresh, read.received) == (False, 1)
    assert tillaberi.store.channel(AGREEMENT, "gao.ml") == before
    head = tillaberi.store.journal(back)
    assert head is not None
    assert head.claimed == 1
    assert not models.Trouble.objects.using("tillaberi").exists()
    assert gao is not tillaberi


def test_out_of_order(federation: Federation) -> None:
    gao, tillaberi = federation.gao, federation.tillaberi
    pouches = []
    for _ in range(3):
        gao.file([parties.alert(code=None)], confirmed=True)
        pouches.append(written(federation))
    for pouch in reversed(pouches):
        tillaberi.read_pouch(pouch)
    assert len(shown()) == 3
    federation.exchange()
    assert sorted(shown()) == sorted(shown("gao"))
    assert all(v.problem is None for node in (gao, tillaberi) for v in node.verify())


def test_a_strangers_pouch(federation: Federation) -> None:
    for forger in (
        Forger(parties.KAYES),
        Forger(parties.KAYES, agreement="kayes-tillaberi"),
        Forger(parties.GAO, log=parties.KAYES.log),
        Forger(parties.KAYES, log=parties.GAO.log),
    ):
        for contents in (
            Contents(answer=True),
            forger.journal([payload_of(federation, parties.alert())]).contents(),
            Contents(notes=(b"garbage",)),
        ):
            with refused():
                federation.tillaberi.read_pouch(forger.pouch(contents))


def test_a_stranger_with_a_copy_of_the_agreement(federation: Federation) -> None:
    [version] = federation.tillaberi.store.versions()
    notes = (version.note, version.adopt or b"")
    for forger in (Forger(parties.KAYES), Forger(parties.GAO, log=parties.KAYES.log)):
        with refused(error=UnknownKeyError):
            federation.tillaberi.read_pouch(forger.pouch(Contents(notes=notes)))


@pytest.mark.usefixtures("ledgers")
def test_a_stranger_who_introduces_himself_with_the_agreement_of_others() -> None:
    federation = Federation.strangers()
    from entente.agreements.document import agreement_text, read_note
    from entente.agreements.steps import make_adopt

    signed = federation.gao.sign(agreement_text(parties.agreement()), parties.GAO.authority)
    signed = federation.tillaberi.sign(signed, parties.TILLABERI.authority)
    adopt = make_adopt(read_note(signed), "gao.ml", parties.GAO.authority).to_bytes()
    _forget("tillaberi")
    for forger in (Forger(parties.KAYES), Forger(parties.GAO, log=parties.KAYES.log)):
        with refused(error=SignatureError):
            federation.tillaberi.read_pouch(forger.pouch(Contents(notes=(signed, adopt))))
    # The party itself may: that is what a first contact is.
    read = federation.tillaberi.read_pouch(Forger().pouch(Contents(notes=(signed, adopt))))
    assert (read.agreements, read.problems) == (1, [])


def _forget(alias: str) -> None:
    for model in (models.Version, models.Channel):
        model._default_manager.using(alias).all().delete()


def test_the_non_party_at_every_door(federation: Federation) -> None:
    gao, tillaberi, kayes = federation.gao, federation.tillaberi, federation.kayes
    gao.file([parties.alert(), parties.flow()], confirmed=True)
    federation.exchange()
    line = federation.line(gao, tillaberi).pouches
    empty = dump("kayes")
    # 1. What travels cannot be opened.
    for pouch in [*line, *(stick.pouch for stick in gao.stick(AGREEMENT, "tillaberi.ne"))]:
        with refused("kayes", SealError):
            kayes.read_pouch(pouch)
        with pytest.raises(SealError):
            kayes.envelope(pouch)
    # 2. Nothing is written for it, and nobody is taken for a partner.
    for node in (gao, tillaberi):
        alias = "gao" if node is gao else "tillaberi"
        for agreement, partner in (
            (AGREEMENT, "kayes.ml"),
            ("another", "kayes.ml"),
            (AGREEMENT, node.keys.party),
        ):
            with refused(alias, UnknownKeyError):
                node.write_pouch(agreement, partner, poll=True)
            with refused(alias, UnknownKeyError):
                list(node.stick(agreement, partner))
            with refused(alias, UnknownKeyError):
                node.exchange(agreement, partner, federation.line(node, kayes))
        assert "kayes.ml" not in {partner for _, partner in node.partners()}
    # 3. No decision names it.
    for record in (parties.alert(code=None), parties.message(to_party="kayes.ml"), parties.flow()):
        assert {e.recipient for e in gao.explain_record(record, confirmed=True)} == {"tillaberi.ne"}
        assert {r.recipient for r in gao.rulings(record, confirmed=True)} == {"tillaberi.ne"}
    # 4. On its own node it sees nothing, and asks in vain.
    assert (kayes.partners(), kayes.release(), list(kayes.verify())) == ([], [], [])
    assert kayes.show("GAO-7K3QX") is None
    for ask in (kayes.explain, kayes.dossier, kayes.confirm):
        with pytest.raises((StoreError, RecordError)):
            ask("GAO-7K3QX")
    with pytest.raises(EntenteError):
        list(kayes.export(URGENT))
    with pytest.raises(EntenteError):
        kayes.write_pouch(AGREEMENT, "gao.ml", poll=True)
    # 5. Whatever it sends is refused.
    for node, authority in ((gao, parties.GAO), (tillaberi, parties.TILLABERI)):
        forger = Forger(parties.KAYES, authority)
        journal = forger.journal([payload_of(federation, parties.alert())])
        for contents in (Contents(answer=True), journal.contents()):
            with refused("gao" if node is gao else "tillaberi"):
                node.read_pouch(forger.pouch(contents))
    assert dump("kayes") == empty
    assert b"GAO-7K3QX" not in contents_of("kayes")


def test_a_message_for_the_non_party_goes_nowhere(federation: Federation) -> None:
    code = federation.gao.file([parties.message(to_party="kayes.ml")], confirmed=True)[0].record.code
    done = federation.exchange()
    assert done.sent == 0
    assert code is not None
    assert [e.payload for e in federation.gao.explain(code)] == [None]
    assert shown() == []

"""Two authorities agree and sign over the real courier; a third gets nothing."""

from __future__ import annotations

import pytest

from entente.dialogue import Negotiation, digest
from entente.errors import EntenteError, RecordError, SignatureError, StoreError
from entente.node import Node
from entente.signing import Note, add_signature, parse_note, verify_note
from entente.store import NoteState
from tests import parties
from tests.dialogue.material import agreement, communique
from tests.federation import AGREEMENT, Federation

SERVICE = "protection-civile"


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  asked for what it does
    """Gao and Tillabéri, whose agreement has an article for the dialogue."""
    return Federation.agreed(agreement())


@pytest.fixture
def code(federation: Federation) -> str:
    """A communiqué that Gao has proposed and Tillabéri has received."""
    found = federation.gao.file([communique()], confirmed=True)[0].record.code
    federation.exchange()
    assert found is not None
    return found


def agree(federation: Federation, code: str) -> None:
    federation.clock.advance(minutes=5)
    answer = federation.tillaberi.talks.answer(code, service=SERVICE)
    federation.tillaberi.file([answer], confirmed=True)


def seen(negotiation: Negotiation) -> tuple[object, ...]:
    """What both sides must see alike."""
    return (
        negotiation.code,
        negotiation.codes,
        negotiation.current.text,
        negotiation.state,
        [dict(p.sides) for p in negotiation.paragraphs],
        set(negotiation.signed),
    )


def notes_in(node: Node, code: str) -> bytes:
    found = node.talks.note(node.talks.of(code))
    assert found is not None
    return found


def test_proposed_agreed_signed_and_both_sides_see_the_same(federation: Federation, code: str) -> None:
    gao, til = federation.gao, federation.tillaberi
    assert gao.talks.of(code).state == til.talks.of(code).state == "proposed"
    agree(federation, code)
    federation.exchange()
    assert seen(gao.talks.of(code)) == seen(til.talks.of(code))
    assert gao.talks.of(code).state == "agreed"

    gao.talks.sign(code, parties.GAO.authority)
    assert gao.talks.of(code).state == "agreed"
    assert gao.talks.of(code).missing == ("tillaberi.ne",)
    federation.exchange()
    assert til.talks.of(code).missing == ("tillaberi.ne",)
    til.talks.sign(code, parties.TILLABERI.authority)
    assert til.talks.of(code).state == "signed"
    federation.exchange()
    assert seen(gao.talks.of(code)) == seen(til.talks.of(code))
    assert gao.talks.of(code).state == "signed"
    assert sorted(parse_note(notes_in(gao, code)).signatures, key=str) == sorted(
        parse_note(notes_in(til, code)).signatures, key=str
    )


def test_the_note_verifies_without_any_of_this(federation: Federation, code: str) -> None:
    agree(federation, code)
    federation.tillaberi.talks.sign(code, parties.TILLABERI.authority)
    note = parse_note(notes_in(federation.tillaberi, code))
    assert note.text.startswith("entente.v1/communique\n")
    assert "representing Gouverneur de la région de Tillabéri\n" in note.text
    assert verify_note(note, [parties.TILLABERI.authority.verifier])


def test_a_signature_reaches_the_other_side_with_what_it_signs(federation: Federation, code: str) -> None:
    """Nothing was exchanged between agreeing and signing: record and signature come in one pouch."""
    agree(federation, code)
    federation.tillaberi.talks.sign(code, parties.TILLABERI.authority)
    federation.exchange(federation.tillaberi, federation.gao)
    assert set(federation.gao.talks.of(code).signed) == {"tillaberi.ne"}


def test_a_signature_is_said_until_it_was_seen_and_then_no_more(federation: Federation, code: str) -> None:
    agree(federation, code)
    til = federation.tillaberi
    til.talks.sign(code, parties.TILLABERI.authority)
    til.release()
    lost = til.write_pouch(AGREEMENT, "gao.ml")
    assert lost is not None
    federation.exchange()
    assert set(federation.gao.talks.of(code).signed) == {"tillaberi.ne"}
    assert til.write_pouch(AGREEMENT, "gao.ml") is None
    assert federation.gao.store.notes_owed(AGREEMENT, "tillaberi.ne", 9) == []
    read = federation.gao.read_pouch(lost.pouch)
    assert not read.changed
    assert not read.problems


def test_by_stick_both_ways(federation: Federation, code: str) -> None:
    agree(federation, code)
    gao, til = federation.gao, federation.tillaberi
    til.talks.sign(code, parties.TILLABERI.authority)
    til.release()
    for written in til.stick(AGREEMENT, "gao.ml"):
        gao.read_pouch(written.pouch)
    gao.talks.sign(code, parties.GAO.authority)
    gao.release()
    for written in gao.stick(AGREEMENT, "tillaberi.ne"):
        til.read_pouch(written.pouch)
    assert gao.talks.of(code).state == til.talks.of(code).state == "signed"


def test_a_reserved_paragraph_and_then_other_words(federation: Federation, code: str) -> None:
    gao, til = federation.gao, federation.tillaberi
    federation.clock.advance(minutes=5)
    til.file([til.talks.answer(code, service=SERVICE, reserve=[2])], confirmed=True)
    federation.exchange()
    assert gao.talks.of(code).state == "reserved"
    with pytest.raises(RecordError, match="paragraph 2 is not agreed"):
        gao.talks.sign(code, parties.GAO.authority)
    federation.clock.advance(minutes=5)
    til.file([til.talks.answer(code, service=SERVICE)], confirmed=True)
    federation.exchange()
    assert gao.talks.of(code).state == "agreed"
    with pytest.raises(RecordError, match="has no paragraph 7"):
        til.talks.answer(code, service=SERVICE, reserve=[7])


def test_a_note_with_changed_words_is_refused_and_the_pouch_is_not(federation: Federation, code: str) -> None:
    agree(federation, code)
    federation.exchange()
    til = federation.tillaberi
    changed = communique(done="Fait à Tillabéri, jamais")
    forged = add_signature(Note(changed.text(), ()), parties.TILLABERI.authority)
    til.store.put_note(NoteState(AGREEMENT, code, b"x" * 32, forged.to_bytes(), {}))
    read = federation.gao.read_pouch(_pouch(til))
    assert [str(problem) for problem in read.problems] == [
        "a signature came for words that no communiqué held here has"
    ]
    assert federation.gao.talks.of(code).signed == {}


def test_a_line_of_somebody_else_is_refused(federation: Federation, code: str) -> None:
    til = federation.tillaberi
    text = til.talks.of(code).current.text
    stranger = add_signature(Note(text, ()), parties.KAYES.authority)
    til.store.put_note(NoteState(AGREEMENT, code, b"y" * 32, stranger.to_bytes(), {}))
    read = federation.gao.read_pouch(_pouch(til))
    assert len(read.problems) == 1
    assert isinstance(read.problems[0], SignatureError)
    broken = Note(text, (add_signature(Note(text, ()), parties.TILLABERI.authority).signatures[0],))
    wrong = broken.to_bytes().replace(b"Directeur", b"Directrice")
    til.store.put_note(NoteState(AGREEMENT, code, b"y" * 32, wrong, {}))
    assert federation.gao.read_pouch(_pouch(til)).problems
    assert federation.gao.talks.of(code).signed == {}


def test_the_third_authority_gets_nothing(federation: Federation, code: str) -> None:
    with pytest.raises(StoreError):
        federation.kayes.talks.of(code)
    assert federation.kayes.talks.all() == []


def test_nobody_is_owed_a_signature_under_words_that_it_was_not_given(federation: Federation) -> None:
    gao = federation.gao
    found = gao.file([communique(tlp="RED", signatories=communique().signatories[:1])], confirmed=True)
    gao.talks.sign(found[0].record.code or "", parties.GAO.authority)
    federation.exchange()
    assert federation.tillaberi.talks.all() == []
    assert federation.tillaberi.store.notes_owed(AGREEMENT, "gao.ml", 9) == []
    assert gao.store.notes_owed(AGREEMENT, "tillaberi.ne", 9) == []


def test_withdrawn_words_take_their_signatures_along(federation: Federation, code: str) -> None:
    gao, til = federation.gao, federation.tillaberi
    agree(federation, code)
    federation.exchange()
    gao.talks.sign(code, parties.GAO.authority)
    federation.exchange()
    found = til.talks.of(code)
    words = digest(found.current.text)
    assert len(til.store.notes(words)) == len(gao.store.notes(words)) == 1
    gao.withdraw(code, "error", service=SERVICE)
    til.withdraw(found.current.code, "error", service=SERVICE)
    federation.exchange()
    for node in (gao, til):
        assert node.talks.all() == []
        assert node.store.notes(words) == []


def test_a_service_sees_only_what_it_may(federation: Federation, code: str) -> None:
    with pytest.raises(EntenteError):
        federation.tillaberi.talks.of(code, codes=())


def _pouch(node: Node) -> bytes:
    written = node.write_pouch(AGREEMENT, "gao.ml")
    assert written is not None
    return written.pouch

"""Agreements that were not signed, were changed, or put keys in the place of others."""

from __future__ import annotations

import msgspec
import pytest

from entente.agreements.document import Agreement, agreement_text, read_note
from entente.agreements.steps import Adopt, make_adopt
from entente.errors import AgreementError, EntenteError, NotInForceError, SignatureError, UnknownKeyError
from entente.pouch import Contents
from entente.signing import SigningKey, sign_note
from tests import parties
from tests.attacks.hostile import Forger, dump, refused
from tests.federation import AGREEMENT, Federation

BOTH = (parties.GAO.authority, parties.TILLABERI.authority)
SECOND = parties.agreement(version=2, supersedes="0" * 64)


def note_of(agreement: Agreement, *keys: SigningKey) -> bytes:
    return sign_note(agreement_text(agreement), *keys).to_bytes()


def versions(alias: str = "tillaberi") -> list[tuple[object, ...]]:
    return dump(alias)["ledger_version"]


def brought(federation: Federation, *notes: bytes) -> list[EntenteError]:
    """Gao brings these notes in a genuine pouch; none of them is kept, and each is said to be wrong."""
    before = versions()
    read = federation.tillaberi.read_pouch(Forger().pouch(Contents(notes=notes)))
    assert read.agreements == 0
    assert versions() == before
    assert len(read.problems) == len(notes)
    return read.problems


@pytest.fixture
def strangers(ledgers: None) -> Federation:  # noqa: ARG001  the empty ledgers
    return Federation.strangers()


def test_signed_by_one_party_only_nothing_is_in_force(strangers: Federation) -> None:
    gao = strangers.gao
    signed = gao.sign(agreement_text(parties.agreement()), parties.GAO.authority)
    with refused("gao", AgreementError, "before all have signed"):
        gao.adopt(signed, parties.GAO.authority)
    assert gao.register.policies() == []
    with pytest.raises(NotInForceError):
        gao.register.current(AGREEMENT)
    gao.file([parties.alert()], confirmed=True)
    assert gao.release() == []
    assert gao.explain("GAO-7K3QX") == []
    assert gao.store.journals() == []


def test_an_adoption_before_all_have_signed(strangers: Federation) -> None:
    tillaberi = strangers.tillaberi
    signed = read_note(tillaberi.sign(agreement_text(parties.agreement()), parties.TILLABERI.authority))
    adopt = Adopt(AGREEMENT, 1, 1, None, signed.digest, "gao.ml")
    step = sign_note(adopt.to_text(), parties.GAO.authority).to_bytes()
    problems = brought(strangers, step)
    problems += brought_after(strangers, signed.note.to_bytes(), step)
    assert all(isinstance(problem, EntenteError) for problem in problems)
    assert tillaberi.register.policies() == []


def brought_after(federation: Federation, good: bytes, *notes: bytes) -> list[EntenteError]:
    """The same, behind a note that is held already."""
    before = versions()
    read = federation.tillaberi.read_pouch(Forger().pouch(Contents(notes=(good, *notes))))
    assert versions() == before
    assert len(read.problems) == len(notes)
    return read.problems


def test_a_text_changed_after_it_was_signed(federation: Federation) -> None:
    [version] = federation.tillaberi.store.versions()
    for old, new in ((b'"retention_days": 730', b'"retention_days": 731'), (b'"RED"', b'"GREEN"')):
        changed = version.note.replace(old, new, 1)
        assert changed != version.note
        assert [type(p) for p in brought(federation, changed)] == [SignatureError]
        with refused(error=SignatureError):
            federation.tillaberi.sign(changed, parties.TILLABERI.authority)


def test_another_text_of_the_version_that_is_held(federation: Federation) -> None:
    other = note_of(parties.agreement(title="Un autre texte de la même version"), *BOTH)
    assert isinstance(brought(federation, other)[0], AgreementError)


def test_a_version_that_our_authority_did_not_sign(federation: Federation) -> None:
    assert isinstance(brought(federation, note_of(SECOND, parties.GAO.authority))[0], AgreementError)


def test_a_version_that_only_a_stranger_signed(federation: Federation) -> None:
    assert isinstance(brought(federation, note_of(SECOND, parties.KAYES.authority))[0], UnknownKeyError)


def test_an_agreement_between_others(federation: Federation) -> None:
    theirs = parties.agreement(version=2, parties=(parties.GAO.party, parties.KAYES.party))
    note = note_of(theirs, parties.GAO.authority, parties.KAYES.authority)
    assert isinstance(brought(federation, note)[0], AgreementError)


def test_an_agreement_of_another_name_in_this_pouch(federation: Federation) -> None:
    other = parties.agreement(id="another")
    assert isinstance(brought(federation, note_of(other, *BOTH))[0], AgreementError)


def with_keys(party: parties.Authority, **keys: str) -> Agreement:
    """A second version in which some keys of a party are others."""
    changed = msgspec.structs.replace(party.party, keys=msgspec.structs.replace(party.party.keys, **keys))
    both = tuple(
        changed if one.id == party.id else one for one in (parties.GAO.party, parties.TILLABERI.party)
    )
    return msgspec.structs.replace(SECOND, parties=both)


def test_a_note_that_puts_another_authority_key_in_the_place_of_ours(federation: Federation) -> None:
    mine = parties.synthetic_key("tillaberi.ne/authority").renamed("tillaberi.ne/authority")
    assert mine.verifier == parties.TILLABERI.authority.verifier
    false = SigningKey.from_seed("tillaberi.ne/authority", bytes(32))
    note = note_of(with_keys(parties.TILLABERI, authority=str(false.verifier)), parties.GAO.authority, false)
    assert isinstance(brought(federation, note)[0], AgreementError)
    assert federation.tillaberi.register.keys_of(AGREEMENT, "gao.ml")


def test_a_note_that_puts_another_log_key_in_the_place_of_ours(federation: Federation) -> None:
    false = SigningKey.from_seed("tillaberi.ne/log", bytes(32))
    draft = with_keys(parties.TILLABERI, log=str(false.verifier))
    assert isinstance(brought(federation, note_of(draft, parties.GAO.authority))[0], AgreementError)
    # Nor does our own authority sign it by mistake: what we sign is not what we could keep.
    with refused(error=AgreementError, match="keys"):
        federation.tillaberi.sign(agreement_text(draft), parties.TILLABERI.authority)


def test_a_key_used_in_two_roles(federation: Federation) -> None:
    log = parties.GAO.log.verifier
    twice = log.renamed("gao.ml/authority")
    draft = with_keys(parties.GAO, authority=str(twice))
    with refused(error=AgreementError):
        federation.tillaberi.sign(agreement_text(draft), parties.TILLABERI.authority)


def test_a_key_used_by_two_parties(federation: Federation) -> None:
    draft = with_keys(parties.GAO, log=str(parties.TILLABERI.log.verifier.renamed("gao.ml/log")))
    with refused(error=AgreementError):
        federation.tillaberi.sign(agreement_text(draft), parties.TILLABERI.authority)


def signed_second(federation: Federation) -> bytes:
    """A second version that both signed and nobody adopted, held by Tillabéri."""
    note = note_of(SECOND, *BOTH)
    federation.tillaberi.register.keep(note)
    return note


@pytest.mark.parametrize("by", ["kayes.ml", "gao.ml", "tillaberi.ne"])
def test_an_adoption_signed_by_a_non_party(federation: Federation, by: str) -> None:
    note = signed_second(federation)
    adopt = Adopt(AGREEMENT, 2, 1, None, read_note(note).digest, by)
    key = parties.KAYES.authority.renamed(f"{by}/authority")
    brought_after(federation, note, sign_note(adopt.to_text(), key).to_bytes())
    with refused(error=EntenteError):
        federation.tillaberi.adopt(note, parties.KAYES.authority)


def test_an_adoption_signed_with_the_key_of_every_day(federation: Federation) -> None:
    note = signed_second(federation)
    adopt = Adopt(AGREEMENT, 2, 1, None, read_note(note).digest, "gao.ml")
    brought_after(federation, note, sign_note(adopt.to_text(), parties.GAO.log).to_bytes())


def test_an_adoption_of_another_text(federation: Federation) -> None:
    note = signed_second(federation)
    other = read_note(note_of(parties.agreement(version=2, supersedes="1" * 64), *BOTH))
    brought_after(federation, note, make_adopt(other, "gao.ml", parties.GAO.authority).to_bytes())


def test_an_adoption_of_the_version_before(federation: Federation) -> None:
    [first] = federation.tillaberi.store.versions()
    brought_after(federation, signed_second(federation), first.adopt or b"")


def test_an_adoption_that_comes_again_does_not_begin_anew(federation: Federation) -> None:
    [first] = federation.tillaberi.store.versions()
    federation.clock.advance(days=3)
    before = versions()
    read = federation.tillaberi.read_pouch(Forger().pouch(Contents(notes=(first.note, first.adopt or b""))))
    assert (read.agreements, read.problems) == (0, [])
    assert versions() == before


def test_lines_of_strangers_under_a_good_note_are_not_kept(federation: Federation) -> None:
    [version] = federation.tillaberi.store.versions()
    strange = [
        SigningKey.from_seed(f"stranger-{number}.example", bytes([number]) * 32) for number in range(90)
    ]
    note = read_note(version.note).note
    piled = sign_note(note.text, parties.GAO.authority, parties.TILLABERI.authority, *strange)
    adopted = sign_note(_text(version.adopt), parties.GAO.authority, *strange[:40])
    before = versions()
    read = federation.tillaberi.read_pouch(
        Forger().pouch(Contents(notes=(piled.to_bytes(), adopted.to_bytes())))
    )
    assert read.problems == []
    assert versions() == before
    # Nor where the note is new.
    second = sign_note(agreement_text(SECOND), *BOTH, *strange)
    federation.tillaberi.read_pouch(Forger().pouch(Contents(notes=(second.to_bytes(),))))
    kept = federation.tillaberi.store.versions()[1]
    assert len(read_note(kept.note).note.signatures) == 2


def _text(adopt: bytes | None) -> str:
    from entente.signing import parse_note

    return parse_note(adopt or b"").text


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"garbage",
        b"entente.v1/agreement\n\n",
        sign_note("entente.v1/agreement\n{}\n", parties.GAO.authority).to_bytes(),
        sign_note("entente.v1/revoked\nx\n", parties.GAO.authority).to_bytes(),
        sign_note("entente.v1/agreement\n" + "[" * 50_000 + "\n", parties.GAO.authority).to_bytes(),
    ],
    ids=["nothing", "garbage", "no_signature", "empty", "unknown_type", "deep"],
)
def test_a_note_that_is_not_one(federation: Federation, note: bytes) -> None:
    if note:
        brought(federation, note)
    for name in ("gao", "tillaberi"):
        with refused(name):
            getattr(federation, name).sign(note, parties.PARTIES["tillaberi.ne"].authority)


def test_an_adopt_note_alone(federation: Federation) -> None:
    [first] = federation.tillaberi.store.versions()
    brought(federation, first.adopt or b"")

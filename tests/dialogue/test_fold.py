"""How far the sides are with a communiqué, whatever the order in which records arrive."""

from __future__ import annotations

from itertools import permutations

import msgspec
import pytest

from entente import dialogue
from entente.dialogue import Negotiation, Version, fold, together
from entente.errors import RecordError, SignatureError, UnknownKeyError
from entente.records.communique import Paragraph
from entente.signing import Note, add_signature
from tests import parties
from tests.dialogue.material import BOTH, PARAGRAPHS, communique

GAO, TIL = BOTH
KEYS = dialogue.authorities(parties.AGREEMENT)


def words(*texts: str, **consents: str) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(text=text, consent=consents.get(f"p{n}")) for n, text in enumerate(texts, 1))  # type: ignore[arg-type]


PROPOSED = Version(GAO, communique(code="GAO-7K3QX"))
AGREED = Version(
    TIL,
    communique(
        code="TIL-7K3QX",
        at="2022-02-01T09:00:00Z",
        revises="GAO-7K3QX",
        paragraphs=tuple(Paragraph(text=text, consent={TIL: "agreed"}) for text in PARAGRAPHS),
    ),
)


def of(*versions: Version, **signed: int) -> Negotiation:
    [group] = together(versions)
    text = group[-1].text
    at = {"gao": GAO, "til": TIL}
    return fold(group, {dialogue.digest(text): {at[name]: when for name, when in signed.items()}}, BOTH)


def test_words_that_one_side_proposes_wait_for_the_other() -> None:
    found = of(PROPOSED)
    assert found.state == "proposed"
    assert [dict(p.sides) for p in found.paragraphs] == [{GAO: "proposed", TIL: None}] * 2
    assert found.missing == BOTH


def test_agreed_when_the_other_side_says_so_itself() -> None:
    found = of(PROPOSED, AGREED)
    assert found.state == "agreed"
    assert found.code == "GAO-7K3QX"
    assert found.codes == {"GAO-7K3QX", "TIL-7K3QX"}


def test_what_a_side_says_of_the_others_consent_counts_for_nothing() -> None:
    claimed = communique(
        code="GAO-7K3QX",
        paragraphs=tuple(Paragraph(text=t, consent={GAO: "agreed", TIL: "agreed"}) for t in PARAGRAPHS),
    )
    found = of(Version(GAO, claimed))
    assert found.state == "proposed"
    assert found.paragraphs[0].sides[TIL] is None


def test_one_reserved_paragraph_holds_the_whole() -> None:
    first, second = AGREED.communique.paragraphs
    reserved = msgspec.structs.replace(second, consent={TIL: "reserved"})
    found = of(
        PROPOSED, Version(TIL, msgspec.structs.replace(AGREED.communique, paragraphs=(first, reserved)))
    )
    assert found.state == "reserved"
    assert [p.is_agreed for p in found.paragraphs] == [True, False]


def test_other_words_need_a_new_consent() -> None:
    changed = communique(
        code="TIL-7K3QX",
        at="2022-02-01T09:00:00Z",
        revises="GAO-7K3QX",
        paragraphs=(Paragraph(text=PARAGRAPHS[0]), Paragraph(text="D’autres mots (donnée synthétique).")),
    )
    found = of(PROPOSED, Version(TIL, changed))
    assert found.current.party == TIL
    assert [dict(p.sides) for p in found.paragraphs] == [
        {GAO: "proposed", TIL: "proposed"},
        {GAO: None, TIL: "proposed"},
    ]


def test_both_sides_fold_alike_in_any_order() -> None:
    third = Version(
        GAO,
        communique(
            code="GAO-8K3QX", at="2022-02-01T10:00:00Z", revises="TIL-7K3QX", paragraphs=words("Autre")
        ),
    )
    found = {
        (one.code, one.current.code, one.state, str([dict(p.sides) for p in one.paragraphs]))
        for order in permutations((PROPOSED, AGREED, third))
        for one in [fold(together(order)[0], {}, BOTH)]
    }
    assert len(found) == 1


def test_the_same_words_belong_together_without_a_pointer_but_not_across_the_wall() -> None:
    copy = communique(code="TIL-7K3QX", at="2022-02-01T09:00:00Z")
    assert len(together([PROPOSED, Version(TIL, copy)])) == 1
    other = msgspec.structs.replace(copy, purpose="security", revises="GAO-7K3QX")
    assert len(together([PROPOSED, Version(TIL, other)])) == 2


def test_one_signature_is_not_two_and_a_signature_is_consent() -> None:
    found = of(PROPOSED, til=9)
    assert found.state == "agreed"
    assert found.missing == (GAO,)
    assert of(PROPOSED, til=9, gao=10).state == "signed"


def test_the_signature_of_somebody_the_words_do_not_name_is_nothing() -> None:
    found = fold([PROPOSED], {dialogue.digest(PROPOSED.text): {"kayes.ml": 1}}, BOTH)
    assert found.signed == {}


def test_nobody_signs_what_is_not_agreed() -> None:
    with pytest.raises(RecordError, match="paragraph 1 is not agreed"):
        dialogue.sign(of(PROPOSED), GAO, parties.GAO.authority, KEYS)


def test_the_wrong_key_and_the_wrong_party_sign_nothing() -> None:
    with pytest.raises(SignatureError, match="is not the authority key of"):
        dialogue.sign(of(PROPOSED, AGREED), GAO, parties.GAO.log, KEYS)
    with pytest.raises(RecordError, match="names no signatory for"):
        dialogue.sign(of(PROPOSED, AGREED), "kayes.ml", parties.KAYES.authority, KEYS)


def test_signatures_verify_for_these_words_and_these_parties_only() -> None:
    note = dialogue.sign(of(PROPOSED, AGREED), GAO, parties.GAO.authority, KEYS)
    assert set(dialogue.verified(note, PROPOSED.communique, KEYS)) == {GAO}
    both = add_signature(note, parties.TILLABERI.authority)
    assert set(dialogue.verified(both, PROPOSED.communique, KEYS)) == {GAO, TIL}
    changed = msgspec.structs.replace(PROPOSED.communique, done="Fait ailleurs")
    with pytest.raises(SignatureError, match="signs other words"):
        dialogue.verified(note, changed, KEYS)
    forged = Note(changed.text(), note.signatures)
    with pytest.raises(SignatureError, match="is not right"):
        dialogue.verified(forged, changed, KEYS)
    stranger = add_signature(Note(note.text, ()), parties.KAYES.authority)
    with pytest.raises(UnknownKeyError):
        dialogue.verified(stranger, PROPOSED.communique, KEYS)

"""Signing, adopting, in force: opening takes all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from entente.agreements.document import Renewal, agreement_text, read_note
from entente.agreements.steps import (
    Adopt,
    Standing,
    in_force,
    make_adopt,
    read_adopt,
    sign,
    step_digest,
)
from entente.errors import AgreementError, MalformedError, NotInForceError, SignatureError, UnknownKeyError
from entente.signing import Note, sign_note
from tests.parties import ADOPTED_AT, AGREEMENT, GAO, KAYES, NOW, TILLABERI, agreement, signed, standing

TEXT = agreement_text(AGREEMENT)


def adopt(**changes: object) -> Adopt:
    held = signed()
    return replace(
        Adopt(agreement="gao-tillaberi", version=1, serial=1, previous=None, text=held.digest, by="gao.ml"),
        **changes,
    )


# Signing.


def test_the_signatures_come_in_any_order():
    for first, second in ((GAO, TILLABERI), (TILLABERI, GAO)):
        held = read_note(sign(TEXT, first.authority).to_bytes())
        assert held.signed_by == {first.id}
        assert read_note(sign(held, second.authority).to_bytes()).signed_by == {"gao.ml", "tillaberi.ne"}


def test_signing_twice_leaves_one_line():
    held = read_note(sign(TEXT, GAO.authority).to_bytes())
    assert len(sign(held, GAO.authority).signatures) == 1


@pytest.mark.parametrize(
    "key",
    [
        KAYES.authority,
        GAO.log,
        GAO.log.renamed("gao.ml/authority"),
        KAYES.authority.renamed("gao.ml/authority"),
    ],
    ids=["a stranger", "another role", "another role's key", "a stranger under a party's name"],
)
def test_only_the_authority_key_of_a_party_signs(key):
    with pytest.raises(AgreementError, match="not the authority key"):
        sign(TEXT, key)


def test_a_text_with_errors_is_not_signed():
    with pytest.raises(AgreementError, match="1 errors, the first at supersedes"):
        sign(agreement_text(agreement(version=2)), GAO.authority)


def test_a_text_that_is_not_in_its_one_form_is_not_signed():
    with pytest.raises(AgreementError):
        sign(TEXT + "\n", GAO.authority)


def test_a_text_changed_since_the_first_signature_is_not_signed():
    held = signed(AGREEMENT, GAO)
    wider = agreement_text(agreement(title="Autre titre"))
    with pytest.raises(SignatureError):
        sign(replace(held, note=Note(wider, held.note.signatures)), TILLABERI.authority)


def test_the_last_day_for_signing_is_a_day_of_the_agreements_zone():
    # sign_by 2022-03-31; Africa/Niamey is an hour ahead of UTC.
    sign(TEXT, GAO.authority, now=datetime(2022, 3, 31, 22, 59, tzinfo=UTC))
    with pytest.raises(AgreementError, match="2022-03-31"):
        sign(TEXT, GAO.authority, now=datetime(2022, 3, 31, 23, 0, tzinfo=UTC))
    with pytest.raises(AgreementError, match="2022-03-31"):
        make_adopt(signed(), "gao.ml", GAO.authority, now=datetime(2022, 4, 1, tzinfo=UTC))


# Adopting.


def test_the_adopt_note_has_these_bytes():
    held = signed()
    note = make_adopt(held, "gao.ml", GAO.authority)
    assert note.text == f"entente.v1/adopt\ngao-tillaberi\n1\n1\n-\n{held.digest.hex()}\ngao.ml\n"
    assert read_adopt(note, held) == adopt()
    assert read_adopt(note.to_bytes(), held) == adopt()


def test_a_later_step_names_the_one_before():
    held = signed()
    first = make_adopt(held, "gao.ml", GAO.authority)
    second = make_adopt(held, "gao.ml", GAO.authority, 2, step_digest(first))
    assert read_adopt(second, held).previous == step_digest(first)
    with pytest.raises(AgreementError, match="serial"):
        make_adopt(held, "gao.ml", GAO.authority, 2)
    with pytest.raises(AgreementError, match="serial"):
        make_adopt(held, "gao.ml", GAO.authority, 1, step_digest(first))


def test_nobody_adopts_before_all_have_signed():
    note = make_adopt(signed(), "gao.ml", GAO.authority)
    for signer in (GAO, TILLABERI):
        half = signed(AGREEMENT, signer)
        with pytest.raises(AgreementError, match="before all have signed"):
            make_adopt(half, "gao.ml", GAO.authority)
        with pytest.raises(AgreementError, match="before all have signed"):
            read_adopt(note, half)


def test_only_a_party_adopts_and_only_for_itself():
    held = signed()
    for by, key in (
        ("kayes.ml", KAYES.authority),
        ("gao.ml", TILLABERI.authority),
        ("gao.ml", KAYES.authority.renamed("gao.ml/authority")),
        ("gao.ml", GAO.log),
    ):
        with pytest.raises(AgreementError, match="not the authority key"):
            make_adopt(held, by, key)
    with pytest.raises(AgreementError, match=r"kayes\.ml is not a party"):
        read_adopt(sign_note(adopt(by="kayes.ml").to_text(), KAYES.authority), held)
    for key in (TILLABERI.authority, KAYES.authority, GAO.log):
        with pytest.raises(UnknownKeyError):
            read_adopt(sign_note(adopt().to_text(), key), held)


def test_an_adopt_note_of_another_version_agreement_or_text_does_not_count():
    held = signed()
    for other in (adopt(version=2), adopt(agreement="gao-mopti")):
        with pytest.raises(AgreementError, match="another one"):
            read_adopt(sign_note(other.to_text(), GAO.authority), held)
    with pytest.raises(AgreementError, match="another text"):
        read_adopt(sign_note(adopt(text=bytes(32)).to_text(), GAO.authority), held)


def test_a_changed_adopt_note_is_refused():
    held = signed()
    note = make_adopt(held, "gao.ml", GAO.authority)
    with pytest.raises(SignatureError):
        read_adopt(Note(adopt(serial=2, previous=bytes(32)).to_text(), note.signatures), held)


@pytest.mark.parametrize(
    "text",
    [
        "entente.v1/adopt\n",
        adopt().to_text() + "more\n",
        adopt().to_text().replace("entente.v1/adopt", "entente.v1/suspend"),
        adopt().to_text().replace("\n1\n1\n", "\n1\n01\n"),
        adopt().to_text().replace("\n1\n1\n", "\n1\n0\n"),
        adopt().to_text().replace("\n1\n1\n", "\n1\n1000000\n"),
        adopt().to_text().replace("\n-\n", "\n" + "0" * 64 + "\n"),
        adopt(serial=2, previous=bytes(32)).to_text().replace("0" * 64, "-"),
        adopt(serial=2, previous=b"\xab" * 32).to_text().replace("abab", "ABAB"),
        adopt().to_text().replace("\n1\n1\n", "\n١\n1\n"),
    ],
)
def test_a_step_in_any_other_form_is_refused(text):
    with pytest.raises(AgreementError):
        read_adopt(sign_note(text, GAO.authority), signed())


def test_garbage_is_no_step():
    with pytest.raises(MalformedError):
        read_adopt(b"\x00" * 50, signed())


# In force.


def test_it_holds_once_all_signed_one_adopted_and_its_day_has_come():
    in_force(standing(), NOW)


def test_it_does_not_hold_without_all_signatures():
    with pytest.raises(NotInForceError, match=r"tillaberi\.ne did not sign"):
        in_force(Standing(signed(AGREEMENT, GAO), ADOPTED_AT), NOW)


def test_it_does_not_hold_before_somebody_adopts():
    with pytest.raises(NotInForceError, match="nobody has adopted"):
        in_force(Standing(signed(), None), NOW)


def test_it_holds_from_the_effective_day_of_its_zone_to_the_end_of_its_last():
    first = datetime(2021, 12, 14, 23, tzinfo=UTC)
    after = datetime(2023, 12, 14, 23, tzinfo=UTC)
    second = timedelta(seconds=1)
    in_force(standing(), first)
    in_force(standing(), after - second)
    in_force(standing(), first.astimezone(timezone(timedelta(hours=5))))
    with pytest.raises(NotInForceError, match="before 2021-12-15"):
        in_force(standing(), first - second)
    with pytest.raises(NotInForceError, match="expired on 2023-12-14"):
        in_force(standing(), after)


def test_adopted_late_it_holds_from_the_arrival_of_the_adopt_note():
    late = standing(adopted_at=NOW)
    in_force(late, NOW)
    with pytest.raises(NotInForceError, match="2022-01-10T08:30:00Z"):
        in_force(late, NOW - timedelta(seconds=1))


def test_tacit_renewal_goes_on_and_no_renewal_does_not():
    later = datetime(2030, 1, 1, tzinfo=UTC)
    in_force(standing(agreement(renewal=Renewal(tacit=True, years=2, notice_days=90))), later)
    in_force(standing(agreement(expires=None)), later)
    with pytest.raises(NotInForceError):
        in_force(standing(agreement(renewal=Renewal(tacit=False, years=2, notice_days=90))), later)

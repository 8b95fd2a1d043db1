"""Key statements: keys of everyday work are replaced, revoked, and never believed twice (PROTOCOL section 5)."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from entente.agreements.statements import CurrentKeys, make_statement, read_statement
from entente.errors import AgreementError, EntenteError, UnknownKeyError
from entente.node import Node
from entente.sealing import generate_identity, recipient_of
from entente.signing import COSIGNATURE, SigningKey, parse_note
from tests import parties
from tests.federation import AGREEMENT, Federation


def _key(name: str, algorithm: int = 1) -> SigningKey:
    return SigningKey.from_seed(name, sha256(b"another " + name.encode()).digest(), algorithm)


def _rotate(federation: Federation, *, revoke: bool = False) -> Node:
    """Gao's node with a new log, receipt and seal key, as `entente key rotate` makes it."""
    gao = federation.gao
    log, receipts = _key("gao.ml/log"), _key("gao.ml/receipts", COSIGNATURE)
    secret, public = generate_identity()
    current = CurrentKeys(str(log.verifier), str(receipts.verifier), public)
    revoked = [gao.last_good(gao.keys.log.verifier)] if revoke else []
    gao.state_keys(current, parties.GAO.authority, revoked=revoked)
    keys = replace(gao.keys, log=log, receipts=receipts, seal=(secret, *gao.keys.seal))
    federation.gao = Node(keys, gao.store, clock=federation.clock, entropy=gao.entropy)
    federation.lines.clear()
    return federation.gao


def test_after_a_rotation_both_sides_go_on_with_the_new_keys_and_all_still_verifies(
    federation: Federation,
) -> None:
    federation.gao.file([parties.alert()], confirmed=True)
    federation.exchange()
    federation.tillaberi.answer("GAO-7K3QX", service="protection-civile", step="acknowledged")
    federation.exchange()
    gao = _rotate(federation)
    gao.file([parties.alert(code=None)], confirmed=True)
    federation.exchange()
    tillaberi = federation.tillaberi
    assert [j.size for j in tillaberi.store.journals() if not j.ours] == [2]
    assert tillaberi.register.keys_of(AGREEMENT, "gao.ml")[0].seal == recipient_of(gao.keys.seal[0])
    tillaberi.answer("GAO-7K3QX", service="protection-civile", step="under_way")
    done = federation.exchange(tillaberi, gao)
    assert done.sent == 1
    assert all(v.problem is None for node in (gao, tillaberi) for v in node.verify())


def test_what_was_sealed_to_the_replaced_key_still_opens(federation: Federation) -> None:
    federation.exchange()
    tillaberi = federation.tillaberi
    tillaberi.file([parties.alert(code=None)], confirmed=True)
    tillaberi.release()
    on_the_way = [written.pouch for written in tillaberi.stick(AGREEMENT, "gao.ml")]
    gao = _rotate(federation)
    assert sum(gao.read_pouch(pouch).received for pouch in on_the_way) == 1


def test_a_revoked_log_key_signs_nothing_that_is_believed(federation: Federation) -> None:
    thief = federation.gao
    federation.gao.file([parties.alert()], confirmed=True)
    federation.exchange()
    _rotate(federation, revoke=True)
    federation.exchange()
    thief.file([parties.alert(code=None)], confirmed=True)
    thief.release()
    stolen = thief.write_pouch(AGREEMENT, "tillaberi.ne", poll=True)
    assert stolen is not None
    with pytest.raises(EntenteError):
        federation.tillaberi.read_pouch(stolen.pouch)
    assert [j.size for j in federation.tillaberi.store.journals() if not j.ours] == [1]


def test_two_statements_of_one_serial_freeze_the_party(federation: Federation) -> None:
    gao, tillaberi = federation.gao, federation.tillaberi
    keys = [
        CurrentKeys(str(_key("gao.ml/log").verifier), str(gao.keys.receipts.verifier), generate_identity()[1])
        for _ in range(2)
    ]
    for current in keys:
        note = make_statement("gao.ml", current, parties.GAO.authority, None)
        assert tillaberi.register.keep_statement(note.to_bytes())
    pouch = gao.write_pouch(AGREEMENT, "tillaberi.ne", poll=True)
    assert pouch is not None
    with pytest.raises(AgreementError, match="two different key statements of serial 1"):
        tillaberi.read_pouch(pouch.pouch)
    with pytest.raises(AgreementError, match="until people have met"):
        tillaberi.write_pouch(AGREEMENT, "gao.ml", poll=True)


def _statement(**changes: object) -> bytes:
    current = CurrentKeys(
        **{
            "log": str(_key("gao.ml/log").verifier),
            "receipts": str(_key("gao.ml/receipts", COSIGNATURE).verifier),
            "seal": generate_identity()[1],
        }
        | changes  # type: ignore[arg-type]
    )
    return make_statement("gao.ml", current, parties.GAO.authority, None).to_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"log": str(parties.TILLABERI.log.verifier)},
        {"log": str(parties.GAO.receipts.verifier)},
        {"receipts": str(_key("gao.ml/receipts").verifier)},
        {"log": str(parties.GAO.authority.verifier.renamed("gao.ml/log"))},
        {"seal": "age1nothing"},
    ],
)
def test_a_statement_of_keys_that_are_not_the_party_s_is_not_made(changes: dict[str, object]) -> None:
    with pytest.raises(EntenteError):
        _statement(**changes)


def test_only_the_authority_speaks_for_its_keys(federation: Federation) -> None:
    tillaberi = federation.tillaberi
    note = parse_note(_statement())
    with pytest.raises(UnknownKeyError):
        read_statement(note, parties.TILLABERI.authority.verifier)
    forged = make_statement(
        "kayes.ml",
        CurrentKeys(
            str(_key("kayes.ml/log").verifier),
            str(_key("kayes.ml/receipts", COSIGNATURE).verifier),
            generate_identity()[1],
        ),
        parties.KAYES.authority,
        None,
    )
    with pytest.raises(AgreementError, match=r"no agreement held here names kayes\.ml"):
        tillaberi.register.keep_statement(forged.to_bytes())


def test_statements_follow_one_another(federation: Federation) -> None:
    tillaberi = federation.tillaberi
    first = _statement()
    tillaberi.register.keep_statement(first)
    assert not tillaberi.register.keep_statement(first)
    other = read_statement(parse_note(_statement()), parties.GAO.authority.verifier)
    keys = other.statement.keys
    astray = make_statement("gao.ml", keys, parties.GAO.authority, other)
    with pytest.raises(AgreementError, match="does not follow"):
        tillaberi.register.keep_statement(astray.to_bytes())

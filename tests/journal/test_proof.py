"""Proofs against the plain definition, for every index and size; and proof files."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.errors import EntenteError, ProofError, UnknownKeyError
from entente.journal.checkpoint import Checkpoint, sign_checkpoint
from entente.journal.proof import (
    TlogProof,
    consistency_proof,
    inclusion_proof,
    tlog_proof,
    verify_consistency,
    verify_inclusion,
    verify_tlog_proof,
)
from entente.journal.receipt import sign_receipt
from entente.journal.tree import EMPTY, leaf_hashes
from entente.signing import with_signature
from tests.journal import plain
from tests.vectors.synthetic import LOG, ORIGIN, PARTNER_LOG, RECEIPTS, STRANGER, TIME, plain_entries

MOST = 33
MADE = plain_entries(MOST)
HASHES = leaf_hashes(MADE)
ROOTS = [plain.root(MADE[:n]) for n in range(MOST + 1)]


@pytest.mark.parametrize("n", range(1, MOST + 1))
def test_inclusion_of_every_entry(n):
    for index in range(n):
        proof = inclusion_proof(HASHES, index, n)
        assert proof == plain.path(index, MADE[:n])
        verify_inclusion(index, n, HASHES[index], proof, ROOTS[n])


@pytest.mark.parametrize("n", range(1, MOST + 1))
def test_consistency_from_every_size(n):
    assert consistency_proof(HASHES, 0, n) == []
    verify_consistency(0, n, ROOTS[0], ROOTS[n], [])
    for m in range(1, n + 1):
        proof = consistency_proof(HASHES, m, n)
        assert proof == plain.proof(m, MADE[:n])
        verify_consistency(m, n, ROOTS[m], ROOTS[n], proof)


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_a_proof_with_anything_changed_is_refused(data):
    n = data.draw(st.integers(2, MOST))
    index = data.draw(st.integers(0, n - 1))
    proof = inclusion_proof(HASHES, index, n)
    leaf, root = HASHES[index], ROOTS[n]
    where = data.draw(st.integers(0, len(proof) - 1))
    flipped = bytes([proof[where][0] ^ 1]) + proof[where][1:]
    for changed in (
        (index, n, leaf, [*proof[:where], flipped, *proof[where + 1 :]], root),
        (index, n, leaf, [*proof[:where], *proof[where + 1 :]], root),
        (index, n, leaf, [*proof[:where], proof[where], *proof[where:]], root),
        ((index + 1) % n, n, leaf, proof, root),
        (index, n, HASHES[(index + 1) % n], proof, root),
        (index, n, leaf, proof, ROOTS[n - 1]),
    ):
        with pytest.raises(ProofError):
            verify_inclusion(*changed)


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_a_history_with_anything_changed_is_refused(data):
    n = data.draw(st.integers(2, MOST))
    m = data.draw(st.integers(1, n - 1))
    proof = consistency_proof(HASHES, m, n)
    where = data.draw(st.integers(0, len(proof) - 1))
    flipped = bytes([proof[where][0] ^ 1]) + proof[where][1:]
    for changed in (
        (m, n, ROOTS[m], ROOTS[n], [*proof[:where], flipped, *proof[where + 1 :]]),
        (m, n, ROOTS[m], ROOTS[n], [*proof[:where], *proof[where + 1 :]]),
        (m, n, ROOTS[m], ROOTS[n], [*proof, flipped]),
        (m, n, ROOTS[m - 1], ROOTS[n], proof),
        (m, n, ROOTS[m], ROOTS[n - 1], proof),
        (n, m, ROOTS[n], ROOTS[m], proof),
    ):
        with pytest.raises(ProofError):
            verify_consistency(*changed)


@settings(deadline=None, max_examples=200)
@given(
    index=st.integers(-2, 2**70),
    size=st.integers(-2, 2**70),
    proof=st.lists(st.binary(min_size=31, max_size=33), max_size=4),
)
def test_sizes_from_anywhere_are_refused_at_once(index, size, proof):
    with pytest.raises(ProofError):
        verify_inclusion(index, size, HASHES[0], proof, ROOTS[1] if size != 1 else ROOTS[2])
    with pytest.raises(ProofError):
        verify_consistency(index, size, ROOTS[1], ROOTS[2], [*proof, b""])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (0, MOST + 1)])
def test_no_proof_is_made_of_what_is_not_there(index, size):
    with pytest.raises(ProofError):
        inclusion_proof(HASHES, index, size)


@pytest.mark.parametrize(("size1", "size2"), [(-1, 3), (4, 3), (1, MOST + 1)])
def test_no_proof_is_made_of_a_history_that_is_not_there(size1, size2):
    with pytest.raises(ProofError):
        consistency_proof(HASHES, size1, size2)


def signed(n: int):
    return sign_checkpoint(Checkpoint(ORIGIN, n, EMPTY.extend(HASHES[:n]).root()), LOG)


@pytest.mark.parametrize("n", [1, 2, 7, MOST])
def test_a_proof_file_proves_its_entry_to_whoever_knows_the_log(n):
    for index in range(n):
        data = tlog_proof(HASHES, index, signed(n)).encode()
        assert verify_tlog_proof(data, MADE[index], LOG.verifier).size == n
        assert TlogProof.parse(data).text().encode() == data
        for other in (PARTNER_LOG, STRANGER):
            with pytest.raises(UnknownKeyError):
                verify_tlog_proof(data, MADE[index], other.verifier)
        with pytest.raises(ProofError):
            verify_tlog_proof(data, b"another entry", LOG.verifier)


def test_a_proof_file_carries_receipts_and_extra_data():
    (line,) = sign_receipt(Checkpoint.parse(signed(7).text), RECEIPTS, TIME).signatures
    data = tlog_proof(HASHES, 3, with_signature(signed(7), line), b"anything").encode()
    assert TlogProof.parse(data).extra == b"anything"
    assert len(TlogProof.parse(data).checkpoint.signatures) == 2
    assert verify_tlog_proof(data, MADE[3], LOG.verifier).size == 7


def test_no_proof_file_is_made_of_a_journal_that_is_not_the_checkpoints():
    with pytest.raises(ProofError):
        tlog_proof(HASHES[1:], 3, signed(7))


def test_a_proof_file_with_any_byte_changed_is_refused():
    data = tlog_proof(HASHES, 3, signed(7)).encode()
    for at in range(len(data)):
        for flip in (0x01, 0x20, 0x80):
            changed = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
            with pytest.raises(EntenteError):
                verify_tlog_proof(changed, MADE[3], LOG.verifier)

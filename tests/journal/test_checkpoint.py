"""Checkpoints and receipts: who signed what, seen by the author, the partner and a non-party."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import LimitError, MalformedError, SignatureError, UnknownKeyError
from entente.journal.checkpoint import Checkpoint, Origin, sign_checkpoint, verify_checkpoint
from entente.journal.receipt import Receipt, sign_receipt, verify_receipt
from entente.signing import Note, parse_note, sign_note, with_signature
from tests.vectors.synthetic import (
    LOG,
    ORIGIN,
    PARTNER_LOG,
    RECEIPTS,
    STRANGER,
    STRANGER_RECEIPTS,
    TIME,
)

AT7 = Checkpoint(ORIGIN, 7, bytes(range(32)))
PART = st.text("abcxyz01.-", min_size=1, max_size=12).filter(lambda part: part not in {".", ".."})


@given(size=st.integers(0, 2**53 - 1), root=st.binary(min_size=32, max_size=32))
def test_a_checkpoint_reads_back(size, root):
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert Checkpoint.parse(checkpoint.text()) == checkpoint


@given(
    sender=PART,
    agreement=PART,
    recipient=PART,
    lane=st.sampled_from(["urgent", "routine"]),
    generation=st.integers(1, 999_999_999),
)
def test_an_origin_reads_back(sender, agreement, recipient, lane, generation):
    origin = Origin(sender, agreement, recipient, lane, generation)
    if sender == recipient:
        with pytest.raises(MalformedError):
            Origin.parse(str(origin))
    else:
        assert Origin.parse(str(origin)) == origin


def test_the_log_signs_under_the_origin():
    note = sign_checkpoint(AT7, LOG)
    assert [line.name for line in note.signatures] == [ORIGIN]
    assert verify_checkpoint(parse_note(note.to_bytes()), LOG.verifier) == AT7


@pytest.mark.parametrize("key", [PARTNER_LOG, STRANGER], ids=["partner", "non-party"])
def test_only_the_authors_log_signs_its_checkpoints(key):
    with pytest.raises(UnknownKeyError):
        verify_checkpoint(sign_checkpoint(AT7, key), LOG.verifier)
    with pytest.raises(UnknownKeyError):
        verify_checkpoint(sign_checkpoint(AT7, LOG), key.verifier)


def test_a_pouch_that_the_log_signed_is_no_checkpoint():
    text = "entente.v1/pouch\ngao.ml\ntillaberi.ne\ngao-tillaberi\n1\nAAAA\n"
    with pytest.raises(MalformedError):
        verify_checkpoint(sign_note(text, LOG.renamed("gao.ml/pouch")), LOG.verifier)


def test_the_line_of_a_pouch_does_not_serve_for_a_checkpoint():
    note = sign_note(AT7.text(), LOG.renamed("gao.ml/pouch"))
    with pytest.raises(UnknownKeyError):
        verify_checkpoint(note, LOG.verifier)


def test_a_checkpoint_may_carry_receipts():
    receipt = sign_receipt(AT7, RECEIPTS, TIME)
    both = with_signature(sign_checkpoint(AT7, LOG), receipt.signatures[0])
    assert verify_checkpoint(both, LOG.verifier) == AT7
    assert verify_receipt(both, RECEIPTS.verifier) == Receipt(AT7, TIME)


@given(time=st.integers(0, 2**63 - 1))
def test_a_receipt_reads_back(time):
    note = sign_receipt(AT7, RECEIPTS, time)
    assert verify_receipt(parse_note(note.to_bytes()), RECEIPTS.verifier) == Receipt(AT7, time)


def test_only_the_partner_gives_its_receipts():
    with pytest.raises(UnknownKeyError):
        verify_receipt(sign_receipt(AT7, STRANGER_RECEIPTS, TIME), RECEIPTS.verifier)


def test_the_authors_own_signature_is_no_receipt():
    with pytest.raises(UnknownKeyError):
        verify_receipt(sign_checkpoint(AT7, LOG), RECEIPTS.verifier)
    with pytest.raises(SignatureError):
        sign_receipt(AT7, LOG, TIME)
    with pytest.raises(SignatureError):
        verify_receipt(sign_checkpoint(AT7, LOG), LOG.verifier.renamed(ORIGIN))


def test_a_receipt_does_not_serve_for_another_size():
    (line,) = sign_receipt(AT7, RECEIPTS, TIME).signatures
    larger = Checkpoint(ORIGIN, 8, AT7.root)
    with pytest.raises(SignatureError):
        verify_receipt(Note(larger.text(), (line,)), RECEIPTS.verifier)


@pytest.mark.parametrize(
    ("origin", "size", "root", "error"),
    [
        (ORIGIN, -1, bytes(32), LimitError),
        (ORIGIN, 2**53, bytes(32), LimitError),
        (ORIGIN, 1, bytes(31), MalformedError),
        ("", 1, bytes(32), MalformedError),
        (ORIGIN + "\n7", 1, bytes(32), MalformedError),
    ],
)
def test_a_checkpoint_that_cannot_be_is_not_made(origin, size, root, error):
    with pytest.raises(error):
        Checkpoint(origin, size, root)


def test_an_origin_with_a_space_is_not_signed():
    with pytest.raises(MalformedError):
        sign_checkpoint(Checkpoint("go.sum database tree", 1, bytes(32)), LOG)

"""Keys and notes beyond the vectors: round trips, renaming, what may never be shown."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.errors import EntenteError, LimitError, MalformedError, SignatureError, UnknownKeyError
from entente.signing import (
    COSIGNATURE,
    ED25519,
    MAX_SIGNATURES,
    Note,
    Signature,
    SigningKey,
    VerifierKey,
    add_signature,
    cosign,
    cosignature_time,
    is_name,
    parse_note,
    sign_note,
    verify_note,
)
from tests.vectors.synthetic import LOG, PARTNER_LOG, RECEIPTS, STRANGER, key

LINE = st.text(st.characters(exclude_categories=("Cs",), min_codepoint=0x20) | st.just("\n"), max_size=60)
TEXT = LINE.map(lambda text: text + "\n")
NAME = st.lists(st.text("abcxyz0189-", min_size=1, max_size=20), min_size=1, max_size=4).map("/".join)


@settings(deadline=None)
@given(text=TEXT, signers=st.lists(st.sampled_from([LOG, PARTNER_LOG, STRANGER]), min_size=1, max_size=4))
def test_what_is_signed_parses_to_itself_and_verifies(text, signers):
    note = sign_note(text, *signers)
    data = note.to_bytes()
    assert parse_note(data) == note
    assert parse_note(data).to_bytes() == data
    assert set(verify_note(note, [LOG.verifier, PARTNER_LOG.verifier, STRANGER.verifier])) == {
        signer.verifier for signer in signers
    }


@settings(deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_refused_or_parse_to_themselves(data):
    try:
        note = parse_note(data)
    except MalformedError:
        return
    assert note.to_bytes() == data


@settings(deadline=None)
@given(at=st.integers(min_value=0), flip=st.integers(1, 255))
def test_a_note_with_any_byte_changed_is_refused(at, flip):
    data = bytearray(sign_note("entente.v1/example\nthree lines\n\nand an empty one\n", LOG).to_bytes())
    data[at % len(data)] ^= flip
    with pytest.raises(EntenteError):
        verify_note(parse_note(bytes(data)), [LOG.verifier])


@settings(deadline=None)
@given(name=NAME, seed=st.binary(min_size=32, max_size=32), algorithm=st.sampled_from([ED25519, COSIGNATURE]))
def test_keys_read_back_from_their_text(name, seed, algorithm):
    made = SigningKey.from_seed(name, seed, algorithm)
    assert is_name(name)
    assert VerifierKey.parse(str(made.verifier)) == made.verifier
    assert SigningKey.parse_secret(made.secret_text()).secret_text() == made.secret_text()


@pytest.mark.parametrize("name", ["gao.ml", "gao.ml/log", "gao.ml/gao-tillaberi/tillaberi.ne/urgent/1", "7"])
def test_our_names(name):
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "/", "a/", "/a", "a//b", "a/../b", ".", "..", "A", "a b", "a+b", "a_b", "é", "a\n", "a" * 256],
)
def test_names_that_are_not_ours(name):
    assert not is_name(name)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\tb", "a\u00a0b", "a\u2028b", "\ud800"])
def test_names_that_are_nobodys(name):
    with pytest.raises(MalformedError):
        LOG.renamed(name)


def test_a_renamed_key_is_another_signer_with_the_same_private_key():
    pouch = LOG.renamed("gao.ml/pouch")
    assert pouch.verifier.public == LOG.verifier.public
    assert pouch.verifier.key_id != LOG.verifier.key_id
    note = sign_note("entente.v1/example\n", pouch)
    assert verify_note(note, [LOG.verifier.renamed("gao.ml/pouch")]) == (pouch.verifier,)
    with pytest.raises(UnknownKeyError):
        verify_note(note, [LOG.verifier])


def test_the_printed_key_does_not_show_the_secret():
    secret = LOG.secret_text().rsplit("+", 1)[1]
    assert secret not in repr(LOG)
    assert secret not in str(LOG)


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_an_error_about_a_private_key_does_not_show_it(cut):
    text = LOG.secret_text()
    with pytest.raises(MalformedError) as caught:
        SigningKey.parse_secret(text[:-cut])
    shown = str(caught.value) + repr(caught.value.values)
    assert text.split("+", 4)[4][:8] not in shown


def test_signing_again_changes_nothing():
    note = sign_note("entente.v1/example\n", LOG, PARTNER_LOG)
    assert add_signature(note, LOG) == note
    assert sign_note("entente.v1/example\n", LOG, LOG, PARTNER_LOG) == note


def test_signing_again_mends_a_broken_line():
    note = sign_note("entente.v1/example\n", LOG)
    broken = Note(note.text, (Signature(LOG.name, LOG.verifier.key_id, bytes(64)),))
    assert add_signature(broken, LOG) == note


def test_a_note_takes_a_hundred_signatures_and_no_more():
    crowd = [key(f"party-{i}.example/log") for i in range(MAX_SIGNATURES + 1)]
    note = sign_note("entente.v1/example\n", *crowd[:MAX_SIGNATURES])
    assert len(verify_note(parse_note(note.to_bytes()), [each.verifier for each in crowd])) == MAX_SIGNATURES
    with pytest.raises(LimitError):
        add_signature(note, crowd[-1])


@pytest.mark.parametrize("control", [*range(10), *range(11, 32)])
def test_a_note_with_a_control_character_does_not_parse(control):
    data = sign_note("entente.v1/example\nX\n", LOG).to_bytes()
    with pytest.raises(MalformedError):
        parse_note(data.replace(b"X", bytes([control])))


@pytest.mark.parametrize("text", ["", "no newline", "a\tb\n", "a\r\n", "\ud800\n", "a\0\n"])
def test_a_text_that_can_be_in_no_note_is_not_signed(text):
    with pytest.raises(MalformedError):
        sign_note(text, LOG)
    with pytest.raises(MalformedError):
        cosign(text, RECEIPTS, 0)


def test_each_kind_of_key_signs_in_its_own_way_only():
    with pytest.raises(SignatureError):
        sign_note("entente.v1/example\n", RECEIPTS)
    with pytest.raises(SignatureError):
        cosign("entente.v1/example\n", LOG, 0)


@pytest.mark.parametrize("time", [-1, 2**63])
def test_a_receipt_states_a_time_that_can_be(time):
    with pytest.raises(MalformedError):
        cosign("entente.v1/example\n", RECEIPTS, time)


def test_the_time_of_a_cosignature_reads_back():
    for time in (0, 1, 1_638_368_400, 2**63 - 1):
        line = cosign("entente.v1/example\n", RECEIPTS, time)
        assert cosignature_time(line) == time
        assert verify_note(Note("entente.v1/example\n", (line,)), [RECEIPTS.verifier])


def test_two_keys_that_cannot_be_told_apart_are_refused():
    # A key ID has four bytes: among 200,000 keys of one name, some two have the same one.
    seen = {}
    for number in range(100, 200_000):
        public = number.to_bytes(32, "little")
        key_id = sha256(b"gao.ml/log\n\1" + public).digest()[:4]
        if key_id in seen:
            break
        seen[key_id] = public
    twins = [VerifierKey("gao.ml/log", ED25519, each) for each in (public, seen[key_id])]
    assert twins[0].key_id == twins[1].key_id
    with pytest.raises(SignatureError) as caught:
        verify_note(sign_note("entente.v1/example\n", LOG), [LOG.verifier, *twins])
    assert type(caught.value) is SignatureError


def test_every_point_of_small_order_is_refused():
    """The eight points, found here by arithmetic: L times any point has small order."""
    prime = 2**255 - 19
    d = -121665 * pow(121666, -1, prime) % prime

    def add(a, b):
        product = d * a[0] * b[0] * a[1] * b[1] % prime
        x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + product, -1, prime) % prime
        return x, (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, prime) % prime

    def times(n, point):
        result = (0, 1)
        while n:
            result = add(result, point) if n & 1 else result
            point = add(point, point)
            n >>= 1
        return result

    def on_curve(y):
        square = (y * y - 1) * pow(d * y * y + 1, -1, prime) % prime
        x = pow(square, (prime + 3) // 8, prime)
        if x * x % prime != square:
            x = x * pow(2, (prime - 1) // 4, prime) % prime
        return (x, y) if x * x % prime == square else None

    order = 2**252 + 27742317777372353535851937790883648493
    found = {times(order, point) for y in range(2, 40) if (point := on_curve(y))}
    found = {add(a, b) for a in found for b in found} | found
    assert len(found) == 8
    for x, y in found:
        # Both signs, and y once more where it also fits unreduced.
        for value in {y, y + prime} if y < 19 else {y}:
            for sign in (0, 1 << 255):
                public = (value | sign).to_bytes(32, "little")
                with pytest.raises(MalformedError):
                    VerifierKey("gao.ml/log", ED25519, public)
        assert x < prime


def test_a_key_of_small_order_would_verify_what_nobody_signed():
    """Why they are refused: under the identity, R = 0 and S = 0 fit any text."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    identity = (1).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(identity).verify(identity + bytes(32), sha256(b"any").digest())

"""What is sealed to one recipient opens for that one, and hostile headers cost nothing."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.errors import EntenteError, LimitError, SealError
from entente.sealing import (
    MAX_HEADER,
    MAX_LOCKED,
    check_recipient,
    generate_identity,
    lock,
    recipient_of,
    seal,
    unlock,
    unseal,
)

LIMIT = 1 << 20
AUTHOR_SECRET, AUTHOR = generate_identity()
PARTNER_SECRET, PARTNER = generate_identity()
STRANGER_SECRET, STRANGER = generate_identity()  # the third authority, without an agreement

SHARE = base64.b64encode(bytes(range(32))).rstrip(b"=")
STANZA = b"-> X25519 " + SHARE + b"\n" + SHARE + b"\n"
GREASE = b"-> lk-grease a b\nAAAA\n"
END = b"--- " + SHARE + b"\n" + bytes(48)
VERSION = b"age-encryption.org/v1\n"


@given(st.binary(max_size=2000))
@settings(max_examples=50)
def test_the_recipient_opens_what_was_sealed(plaintext: bytes) -> None:
    assert unseal(seal(plaintext, PARTNER), [PARTNER_SECRET], limit=LIMIT) == plaintext


def test_only_the_recipient_opens_it() -> None:
    sealed = seal(b"for the partner", PARTNER)
    for secret in (AUTHOR_SECRET, STRANGER_SECRET):
        with pytest.raises(SealError):
            unseal(sealed, [secret], limit=LIMIT)
    with pytest.raises(SealError):
        unseal(sealed, [], limit=LIMIT)


def test_the_previous_seal_key_still_opens() -> None:
    assert unseal(seal(b"sealed before", PARTNER), [STRANGER_SECRET, PARTNER_SECRET], limit=LIMIT)


def test_larger_than_the_limit_is_refused_before_it_is_read() -> None:
    sealed = seal(bytes(1000), PARTNER)
    assert unseal(sealed, [PARTNER_SECRET], limit=len(sealed))
    with pytest.raises(LimitError):
        unseal(sealed, [PARTNER_SECRET], limit=len(sealed) - 1)
    with pytest.raises(LimitError):
        unseal(bytes(1001), [PARTNER_SECRET], limit=1000)  # not even age: the size comes first


def test_every_flipped_bit_is_refused() -> None:
    sealed = seal(b"a small one", PARTNER)
    for position in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[position] ^= 1 << bit
            with pytest.raises((SealError, LimitError)):
                unseal(bytes(changed), [PARTNER_SECRET], limit=LIMIT)


def test_every_truncation_and_any_byte_after_the_end_are_refused() -> None:
    sealed = seal(b"a small one", PARTNER)
    for length in range(len(sealed)):
        with pytest.raises(SealError):
            unseal(sealed[:length], [PARTNER_SECRET], limit=LIMIT)
    with pytest.raises(SealError):
        unseal(sealed + b"\x00", [PARTNER_SECRET], limit=LIMIT)


@pytest.mark.parametrize(
    ("name", "header", "error"),
    [
        ("two recipients", VERSION + STANZA * 2 + END, LimitError),
        ("twelve recipients", VERSION + STANZA * 12 + END, LimitError),
        ("two grease stanzas", VERSION + STANZA + GREASE * 2 + END, LimitError),
        ("a passphrase", VERSION + b"-> scrypt " + SHARE[:22] + b" 40\n" + SHARE + b"\n" + END, SealError),
        (
            "another kind of stanza",
            VERSION + b"-> ssh-ed25519 AAAA " + SHARE + b"\n" + SHARE + b"\n" + END,
            SealError,
        ),
        ("no stanza", VERSION + END, SealError),
        ("grease only", VERSION + GREASE + END, SealError),
        ("another version", b"age-encryption.org/v2\n" + STANZA + END, SealError),
        (
            "armour",
            b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n",
            SealError,
        ),
        ("no end", VERSION + STANZA, SealError),
        ("a line that never ends", VERSION + b"-> X25519 " + b"A" * 5000, LimitError),
        ("a stanza that never ends", VERSION + b"-> x-grease\n" + (b"A" * 64 + b"\n") * 1000, LimitError),
        ("a thousand stanzas", VERSION + STANZA * 1000 + END, LimitError),
        ("an empty line", VERSION + b"\n" + STANZA + END, SealError),
        ("padding in base64", VERSION + STANZA.replace(SHARE, SHARE + b"=") + END, SealError),
        ("carriage returns", (VERSION + STANZA).replace(b"\n", b"\r\n") + END, SealError),
        ("a well-formed header around nothing", VERSION + STANZA + END, SealError),
        ("nothing", b"", SealError),
    ],
)
def test_a_hostile_header_is_refused(name: str, header: bytes, error: type[EntenteError]) -> None:
    with pytest.raises(EntenteError) as caught:
        unseal(header, [PARTNER_SECRET], limit=LIMIT)
    assert type(caught.value) is error, name


def test_a_header_that_fits_exactly_is_read() -> None:
    room = MAX_HEADER - len(VERSION + STANZA) - len(b"--- " + SHARE + b"\n")
    body = b"".join(b"A" * 64 + b"\n" for _ in range(20)) + b"AA\n"
    grease = b"-> " + b"x" * (room - len(body) - len(b"-> -grease\n")) + b"-grease\n" + body
    with pytest.raises(SealError):  # read to its end, and not sealed to us
        unseal(VERSION + STANZA + grease + END, [PARTNER_SECRET], limit=LIMIT)
    with pytest.raises(LimitError):
        unseal(VERSION + STANZA + grease.replace(b"-> x", b"-> xx") + END, [PARTNER_SECRET], limit=LIMIT)


@given(st.binary(max_size=400))
def test_garbage_is_refused_and_nothing_else_is_raised(garbage: bytes) -> None:
    for data in (garbage, VERSION + garbage, VERSION + STANZA + garbage):
        with pytest.raises((SealError, LimitError)):
            unseal(data, [PARTNER_SECRET], limit=LIMIT)


def test_keys_have_one_spelling() -> None:
    assert recipient_of(PARTNER_SECRET) == PARTNER
    assert check_recipient(PARTNER) == PARTNER
    wrong = PARTNER[:-1] + ("q" if PARTNER[-1] != "q" else "p")
    for text in (
        PARTNER.upper(),
        PARTNER + "\n",
        " " + PARTNER,
        wrong,
        PARTNER_SECRET,
        "",
        "age1\ud800",
        "age1",
    ):
        with pytest.raises(SealError):
            check_recipient(text)
        with pytest.raises(SealError):
            seal(b"", text)
    for secret in (
        PARTNER,
        PARTNER_SECRET.lower(),
        PARTNER_SECRET + "\n",
        PARTNER_SECRET[:-1] + "\ud800",
        "",
    ):
        with pytest.raises(SealError):
            recipient_of(secret)


def test_a_refused_secret_is_not_shown() -> None:
    wrong = PARTNER_SECRET[:-1] + ("Q" if PARTNER_SECRET[-1] != "Q" else "P")
    with pytest.raises(SealError) as caught:
        recipient_of(wrong)
    assert wrong[20:60] not in str(caught.value)


def test_a_passphrase_locks_and_unlocks() -> None:
    locked = lock(b"an authority key", "cinq mots pour une clé")
    assert b"authority" not in locked
    assert unlock(locked, "cinq mots pour une clé") == b"an authority key"


LIGHT = base64.b64decode(
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBBQUVDQXdRRkJnY0lDUW9MREEwT0R3IDQKbktXaFhMUEhObUorQ0Nk"
    "NUN3SnBCMGpRa0xhamdhTUQ5a3ZHRCt4eEcrWQotLS0gdlpRbTdqRFRqZnZtZDRIWlQ5amxBQlMzQXFtaG5SaUx4Uzd5YWdQ"
    "YTZYSQogISIjJCUmJygpKissLS4vvZ3khuMfSPR4SaZILAKt70ZF9govgPwir2zwSV+bqZM="
)
"""A file of age under the same passphrase, of so little work (scrypt 2 ** 4) that it opens at once; ours takes a second or two."""


def test_another_passphrase_does_not_unlock() -> None:
    assert unlock(LIGHT, "cinq mots pour une clé") == b"an authority key"
    with pytest.raises(SealError):
        unlock(LIGHT, "cinq mots pour une cle")


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("gigabytes of scrypt", b"-> scrypt " + SHARE[:22] + b" 40\n" + SHARE + b"\n" + END, LimitError),
        ("work factor with a zero", b"-> scrypt " + SHARE[:22] + b" 018\n" + SHARE + b"\n" + END, SealError),
        ("sealed, not locked", STANZA + END, SealError),
        ("two passphrases", (b"-> scrypt " + SHARE[:22] + b" 18\n" + SHARE + b"\n") * 2 + END, LimitError),
        ("too long", STANZA + END + bytes(MAX_LOCKED), LimitError),
    ],
)
def test_a_hostile_locked_file_is_refused(name: str, data: bytes, error: type[EntenteError]) -> None:
    with pytest.raises(EntenteError) as caught:
        unlock(VERSION + data, "x")
    assert type(caught.value) is error, name


def test_a_passphrase_is_text() -> None:
    with pytest.raises(SealError):
        lock(b"key", "")
    with pytest.raises(SealError):
        lock(b"key", "half a pair \ud83d")
    cheap = VERSION + b"-> scrypt " + SHARE[:22] + b" 1\n" + SHARE + b"\n" + END
    with pytest.raises(SealError):
        unlock(cheap, "half a pair \ud83d")

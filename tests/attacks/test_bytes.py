"""Bytes that are no pouch, or not quite: refused with an error of ours, nothing changed."""

from __future__ import annotations

import secrets
import time

import pytest
import zstandard
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.agreements.document import agreement_text
from entente.errors import (
    EntenteError,
    LimitError,
    MalformedError,
    MisaddressedError,
    ReflectedError,
    SealError,
    SignatureError,
    UnknownKeyError,
)
from entente.pouch import FORMAT, Contents, Header, Trouble, write_plain
from entente.pouch.packing import HEADER, write_frames
from entente.pouch.section import write_section
from entente.sealing import recipient_of, seal
from entente.wire import frame
from tests import parties
from tests.attacks.hostile import Forger, dump, payload_of, refused, shown
from tests.federation import AGREEMENT, Federation

TO = recipient_of(parties.TILLABERI.seal)


def genuine(federation: Federation) -> bytes:
    """A pouch with one alert that Tillabéri would take."""
    return Forger().journal([payload_of(federation, parties.alert())]).pouch()


def test_the_pouch_that_is_spoiled_below_is_taken(federation: Federation) -> None:
    assert federation.tillaberi.read_pouch(genuine(federation)).received == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 10_000, b"garbage", b"age-encryption.org/v1\n", b"age-encryption.org/v1\n-> X25519 \n---"],
    ids=["nothing", "zeroes", "words", "only_a_version", "half_a_header"],
)
def test_garbage(federation: Federation, data: bytes) -> None:
    with refused():
        federation.tillaberi.read_pouch(data)


def test_random_bytes(federation: Federation) -> None:
    for size in (1, 511, 512, 70_000):
        with refused():
            federation.tillaberi.read_pouch(secrets.token_bytes(size))


def test_garbage_inside_a_good_seal(federation: Federation) -> None:
    for plain in (b"", b"\0" * 512, secrets.token_bytes(1024), frame(b"x" * 508), b"\xff" * 512):
        with refused(error=MalformedError):
            federation.tillaberi.read_pouch(seal(plain, TO))


def test_truncated_anywhere(federation: Federation) -> None:
    pouch = genuine(federation)
    for size in range(0, len(pouch), 37):
        with refused():
            federation.tillaberi.read_pouch(pouch[:size])


def test_a_byte_more(federation: Federation) -> None:
    with refused():
        federation.tillaberi.read_pouch(genuine(federation) + b"\0")


def test_oversized(federation: Federation) -> None:
    with refused(error=LimitError):
        federation.tillaberi.read_pouch(b"age-encryption.org/v1\n" + bytes(17 << 20))


def test_a_bomb_from_somebody_unknown_is_not_even_opened(federation: Federation) -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(900 << 20))
    forger = Forger(parties.KAYES)
    plain = write_plain(Contents(), forger.envelope(), log_key=forger.log)
    end = 4 + int.from_bytes(plain[:4], "big")
    sealed = seal((plain[:end] + bomb).ljust(-(-(end + len(bomb)) // 512) * 512, b"\0"), TO)
    started = time.process_time()
    with refused():
        federation.tillaberi.read_pouch(sealed)
    assert time.process_time() - started < 1


def test_a_bomb_that_a_partner_signed(federation: Federation) -> None:
    forger = Forger()
    with refused(error=LimitError):
        federation.tillaberi.read_pouch(forger.wrap(bytes(65 << 20)))


def test_ten_thousand_and_one_frames(federation: Federation) -> None:
    with refused(error=LimitError):
        federation.tillaberi.read_pouch(Forger().wrap(frame(b"x") * 10_001))


def test_a_deep_header(federation: Federation) -> None:
    header = b'{"answer":true,"checkpoints":' + b"[" * 100_000
    with refused(error=MalformedError):
        federation.tillaberi.read_pouch(Forger().wrap(frame(header)))


def test_wrongly_signed(federation: Federation) -> None:
    other = Forger(log=parties.KAYES.log)
    with refused(error=UnknownKeyError):
        federation.tillaberi.read_pouch(other.pouch(Contents(answer=True)))


def test_signed_with_a_key_of_another_role(federation: Federation) -> None:
    forger = Forger(log=parties.GAO.authority)
    with refused(error=SignatureError):
        federation.tillaberi.read_pouch(forger.pouch(Contents(answer=True)))


def test_signed_by_nobody(federation: Federation) -> None:
    forger = Forger()
    plain = write_plain(Contents(answer=True), forger.envelope(), log_key=forger.log)
    text, _, _ = plain[4:].partition(b"\n\n")
    bare = frame(text + b"\n\n") + plain[4 + int.from_bytes(plain[:4], "big") :]
    with refused():
        federation.tillaberi.read_pouch(seal(bare.ljust(-(-len(bare) // 512) * 512, b"\0"), TO))


def test_the_body_of_another_pouch_under_a_good_note(federation: Federation) -> None:
    forger = Forger()
    one, other = (
        write_plain(Contents(answer=True, seen=seen), forger.envelope(), log_key=forger.log)
        for seen in (1, 2)
    )
    end = 4 + int.from_bytes(one[:4], "big")
    assert len(one) == len(other)
    with refused(error=SignatureError):
        federation.tillaberi.read_pouch(seal(one[:end] + other[end:], TO))


def test_reflected(federation: Federation) -> None:
    gao = federation.gao
    gao.file([parties.alert()], confirmed=True)
    federation.exchange()
    ours = Forger(parties.TILLABERI, parties.TILLABERI)
    for pouch in federation.line(gao, federation.tillaberi).pouches:
        with refused("gao", SealError):
            gao.read_pouch(pouch)
    # Opened by whoever has a seal key of ours, and sealed to us again.
    to_gao = Forger(parties.TILLABERI, parties.GAO)
    plain = write_plain(Contents(answer=True), to_gao.envelope(), log_key=parties.TILLABERI.log)
    with refused(error=ReflectedError):
        federation.tillaberi.read_pouch(seal(plain, TO))
    with pytest.raises(MalformedError):
        ours.pouch(Contents())


def test_misaddressed(federation: Federation) -> None:
    to_kayes = Forger(parties.GAO, parties.KAYES)
    plain = write_plain(Contents(answer=True), to_kayes.envelope(), log_key=parties.GAO.log)
    with refused(error=MisaddressedError):
        federation.tillaberi.read_pouch(seal(plain, TO))


def test_under_an_agreement_that_is_not_held(federation: Federation) -> None:
    with refused(error=UnknownKeyError):
        federation.tillaberi.read_pouch(Forger(agreement="gao-tillaberi-2").pouch(Contents(answer=True)))


def test_a_section_of_somebody_elses_journal(federation: Federation) -> None:
    forger = Forger()
    payload = payload_of(federation, parties.alert())
    for sender, recipient in (
        ("kayes.ml", "tillaberi.ne"),
        ("gao.ml", "kayes.ml"),
        ("tillaberi.ne", "gao.ml"),
    ):
        journal = forger.journal([payload])
        journal.origin = forger.origin(sender=sender, recipient=recipient)
        contents = journal.contents()
        with pytest.raises(MisaddressedError):
            forger.pouch(contents)
        with refused():
            federation.tillaberi.read_pouch(forger.wrap(frames_unchecked(contents)))


def test_a_section_of_a_journal_of_another_agreement(federation: Federation) -> None:
    forger = Forger()
    journal = forger.journal([payload_of(federation, parties.alert())])
    journal.origin = journal.origin.replace(AGREEMENT, "another")
    with refused(error=MisaddressedError):
        federation.tillaberi.read_pouch(forger.wrap(frames_unchecked(journal.contents())))


def test_a_section_of_a_generation_that_is_not_open(federation: Federation) -> None:
    forger = Forger()
    journal = forger.journal([payload_of(federation, parties.alert())])
    journal.origin = journal.origin[:-1] + "2"
    with refused(error=MalformedError, match="generation"):
        federation.tillaberi.read_pouch(journal.pouch())


def test_a_section_whose_checkpoint_somebody_else_signed(federation: Federation) -> None:
    journal = Forger().journal([payload_of(federation, parties.alert())])
    for key in (parties.KAYES.log, parties.TILLABERI.log, parties.GAO.authority):
        with refused(error=SignatureError):
            federation.tillaberi.read_pouch(journal.pouch(checkpoint=journal.checkpoint(key=key)))


@pytest.mark.usefixtures("ledgers")
def test_a_bad_checkpoint_beside_a_good_note_keeps_neither() -> None:
    # The notes come first in a pouch; what comes after them may still refuse all of it.
    federation = Federation.strangers()
    draft = agreement_text(parties.agreement())
    signed = federation.tillaberi.sign(draft, parties.TILLABERI.authority)
    signed = federation.gao.sign(signed, parties.GAO.authority)
    journal = Forger().journal([b"{}"])
    contents = journal.contents(checkpoint=journal.checkpoint(key=parties.KAYES.log), notes=(signed,))
    with refused(error=SignatureError):
        federation.tillaberi.read_pouch(journal.forger.pouch(contents))


def frames_unchecked(contents: Contents) -> bytes:
    """The frames of contents that packing refuses to write."""
    header = Header(
        format=FORMAT,
        have={},
        seen=0,
        answer=True,
        notes=0,
        sections=len(contents.sections),
        checkpoints=len(contents.checkpoints),
        receipts=0,
        erasures=0,
        troubles=0,
    )
    pieces = [HEADER.encode(header), *map(write_section, contents.sections), *contents.checkpoints]
    return b"".join(map(frame, pieces))


POUCHES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def survives(federation: Federation, pouch: bytes) -> bool:
    """Refused with an error of ours and without a trace, or taken whole."""
    with transaction.atomic(using="tillaberi"):
        before = dump("tillaberi")
        try:
            federation.tillaberi.read_pouch(pouch)
        except EntenteError:
            assert dump("tillaberi") == before
            return False
        finally:
            transaction.set_rollback(True, using="tillaberi")
    return True


MUTATIONS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.sampled_from(["flip", "cut", "insert", "repeat"]),
        st.integers(0, 255),
    ),
    min_size=1,
    max_size=4,
)


def mutated(data: bytes, mutations: list[tuple[float, str, int]]) -> bytes:
    for where, how, value in mutations:
        at = int(where * len(data))
        match how:
            case "flip":
                data = data[:at] + bytes([data[at] ^ (value or 1)]) + data[at + 1 :] if data else data
            case "cut":
                data = data[:at] + data[at + value :]
            case "insert":
                data = data[:at] + bytes([value]) * (value % 7 + 1) + data[at:]
            case "repeat":
                data = data[:at] + data[at : at + value] + data[at:]
    return data


@POUCHES
@given(mutations=MUTATIONS)
def test_a_sealed_pouch_changed_on_its_way(
    federation: Federation, mutations: list[tuple[float, str, int]]
) -> None:
    pouch = genuine(federation)
    changed = mutated(pouch, mutations)
    if changed != pouch:
        assert not survives(federation, changed)


@POUCHES
@given(mutations=MUTATIONS)
def test_a_pouch_changed_by_somebody_who_can_seal(
    federation: Federation, mutations: list[tuple[float, str, int]]
) -> None:
    journal = Forger().journal([payload_of(federation, parties.alert())])
    plain = write_plain(journal.contents(), journal.forger.envelope(), log_key=parties.GAO.log)
    changed = mutated(plain, mutations)
    if changed != plain:
        assert not survives(federation, seal(changed, TO))


@POUCHES
@given(mutations=MUTATIONS)
def test_a_pouch_changed_by_a_partner_who_signs_it_again(
    federation: Federation, mutations: list[tuple[float, str, int]]
) -> None:
    forger = Forger()
    journal = forger.journal([payload_of(federation, parties.alert()), b"{}", b"not json"])
    trouble = Trouble(f"tillaberi.ne/{AGREEMENT}/gao.ml/urgent/1", 0, "not-understood")
    contents = journal.contents(
        have={f"tillaberi.ne/{AGREEMENT}/gao.ml/urgent/1": 3},
        seen=7,
        receipts=(forger.receipt(f"tillaberi.ne/{AGREEMENT}/gao.ml/urgent/1", 1, bytes(32)),),
        troubles=(trouble,),
    )
    survives(federation, forger.wrap(mutated(write_frames(contents, forger.envelope()), mutations)))
    assert shown() == []


@POUCHES
@given(payload=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_payload_at_all_is_kept_and_not_shown(federation: Federation, payload: bytes) -> None:
    assert survives(federation, Forger().journal([payload]).pouch())


@POUCHES
@given(mutations=MUTATIONS)
def test_a_changed_record_is_admitted_or_kept_and_not_shown(
    federation: Federation, mutations: list[tuple[float, str, int]]
) -> None:
    payload = mutated(payload_of(federation, parties.alert()), mutations)
    assert survives(federation, Forger().journal([payload]).pouch())

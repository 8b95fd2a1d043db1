"""Journals that fork, shrink or roll back, and receipts for what was never sent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from entente.courier.inbound import Read
from entente.errors import ForkError, JournalError, SignatureError, UnknownKeyError
from entente.journal.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from entente.pouch import Contents
from entente.signing import parse_note
from tests import parties
from tests.attacks.hostile import Dump, Forger, Journal, code_of, dump, payload_of, shown, unchanged
from tests.federation import AGREEMENT, Federation

URGENT = f"gao.ml/{AGREEMENT}/tillaberi.ne/urgent/1"
ROUTINE = f"gao.ml/{AGREEMENT}/tillaberi.ne/routine/1"


@pytest.fixture
def held(federation: Federation) -> Journal:
    """Gao's urgent journal of four alerts, which Tillabéri holds; and what Gao can make of it."""
    for _ in range(4):
        federation.gao.file([parties.alert(code=None)], confirmed=True)
        federation.exchange()
    return Journal.of(Forger(), federation.gao, URGENT)


def other(federation: Federation, number: int = 1) -> bytes:
    return payload_of(federation, parties.alert(code=code_of("GAO", number)))


def journals(alias: str = "tillaberi") -> Dump:
    """Journals, entries and records: everything but what the newest pouch said of the line."""
    tables = ("ledger_entry", "ledger_record", "ledger_dossier", "ledger_batch", "ledger_journal")
    return {name: rows for name, rows in dump(alias).items() if name in tables}


def stopped(federation: Federation, read: Read, before: list[tuple[str, str | None]]) -> list[Checkpoint]:
    """The journal stopped with both signed checkpoints, nothing more is shown, the other lane goes on."""
    assert [type(problem) for problem in read.problems] == [ForkError]
    assert read.received == 0
    tillaberi = federation.tillaberi
    head = tillaberi.store.journal(URGENT)
    assert head is not None
    assert head.stopped.startswith(str(read.problems[0]))
    assert shown() == before
    problems = {v.origin: v.problem for v in tillaberi.verify()}
    assert problems.pop(URGENT) is not None
    # What comes in that journal is no longer taken, whoever is right; the other journal is not concerned.
    federation.gao.file([parties.alert(code=None), parties.flow()], confirmed=True)
    federation.gao.release()
    later = federation.gao.write_pouch(AGREEMENT, "tillaberi.ne", poll=True)
    assert later is not None
    tillaberi.read_pouch(later.pouch)
    assert [kind for kind, _ in shown()[len(before) :]] == ["flow-of-people"]
    after = tillaberi.store.journal(URGENT)
    assert after is not None
    assert (after.size, after.stopped) == (head.size, head.stopped)
    evidence = "\n".join(head.stopped.split("\n")[1:])
    notes = [f"{URGENT}\n{piece}" for piece in evidence.split(f"{URGENT}\n")[1:]]
    return [
        verify_checkpoint(parse_note(f"{note.rstrip()}\n".encode()), parties.GAO.log.verifier)
        for note in notes
    ]


def test_two_signed_roots_for_one_size(federation: Federation, held: Journal) -> None:
    before = shown()
    forged = held.first(3).add(other(federation))
    read = federation.tillaberi.read_pouch(forged.pouch(3))
    one, two = stopped(federation, read, before)
    assert (one.size, two.size) == (4, 4)
    assert one.root == held.frontier().root() != two.root == forged.frontier().root()


def test_a_history_that_does_not_extend_what_is_held(federation: Federation, held: Journal) -> None:
    before = shown()
    forged = held.first(3).add(other(federation)).add(other(federation, 2))
    read = federation.tillaberi.read_pouch(forged.pouch(4))
    one, two = stopped(federation, read, before)
    assert (one.size, two.size) == (4, 5)


def test_another_history_of_what_is_held_already(federation: Federation, held: Journal) -> None:
    before = shown()
    read = federation.tillaberi.read_pouch(held.first(1).add(other(federation)).pouch(1))
    one, two = stopped(federation, read, before)
    assert (one.size, two.size) == (4, 2)


def test_a_journal_that_shrinks_to_another_history(federation: Federation, held: Journal) -> None:
    before = shown()
    small = held.first(1).add(other(federation))
    read = federation.tillaberi.read_pouch(small.forger.pouch(Contents(checkpoints=(small.checkpoint(),))))
    assert [c.size for c in stopped(federation, read, before)] == [4, 2]


def test_a_second_checkpoint_without_entries(federation: Federation, held: Journal) -> None:
    before = shown()
    pouch = held.forger.pouch(Contents(checkpoints=(held.checkpoint(root=bytes(32)),)))
    assert [c.size for c in stopped(federation, federation.tillaberi.read_pouch(pouch), before)] == [4, 4]


def test_two_checkpoints_for_one_size_in_one_pouch(federation: Federation, held: Journal) -> None:
    before = shown()
    longer = held.add(other(federation))
    contents = Contents(
        sections=(longer.section(4),),
        checkpoints=(longer.checkpoint(root=bytes(32)), longer.checkpoint()),
    )
    read = federation.tillaberi.read_pouch(held.forger.pouch(contents))
    assert [c.size for c in stopped(federation, read, before)] == [5, 5]


def test_a_root_that_the_entries_do_not_give(federation: Federation) -> None:
    forged = Forger().journal([other(federation)])
    read = federation.tillaberi.read_pouch(forged.pouch(checkpoint=forged.checkpoint(root=bytes(32))))
    [checkpoint] = stopped(federation, read, [])
    assert checkpoint.root == bytes(32)


def test_a_fork_of_one_partner_is_not_held_against_our_own_journal(
    federation: Federation, held: Journal
) -> None:
    tillaberi, gao = federation.tillaberi, federation.gao
    tillaberi.read_pouch(held.first(3).add(other(federation)).pouch(3))
    tillaberi.file([parties.alert(code=None)], confirmed=True)
    federation.exchange(tillaberi, gao)
    mine = gao.store.journal(f"tillaberi.ne/{AGREEMENT}/gao.ml/urgent/1")
    assert mine is not None
    assert (mine.size, mine.stopped) == (1, "")


def test_the_same_history_again_is_old_news(federation: Federation, held: Journal) -> None:
    before = journals()
    for start, size in ((0, 4), (0, 2), (1, 3), (3, 4)):
        read = federation.tillaberi.read_pouch(held.first(size).pouch(start))
        assert (read.received, read.problems) == (0, [])
    small = held.first(2)
    federation.tillaberi.read_pouch(held.forger.pouch(Contents(checkpoints=(small.checkpoint(),))))
    assert journals() == before


def test_an_announced_size_is_not_receipted_before_it_is_held(federation: Federation, held: Journal) -> None:
    longer = held.add(other(federation))
    before = journals()
    federation.tillaberi.read_pouch(held.forger.pouch(Contents(checkpoints=(longer.checkpoint(),))))
    assert journals() == before


def test_entries_beyond_a_gap_are_not_taken(federation: Federation, held: Journal) -> None:
    longer = held.add(other(federation)).add(other(federation, 2))
    before = journals()
    read = federation.tillaberi.read_pouch(longer.pouch(5))
    assert (read.received, read.gaps, read.problems) == (0, 1, [])
    assert journals() == before
    assert federation.tillaberi.read_pouch(longer.pouch(4)).received == 2


def test_a_sender_that_was_rolled_back(federation: Federation) -> None:
    gao, tillaberi = federation.gao, federation.tillaberi
    gao.file([parties.alert(code=None), parties.alert(code=None)], confirmed=True)
    federation.exchange()
    backup = _copy("gao")
    gao.file([parties.alert(code=None)], confirmed=True)
    federation.exchange()
    before = shown()
    _restore("gao", backup)
    gao.file([parties.alert(code=None)], confirmed=True)
    gao.release()
    written = gao.write_pouch(AGREEMENT, "tillaberi.ne", poll=True)
    assert written is not None
    head = gao.store.journal(URGENT)
    assert head is not None
    forged = Journal.of(Forger(), gao, URGENT)
    read = tillaberi.read_pouch(forged.pouch(2, sequence=written.sequence))
    assert not read.fresh  # its sequences went back too
    assert [type(problem) for problem in read.problems] == [ForkError]
    assert shown() == before
    theirs = tillaberi.store.journal(URGENT)
    assert theirs is not None
    assert theirs.stopped
    assert theirs.size == 3


def _copy(alias: str) -> Path:
    with connections[alias].cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = Path(settings.DATABASES[alias]["NAME"])
    return Path(shutil.copy(file, file.with_suffix(".backup")))


def _restore(alias: str, backup: Path) -> None:
    connections[alias].close()
    file = Path(settings.DATABASES[alias]["NAME"])
    for beside in ("-wal", "-shm"):
        file.with_name(file.name + beside).unlink(missing_ok=True)
    shutil.move(backup, file)


# Receipts


@pytest.fixture
def sent(federation: Federation) -> Journal:
    """Three alerts of Gao's in one batch that nobody has receipted: a seed lives."""
    federation.gao.file([parties.alert(code=None) for _ in range(3)], confirmed=True)
    federation.gao.release()
    assert [batch.seed is not None for batch in federation.gao.store.batches(URGENT)] == [True]
    forger = Forger(parties.TILLABERI, parties.GAO)
    federation.gao.read_pouch(forger.pouch(Contents()))  # it has said that it holds nothing
    return Journal.of(forger, federation.gao, URGENT)


def receipted(federation: Federation, *receipts: bytes) -> Read:
    forger = Forger(parties.TILLABERI, parties.GAO)
    return federation.gao.read_pouch(forger.pouch(Contents(receipts=receipts)))


def test_the_right_receipt_destroys_the_seed(federation: Federation, sent: Journal) -> None:
    read = receipted(federation, sent.forger.receipt(URGENT, 3, sent.frontier().root()))
    assert (read.receipts, read.problems) == (1, [])
    assert federation.gao.store.batches(URGENT) == []


def test_a_receipt_for_a_root_that_is_not_ours(federation: Federation, sent: Journal) -> None:
    receipt = sent.forger.receipt(URGENT, 2, bytes(32))
    before = journals("gao")
    read = receipted(federation, receipt)
    assert [type(problem) for problem in read.problems] == [ForkError]
    assert read.receipts == 0
    head = federation.gao.store.journal(URGENT)
    assert head is not None
    assert (head.receipted, head.receipt) == (0, None)
    # Our root at that size under our signature, and theirs under theirs: people decide.
    ours = sign_checkpoint(Checkpoint(URGENT, 2, sent.first(2).frontier().root()), parties.GAO.log).to_bytes()
    assert head.stopped.split("\n", 1)[1] == f"{ours.decode()}\n{receipt.decode()}"
    after = journals("gao")
    assert {k: v for k, v in after.items() if k != "ledger_journal"} == {
        k: v for k, v in before.items() if k != "ledger_journal"
    }
    assert [v.problem is None for v in federation.gao.verify()] == [False]


@pytest.mark.parametrize(
    ("signer", "error"),
    [
        (parties.KAYES.receipts, UnknownKeyError),
        (parties.GAO.receipts, UnknownKeyError),
    ],
    ids=["of_a_non_party", "of_our_own"],
)
def test_a_receipt_with_a_key(
    federation: Federation, sent: Journal, signer: parties.SigningKey, error: type[SignatureError]
) -> None:
    before = journals("gao")
    read = receipted(federation, sent.forger.receipt(URGENT, 3, sent.frontier().root(), signer))
    assert [type(problem) for problem in read.problems] == [error]
    assert journals("gao") == before


def test_a_checkpoint_in_the_place_of_a_receipt(federation: Federation, sent: Journal) -> None:
    before = journals("gao")
    sent.forger.log = parties.TILLABERI.log
    assert len(receipted(federation, sent.checkpoint()).problems) == 1
    assert journals("gao") == before


def test_a_receipt_changed_on_its_way(federation: Federation, sent: Journal) -> None:
    receipt = sent.forger.receipt(URGENT, 2, sent.first(2).frontier().root())
    before = journals("gao")
    assert len(receipted(federation, receipt.replace(b"\n2\n", b"\n3\n", 1)).problems) == 1
    assert journals("gao") == before


def test_a_receipt_for_more_than_we_sent(federation: Federation, sent: Journal) -> None:
    before = journals("gao")
    read = receipted(federation, sent.forger.receipt(URGENT, 4, bytes(32)))
    assert [type(problem) for problem in read.problems] == [JournalError]
    assert journals("gao") == before


def test_a_receipt_for_a_journal_that_is_not_ours(federation: Federation, sent: Journal) -> None:
    before = journals("gao")
    for origin in (
        f"kayes.ml/{AGREEMENT}/tillaberi.ne/urgent/1",
        ROUTINE,
        URGENT.replace("gao.ml", "tillaberi.ne", 1),
    ):
        assert len(receipted(federation, sent.forger.receipt(origin, 1, bytes(32))).problems) == 1
    assert journals("gao") == before


def test_a_receipt_that_goes_back(federation: Federation, sent: Journal) -> None:
    receipted(federation, sent.forger.receipt(URGENT, 3, sent.frontier().root()))
    before = journals("gao")
    read = receipted(
        federation, sent.forger.receipt(URGENT, 2, bytes(32)), sent.forger.receipt(URGENT, 1, bytes(32))
    )
    assert read.receipts == 0
    assert journals("gao") == before


def test_have_never_counts_as_holding(federation: Federation, sent: Journal) -> None:
    read = federation.gao.read_pouch(sent.forger.pouch(Contents(have={URGENT: 3}, seen=10**9)))
    assert read.fresh
    head = federation.gao.store.journal(URGENT)
    assert head is not None
    assert (head.claimed, head.receipted) == (3, 0)
    channel = federation.gao.store.channel(AGREEMENT, "tillaberi.ne")
    assert channel.confirmed <= channel.sent
    assert [batch.seed is not None for batch in federation.gao.store.batches(URGENT)] == [True]
    # By hand everything that is not receipted goes out again, whatever was claimed.
    assert sum(pouch.entries for pouch in federation.gao.stick(AGREEMENT, "tillaberi.ne")) == 3


def test_have_of_more_than_there_is_or_of_a_strange_journal(federation: Federation, sent: Journal) -> None:
    strange = f"kayes.ml/{AGREEMENT}/tillaberi.ne/urgent/1"
    federation.gao.read_pouch(sent.forger.pouch(Contents(have={URGENT: 10**12, strange: 5})))
    head = federation.gao.store.journal(URGENT)
    assert head is not None
    assert head.claimed == 3
    assert federation.gao.store.journal(strange) is None


def test_troubles_about_what_was_never_sent_are_not_kept(federation: Federation, sent: Journal) -> None:
    from entente.pouch import Trouble
    from entente_node.ledger import models

    strange = f"kayes.ml/{AGREEMENT}/tillaberi.ne/urgent/1"
    troubles = (
        Trouble(URGENT, 2, "not-understood"),
        Trouble(URGENT, 3, "not-understood"),
        Trouble(strange, 0, "not-understood"),
    )
    federation.gao.read_pouch(sent.forger.pouch(Contents(troubles=troubles)))
    assert [(t.origin, t.index) for t in models.Trouble.objects.using("gao").all()] == [(URGENT, 2)]


def test_whoever_reads_nothing_writes_nothing(federation: Federation, held: Journal) -> None:
    assert held.size == 4
    with unchanged(), unchanged("gao"):
        list(federation.gao.verify())
        list(federation.tillaberi.export(URGENT))
        federation.gao.explain_record(parties.alert())

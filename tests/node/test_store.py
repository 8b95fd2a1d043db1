"""What the core relies on in a Store: one suite that every ledger must pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from entente.journal.checkpoint import Checkpoint
from entente.journal.entry import Row, entries, expand_salts
from entente.journal.receipt import sign_receipt
from entente.journal.tree import EMPTY, Frontier, leaf_hashes
from entente.records import Record, encode
from entente.store import (
    Append,
    ConflictError,
    DossierRow,
    Extension,
    Header,
    Refusal,
    Store,
    TroubleRow,
    VersionState,
    audience_of,
    header_of,
)
from entente_node.ledger.store import DjangoStore
from tests import parties
from tests.attacks.hostile import code_of, dump
from tests.federation import AGREEMENT

PARTNER = "tillaberi.ne"
OURS = f"gao.ml/{AGREEMENT}/{PARTNER}/urgent/1"
THEIRS = f"{PARTNER}/{AGREEMENT}/gao.ml/urgent/1"
ROWS = [Row("alert", "P730D"), Row("dialogue", "P90D")]
SEED = bytes(range(32))
NOW = datetime(2022, 2, 1, 8, tzinfo=UTC)
CHECKPOINT = b"a signed checkpoint: the store does not read it"


def header(record: Record, *, entry: int | None = None, filed_at: int = 1_000) -> Header:
    """A record filed here; with ``entry``, one that came from the partner."""
    return header_of(
        record,
        party="gao.ml" if entry is None else PARTNER,
        audience=audience_of((record.purpose,)),
        filed_at=filed_at,
        body=encode(record) if entry is None else None,
        entry=entry,
    )


def alert(number: int, short: str = "GAO") -> Record:
    return parties.alert(code=code_of(short, number))


def appended(expected: Frontier, records: list[int], *, seed: bytes | None = SEED) -> Append:
    """An append of one payload for each record, to our journal as it is expected."""
    count = len(records)
    salts = expand_salts(seed, 0, count) if seed else [bytes([number] * 16) for number in records]
    payloads = [f"payload {number}".encode() for number in records]
    which = [number % 2 for number in records]
    return Append(
        origin=OURS,
        expected=expected.size,
        rows=ROWS,
        which=which,
        salts=salts,
        payloads=payloads,
        records=records,
        seed=seed,
        after=expected.extend(leaf_hashes(entries(ROWS, which, salts, payloads))),
        released_at="2022-02-01T08:00:00Z",
    )


def extension(expected: Frontier, payloads: list[bytes], quarantines: list[str] | None = None) -> Extension:
    """What a pouch adds to our copy of the partner's journal."""
    salts = [bytes([number] * 16) for number in range(len(payloads))]
    which = [0] * len(payloads)
    after = expected.extend(leaf_hashes(entries(ROWS, which, salts, payloads)))
    receipt = sign_receipt(Checkpoint(THEIRS, after.size, after.root()), parties.GAO.receipts, 1).to_bytes()
    return Extension(
        origin=THEIRS,
        expected=expected.size,
        rows=ROWS,
        which=which,
        salts=salts,
        payloads=payloads,
        erased=[None] * len(payloads),
        quarantines=quarantines or [""] * len(payloads),
        arrived_at=2_000,
        released_at="2022-02-01T08:00:00Z",
        after=after,
        checkpoint=CHECKPOINT,
        receipt=receipt,
    )


class CutError(Exception):
    """Power fails."""


class StoreSuite:
    """Every ledger must pass this: give ``store`` and ``state``, all that it keeps, comparable."""

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    def state(self) -> object:
        raise NotImplementedError

    @pytest.fixture
    def channel(self, store: Store) -> Store:
        store.channel(AGREEMENT, PARTNER)
        return store

    def release(
        self, store: Store, append: Append, *, expected: int = 0, decided: int = 0, **more: object
    ) -> None:
        what = {"appends": [append], "refusals": [], "settled": [], "now": 1_000} | more
        with store.transaction():
            store.release(AGREEMENT, PARTNER, decided=decided, expected_decided=expected, **what)  # type: ignore[arg-type]  # the rest, by name

    @contextmanager
    def refused(self, error: type[Exception] = ConflictError) -> Iterator[None]:
        before = self.state()
        with pytest.raises(error):
            yield
        assert self.state() == before

    # Transactions

    def test_a_transaction_is_whole_or_absent(self, channel: Store) -> None:
        with self.refused(CutError), channel.transaction():
            channel.add_records([header(alert(1))])
            channel.put_dossiers([DossierRow(code_of("GAO"), 1, "new", b"{}", 1, 1)])
            channel.next_sequence(AGREEMENT, PARTNER)
            channel.receive(extension(EMPTY, [b"one", b"two"]))
            channel.stop(THEIRS, "why")
            channel.put_troubles([TroubleRow(OURS, 0, "x")], NOW)
            raise CutError

    def test_what_is_read_in_a_transaction_is_what_it_wrote(self, channel: Store) -> None:
        with channel.transaction():
            [first] = channel.add_records([header(alert(1))])
            shown = channel.shown(code_of("GAO", 1))
            assert shown is not None
            assert shown.id == first

    # Channels

    def test_a_channel_begins_with_what_is_filed_from_then_on(self, store: Store) -> None:
        [before] = store.add_records([header(alert(1))])
        assert store.channel(AGREEMENT, PARTNER).decided == before
        [after] = store.add_records([header(alert(2))])
        assert [filed.id for filed in store.undecided(AGREEMENT, PARTNER, 10)] == [after]

    def test_sequences_never_repeat(self, channel: Store) -> None:
        given = [channel.next_sequence(AGREEMENT, PARTNER) for _ in range(3)]
        channel.update_channel(AGREEMENT, PARTNER, seen=9, confirmed=1)
        with channel.transaction():
            given.append(channel.next_sequence(AGREEMENT, PARTNER))
        assert given == [1, 2, 3, 4]
        assert channel.channel(AGREEMENT, PARTNER).sent == 4

    def test_sequences_of_two_partners_are_their_own(self, channel: Store) -> None:
        channel.channel(AGREEMENT, "kayes.ml")
        channel.next_sequence(AGREEMENT, PARTNER)
        assert channel.next_sequence(AGREEMENT, "kayes.ml") == 1

    def test_seen_and_confirmed_never_go_down(self, channel: Store) -> None:
        channel.update_channel(AGREEMENT, PARTNER, seen=7, confirmed=5)
        channel.update_channel(AGREEMENT, PARTNER, seen=3, confirmed=9)
        channel.update_channel(AGREEMENT, PARTNER, seen=7, confirmed=0, failure="gone", heard_at=NOW)
        state = channel.channel(AGREEMENT, PARTNER)
        assert (state.seen, state.confirmed, state.failure, state.heard_at) == (7, 9, "gone", NOW)

    # Records

    def test_a_code_means_one_record(self, channel: Store) -> None:
        channel.add_records([header(alert(1))])
        with self.refused():
            channel.add_records([header(alert(2)), header(alert(1))])
        assert channel.codes_taken([code_of("GAO", n) for n in (1, 2)]) == {code_of("GAO", 1)}

    def test_ids_follow_the_order_of_filing(self, channel: Store) -> None:
        filed = [parties.flow(total=100 + number) for number in range(1_213)]
        ids = channel.add_records([header(record) for record in filed])
        assert ids == sorted(set(ids))
        assert [f.body for f in channel.undecided(AGREEMENT, PARTNER, 5_000)] == [
            encode(one) for one in filed
        ]
        assert [f.id for f in channel.undecided(AGREEMENT, PARTNER, 5_000)] == ids
        assert [f.id for f in channel.undecided(AGREEMENT, PARTNER, 7)] == ids[:7]
        assert channel.undecided(AGREEMENT, PARTNER, 0) == []

    def test_answers_come_in_order_and_a_withdrawal_is_marked_once(self, channel: Store) -> None:
        code = code_of("GAO", 1)
        answers = [parties.message(code=code_of("GAO", n), about=code) for n in (2, 3)]
        channel.add_records([header(record) for record in (alert(1), *answers)])
        assert [shown.body for shown in channel.answers_to(code)] == [encode(one) for one in answers]
        assert channel.answers_to("") == []
        channel.withdraw(code, 50)
        channel.withdraw(code, 60)
        shown = channel.shown(code)
        assert shown is not None
        assert shown.withdrawn_at == 50

    def test_known_to_a_partner_is_what_went_there_or_came_from_there(self, channel: Store) -> None:
        [went, stayed] = channel.add_records([header(alert(1)), header(alert(2))])
        self.release(channel, appended(EMPTY, [went], seed=None), decided=stayed)
        [entry] = channel.receive(extension(EMPTY, [encode(alert(3, "TIL"))]))
        channel.add_records([header(alert(3, "TIL"), entry=entry)])
        codes = {code_of("GAO", 1), code_of("GAO", 2), code_of("TIL", 3)}
        assert channel.codes_known_to(AGREEMENT, PARTNER, codes) == {code_of("GAO", 1), code_of("TIL", 3)}
        assert channel.codes_known_to(AGREEMENT, "kayes.ml", codes) == set()
        assert channel.codes_known_to("another", PARTNER, codes) == set()

    # Release

    def test_an_append_to_a_journal_that_has_grown_is_refused(self, channel: Store) -> None:
        [first] = channel.add_records([header(alert(1))])
        self.release(channel, appended(EMPTY, [first], seed=None))
        with self.refused():
            self.release(channel, appended(EMPTY, [first], seed=None))

    def test_a_step_from_a_place_that_was_passed_is_refused(self, channel: Store) -> None:
        ids = channel.add_records([header(alert(n)) for n in (1, 2)])
        done = appended(EMPTY, ids)
        self.release(channel, done, decided=ids[1])
        with self.refused():
            self.release(channel, appended(done.after, ids), decided=ids[1])

    def test_what_waits_is_due_once_and_settled_once(self, channel: Store) -> None:
        ids = channel.add_records([header(alert(n)) for n in (1, 2, 3)])
        refusals = [
            Refusal(ids[0], "1#A8", "later", "{}", later=True, not_before=500),
            Refusal(ids[1], "1#A8", "confirm", "{}", later=True, not_before=None),
            Refusal(ids[2], "", "never", "{}", later=False, not_before=None),
        ]
        with channel.transaction():
            channel.release(
                AGREEMENT,
                PARTNER,
                decided=ids[2],
                expected_decided=0,
                appends=[],
                refusals=refusals,
                settled=[],
                now=1,
            )
        assert channel.undecided(AGREEMENT, PARTNER, 9) == []
        assert channel.due(AGREEMENT, PARTNER, 499, 9) == []
        assert [f.id for f in channel.due(AGREEMENT, PARTNER, 500, 9)] == ids[:1]
        channel.confirm(ids[1])
        assert [(f.id, f.confirmed) for f in channel.due(AGREEMENT, PARTNER, 500, 9)] == [
            (ids[0], False),
            (ids[1], True),
        ]
        settle = appended(EMPTY, ids[:1], seed=None)
        self.release(channel, settle, expected=ids[2], decided=ids[2], settled=ids[:1])
        assert [f.id for f in channel.due(AGREEMENT, PARTNER, 500, 9)] == ids[1:2]
        with self.refused():
            again = appended(settle.after, ids[:1], seed=None)
            self.release(channel, again, expected=ids[2], decided=ids[2], settled=ids[:1])

    # Journals

    def test_entries_come_back_as_they_were_kept(self, channel: Store) -> None:
        ids = channel.add_records([header(alert(n)) for n in range(1, 6)])
        append = appended(EMPTY, ids)
        self.release(channel, append, decided=ids[-1])
        kept = channel.entries(OURS, 0, 99)
        assert [(k.row, k.salt, k.payload) for k in kept] == [
            (ROWS[which], salt, payload)
            for which, salt, payload in zip(append.which, append.salts, append.payloads, strict=True)
        ]
        assert channel.entries(OURS, 2, 2) == kept[2:4]
        assert channel.entries(OURS, 2, 0) == []
        assert channel.entries(OURS, 0, 5, most_bytes=1) == kept[:1]
        head = channel.journal(OURS)
        assert head is not None
        assert head.frontier == append.after

    def test_a_receipt_destroys_the_batches_and_seeds_that_it_covers(self, channel: Store) -> None:
        ids = channel.add_records([header(alert(n)) for n in range(1, 10)])
        first = appended(EMPTY, ids[:4])
        second = appended(first.after, ids[4:])
        self.release(channel, first, decided=ids[3])
        self.release(channel, second, expected=ids[3], decided=ids[-1])
        assert [(b.start, b.count, b.seed) for b in channel.batches(OURS)] == [(0, 4, SEED), (4, 5, SEED)]
        channel.put_receipt(OURS, 3, b"of three")  # not the whole batch
        assert [b.start for b in channel.batches(OURS)] == [0, 4]
        channel.put_receipt(OURS, 6, b"of six")
        assert [b.start for b in channel.batches(OURS)] == [4]
        head = channel.journal(OURS)
        assert head is not None
        assert (head.receipted, head.receipt, head.base) == (6, b"of six", first.after)
        channel.put_receipt(OURS, 9, b"of nine")
        assert channel.batches(OURS) == []
        assert [k.salt for k in channel.entries(OURS, 0, 9)] == [*first.salts, *second.salts]

    def test_a_receipt_never_goes_back(self, channel: Store) -> None:
        ids = channel.add_records([header(alert(n)) for n in (1, 2)])
        self.release(channel, appended(EMPTY, ids), decided=ids[-1])
        channel.put_receipt(OURS, 2, b"of two")
        before = self.state()
        channel.put_receipt(OURS, 1, b"of one")
        channel.put_receipt(OURS, 2, b"of two again")
        assert self.state() == before

    def test_a_partners_journal_is_extended_from_where_it_ends_only(self, channel: Store) -> None:
        first = extension(EMPTY, [b"one", b"two"])
        keys = channel.receive(first)
        assert len(set(keys)) == 2
        for stale in (first, extension(first.after.extend([bytes(32)]), [b"gap"])):
            with self.refused():
                channel.receive(stale)
        more = channel.receive(extension(first.after, [b"three"]))
        assert more[0] == keys[-1] + 1
        assert [k.payload for k in channel.entries(THEIRS, 0, 9)] == [b"one", b"two", b"three"]
        head = channel.journal(THEIRS)
        assert head is not None
        assert (head.size, head.receipted, head.checkpoint, head.ours) == (3, 3, CHECKPOINT, False)

    def test_a_longer_journal_owes_its_receipt_anew(self, channel: Store) -> None:
        first = extension(EMPTY, [b"one"])
        channel.receive(first)
        channel.receipts_sent([THEIRS], 12)
        head = channel.journal(THEIRS)
        assert head is not None
        assert head.receipt_sent_in == 12
        channel.receive(extension(first.after, [b"two"]))
        head = channel.journal(THEIRS)
        assert head is not None
        assert head.receipt_sent_in is None

    def test_a_stopped_journal_keeps_its_first_evidence(self, channel: Store) -> None:
        channel.receive(extension(EMPTY, [b"one"]))
        channel.stop(THEIRS, "first")
        channel.stop(THEIRS, "second")
        head = channel.journal(THEIRS)
        assert head is not None
        assert (head.stopped, head.size) == ("first", 1)
        # One that was never begun can be stopped too: there is nothing of it to hold but the evidence.
        other = THEIRS.replace("urgent", "routine")
        channel.stop(other, "why")
        head = channel.journal(other)
        assert head is not None
        assert (head.stopped, head.size, head.ours) == ("why", 0, False)

    def test_urgent_comes_before_routine(self, channel: Store) -> None:
        for origin in (THEIRS.replace("urgent", "routine"), THEIRS):
            channel.stop(origin, "only to begin it")
        assert [j.lane for j in channel.journals(AGREEMENT, PARTNER)] == ["urgent", "routine"]
        assert channel.journals(AGREEMENT, "kayes.ml") == []

    # Quarantine and troubles

    def test_troubles_are_repeated_until_they_were_seen(self, channel: Store) -> None:
        payloads = [bytes([n]) for n in range(5)]
        channel.receive(extension(EMPTY, payloads, ["", "a: what only we read", "b", "", "c"]))
        rows = [TroubleRow(THEIRS, index, why) for index, why in ((1, "a"), (2, "b"), (4, "c"))]
        assert channel.quarantined(AGREEMENT, PARTNER, 9) == [(row, None) for row in rows]
        channel.troubles_sent(rows[1:2], 3)
        assert channel.quarantined(AGREEMENT, PARTNER, 2) == [(rows[1], 3), (rows[0], None)]
        channel.troubles_sent(rows, 4)
        assert [sent for _, sent in channel.quarantined(AGREEMENT, PARTNER, 9)] == [3, 4, 4]
        channel.update_channel(AGREEMENT, PARTNER, confirmed=3)
        assert channel.quarantined(AGREEMENT, PARTNER, 9) == [(rows[0], 4), (rows[2], 4)]
        channel.update_channel(AGREEMENT, PARTNER, confirmed=4)
        assert channel.quarantined(AGREEMENT, PARTNER, 9) == []
        assert len(channel.quarantined_entries(THEIRS)) == 3

    def test_what_is_blanked_keeps_its_entry_and_what_is_admitted_leaves_quarantine(
        self, channel: Store
    ) -> None:
        keys = channel.receive(extension(EMPTY, [b"one", b"two"], ["x", "y"]))
        channel.blank([(keys[0], b"entry")])
        channel.release_from_quarantine(keys[1:])
        [one, two] = channel.entries(THEIRS, 0, 2)
        assert (one.salt, one.payload, one.erased, one.quarantine) == (None, None, b"entry", "x")
        assert (two.payload, two.quarantine) == (b"two", "")
        assert [q.entry for q in channel.quarantined_entries(THEIRS)] == keys[:1]

    def test_the_same_trouble_is_kept_once(self, channel: Store) -> None:
        channel.put_troubles([TroubleRow(OURS, 0, "first")], NOW)
        before = self.state()
        channel.put_troubles([TroubleRow(OURS, 0, "second")], NOW + timedelta(days=1))
        assert self.state() == before

    # Agreements

    def test_versions_come_oldest_first_and_change_in_place(self, store: Store) -> None:
        versions = [VersionState(AGREEMENT, n, bytes([n] * 32), b"note", None, None) for n in (2, 1, 10)]
        for version in versions:
            store.put_version(version)
        adopted = VersionState(AGREEMENT, 1, bytes([1] * 32), b"note signed twice", b"adopt", NOW)
        store.put_version(adopted)
        assert [v.version for v in store.versions()] == [1, 2, 10]
        assert store.versions()[0] == adopted


@pytest.mark.usefixtures("ledgers")
class TestDjangoStoreOverSqlite(StoreSuite):
    @pytest.fixture
    def store(self) -> Store:
        return DjangoStore("gao")

    def state(self) -> object:
        # The counters of SQLite's keys may skip a number: nobody sees them.
        return {table: rows for table, rows in dump("gao").items() if table != "sqlite_sequence"}

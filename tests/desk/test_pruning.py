"""The log of accesses is cut at its beginning: what stays verifies, and what went is joined to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from entente.errors import JournalError, MalformedError, StoreError
from entente.signing import SigningKey
from entente_node.directory import auditing, heads, pruning
from entente_node.directory.models import AuditCut, AuditEntry
from tests.desk.conftest import Desk, text_of


@pytest.fixture
def year(desk: Desk) -> Desk:
    """A desk whose log has an entry of every tenth day of a year: the first is 360 days old."""
    clock = desk.federation.clock
    for number in range(36):
        auditing.write(None, "tested", f"subject-{number}")
        clock.advance(hours=240)
    return desk


def lines() -> list[str]:
    return list(auditing.export())


def before(desk: Desk, days: int) -> Callable[[list[str]], pruning.Cut | None]:
    """Remove what is older than so many days, with these lines as the export."""
    return lambda exported: pruning.prune(desk.node.clock() - timedelta(days=days), exported)


def test_what_is_old_goes_and_what_stays_verifies(year: Desk) -> None:
    exported = lines()
    head = auditing.head()
    cut = before(year, 95)(exported)
    assert cut is not None
    assert (cut.count, cut.through.size) == (27, 27)
    assert [entry.deed for entry in AuditEntry.objects.order_by("seq")] == ["tested"] * 9 + ["audit.pruned"]
    assert auditing.verify() is None
    assert auditing.verify(head) is None
    assert auditing.head().size == head.size + 1
    assert '"subject-3"' not in "".join(lines())


def test_what_was_exported_is_joined_to_what_stays(year: Desk) -> None:
    first = lines()
    before(year, 200)(first)
    second = lines()
    before(year, 95)(second)
    old = heads.Head(3, json.loads(first[2])["hash"])
    for exported in (first, second):
        broken, last = pruning.check(exported)
        assert broken is None
        assert last.size >= 27
    assert pruning.check(first, old)[0] is None
    assert pruning.check(first, heads.Head(3, "0" * 64))[0] == auditing.Broken(
        3, "it is not the entry whose hash was written down"
    )


class TestNothingGoes:
    @pytest.fixture(autouse=True)
    def stays(self, year: Desk) -> Iterator[None]:  # noqa: ARG002  asked for what it does
        count = AuditEntry.objects.count()
        yield
        assert AuditEntry.objects.count() == count
        assert not AuditCut.objects.exists()

    @pytest.mark.parametrize("lost", [0, 5, 26])
    def test_that_is_not_in_the_export(self, year: Desk, lost: int) -> None:
        exported = lines()
        del exported[lost]
        with pytest.raises(JournalError):
            before(year, 95)(exported)

    @pytest.mark.parametrize("end", [0, 1, 26])
    def test_of_which_the_export_lacks_the_end(self, year: Desk, end: int) -> None:
        with pytest.raises(JournalError):
            before(year, 95)(lines()[:end])

    def test_that_the_export_tells_otherwise(self, year: Desk) -> None:
        exported = [line.replace('"subject-3"', '"subject-4"') for line in lines()]
        with pytest.raises(JournalError):
            before(year, 95)(exported)

    @pytest.mark.parametrize(
        "line", ["", "{}", "[]", "null", '{"hash":"x"}', "x" * 100_000, "[" * 5_000, '{"seq":true,"hash":""}']
    )
    def test_by_what_is_no_export(self, year: Desk, line: str) -> None:
        with pytest.raises(MalformedError):
            before(year, 95)([line])

    def test_that_is_younger_than_a_month(self, year: Desk) -> None:
        with pytest.raises(StoreError):
            before(year, 29)(lines())

    def test_that_is_not_old_enough(self, year: Desk) -> None:
        assert before(year, 400)(lines()) is None

    def test_of_another_nodes_log(self, year: Desk) -> None:
        exported = lines()
        entry = json.loads(exported[0]) | {"previous": heads.beginning("kayes.ml")}
        with pytest.raises(JournalError):
            before(year, 95)([json.dumps(entry), *exported[1:]])


def test_a_chain_that_does_not_hold_is_not_cut(year: Desk) -> None:
    exported = lines()
    AuditEntry.objects.filter(seq=30).update(subject="another")
    with pytest.raises(JournalError):
        before(year, 95)(exported)
    assert AuditEntry.objects.count() == 36


def test_an_entry_of_a_clock_that_stood_ahead_keeps_what_follows_it(desk: Desk) -> None:
    clock = desk.federation.clock
    for ahead in (0, 0, 500, 0, 0):
        clock.advance(hours=24 * ahead)
        auditing.write(None, "tested", str(ahead))
        clock.advance(hours=-24 * ahead)
    clock.advance(hours=24 * 100)
    cut = before(desk, 60)(lines())
    assert cut is not None
    assert cut.count == 2


class TestACutThatNobodySigned:
    @pytest.mark.usefixtures("year")
    def test_is_found(self) -> None:
        last = AuditEntry.objects.get(seq=10)
        AuditEntry.objects.filter(seq__lte=10).delete()
        note = heads.signed(auditing.head(), "2022-02-01T08:00:00Z").decode()
        for forged in ("", "nonsense", note):
            AuditCut.objects.update_or_create(
                seq=10, defaults={"hash": last.hash, "at": last.at, "count": 10, "note": forged}
            )
            assert auditing.verify() == auditing.Broken(
                10, "it was removed, and no signature of this node says so"
            )

    @pytest.mark.usefixtures("year")
    def test_is_not_made_of_a_head_that_was_given_away(self) -> None:
        last = AuditEntry.objects.get(seq=10)
        given = heads.signed(heads.Head(10, last.hash), "2022-02-01T08:00:00Z").decode()
        AuditEntry.objects.filter(seq__lte=10).delete()
        AuditCut.objects.create(seq=10, hash=last.hash, at=last.at, count=10, note=given)
        assert auditing.verify() == auditing.Broken(
            10, "it was removed, and no signature of this node says so"
        )

    def test_joins_no_export(self, year: Desk) -> None:
        exported = lines()
        before(year, 95)(exported)
        AuditCut.objects.create(seq=3, hash="0" * 64, at="2022-02-01T08:00:00Z", count=3, note="")
        assert pruning.check(exported)[0] is None
        assert pruning.check(exported[3:])[0] is not None


def test_a_cut_is_signed_anew_when_the_log_key_is_replaced(
    year: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported = lines()
    before(year, 95)(exported)
    new = SigningKey.from_seed(f"{year.node.keys.party}/log", bytes(32))
    pruning.sign_anew(new)
    assert auditing.verify() == auditing.Broken(27, "it was removed, and no signature of this node says so")
    monkeypatch.setattr(year.node, "keys", replace(year.node.keys, log=new))
    assert auditing.verify() is None
    assert pruning.check(exported)[0] is None


def test_all_may_go_but_the_last_month_and_the_log_goes_on(desk: Desk) -> None:
    clock = desk.federation.clock
    auditing.write(None, "tested")
    clock.advance(hours=24 * 40)
    cut = before(desk, 30)(lines())
    assert cut is not None
    assert [entry.deed for entry in AuditEntry.objects.all()] == ["audit.pruned"]
    assert auditing.verify() is None
    assert pruning.check(lines())[0] is None


def test_the_page_says_what_is_older_than_the_log_is_kept(year: Desk) -> None:
    head: Client = year.client("protection-civile", role="administrator")
    assert "audit prune" not in text_of(head.get("/audit"))
    assert pruning.older_than(0) == 0
    with override_settings(AUDIT_DAYS=95):
        page = text_of(head.get("/audit"))
    assert "27 entries are older than the 95 days" in page
    assert "entente audit prune" in page
    before(year, 95)(lines())
    page = text_of(head.get("/audit?check=1"))
    assert "27 older entries were removed" in page

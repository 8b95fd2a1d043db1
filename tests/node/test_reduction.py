"""Flows added up between real nodes: none leaves by itself, windows leave once closed, nothing leaves twice."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from django.db import connections

from entente.agreements.document import Aggregate, Form, agreement_text, digest
from entente.courier.outbound import entries_of
from entente.journal.tree import EMPTY, leaf_hashes
from entente.node import Node
from entente.records import Record, decode
from entente_node.ledger import models
from entente_node.ledger.flows import newest
from entente_node.ledger.sums import Addend, Part, Sum
from tests import parties
from tests.federation import AGREEMENT, Federation

replace = msgspec.structs.replace
ORIGIN = f"gao.ml/{AGREEMENT}/tillaberi.ne/routine/1"
NUMBERS = ("total", "women", "men", "girls", "boys")
WEEKLY = replace(
    parties.ARTICLES[7],
    form=Form(
        fields=("direction", *NUMBERS, "minutes", "observations"),
        place="district",
        time="day",
        aggregate=Aggregate(window="week", by=("direction",), min_cell=5),
    ),
)
DAILY = replace(
    WEEKLY, id="A8", form=replace(WEEKLY.form, aggregate=replace(WEEKLY.form.aggregate, window="day"))
)


def with_article(article, **changes) -> object:
    rest = tuple(one for one in parties.ARTICLES if one.id != "A8")
    return parties.agreement(articles=(*rest, article), **changes)


@pytest.fixture
def weekly(ledgers: None) -> Federation:  # noqa: ARG001  empty databases
    found = Federation.agreed(with_article(WEEKLY))
    # The week 2022-W05 ends at 23:00 UTC in Niamey on 6 February; article A8 waits for 24 hours more.
    found.clock.now = datetime(2022, 2, 2, 8, tzinfo=UTC)
    return found


def count(**changes: object) -> Record:
    plain = {"at": "2022-02-01", "start": None, "end": None, "nationalities": None}
    numbers = {"total": 20, "women": 10, "men": 10, "girls": None, "boys": None, "minutes": 60}
    return parties.flow(**(plain | numbers | changes))


def left(node: Node) -> list[Record]:
    head = node.store.journal(ORIGIN)
    return [decode(one.payload) for one in node.store.entries(ORIGIN, 0, head.size if head else 0)]


CLOSED = datetime(2022, 2, 7, 23, tzinfo=UTC)


def test_flows_wait_for_their_window_and_leave_added_up_once(weekly: Federation) -> None:
    gao, tillaberi, clock = weekly.gao, weekly.tillaberi, weekly.clock
    gao.file([count(), count(at="2022-02-03", total=31, women=21), count(direction="outgoing")])
    weekly.exchange()
    assert left(gao) == []
    clock.now = datetime(2022, 2, 7, 22, 59, 59, tzinfo=UTC)
    weekly.exchange()
    assert left(gao) == []
    clock.now = CLOSED
    weekly.exchange()
    incoming, outgoing = left(tillaberi)
    assert (incoming.at, incoming.total, incoming.women, incoming.men) == ("2022-W05", 51, 31, 20)
    assert (incoming.minutes, incoming.observations, incoming.tlp) == (120, 2, "GREEN")
    assert incoming.place == parties.place("ML0701")
    assert (incoming.post, incoming.start, incoming.destination) == (None, None, None)
    assert outgoing.total == 20
    assert [row.quarantine for row in tillaberi.store.quarantined_entries(ORIGIN)] == []
    assert [one.kind for one in models.Record.objects.using("tillaberi").all()] == ["flow-of-people"] * 2
    for _ in range(3):
        clock.advance(days=1)
        weekly.exchange()
    assert len(left(tillaberi)) == 2
    assert [v.problem for node in (gao, tillaberi) for v in node.verify()] == [None] * 2
    assert models.Withheld.objects.using("gao").count() == 0
    assert weekly.kayes.store.journals() == []


def test_a_correction_leaves_once_it_could_stand_alone(weekly: Federation) -> None:
    gao, clock = weekly.gao, weekly.clock
    gao.file([count()])
    clock.now = CLOSED
    gao.release()
    gao.file([count(total=3, women=None, men=None)])
    gao.release()
    assert [one.total for one in left(gao)] == [20]
    [waits] = models.Withheld.objects.using("gao").all()
    assert waits.message.startswith("what came late is too little")
    assert msgspec.json.decode(waits.values) == {"window": "2022-W05"}
    gao.file([count(total=13, women=5, men=5)])
    gao.release()
    assert [one.total for one in left(gao)] == [20, 36]
    assert models.Withheld.objects.using("gao").count() == 0
    weekly.exchange()
    newest_here = newest(weekly.tillaberi, "flow-of-people")
    assert [(one.party, one.record.total) for one in newest_here] == [("gao.ml", 36)]
    assert [(one.party, one.record.total) for one in newest(gao, "flow-of-people")] == [("gao.ml", 36)]


def test_a_small_cell_is_kept_back_and_explained(weekly: Federation) -> None:
    gao, clock = weekly.gao, weekly.clock
    [small] = gao.file([count(total=22, women=20, men=2)])
    [tiny] = gao.file([count(direction="outgoing", total=2, women=2, men=0)])
    gao.release()
    [waiting] = gao.sums_of(small.id)
    assert (waiting.group.window, waiting.records, waiting.closed, waiting.payload) == (
        "2022-W05",
        1,
        False,
        None,
    )
    clock.now = CLOSED
    gao.release()
    first, second = left(gao)
    assert (first.total, first.women, first.men, first.observations) == (22, None, None, 1)
    assert [getattr(second, name) for name in (*NUMBERS, "observations")] == [None] * 6
    assert second.minutes == 60
    [found] = gao.sums_of(small.id)
    assert found.closed
    assert found.hidden == {"women", "men", "girls", "boys"}
    assert decode(found.payload) == first
    [found] = gao.sums_of(tiny.id)
    assert "total" in found.hidden
    [explained] = gao.explain_filed(small.id)
    assert explained.payload is None
    assert explained.added_up == gao.sums_of(small.id)[0]
    assert str(explained.explanation.decision.reason) == (
        "article A8 lets it leave added up, after 2022-W05 has ended"
    )


def test_what_is_added_to_what_was_kept_back_is_told_once_it_is_large(weekly: Federation) -> None:
    gao, clock = weekly.gao, weekly.clock
    gao.file([count(total=2, women=None, men=None)])
    clock.now = CLOSED
    gao.release()
    gao.file([count(total=5, women=None, men=None)])
    gao.release()
    assert [one.total for one in left(gao)] == [None]
    gao.file([count(total=5, women=None, men=None)])
    gao.release()
    assert [one.total for one in left(gao)] == [None, 12]


def test_a_partner_quarantines_flows_that_were_not_added_up(weekly: Federation) -> None:
    gao, tillaberi = weekly.gao, weekly.tillaberi
    gao.file([count()])
    weekly.clock.now = CLOSED
    gao.release()
    [honest] = left(gao)
    for changes in ({"at": "2022-02-01"}, {"women": 3}, {"released_at": "2022-02-07T22:59:59Z"}):
        _replace_only_entry(gao, msgspec.json.encode(replace(honest, **changes), order="sorted"))
        # A copy of what the tampered node would sign and send.
        refused = tillaberi.register.of_version(AGREEMENT, 1).admits(
            replace(honest, **changes), sender="gao.ml", recipient="tillaberi.ne", now=CLOSED
        )
        assert refused is not None
    weekly.exchange()
    [item] = tillaberi.store.quarantined_entries(ORIGIN)
    assert item.kept.quarantine.startswith("not-admitted")
    assert list(models.Record.objects.using("tillaberi").all()) == []


def _replace_only_entry(node: Node, payload: bytes) -> None:
    with connections["gao"].cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET payload = %s", [payload])
    after = EMPTY.extend(leaf_hashes(entries_of(node.store.entries(ORIGIN, 0, 1))))
    models.Journal.objects.using("gao").filter(origin=ORIGIN).update(peaks=after.to_bytes())
    models.Batch.objects.using("gao").update(peaks=after.to_bytes())


class PowerCutError(Exception):
    """The power is gone."""


@pytest.mark.parametrize("at", ["close", "append", "tell", "nothing_to_tell"])
@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_is_cut_off_is_taken_up_by_the_next(weekly: Federation, at: str, *, after: bool) -> None:
    gao = weekly.gao
    gao.file([count(), count(at="2022-02-02"), count(direction="outgoing")])
    gao.release()
    weekly.clock.now = CLOSED
    whole = getattr(gao.store, at)

    def cut(*arguments: object, **named: object) -> object:
        if after:
            whole(*arguments, **named)
        raise PowerCutError

    setattr(gao.store, at, cut)
    with pytest.raises(PowerCutError):
        gao.release()
    delattr(gao.store, at)
    if not (at == "close" and after):
        assert left(gao) == []
    gao.release()
    gao.release()
    assert [(one.direction, one.total) for one in left(gao)] == [("incoming", 40), ("outgoing", 20)]
    assert Part.objects.using("gao").count() == 2
    assert Addend.objects.using("gao").filter(part=None).count() == 0
    assert Sum.objects.using("gao").filter(untold=True).count() == 0


def test_a_new_version_decides_again_what_waits_and_nothing_that_left(weekly: Federation) -> None:
    gao, tillaberi, clock = weekly.gao, weekly.tillaberi, weekly.clock
    first = with_article(WEEKLY)
    gao.file([count(at="2022-01-25")])
    clock.now = datetime(2022, 2, 2, 8, tzinfo=UTC)
    gao.release()
    gao.file([count(at="2022-02-01"), count(at="2022-02-01", total=3, women=None, men=None)])
    gao.release()
    assert [one.at for one in left(gao)] == ["2022-W04"]
    second = with_article(DAILY, version=2, supersedes=digest(agreement_text(first)).hex())
    signed = gao.sign(agreement_text(second), parties.GAO.authority)
    gao.adopt(tillaberi.sign(signed, parties.TILLABERI.authority), parties.GAO.authority)
    clock.now = datetime(2022, 2, 2, 23, tzinfo=UTC)
    gao.release()
    assert [(one.at, one.article, one.total) for one in left(gao)] == [
        ("2022-W04", "1#A8", 20),
        ("2022-02-01", "2#A8", 23),
    ]


@pytest.mark.usefixtures("ledgers")
def test_two_agreements_tell_nothing_by_their_difference() -> None:
    """A week under one, days under another, between the same two: the small day is in neither."""
    federation = Federation.agreed(with_article(WEEKLY))
    other = with_article(
        replace(DAILY, id="B1"), id="gao-tillaberi-bis", title="Autre entente (modèle fictif)"
    )
    gao, tillaberi = federation.gao, federation.tillaberi
    signed = tillaberi.sign(
        gao.sign(agreement_text(other), parties.GAO.authority), parties.TILLABERI.authority
    )
    gao.adopt(signed, parties.GAO.authority)
    gao.file(
        [
            count(),
            count(at="2022-02-02", total=3, women=None, men=None),
            count(at="2022-02-03", total=9, women=9, men=0),
        ]
    )
    for day in range(2, 9):
        federation.clock.now = datetime(2022, 2, day, 23, tzinfo=UTC)
        gao.release()
    days = f"gao.ml/{other.id}/tillaberi.ne/routine/1"
    told = [decode(one.payload) for one in gao.store.entries(days, 0, gao.store.journal(days).size)]
    assert [(one.at, one.total) for one in told] == [
        ("2022-02-01", 20),
        ("2022-02-02", None),
        ("2022-02-03", 9),
    ]
    assert [(one.at, one.total) for one in left(gao)] == [("2022-W05", None)]


@pytest.mark.usefixtures("ledgers")
def test_an_agreement_that_comes_after_a_sum_left_gets_nothing_of_its_records() -> None:
    federation = Federation.agreed(with_article(WEEKLY))
    gao, tillaberi, clock = federation.gao, federation.tillaberi, federation.clock
    # Signed by both and not adopted: its line begins here, and decides only once it is in force.
    later = parties.agreement(id="gao-tillaberi-bis", title="Autre entente (modèle fictif)")
    signed = tillaberi.sign(
        gao.sign(agreement_text(later), parties.GAO.authority), parties.TILLABERI.authority
    )
    gao.register.keep(signed)
    gao.file([count(), count(at="2022-02-02")])
    clock.now = CLOSED
    gao.release()
    assert [one.total for one in left(gao)] == [40]
    gao.adopt(signed, parties.GAO.authority)
    gao.release()
    assert gao.store.journal(f"gao.ml/{later.id}/tillaberi.ne/routine/1") is None
    stays = models.Withheld.objects.using("gao").filter(agreement=later.id)
    assert [one.message[:24] for one in stays] == ["it has left added up wit"] * 2


@pytest.mark.usefixtures("ledgers")
def test_records_that_leave_one_by_one_elsewhere_do_not_uncover_the_others_in_a_sum() -> None:
    """One by one under another agreement, but for three persons marked AMBER: the sum of all is not told."""
    federation = Federation.agreed(with_article(replace(WEEKLY, tlp="AMBER")))
    gao, tillaberi, clock = federation.gao, federation.tillaberi, federation.clock
    other = parties.agreement(id="gao-tillaberi-bis", title="Autre entente (modèle fictif)")
    signed = tillaberi.sign(
        gao.sign(agreement_text(other), parties.GAO.authority), parties.TILLABERI.authority
    )
    gao.adopt(signed, parties.GAO.authority)
    gao.file([count(), count(tlp="AMBER", total=3, women=None, men=None)])
    gao.file([count(direction="outgoing"), count(direction="outgoing", tlp="AMBER", total=30)])
    clock.now = CLOSED
    gao.release()
    assert gao.store.journal(f"gao.ml/{other.id}/tillaberi.ne/routine/1").size == 2
    assert [(one.direction, one.total, one.tlp) for one in left(gao)] == [
        ("incoming", None, "AMBER"),
        ("outgoing", 50, "AMBER"),
    ]


@pytest.mark.parametrize("at", ["2000-01-01", "2000-01-02T10:00:00Z", "2199-12-31T23:30:00Z"])
def test_a_flow_at_either_end_of_the_years_is_filed_and_decided_with_the_others(
    weekly: Federation, at: str
) -> None:
    filings = weekly.gao.file([count(at=at), count()])
    rulings = weekly.gao.rulings_of([filing.record for filing in filings])
    assert [len(ruled) for ruled in rulings] == [1, 1]
    weekly.exchange()

"""Flows added up beside their records: at every moment the numbers of the records themselves, within the wall."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.db.models import Exists, OuterRef, Q
from django.test.utils import CaptureQueriesContext

from entente.records import FlowOfGoods
from entente_node import rounds
from entente_node.directory.access import Viewer, viewer_of
from entente_node.directory.models import User
from entente_node.directory.roles import Role
from entente_node.flows import tallies
from entente_node.flows.series import SERIES
from entente_node.folder import Config, Folder
from entente_node.ledger import tallied, tallying
from entente_node.ledger.adding import Adding, Gated, Key
from entente_node.ledger.counted import FLOWS, day_of
from entente_node.ledger.models import Entry, Journal, Record
from entente_node.ledger.reading import bodies_of
from entente_node.ledger.tallies import DayTally, HourTally, Tallied, TallyGate
from tests import parties
from tests.desk.conftest import Desk
from tests.desk.test_flows import weekly_sums
from tests.federation import Federation

MONDAYS = [date(2022, 1, 3) + timedelta(weeks=week) for week in range(5)]
PLAIN = {"women": None, "men": None, "nationalities": None, "start": None, "end": None, "destination": None}


def fold_all(desk: Desk, most: int = 7) -> int:
    """What the courier does, round after round; few at a time."""
    folded = 0
    while some := tallying.fold(desk.node, most):
        folded += some
    return folded


def told(viewer: Viewer, series: str) -> list[tallies.Sums]:
    return tallies.sums_of(viewer, SERIES[series].kind, series, MONDAYS)


def by_hand(viewer: Viewer, series: str) -> list[tallies.Sums]:
    """The same from the records, one by one; for flows that nobody added up before they came."""
    weeks: dict[date, tallies.Sums] = {monday: {} for monday in MONDAYS}
    rows = list(viewer.records().filter(kind=SERIES[series].kind, withdrawn_at=None))
    bodies = bodies_of(rows)
    for row in rows:
        record = bodies[row.pk]
        when = day_of(record.at, viewer.zone)
        if when is None or (row.local and record.is_released) or not SERIES[series].holds(record):
            continue
        of_week = weeks.get(tallies.week_of(when[0]))
        if of_week is None:
            continue
        place = record.place
        key = tallies.Key(
            row.party,
            (place.code or "") if place else "",
            (place.name or place.code or "") if place else "",
            getattr(record, "post", None) or "",
            getattr(record, "direction"),  # noqa: B009  of a flow
        )
        value = SERIES[series].of(record)
        days = frozenset({when[0]}) if when[1] and value is not None else frozenset()
        one = tallies.Sum(value, int(value is None), getattr(record, "observations") or 1, days, not when[1])  # noqa: B009
        of_week.setdefault(key, tallies.Sum()).add(one)
    return list(weeks.values())


def viewer(desk: Desk, service: str = "protection-civile", role: Role = Role.OFFICER) -> Viewer:
    name = f"{role}-of-{service}"
    user = User.objects.filter(name=name).first() or desk.account(name, service, role=role)
    return viewer_of(user)


def some_flows(chance: random.Random, many: int) -> list[object]:
    """Flows of people and of goods at any hour, day, week or month of a few weeks."""
    found: list[object] = []
    for _ in range(many):
        moment = datetime(2022, 1, 3, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 5 * 7 * 24 * 60 - 1))
        at = chance.choice(
            [
                f"{moment:%Y-%m-%dT%H:%M:%SZ}",
                f"{moment:%Y-%m-%dT%HZ}",
                f"{moment:%Y-%m-%d}",
                f"{moment:%G-W%V}",
                f"{moment:%Y-%m}",
            ]
        )
        where = chance.choice(("ayorou", "labbezanga", "tillaberi"))
        common = {
            "at": at,
            "tlp": chance.choice(("GREEN", "AMBER", "RED")),
            "place": parties.place(where),
            "direction": chance.choice(("incoming", "outgoing")),
            "post": chance.choice((None, "P-1", "P-2")),
        }
        if chance.random() < 0.5:
            total = chance.choice((None, 0, 5, 70))
            found.append(parties.flow(**PLAIN, **common, total=total))
        else:
            unit = chance.choice(("kg", "tonne", "litre", "head"))
            goods = {"service": "elevage", "purpose": "trade", "product": "011", "flow_type": "import"}
            found.append(FlowOfGoods(**goods, **common, quantity=chance.randint(0, 90), unit=unit))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_tallies_and_what_came_after_them_say_what_the_records_say(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    viewers = [
        viewer(desk),
        viewer(desk, "elevage"),
        viewer(desk, "elevage", Role.COORDINATOR),
        viewer(desk, "protection-civile", Role.AGENT),
        viewer(desk, "securite"),
    ]
    for _ in range(4):
        node = chance.choice((desk.node, desk.federation.gao))
        node.file(some_flows(chance, chance.randint(1, 30)))
        if chance.random() < 0.5:
            desk.federation.exchange()
        for _ in range(chance.randint(0, 3)):
            tallying.fold(desk.node, most=chance.randint(1, 12))
        if chance.random() < 0.4:
            gone = list(Record.objects.filter(kind__startswith="flow").order_by("pk"))[
                :: chance.randint(2, 9)
            ]
            for row in gone:
                row.delete()
                tallying.forget(desk.node, row.kind, row.starts, row.starts)
        for one in viewers:
            for series in SERIES:
                assert told(one, series) == by_hand(one, series), (seed, one.user, series)
    fold_all(desk)
    for one in viewers:
        for series in SERIES:
            assert told(one, series) == by_hand(one, series), (seed, one.user, series)


def test_once_folded_no_record_is_read(desk: Desk) -> None:
    desk.node.file(some_flows(random.Random(1), 50))
    one = viewer(desk)
    before = told(one, "people")
    fold_all(desk)
    with CaptureQueriesContext(connections["default"]) as queries:
        assert told(one, "people") == before
        assert tallies.newest_week(one, "flow-of-people") == MONDAYS[-1]
    assert any(before)
    assert [query["sql"] for query in queries if "body" in query["sql"] or "payload" in query["sql"]] == []


def test_a_page_that_is_read_while_it_is_folded_counts_nothing_twice(desk: Desk) -> None:
    desk.node.file(some_flows(random.Random(2), 40))
    one = viewer(desk)
    right = by_hand(one, "people")
    rounds = iter([5, 9, 0])

    def read(state: Tallied) -> list[tallies.Sums]:
        found = tallies._sums_of(one, "flow-of-people", "people", MONDAYS, state)
        # Between reading the tallies and what came after them, the courier comes along.
        tallying.fold(desk.node, most=next(rounds, 0))
        return found

    assert tallied.consistent(desk.node, read) == right


def test_what_is_taken_away_behind_it_is_noticed(desk: Desk) -> None:
    desk.node.file(some_flows(random.Random(3), 60))
    fold_all(desk)
    gone = Record.objects.filter(kind="flow-of-goods").order_by("pk")[:5]
    Record.objects.filter(pk__in=[row.pk for row in gone]).delete()
    days = [row.starts // 86_400 for row in gone]
    assert tallying.audit(desk.node, min(days), max(days) + 1) == len(set(days))
    assert tallying.audit(desk.node, min(days), max(days) + 1) == 0
    one = viewer(desk, "elevage", Role.COORDINATOR)
    for series in SERIES:
        assert told(one, series) == by_hand(one, series)


def test_another_time_zone_begins_again_and_is_right_meanwhile(desk: Desk) -> None:
    desk.node.file([parties.flow(**PLAIN, at="2022-01-09T23:30:00Z", total=7)])
    fold_all(desk)
    one = viewer(desk)
    assert [sum(value.total or 0 for value in week.values()) for week in told(one, "people")] == [
        0,
        7,
        0,
        0,
        0,
    ]
    tallying.start_again("America/Lima")
    assert [sum(value.total or 0 for value in week.values()) for week in told(one, "people")] == [
        0,
        7,
        0,
        0,
        0,
    ]
    DayTally.objects.all().delete()
    fold_all(desk)
    assert Tallied.objects.get().zone == parties.AGREEMENT.time_zone
    assert [row.day for row in DayTally.objects.all()] == [date(2022, 1, 10)]


def test_of_a_sum_that_a_partner_tells_again_the_newest_counts(
    desk_in: Callable[[Federation, str], Desk],
) -> None:
    federation = weekly_sums()
    days = ["2022-02-02", "2022-02-03", "2022-02-04"]
    federation.gao.file([parties.flow(**PLAIN, at=day, total=100) for day in days])
    federation.clock.advance(days=14)
    federation.exchange()
    federation.exchange()
    desk = desk_in(federation, "tillaberi")
    one = viewer(desk)
    monday = date(2022, 1, 31)

    def said() -> list[tuple[int | None, int, bool]]:
        [week] = tallies.sums_of(one, "flow-of-people", "people", [monday])
        return [(value.total, value.records, value.whole) for value in week.values()]

    assert said() == [(300, 3, True)]
    assert fold_all(desk)
    assert said() == [(300, 3, True)]
    federation.gao.file([parties.flow(**PLAIN, at=day, total=50) for day in days])
    federation.exchange()
    federation.exchange()
    came = Record.objects.filter(kind="flow-of-people", local=False).count()
    assert came == 2, "the first sum and its correction"
    assert said() == [(450, 6, True)]
    fold_all(desk)
    assert said() == [(450, 6, True)]
    row = Record.objects.filter(kind="flow-of-people").first()
    assert row is not None
    tallying.forget(desk.node, "flow-of-people", row.starts, row.starts)
    assert said() == [(450, 6, True)]


def test_the_gates_are_those_of_the_records(desk: Desk) -> None:
    desk.node.file(some_flows(random.Random(5), 40))
    desk.federation.gao.file(some_flows(random.Random(6), 40))
    desk.federation.clock.advance(days=2)
    desk.federation.exchange()
    fold_all(desk)
    kinds = ["flow-of-people", "flow-of-goods"]
    assert (
        sum(HourTally.objects.values_list("records", flat=True))
        == Record.objects.filter(kind__in=kinds).count()
    )
    for service in ("protection-civile", "elevage", "securite"):
        for role in Role:
            wall = viewer(desk, service, role).wall
            seen = wall.records().filter(kind__in=kinds).count()
            open_ = [gate.pk for gate in TallyGate.objects.all() if wall.opens(tallied.gate_of(gate))]
            rows = HourTally.objects.filter(gate__in=open_)
            assert sum(rows.values_list("records", flat=True)) == seen, (service, role)


def test_what_was_exchanged_is_counted_from_the_tallies_as_from_the_records(desk: Desk) -> None:
    gao, here = desk.federation.gao, desk.node
    chance = random.Random(7)
    moments = [
        datetime(2022, 1, 3, 5, 0, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 90_000))
        for _ in range(9)
    ]
    spans = [(min(pair), max(pair)) for pair in itertools.pairwise(moments)]
    spans.append((datetime(2022, 1, 1, tzinfo=UTC), datetime(2022, 3, 1, tzinfo=UTC)))
    viewers = [viewer(desk), viewer(desk, "protection-civile", Role.COORDINATOR), viewer(desk, "securite")]

    def check() -> list[int]:
        found = []
        for one in viewers:
            for since, until in spans:
                left = Exists(Entry.objects.filter(record=OuterRef("pk")))
                first, end = int(since.timestamp()), int(until.timestamp())
                rows = one.records().filter(kind__in=FLOWS, starts__gte=first, starts__lt=end)
                right = rows.filter(Q(local=False) | left).count()
                assert tallied.exchanged(here, one.wall.opens, first, end) == right, (one.user, since, until)
                found.append(right)
        return found

    for turn in range(5):
        gao.file(some_flows(chance, 15))
        here.file(some_flows(chance, 15))
        check()
        if turn % 2:
            desk.federation.clock.advance(days=2)
            desk.federation.exchange()
        for _ in range(chance.randint(0, 9)):
            tallying.fold(here, most=chance.randint(1, 9))
            check()
    fold_all(desk)
    assert max(check()) > 10
    row = Record.objects.filter(kind="flow-of-people").order_by("pk")[3]
    row.delete()
    tallying.forget(here, row.kind, row.starts, row.starts)
    check()


def test_a_flow_that_went_to_two_partners_was_exchanged_once(desk: Desk) -> None:
    desk.node.file([parties.flow(**PLAIN, at="2022-01-09", total=7)])
    desk.federation.clock.advance(days=2)
    desk.federation.exchange()
    ours = Record.objects.get(kind="flow-of-people", local=True)
    first = Entry.objects.get(record=ours.pk)
    other = Journal.objects.create(
        origin="tillaberi.ne/other/kayes.ml/routine/1", agreement="other", sender="tillaberi.ne",
        recipient="kayes.ml", lane="routine", ours=True, size=2,
    )  # fmt: skip
    for index in range(2):
        Entry.objects.create(position=(other.pk << 40) + index, row=first.row, record=ours.pk)
    for most in (1, 100):
        tallying.start_again("UTC")
        fold_all(desk, most)
        assert [(row.records, row.left) for row in HourTally.objects.all()] == [(1, 1)]
        tallying.forget(desk.node, ours.kind, ours.starts, ours.starts)
        assert [(row.records, row.left) for row in HourTally.objects.all()] == [(1, 1)]


def test_the_courier_adds_up_in_its_rounds(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path / "node")
    monkeypatch.setattr(
        type(folder), "config", Config(party="tillaberi.ne", name="T", short="TIL", country="NE")
    )
    monkeypatch.setattr(rounds, "open_node", lambda _path: desk.node)
    desk.node.file(some_flows(random.Random(11), 30))
    courier = rounds.Rounds(folder)
    courier.once()
    last = Record.objects.order_by("-pk").values_list("pk", flat=True).first()
    assert Tallied.objects.get().record == last
    gone = Record.objects.filter(kind="flow-of-goods").first()
    assert gone is not None
    gone.delete()
    for _month in range(3):
        courier._next_checkpoint = 0.0
        courier.once()
    one = viewer(desk, "elevage", Role.COORDINATOR)
    assert [told(one, series) for series in SERIES] == [by_hand(one, series) for series in SERIES]
    assert sum(HourTally.objects.values_list("records", flat=True)) == 29


def test_a_sum_that_is_told_again_is_found_by_its_index(desk: Desk) -> None:
    adding = Adding.of(desk.node)
    gate = Gated("flow-of-people", "tillaberi.ne", "gao-tillaberi", "", "GREEN", 1)
    key = Key(
        "people", 0, date(2022, 1, 3), known=True, place="", name="", post="", direction="in", sum="0f" * 16
    )
    adding.sums[key.sum] = (gate, key, (12, 0, 1))
    connection = connections["default"]
    with CaptureQueriesContext(connection) as queries:
        adding.write()
    [replaced] = [one["sql"] for one in queries if "DELETE" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {replaced.partition(': ')[2]}", [key.sum])
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "INDEX day_tally_sum" in plan, plan

"""What leaves added up, against a plain oracle, and against whoever subtracts everything from everything."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.agreements.checks import check_agreement
from entente.agreements.document import Aggregate, Form
from entente.agreements.overlap import less_open_than
from entente.policy import Outcome, Policy
from entente.policy.aggregate import (
    Closed,
    Tally,
    added_up,
    close,
    hidden,
    is_blind,
    numbers_that_leave,
    rounded,
    shape_of,
    source_of,
    strictest,
    tally,
)
from entente.records import FlowOfPeople
from tests.parties import AGREEMENT, ARTICLES, agreement, flow, place, standing

replace = msgspec.structs.replace
NUMBERS = ("total", "women", "men", "girls", "boys", "pregnant")
FORM = Form(
    fields=("direction", *NUMBERS, "minutes", "observations"),
    place="district",
    time="day",
    aggregate=Aggregate(window="week", by=("direction",), min_cell=5),
)
A8 = ARTICLES[7]
WEEKLY = replace(A8, form=FORM)
SHAPE = shape_of(FlowOfPeople, [FORM])


def policy(*articles, **changes):
    return Policy(standing(agreement(articles=articles, **changes)))


def decide(terms, record, **changes):
    from tests.parties import NOW

    case = {"now": NOW, "confirmed": True, "target_known": True} | changes
    return terms.decide(record, sender="gao.ml", recipient="tillaberi.ne", **case)


# One part


def rule(k=5, m=1):
    return strictest([Aggregate(window="week", by=("direction",), min_cell=k, min_observations=m)])


def people(total, *divided, **more):
    women, men, girls, boys = (*divided, None, None, None, None)[:4]
    numbers = {"total": total, "women": women, "men": men, "girls": girls, "boys": boys}
    return flow(nationalities=None, **numbers, **more)


@pytest.mark.parametrize(
    ("record", "back"),
    [
        (people(0, 0, 0, 0, 0), set()),
        (people(5, 5, 0, 0, 0), set()),
        (people(40, 10, 10, 10, 10), set()),
        (people(4), {*NUMBERS, "observations"}),
        (people(40, 3, 17, 10, 10), {*NUMBERS} - {"total"}),
        # The rest of the whole is small, though no number is.
        (people(40, 10, 10, 10, 7), {*NUMBERS} - {"total"}),
        (people(40, 38), {*NUMBERS} - {"total"}),
        (people(40, 20, 20, 0, 0, pregnant=2), {*NUMBERS} - {"total"}),
        # Without a whole, how many observations there were would bound the parts.
        (people(None, 3, 20), {*NUMBERS, "observations"}),
    ],
)
def test_what_is_kept_back_of_a_part(record, back):
    assert hidden(tally([record], SHAPE), SHAPE, rule()) == back


def test_too_few_observations_keep_back_everything():
    sums = tally([people(50, minutes=60)] * 2, SHAPE)
    assert hidden(sums, SHAPE, rule(m=3)) == SHAPE.everything
    assert "minutes" in SHAPE.everything
    assert hidden(sums, SHAPE, rule(m=2)) == set()


def test_a_breakdown_with_one_small_cell_stays_whole():
    form = replace(FORM, fields=("direction", "total", "nationalities"))
    shape = shape_of(FlowOfPeople, [form])
    for nationalities, kept in (
        ({"ML": 30, "NE": 10}, True),
        ({"ML": 38, "NE": 2}, False),
        ({"ML": 38}, False),
    ):
        back = hidden(tally([flow(total=40, nationalities=nationalities)], shape), shape, rule())
        assert ("nationalities" not in back) == kept
        assert "total" not in back


def test_a_number_that_was_not_counted_is_missing_not_zero():
    sums = tally([people(10, 5), people(7)], SHAPE)
    assert sums.values["women"] == 5
    assert sums.values["men"] is None
    assert added_up([(sums, ())], NUMBERS) == {**dict.fromkeys(NUMBERS), "total": 17, "women": 5}


@given(st.integers(0, 500), st.integers(1, 40), st.integers(1, 40))
def test_rounding_never_makes_a_small_cell_nor_a_zero_of_somebody(cell, k, step):
    aggregate = Aggregate(window="day", by=("direction",), min_cell=k, round_to=step)
    if 0 < cell < k:
        return
    found = rounded(cell, aggregate)
    assert found % step == 0
    assert (found == 0) == (cell == 0)
    assert found == 0 or found >= k
    assert abs(found - cell) <= step + k


def test_what_is_too_large_for_its_kind_is_missing():
    known = {"total": 10**9, "women": 8}
    assert numbers_that_leave(FlowOfPeople, FORM, FORM.aggregate, known) == {"total": None, "women": 8}


def test_a_community_source_is_named_by_its_type():
    assert source_of(["protection-civile"], ["femmes"]) == "protection-civile"
    assert source_of(["femmes"], ["femmes"]) == "community"
    assert source_of(["femmes", "protection-civile"], ["femmes"]) == "several"


# What comes late


def test_a_correction_waits_until_each_number_that_is_known_could_stand_alone():
    known = [frozenset[str]()]
    late = tally([people(20, 10, 10, 0, 0)], SHAPE)
    assert close(late, SHAPE, rule(), blind=None, known=known) is not None
    for few in (people(3), people(20, 2, 18, 0, 0), people(20, 10, 7)):
        assert close(tally([few], SHAPE), SHAPE, rule(), blind=None, known=known) is None
    assert close(tally([people(20, 2, 18, 0, 0)], SHAPE), SHAPE, rule(), blind=None, known=[set(SHAPE.parts)])


def test_what_is_added_to_a_blind_part_leaves_every_size_of_it_possible():
    blind = tally([people(3)], SHAPE)
    assert close(tally([people(5)], SHAPE), SHAPE, rule(), blind=blind, known=[SHAPE.everything]) is None
    closed = close(tally([people(6)], SHAPE), SHAPE, rule(), blind=blind, known=[SHAPE.everything])
    assert closed is not None
    assert closed.replaces
    assert closed.sums.values["total"] == 9


# The attacker

K = 5


@dataclass
class Party:
    """What a node does with its open records, without a ledger: kins, parts, sums told round after round."""

    k: int
    m: int
    parts: list[tuple[frozenset, Closed, frozenset]] = field(default_factory=list)
    """(sums, what was closed, the batches in it)"""
    open: dict[frozenset, list] = field(default_factory=dict)
    batches: list[tuple[frozenset, Tally]] = field(default_factory=list)
    told: list[tuple[str, dict, frozenset]] = field(default_factory=list)
    """(sum, what left, the batches that it is of)"""
    due: set = field(default_factory=set)
    blind: list[frozenset] = field(default_factory=list)

    def file(self, record, sums):
        if sums:
            self.open.setdefault(frozenset(sums), []).append(record)

    def run(self, due):
        before = list(self.parts)
        self.due |= due
        for sums, records in list(self.open.items()):
            if not sums & self.due:
                continue
            blind = next((p for p in before if p[0] == sums and is_blind(p[1].hidden, SHAPE)), None)
            known = [
                {name for part in theirs for name in part[1].hidden}
                for one in sums & self.due
                if (theirs := [part for part in before if one in part[0]])
            ]
            late = tally(records, SHAPE)
            closed = close(
                late, SHAPE, rule(self.k, self.m), blind=blind[1].sums if blind else None, known=known
            )
            if closed is None:
                continue
            batch = len(self.batches)
            self.batches.append((sums, late))
            of = frozenset({batch}) | (blind[2] if blind else frozenset())
            if blind:
                self.parts.remove(blind)
            self.parts.append((sums, closed, of))
            if is_blind(closed.hidden, SHAPE):
                self.blind.append(of)
            del self.open[sums]
        for one in sorted(self.due):
            theirs = [part for part in self.parts if one in part[0]]
            if theirs:
                known = added_up([(p[1].sums, p[1].hidden) for p in theirs], NUMBERS)
                self.told.append((one, known, frozenset().union(*(p[2] for p in theirs))))

    def true(self, batches, name):
        values = [self.batches[b][1].values[name] for b in batches]
        counted = [value for value in values if value is not None]
        return sum(counted) if counted else None


class Attacker:
    """Knows which batches each sum is of: more than any recipient. Subtracts, and bounds what remains."""

    def __init__(self, party):
        self.party = party
        self.equations = {}
        for _, known, of in party.told:
            for name, value in known.items():
                if value is not None:
                    self.equations[frozenset((b, name) for b in of)] = value
        self._subtract()

    def _subtract(self):
        while True:
            found = {}
            for small, large in itertools.permutations(self.equations, 2):
                rest = large - small
                if small < large and rest not in self.equations:
                    found[rest] = self.equations[large] - self.equations[small]
            if not found or len(self.equations) > 400:
                return
            self.equations |= found

    def bounds(self, cell):
        """Between what and what the numbers of these (batch, name) together lie."""
        named = {batch for equation in self.equations for batch, _ in equation} | {batch for batch, _ in cell}
        variables = [(batch, name) for batch in named for name in NUMBERS]
        self.low, self.high = dict.fromkeys(variables, 0), dict.fromkeys(variables, 10**6)
        self.changed = True
        while self.changed:
            self.changed = False
            for equation, value in self.equations.items():
                self._at_most(equation, value)
                self._at_least(equation, value)
            for batch in named:
                self._persons(batch)
            self._rule()
        least, most = self._sum(self.low, cell), self._sum(self.high, cell)
        for equation, value in self.equations.items():
            if cell <= equation:
                most = min(most, value - self._sum(self.low, equation - cell))
                least = max(least, value - self._sum(self.high, equation - cell))
        return least, most

    def _persons(self, batch):
        """What everybody knows of persons: parts lie in the whole, and those who are pregnant are no men."""
        whole, men = (batch, "total"), [(batch, "men"), (batch, "boys")]
        divided = [(batch, "women"), (batch, "girls"), *men]
        self._at_most({*divided}, self.high[whole])
        self._at_most({*men, (batch, "pregnant")}, self.high[whole])
        for parts in ({*divided}, {*men, (batch, "pregnant")}):
            self._narrow(whole, self._sum(self.low, parts), self.high[whole])

    def _rule(self):
        """That nothing is known of a part tells that its whole is small: that much is the rule itself."""
        for of in self.party.blind if self.party.m == 1 else ():
            totals = {(batch, "total") for batch in of}
            if all(one in self.low for one in totals):
                self._at_most(totals, self.party.k - 1)

    def _at_most(self, cells, most):
        for one in cells:
            self._narrow(one, self.low[one], most - self._sum(self.low, cells) + self.low[one])

    def _at_least(self, cells, least):
        for one in cells:
            self._narrow(one, least - self._sum(self.high, cells) + self.high[one], self.high[one])

    def _narrow(self, one, least, most):
        if least > self.low[one] or most < self.high[one]:
            self.low[one], self.high[one] = max(self.low[one], least), min(self.high[one], most)
            if self.low[one] > self.high[one]:
                raise ValueError("the attacker was told something that is not true")
            self.changed = True

    def _sum(self, bounds, cells):
        return sum(bounds[one] for one in cells)


def cells_of(party):
    """Every cell that somebody may want: of each batch, of each sum, of what two sums have in common or not."""
    sets = {frozenset({batch}) for batch in range(len(party.batches))}
    latest = {one: of for one, _, of in party.told}
    sets |= set(latest.values()) | {of for _, _, of in party.told}
    for a, b in itertools.permutations(latest.values(), 2):
        sets |= {a - b, a & b}
    for of in sets - {frozenset()}:
        for name in NUMBERS:
            yield of, name


def holds_against_the_attacker(party):
    attacker = Attacker(party)
    for _, known, _ in party.told:
        for value in known.values():
            assert value is None or value == 0 or value >= party.k
    for of, name in cells_of(party):
        true = party.true(of, name)
        if true is None or not 0 < true < party.k:
            continue
        least, most = attacker.bounds(frozenset((batch, name) for batch in of))
        assert least <= 1, (of, name, true)
        assert most >= party.k - 1, (of, name, true)


counts = st.one_of(st.just(0), st.integers(0, 8), st.integers(0, 60))


@st.composite
def persons(draw):
    parts = [draw(st.one_of(st.none(), counts)) for _ in range(4)]
    known = sum(part or 0 for part in parts)
    total = draw(st.one_of(st.just(known), st.integers(known, known + 12)))
    women = total - (parts[1] or 0) - (parts[3] or 0)
    return people(total, *parts, pregnant=draw(st.one_of(st.none(), st.integers(0, women))))


DAYS = range(14)


def grids_of(day, post, mark):
    """The sums that a record goes into, by name, under several agreements at once; weeks and months do not nest."""
    return {
        "day": f"day{day} {post // 2}",
        "week": f"week{day // 7} {post // 2}",
        "month": f"month{day // 10} {post // 2}",
        "posts": f"posts week{day // 7} {post}",
        "region": f"region week{day // 7}",
        "open": f"open week{day // 7}" if mark else "",
    }


def due_by(day):
    """The sums whose window has ended by the end of a day."""
    found = {f"{name}{day_} {where}" for name in ("day",) for day_ in range(day + 1) for where in (0, 1)}
    for week in range((day + 1) // 7):
        found |= {f"region week{week}", f"open week{week}"}
        found |= {f"week{week} {where}" for where in (0, 1)} | {
            f"posts week{week} {post}" for post in range(4)
        }
    for month in range((day + 1) // 10):
        found |= {f"month{month} {where}" for where in (0, 1)}
    return found


@settings(max_examples=120, deadline=None)
@given(
    st.sets(st.sampled_from(["day", "week", "month", "posts", "region", "open"]), min_size=1, max_size=4),
    st.lists(
        st.tuples(
            st.integers(0, 13),
            st.integers(0, 3),
            st.booleans(),
            persons(),
            st.sampled_from([0, 0, 0, 3, 8, 20]),
        ),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from([1, 1, 2]),
)
def test_whatever_is_subtracted_from_whatever_no_small_cell_is_pinned_down(grids, filed, m):
    party = Party(K, m)
    for now in range(40):
        for day, post, mark, record, late in filed:
            if day + late == now:
                goes = grids_of(day, post, mark)
                party.file(record, {goes[name] for name in grids if goes[name]})
        if now in {6, 9, 13, 16, 20, 25, 33, 39} or "day" in grids:
            party.run(due_by(now))
    holds_against_the_attacker(party)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), max_size=3), min_size=2, max_size=5), st.booleans())
def test_whatever_comes_late_no_small_cell_is_pinned_down(rounds, nested):
    party = Party(K, 1)
    for number, totals in enumerate(rounds):
        for total in totals:
            party.file(people(total), {"week", "day"} if nested else {"week"})
        party.run({"day"} if number == 0 else {"day", "week"})
    holds_against_the_attacker(party)


def leaks(party):
    try:
        holds_against_the_attacker(party)
    except AssertionError:
        return True
    return False


def test_the_attacker_finds_what_a_weaker_rule_would_give_away():
    """So that the property above is not true of nothing: each of these is told in full, and is found."""
    whole = frozenset({"week"})

    def told(values, batches):
        party = Party(K, 1)
        for sums, record in batches:
            party.batches.append((sums, tally([record], SHAPE)))
        for one, known, of in values:
            party.told.append((one, {**dict.fromkeys(NUMBERS), **known}, frozenset(of)))
        return party

    day, week = (frozenset({"day", "week"}), whole)
    # A correction by two persons; a week and its days; one part of two beside the whole.
    assert leaks(
        told(
            [("w", {"total": 20}, {0}), ("w", {"total": 22}, {0, 1})],
            [(whole, people(20)), (whole, people(2))],
        )
    )
    assert leaks(
        told(
            [("d", {"total": 20}, {0}), ("w", {"total": 23}, {0, 1})], [(day, people(20)), (week, people(3))]
        )
    )
    assert leaks(
        told([("w", {"total": 20, "women": 8, "men": 6, "girls": 4}, {0})], [(whole, people(20, 8, 6, 4, 2))])
    )
    # The second smallest kept back beside the smallest, and the pregnant bound what remains.
    assert leaks(
        told([("w", {"total": 10, "pregnant": 7}, {0})], [(whole, people(10, 8, 2, 0, 0, pregnant=7))])
    )
    assert leaks(told([("w", {"total": 20, "women": 9, "men": 9}, {0})], [(whole, people(20, 9, 9, 2, 0))]))


def test_two_grids_tell_the_coarser_only_where_every_finer_part_is_known():
    party = Party(K, 1)
    party.file(people(20), {"day1", "week"})
    party.file(people(3), {"day2", "week"})
    party.run({"day1", "day2", "week"})
    assert [(one, known["total"]) for one, known, _ in party.told] == [
        ("day1", 20),
        ("day2", None),
        ("week", None),
    ]
    # One grid alone loses nothing.
    alone = Party(K, 1)
    alone.file(people(20), {"week"})
    alone.file(people(3), {"week"})
    alone.run({"week"})
    assert [known["total"] for _, known, _ in alone.told] == [23]


@settings(max_examples=60, deadline=None)
@given(st.lists(persons(), min_size=1, max_size=12))
def test_one_grid_in_one_run_is_the_plain_sum_or_nothing(records):
    party = Party(K, 1)
    for record in records:
        party.file(record, {"week"})
    party.run({"week"})
    [(_, known, _)] = party.told
    for name, value in known.items():
        counted = [getattr(r, name) for r in records if getattr(r, name) is not None]
        assert value in {None, sum(counted)} if counted else value is None
    plain = [sum(getattr(r, name) or 0 for r in records) for name in NUMBERS]
    if plain[0] >= K:
        assert known["total"] == plain[0]


# Decisions and checks


def test_a_record_that_an_adding_article_fits_never_leaves_itself():
    from datetime import UTC, datetime

    terms = policy(WEEKLY)
    decision = decide(terms, flow())
    assert decision.outcome is Outcome.LATER
    # The week 2022-W01 ends at 23:00 UTC in Niamey, and article A8 waits for 24 hours more.
    assert decision.not_before == datetime(2022, 1, 10, 23, tzinfo=UTC)
    assert str(decision.reason) == "article A8 lets it leave added up, after 2022-W01 has ended"
    long_after = decide(terms, flow(), now=datetime(2022, 6, 1, tzinfo=UTC))
    assert long_after.outcome is Outcome.LATER
    group = terms.group(flow(), decision, "tillaberi.ne")
    assert group is not None
    assert (group.place, group.window, group.by, group.article) == (
        "ML0701",
        "2022-W01",
        ("incoming",),
        "1#A8",
    )
    assert decide(terms, flow(at="2022-01")).reason.slug == "too-coarse"
    explained = terms.explain(
        flow(),
        sender="gao.ml",
        recipient="tillaberi.ne",
        now=long_after.not_before,
        confirmed=True,
        target_known=True,
    )
    assert explained.released is None


def a_sum(**changes):
    return replace(
        flow(
            at="2022-W01",
            place=place("ML0701"),
            post=None,
            start=None,
            end=None,
            nationalities=None,
            destination=None,
            total=40,
            women=20,
            men=20,
            article="1#A8",
            released_at="2022-01-11T00:00:00Z",
        ),
        **changes,
    )


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({}, None),
        ({"women": 0, "men": None}, None),
        ({"service": "several"}, None),
        ({"service": "community"}, None),
        ({"service": "nobody"}, "no-mandate"),
        ({"at": "2022-01-08"}, "not-a-sum"),
        ({"at": "2022-01"}, "not-a-sum"),
        ({"women": 4}, "small-cell"),
        ({"total": 1}, "small-cell"),
        ({"released_at": "2022-01-10T22:59:59Z"}, "early"),
        ({"nationalities": {"ML": 40}}, "field-kept"),
        ({"observations": 1}, None),
    ],
)
def test_what_a_receiver_admits_of_an_adding_article(changes, slug):
    from datetime import UTC, datetime

    refused = policy(WEEKLY).admits(
        a_sum(**changes), sender="gao.ml", recipient="tillaberi.ne", now=datetime(2022, 1, 11, 1, tzinfo=UTC)
    )
    assert (refused.slug if refused else None) == slug


def test_a_receiver_checks_rounding_and_observations():
    from datetime import UTC, datetime

    now = datetime(2022, 1, 11, 1, tzinfo=UTC)
    form = replace(FORM, aggregate=replace(FORM.aggregate, round_to=10, min_observations=3))
    terms = policy(replace(A8, form=form))
    for changes, slug in (
        ({}, None),
        ({"total": 41}, "not-rounded"),
        ({"observations": 2}, "few-observations"),
    ):
        refused = terms.admits(a_sum(**changes), sender="gao.ml", recipient="tillaberi.ne", now=now)
        assert (refused.slug if refused else None) == slug


def with_form(**changes):
    aggregate = replace(FORM.aggregate, **changes.pop("aggregate", {}))
    return replace(A8, form=replace(FORM, aggregate=aggregate, **changes))


def goods(*by, keeps="quantity"):
    aggregate = Aggregate(window="week", by=by, min_cell=5)
    fields = (*by, keeps) if "unit" in by else ("unit", *by, keeps)
    form = Form(fields=fields, place="district", time="day", aggregate=aggregate)
    return replace(A8, kinds=("flow-of-goods",), purposes=("trade",), recipients=(), form=form)


@pytest.mark.parametrize(
    ("article", "says"),
    [
        (with_form(), None),
        (with_form(place="exact"), "exact place"),
        (with_form(time="month"), "finer than its time"),
        (with_form(aggregate={"by": ("direction", "transport")}), "does not keep"),
        (with_form(aggregate={"by": ("direction", "direction")}), "twice"),
        (with_form(aggregate={"by": ("direction", "women")}), "not one value of a list"),
        (with_form(aggregate={"by": ("women",)}), "must add up by it"),
        (with_form(fields=("direction", "total", "destination")), "cannot be added up"),
        (with_form(fields=("direction", "total", "start")), "cannot be added up"),
        (
            with_form(
                place="district", fields=("direction", "post"), aggregate={"by": ("direction", "post")}
            ),
            "locality",
        ),
        (with_form(aggregate={"min_cell": 1}), "no number of persons is kept back"),
        (replace(with_form(), kinds=("flow-of-people", "message")), "only flows"),
        (goods("direction", "product", "flow_type", "unit"), None),
        (goods("direction", "product", "flow_type"), "it must do so by unit"),
        (goods("direction", "unit"), "must add up by it"),
        (goods("direction", "product", "flow_type", "unit", keeps="price_xof"), "cannot be added up"),
    ],
)
def test_the_checks_of_a_form_that_adds_up(article, says):
    found = [str(problem) for problem in check_agreement(agreement(articles=(article,)))]
    if says is None:
        assert found == []
    else:
        assert any(says in one for one in found)


def test_an_article_that_adds_up_is_less_open_than_one_that_does_not():
    draft = agreement(articles=(WEEKLY, A8))
    assert "aggregate" in less_open_than(WEEKLY, A8, draft)
    assert "aggregate" not in less_open_than(A8, WEEKLY, draft)
    daily = with_form(aggregate={"window": "day"})
    assert "aggregate" in less_open_than(WEEKLY, daily, draft)
    assert "aggregate" not in less_open_than(daily, WEEKLY, draft)
    for stricter in ({"min_cell": 9}, {"min_observations": 2}, {"round_to": 10}):
        assert "aggregate" in less_open_than(with_form(aggregate=stricter), WEEKLY, draft)
        assert "aggregate" not in less_open_than(WEEKLY, with_form(aggregate=stricter), draft)


def test_a_form_that_adds_nothing_up_is_written_as_before():
    from entente.agreements.document import agreement_text

    assert "aggregate" not in agreement_text(AGREEMENT)

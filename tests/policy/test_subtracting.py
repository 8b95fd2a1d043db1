"""What leaves added up, against a plain oracle, and against whoever subtracts everything from everything."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from entente.policy.aggregate import Closed, Tally, added_up, close, is_blind, tally
from tests.policy.sums import NUMBERS, SHAPE, people, rule

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

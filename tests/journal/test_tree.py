"""The frontier against the plain definition."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.errors import MalformedError
from entente.journal.tree import EMPTY, EMPTY_ROOT, Frontier, leaf_hash, leaf_hashes, node_hash
from tests.journal import plain
from tests.vectors.synthetic import plain_entries


@settings(deadline=None)
@given(batches=st.lists(st.lists(st.binary(max_size=8), max_size=40), max_size=8))
def test_extending_in_any_batches_gives_the_tree_of_all(batches):
    frontier, held = EMPTY, []
    for batch in batches:
        frontier = frontier.extend(leaf_hashes(batch))
        held += batch
        assert frontier.size == len(held)
        assert frontier.root() == plain.root(held)
    assert frontier == EMPTY.extend(leaf_hashes(held))


@settings(deadline=None, max_examples=30)
@given(sizes=st.lists(st.integers(0, 700), max_size=4))
def test_large_batches_give_the_tree_of_all(sizes):
    made = plain_entries(sum(sizes))
    frontier, at = EMPTY, 0
    for size in sizes:
        frontier = frontier.extend(leaf_hashes(made[at : at + size]))
        at += size
    assert frontier.root() == plain.root(made)


@given(size=st.integers(0, 300))
def test_a_frontier_reads_back(size):
    frontier = EMPTY.extend(leaf_hashes(plain_entries(size)))
    assert Frontier.from_bytes(frontier.to_bytes()) == frontier
    assert len(frontier.to_bytes()) == 8 + 32 * size.bit_count()


def test_the_empty_tree():
    assert EMPTY.root() == EMPTY_ROOT == plain.root([])
    assert EMPTY.extend([]) == EMPTY


def test_extending_leaves_the_old_frontier_as_it_was():
    old = EMPTY.extend(leaf_hashes(plain_entries(7)))
    before = old.to_bytes()
    old.extend(leaf_hashes(plain_entries(9)))
    assert old.to_bytes() == before


def test_a_leaf_is_no_node():
    left, right = leaf_hashes([b"a", b"b"])
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize(("size", "peaks"), [(1, 0), (0, 1), (3, 1), (-1, 1), (8, 4)])
def test_a_frontier_has_a_peak_for_each_set_bit(size, peaks):
    with pytest.raises(MalformedError):
        Frontier(size, (bytes(32),) * peaks)

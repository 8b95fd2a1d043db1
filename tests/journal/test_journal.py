"""A held journal against a plain list: it takes what extends it, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from entente.errors import ForkError, JournalError, ShrinkError
from entente.journal.checkpoint import Checkpoint
from entente.journal.journal import extend
from entente.journal.tree import EMPTY, leaf_hashes
from tests.journal import plain
from tests.vectors.synthetic import ORIGIN, plain_entries


def head(entries: list[bytes]) -> Checkpoint:
    return Checkpoint(ORIGIN, len(entries), plain.root(entries))


class Exchange(RuleBasedStateMachine):
    """The sender's journal is a list; the receiver holds a frontier of some prefix of it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.held = EMPTY

    @rule(batch=st.lists(st.binary(max_size=4), max_size=9))
    def append(self, batch):
        self.sent += batch

    @rule(part=st.floats(0, 1))
    def receive(self, part):
        upto = self.held.size + round(part * (len(self.sent) - self.held.size))
        self.held = extend(self.held, self.sent[self.held.size : upto], head(self.sent[:upto]))

    @rule(part=st.floats(0, 1))
    def an_older_checkpoint_is_refused(self, part):
        size = int(part * self.held.size)
        if size < self.held.size:
            with pytest.raises(ShrinkError):
                extend(self.held, [], head(self.sent[:size]))

    @rule(at=st.integers(min_value=0), new=st.binary(max_size=4))
    def another_history_is_a_fork(self, at, new):
        if self.held.size and self.sent[at % self.held.size] != new:
            other = list(self.sent)
            other[at % self.held.size] = new
            with pytest.raises(ForkError):
                extend(self.held, other[self.held.size :], head(other))

    @rule(new=st.binary(max_size=4))
    def an_entry_more_than_was_signed_is_refused(self, new):
        with pytest.raises(JournalError):
            extend(self.held, [*self.sent[self.held.size :], new], head(self.sent))

    @invariant()
    def what_is_held_is_what_was_sent(self):
        assert self.held.root() == plain.root(self.sent[: self.held.size])


TestExchange = Exchange.TestCase
TestExchange.settings = settings(deadline=None, max_examples=60, stateful_step_count=15)


@settings(deadline=None)
@given(held=st.integers(1, 40), new=st.integers(1, 40), at=st.integers(min_value=0), flip=st.integers(1, 255))
def test_any_byte_changed_on_the_way_is_a_fork(held, new, at, flip):
    made = plain_entries(held + new)
    sent = made[held:]
    which = at % len(sent)
    changed = bytearray(sent[which])
    changed[at % len(changed)] ^= flip
    sent[which] = bytes(changed)
    with pytest.raises(ForkError):
        extend(EMPTY.extend(leaf_hashes(made[:held])), sent, head(made))


def test_the_errors_carry_both_facts():
    made = plain_entries(6)
    held = EMPTY.extend(leaf_hashes(made[:5]))
    with pytest.raises(ShrinkError) as shrunk:
        extend(held, [], head(made[:4]))
    assert (shrunk.value.values["size"], shrunk.value.values["held"]) == (4, 5)
    with pytest.raises(ForkError) as forked:
        extend(held, [], head(made[1:6]))
    assert forked.value.values["signed"] == plain.root(made[1:6]).hex()
    assert forked.value.values["computed"] == plain.root(made[:5]).hex()
    for caught in (shrunk, forked):
        assert str(caught.value).startswith(ORIGIN)

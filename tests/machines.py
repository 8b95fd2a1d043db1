"""A machine under a node: its clock on the wall, and what it counts by itself, set by a test."""

from __future__ import annotations

from datetime import timedelta

from entente.node import Node
from entente_node.clock.guard import Guard
from tests.federation import Clock, Federation


class Machine:
    """One machine, whose wall clock may jump."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.up = 1_000
        self.boot = "start-1"

    def __call__(self) -> tuple[int, str]:
        return self.up, self.boot

    def passes(self, **by: float) -> None:
        """Time passes, and everything that counts counts it."""
        self.clock.advance(**by)
        self.up += int(timedelta(**by).total_seconds())

    def jumps(self, **by: float) -> None:
        """Only the clock on the wall is another; at the next look a moment has passed."""
        self.clock.advance(**by)
        self.passes(seconds=3)

    def starts(self, **off: float) -> None:
        """It was off for so long, and starts again."""
        self.clock.advance(**off)
        self.boot = f"start-{int(self.boot.removeprefix('start-')) + 1}"
        self.up = 60


def guarded(federation: Federation, name: str, *, alias: str = "") -> Machine:
    """The node of this name has a machine of its own from now on, whose clock is guarded."""
    node: Node = getattr(federation, name)
    own = Clock()
    own.now = federation.clock.now
    machine = Machine(own)
    guard = Guard(own, machine, alias or name)
    made = Node(node.keys, node.store, clock=guard.now, entropy=node.entropy, is_clock_held=guard)
    setattr(federation, name, made)
    for line in federation.lines.values():
        if line.to is node:
            line.to = made
    assert not made.is_clock_held()
    return machine

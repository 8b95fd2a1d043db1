"""The watch of a node: who is called, and the messages that call them, while the courier is on its way.

It runs in a thread of the courier's process, over connections of its own, every two seconds: a
line on 2G that takes minutes never delays a call. What fails is logged and tried again; nothing
that fails here ends the courier. It ends with the courier, and closes what it opened.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from entente.node import Node

EVERY: Final = 2.0
"""Seconds between two looks."""
_GRACE: Final = 5.0

logger = logging.getLogger("entente.watch")


class Watch:
    """One thread; start it, and stop it before the process ends."""

    def __init__(self, folder: Path, every: float = EVERY) -> None:
        self._folder = folder
        self._every = every
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look that is under way; one that hangs in a message is left to the process's end."""
        self._ending.set()
        self._thread.join(_GRACE)

    def _run(self) -> None:
        from django.db import connections

        from entente_node.local import open_node

        # A node of its own: what a node remembers of agreements is not made for two threads.
        node = open_node(self._folder)
        try:
            while not self._ending.wait(self._every):
                for step in steps():
                    _guarded(step, node)
        finally:
            connections.close_all()


def steps() -> list[Callable[[Node], Any]]:
    """What a look does, in order: first whether the clock is believed, then who is to be called, then the messages."""
    from entente_node.directory import clock
    from entente_node.duty import watch
    from entente_node.notifications import post

    return [
        clock.look,
        lambda node: watch.once(node, node.clock()),
        lambda node: post.once(node, node.clock()),
    ]


def _guarded(step: Callable[[Node], Any], node: Node) -> None:
    try:
        step(node)
    except Exception:
        logger.exception("the watch will try again")

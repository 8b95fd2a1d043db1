"""Open the node of a folder: Django for its ledger, its keys, its clock.

One process serves one folder: Django's settings are global. A process that would open a
second one is a mistake and is told so.
"""

from __future__ import annotations

import gc
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import django

from entente.errors import StoreError
from entente.node import Node
from entente_node.folder import Folder

AT_START: Final = 20_000
"""Records of an older ledger that can be searched from the start; the courier fills in the rest."""


def use(folder: Path) -> Folder:
    """Set Django up for this folder. Raises StoreError where there is no node, or for a second folder."""
    found = Folder(folder.resolve())
    _ = found.config
    chosen = os.environ.get("ENTENTE_NODE")
    if os.environ.get("DJANGO_SETTINGS_MODULE") and chosen and Path(chosen).resolve() != found.path:
        raise StoreError(
            "this process serves {first} already and cannot open {second}", first=chosen, second=folder
        )
    os.environ["ENTENTE_NODE"] = str(found.path)
    os.environ["DJANGO_SETTINGS_MODULE"] = "entente_node.settings"
    django.setup()
    _rest_collector()
    return found


def _rest_collector() -> None:
    """Let the garbage collector rest during a batch.

    A batch makes some ten thousand objects that all live until it is written, without one circle
    among them: to look for circles after every 700, and through all of Django after every 70,000,
    cost a tenth of an exchange.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def prepare(folder: Path) -> None:
    """Create the ledger's tables, or bring them up to date; the ledger is its owner's alone to read."""
    found = use(folder)
    from django.core.management import call_command

    if not found.ledger.exists():
        found.ledger.touch(0o600)
    call_command("migrate", interactive=False, verbosity=0)
    from entente_node.ledger.words import fill

    fill(AT_START)


def open_node(folder: Path) -> Node:
    """The node of a folder, ready to work."""
    found = use(folder)
    from entente_node.clock.guard import Guard
    from entente_node.ledger.store import DjangoStore

    guard = Guard(now)
    return Node(
        found.keys(), DjangoStore(), clock=guard.now, entropy=secrets.token_bytes, is_clock_held=guard
    )


def now() -> datetime:
    """The clock on this machine's wall: aware, UTC. A node goes by it as long as it is believed."""
    return datetime.now(UTC)

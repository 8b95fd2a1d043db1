"""The node that this process serves: one, opened when it is first asked for."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from django.conf import settings

from entente.node import Node
from entente_node.local import open_node

_lock = Lock()
_served: list[Node] = []


def node() -> Node:
    """The node of the settings' folder, or the one that was given to :func:`serve`."""
    with _lock:
        if not _served:
            _served.append(open_node(Path(settings.NODE)))
        return _served[0]


def serve(given: Node) -> None:
    """Serve a node that is open already."""
    with _lock:
        _served[:] = [given]

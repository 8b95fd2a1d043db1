"""The Store over Django's connection: typed rows in bulk, the journal's bytes as they are."""

from entente_node.ledger.store.lines import Lines
from entente_node.ledger.store.notes import Notes
from entente_node.ledger.store.releases import Releases

__all__ = ["DjangoStore"]


class DjangoStore(Lines, Notes, Releases):
    """The ledger of one node: the whole of ``entente.store.Store``."""

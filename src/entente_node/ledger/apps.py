"""The ledger as a Django app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Tables of the ledger; every row but ``entry`` can be rebuilt from it."""

    name = "entente_node.ledger"
    default_auto_field = "django.db.models.BigAutoField"

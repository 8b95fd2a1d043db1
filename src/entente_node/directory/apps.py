"""The directory as a Django app."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """Accounts; they stay on their node."""

    name = "entente_node.directory"
    default_auto_field = "django.db.models.BigAutoField"

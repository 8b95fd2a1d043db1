"""The app ``drafts``."""

from django.apps import AppConfig


class DraftsConfig(AppConfig):
    """What was typed is neither lost nor filed twice."""

    name = "entente_node.drafts"
    default_auto_field = "django.db.models.BigAutoField"

"""The app ``notifications``."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Messages that work alone: channels, texts, links, replies, and what became of each."""

    name = "entente_node.notifications"
    default_auto_field = "django.db.models.BigAutoField"

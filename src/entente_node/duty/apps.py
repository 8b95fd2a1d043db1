"""The app ``duty``."""

from django.apps import AppConfig


class DutyConfig(AppConfig):
    """Who is on duty, what waits for whom, and by when: rota, hand-over, escalation."""

    name = "entente_node.duty"
    default_auto_field = "django.db.models.BigAutoField"

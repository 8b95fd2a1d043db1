"""The app ``clock``."""

from django.apps import AppConfig


class ClockConfig(AppConfig):
    """Whether the clock of this machine is believed, and what waits while it is not."""

    name = "entente_node.clock"
    default_auto_field = "django.db.models.BigAutoField"

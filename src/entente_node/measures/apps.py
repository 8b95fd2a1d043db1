"""The app ``measures``."""

from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    """Measures that both sides take together: list, board, calendar."""

    name = "entente_node.measures"
    default_auto_field = "django.db.models.BigAutoField"

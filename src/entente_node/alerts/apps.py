"""The app ``alerts``."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Situation, one alert with both sides' answers, acknowledge."""

    name = "entente_node.alerts"

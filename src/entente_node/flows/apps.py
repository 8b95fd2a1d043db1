"""The app ``flows``."""

from django.apps import AppConfig


class FlowsConfig(AppConfig):
    """Flows by post and week, both sides beside each other."""

    name = "entente_node.flows"

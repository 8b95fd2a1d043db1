"""The app ``exchanges``."""

from django.apps import AppConfig


class ExchangesConfig(AppConfig):
    """What goes to and comes from partners: the pouch endpoint, releases, the state of each line."""

    name = "entente_node.exchanges"

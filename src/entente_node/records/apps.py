"""The app ``records``."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Records of every kind: lists, pages, forms made from their declarations, measures."""

    name = "entente_node.records"

"""The app ``dialogue``."""

from django.apps import AppConfig


class DialogueConfig(AppConfig):
    """Communiqués, commitments and meetings; the page that everybody may read."""

    name = "entente_node.dialogue"

"""The app ``attachments``."""

from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    """Photos with a record: reduced, stripped, confirmed by a person before they leave."""

    name = "entente_node.attachments"
    default_auto_field = "django.db.models.BigAutoField"

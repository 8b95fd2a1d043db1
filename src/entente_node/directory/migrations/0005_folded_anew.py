"""Dossiers from before the ledger kept who may see all of one: known again as soon as they move."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

EVERYBODY = (1 << 15) - 1


def fold_anew(apps: Apps, schema: BaseDatabaseSchemaEditor) -> None:
    """What nobody answered is whole for everybody; the rest is folded for each reader until it is answered again."""
    dossiers = apps.get_model("ledger", "Dossier").objects.using(schema.connection.alias)
    answered = dossiers.filter(steps__contains='"steps":')
    dossiers.exclude(pk__in=answered.values("pk")).update(audience=EVERYBODY)
    answered.update(audience=0)


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0004_audit"),
        ("ledger", "0006_desk_at_night"),
    ]

    operations = [migrations.RunPython(fold_anew, migrations.RunPython.noop)]

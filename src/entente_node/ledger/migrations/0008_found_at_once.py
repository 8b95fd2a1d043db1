"""What pages ask for first is found by an index: what is withheld of what people speak of, alerts by their age."""

from typing import Any

from django.db import migrations, models


def of_flows(apps: Any, schema_editor: Any) -> None:
    withheld = apps.get_model("ledger", "Withheld").objects.using(schema_editor.connection.alias)
    withheld.filter(record__code=None).update(spoken=False)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_tallies")]

    operations = [
        migrations.AddField(model_name="withheld", name="spoken", field=models.BooleanField(default=True)),
        migrations.RunPython(of_flows, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="withheld",
            index=models.Index(
                condition=models.Q(("spoken", True)), fields=["-decided_at", "-id"], name="withheld_newest"
            ),
        ),
        migrations.RemoveIndex(model_name="dossier", name="dossier_state"),
        migrations.AddIndex(
            model_name="dossier",
            index=models.Index(fields=["state", "-opened_at", "-record"], name="dossier_state"),
        ),
        migrations.AddIndex(
            model_name="dossier",
            index=models.Index(fields=["audience", "highest"], name="dossier_seen"),
        ),
    ]

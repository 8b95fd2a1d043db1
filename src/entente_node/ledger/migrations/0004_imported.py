import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_signed_note"),
    ]

    operations = [
        migrations.CreateModel(
            name="Imported",
            fields=[
                (
                    "record",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="ledger.record",
                    ),
                ),
                ("hash", models.BinaryField(max_length=16, unique=True)),
            ],
        ),
    ]

from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_key_statement"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignedNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agreement", models.CharField(max_length=64)),
                ("subject", models.CharField(max_length=14)),
                ("digest", models.BinaryField(max_length=32)),
                ("note", models.BinaryField()),
                ("held", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agreement", "subject", "digest"), name="signed_note_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NoteSent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("partner", models.CharField(max_length=64)),
                ("sent_in", models.PositiveBigIntegerField()),
                (
                    "note",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="ledger.signednote"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("note", "partner"), name="note_sent_once")],
            },
        ),
    ]

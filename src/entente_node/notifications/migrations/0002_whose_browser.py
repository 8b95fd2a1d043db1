"""Whose browser is told: it follows its account."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_messages")]

    operations = [
        migrations.AddField(
            model_name="pushsubscription",
            name="account",
            field=models.CharField(blank=True, default="", max_length=40),
            preserve_default=False,
        ),
    ]

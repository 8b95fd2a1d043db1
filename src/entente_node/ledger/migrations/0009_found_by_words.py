"""Words are found through an index, gate by gate: see entente_node.ledger.finding."""

from typing import Any

from django.db import migrations, models

_BITS = 40
_GATE = (
    "r.kind, r.tlp, r.audience, CASE WHEN r.local THEN '' ELSE COALESCE(j.agreement, '') END, "
    "CASE WHEN r.local THEN r.service ELSE '' END"
)
_OF = "ledger_record r LEFT JOIN ledger_journal j ON j.id = (r.entry >> 40)"
_GATES = (
    "INSERT INTO ledger_saidgate (kind, tlp, audience, agreement, service) "
    f"SELECT DISTINCT {_GATE} FROM ledger_said s JOIN ledger_record r ON r.id = s.record_id "
    "LEFT JOIN ledger_journal j ON j.id = (r.entry >> 40)"
)
_KEYS = (
    f"UPDATE ledger_said SET key = (SELECT (g.id << {_BITS}) + {(1 << _BITS) - 1} - r.id FROM {_OF} "
    f"JOIN ledger_saidgate g ON (g.kind, g.tlp, g.audience, g.agreement, g.service) = ({_GATE}) "
    "WHERE r.id = ledger_said.record_id)"
)
_INDEX = (
    "CREATE VIRTUAL TABLE ledger_saidgrams USING fts5("
    "words, content='', tokenize='trigram case_sensitive 1', detail=column)",
    "CREATE TRIGGER ledger_said_put AFTER INSERT ON ledger_said BEGIN "
    "INSERT INTO ledger_saidgrams (rowid, words) VALUES (new.key, ' ' || new.words || ' '); END",
    "CREATE TRIGGER ledger_said_gone AFTER DELETE ON ledger_said BEGIN "
    "INSERT INTO ledger_saidgrams (ledger_saidgrams, rowid, words) "
    "VALUES ('delete', old.key, ' ' || old.words || ' '); END",
    "CREATE TRIGGER ledger_said_moved AFTER UPDATE OF words, key ON ledger_said BEGIN "
    "INSERT INTO ledger_saidgrams (ledger_saidgrams, rowid, words) "
    "VALUES ('delete', old.key, ' ' || old.words || ' '); "
    "INSERT INTO ledger_saidgrams (rowid, words) VALUES (new.key, ' ' || new.words || ' '); END",
    "INSERT INTO ledger_saidgrams (rowid, words) SELECT key, ' ' || words || ' ' FROM ledger_said ORDER BY key",
)
_NO_INDEX = (
    "DROP TRIGGER ledger_said_put",
    "DROP TRIGGER ledger_said_gone",
    "DROP TRIGGER ledger_said_moved",
    "DROP TABLE ledger_saidgrams",
)


def keyed(_apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_GATES)
        cursor.execute(_KEYS)


def index(_apps: Any, schema_editor: Any) -> None:
    _each(schema_editor, _INDEX)


def no_index(_apps: Any, schema_editor: Any) -> None:
    _each(schema_editor, _NO_INDEX)


def _each(schema_editor: Any, statements: tuple[str, ...]) -> None:
    # PostgreSQL has no FTS5: there the words of the open gates are read themselves.
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_found_at_once")]

    operations = [
        migrations.CreateModel(
            name="SaidGate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("tlp", models.CharField(max_length=12)),
                ("audience", models.PositiveSmallIntegerField()),
                ("agreement", models.CharField(blank=True, max_length=64)),
                ("service", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "tlp", "audience", "agreement", "service"), name="said_gate_once"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="said", name="key", field=models.BigIntegerField(default=0), preserve_default=False
        ),
        migrations.RunPython(keyed, migrations.RunPython.noop),
        migrations.AddIndex(model_name="said", index=models.Index(fields=["key"], name="said_key")),
        migrations.RunPython(index, no_index),
    ]

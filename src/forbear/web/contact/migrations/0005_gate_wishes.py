"""The gate reads wishes (quiet hours, workplace), when the last try failed, and judges a permit again."""

from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parents[1] / "sql"
DROPPED = (
    "gate_facts_many(bigint[], bytea[], timestamptz, date[], text[])",
    "gate_facts(bigint, bytea, timestamptz, date, text)",
    "gate_facts(bigint, bytea, timestamptz, date, text, bigint)",
)
SQL = "".join(f"DROP FUNCTION IF EXISTS {name};" for name in DROPPED) + "".join(
    (FOLDER / name).read_text() for name in ("gate_facts.sql", "gate_batch.sql")
)


class Migration(migrations.Migration):
    dependencies = [("contact", "0004_gate_batch")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

"""The functions of the gate for many requests at once, from sql/gate_batch.sql."""

from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parents[1] / "sql"
# The facts are created anew first: an older installation has them with fewer columns than the batch reads.
SQL = "DROP FUNCTION IF EXISTS gate_facts(bigint, bytea, timestamptz, date, text);" + "".join(
    (FOLDER / name).read_text() for name in ("gate_facts.sql", "gate_batch.sql")
)


class Migration(migrations.Migration):
    dependencies = [("contact", "0003_gate_functions")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

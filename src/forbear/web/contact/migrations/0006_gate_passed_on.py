"""The gate knows when a claim was passed to another creditor."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parents[1] / "sql" / "gate_facts.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("contact", "0005_gate_wishes")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

"""The functions and triggers of the gate, from sql/gate_facts.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parents[1] / "sql" / "gate_facts.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("contact", "0002_initial"),
        ("cases", "0002_initial"),
        ("people", "0002_initial"),
        ("portfolio", "0001_initial"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

"""A wish for no robot calls closes them, and leaves a person's calls open."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parents[1] / "sql" / "gate_facts.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("contact", "0006_gate_passed_on")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

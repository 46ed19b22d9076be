"""The functions of the gate for many requests at once, from sql/gate_batch.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parents[1] / "sql" / "gate_batch.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("contact", "0003_gate_functions")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

"""The facts of many permits are read in one statement, by index whatever a session knew of its tables as it planned."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("contact", "0007_gate_robot_calls")]
    operations = [
        migrations.RunSQL((SQL / name).read_text(), migrations.RunSQL.noop)
        for name in ("gate_facts.sql", "gate_batch.sql")
    ]

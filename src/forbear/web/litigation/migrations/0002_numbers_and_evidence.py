"""Matters are numbered by the database; their moves are evidence, never changed, never deleted."""

from django.db import migrations

SQL = """
CREATE SEQUENCE IF NOT EXISTS litigation_number;
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON litigation_mattermove
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("litigation", "0001_initial"), ("contact", "0003_gate_functions")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

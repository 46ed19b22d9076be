"""Visits are numbered by the database; what happened at a door is never changed, never deleted."""

from django.db import migrations

SQL = """
CREATE SEQUENCE IF NOT EXISTS visits_number;
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON visits_visitrecord
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON visits_setaside
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON visits_fieldincident
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial"), ("contact", "0003_gate_functions")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

"""What the line told is evidence: appended, never changed."""

from django.db import migrations

SQL = """
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON telephony_callevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("telephony", "0001_initial"), ("contact", "0005_gate_wishes")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

"""What was done about a write-off or a transfer is evidence: never changed, never deleted. Numbers come from a sequence."""

from django.db import migrations

from forbear.web.disposal.sql import APPEND_ONLY


class Migration(migrations.Migration):
    dependencies = [("disposal", "0001_initial"), ("contact", "0003_gate_functions")]
    operations = [migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop)]

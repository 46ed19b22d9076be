"""What was kept and what was changed is evidence: never changed, never deleted."""

from django.db import migrations

from forbear.web.agreements.sql import APPEND_ONLY


class Migration(migrations.Migration):
    dependencies = [("agreements", "0001_initial"), ("contact", "0003_gate_functions")]
    operations = [migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop)]

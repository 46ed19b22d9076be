"""What was done about a complaint, and what it brought, is evidence: never changed, never deleted."""

from django.db import migrations

from forbear.web.complaints.sql import APPEND_ONLY


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_initial"), ("contact", "0003_gate_functions")]
    operations = [migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop)]

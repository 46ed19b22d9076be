"""What was told to the register, and what was done about an objection, is evidence: never changed, never deleted."""

from django.db import migrations

from forbear.web.credit.sql import APPEND_ONLY


class Migration(migrations.Migration):
    dependencies = [("credit", "0001_initial"), ("contact", "0003_gate_functions")]
    operations = [migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop)]

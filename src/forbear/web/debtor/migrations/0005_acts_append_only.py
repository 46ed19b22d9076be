"""What a helper opened is evidence: never changed, never deleted."""

from django.db import migrations

from forbear.web.debtor.sql import APPEND_ONLY


class Migration(migrations.Migration):
    dependencies = [("debtor", "0004_helpers"), ("contact", "0003_gate_functions")]
    operations = [migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop)]

"""Papers, evidence and costs are never changed, never deleted."""

from django.db import migrations

SQL = "\n".join(
    f"CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON litigation_{table}"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change();"
    for table in ("matterpaper", "courtevidence", "mattercost")
)


class Migration(migrations.Migration):
    dependencies = [("litigation", "0003_papers")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

"""Signatures and files of results are never changed, never deleted."""

from django.db import migrations

SQL = "\n".join(
    f"CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON letters_{table}"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change();"
    for table in ("lawyersignature", "resultsfile")
)


class Migration(migrations.Migration):
    dependencies = [("letters", "0001_initial"), ("litigation", "0004_papers_are_evidence")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

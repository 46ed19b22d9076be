"""The view of repayments by the payment they go back to."""

from pathlib import Path

from django.db import migrations

VIEW = Path(__file__).parents[1] / "sql" / "receipts.sql"


class Migration(migrations.Migration):
    dependencies = [("intake", "0004_standing_views")]
    operations = [
        migrations.RunSQL(VIEW.read_text("utf-8"), "DROP VIEW IF EXISTS standing_receipts")
    ]

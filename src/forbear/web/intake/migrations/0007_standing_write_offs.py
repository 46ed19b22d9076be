"""The view of write-offs, which no file takes back."""

from pathlib import Path

from django.db import migrations

VIEW = Path(__file__).parents[1] / "sql" / "write_offs.sql"


class Migration(migrations.Migration):
    dependencies = [("intake", "0006_importbatch_ours"), ("portfolio", "0003_write_off_by_account")]
    operations = [migrations.RunSQL(VIEW.read_text("utf-8"), "DROP VIEW IF EXISTS standing_write_offs")]

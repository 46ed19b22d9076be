from pathlib import Path

from django.db import migrations

VIEWS = Path(__file__).parents[1] / "sql" / "standing_views.sql"
NAMES = ["entries", "statements", "positions", "placements", "customers", "accounts", "contact_points"]


class Migration(migrations.Migration):
    dependencies = [("intake", "0003_bulk"), ("portfolio", "0002_bulk")]

    operations = [
        migrations.RunSQL(
            VIEWS.read_text("utf-8"), "".join(f"DROP VIEW IF EXISTS standing_{name};" for name in NAMES)
        )
    ]

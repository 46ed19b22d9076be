"""The codes moved to a room of their own, table and all; here only the names change."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_append_only"), ("codes", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="signature",
                    name="code",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="codes.onetimecode",
                    ),
                ),
                migrations.DeleteModel(name="SigningCode"),
            ]
        ),
    ]

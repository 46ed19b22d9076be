"""One key for outcomes instead of two indexes, and room in the pages of cases for the day's update."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0002_levels_and_superseded"),
        ("cases", "0002_initial"),
        ("portfolio", "0001_initial"),
    ]

    operations = [
        migrations.DeleteModel(name="Outcome"),
        migrations.CreateModel(
            name="Outcome",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "account_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("outcome", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=40)),
                ("rules", models.CharField(blank=True, max_length=200)),
                ("dpd", models.IntegerField()),
                ("bucket", models.CharField(max_length=4)),
                ("bucket_cycles", models.CharField(max_length=4)),
                ("risk_class", models.CharField(max_length=16)),
                ("segment", models.CharField(max_length=24)),
                ("past_due_minor", models.BigIntegerField()),
                ("total_minor", models.BigIntegerField()),
                ("p_pay", models.FloatField(null=True)),
                ("value", models.FloatField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portfolio.account",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portfolio.customer",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="runs.dayrun",
                    ),
                ),
            ],
        ),
        # Every night rewrites the ageing columns of every open case; half-empty pages keep the new row version beside
        # the old one, so that no index has to be touched.
        migrations.RunSQL(
            "ALTER TABLE cases_case SET (fillfactor = 45)", "ALTER TABLE cases_case RESET (fillfactor)"
        ),
    ]

"""The codes of signing move here with their numbers, which the chain of signatures covers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FROM_SIGNING = """
ALTER TABLE documents_signingcode RENAME TO codes_onetimecode;
ALTER TABLE codes_onetimecode ADD COLUMN customer_id bigint, ADD COLUMN purpose varchar(20), ADD COLUMN about varchar(100);
UPDATE codes_onetimecode c SET customer_id = d.customer_id, purpose = 'sign', about = d.id || ':' || d.sha256
    FROM documents_storeddocument d WHERE d.id = c.document_id;
ALTER TABLE codes_onetimecode ALTER COLUMN customer_id SET NOT NULL, ALTER COLUMN purpose SET NOT NULL,
    ALTER COLUMN about SET NOT NULL, DROP COLUMN document_id;
CREATE INDEX codes_onetimecode_customer_id ON codes_onetimecode (customer_id);
CREATE INDEX code_of_person ON codes_onetimecode (customer_id, purpose, id);
"""
PERSON = models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)  # fmt: skip


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("documents", "0002_append_only"),
        ("outbox", "0001_initial"),
        ("portfolio", "0002_bulk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FROM_SIGNING, migrations.RunSQL.noop)],
            state_operations=[
                migrations.CreateModel(
                    name="OneTimeCode",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("purpose", models.CharField(max_length=20)),
                        ("about", models.CharField(max_length=100)),
                        ("salt", models.BinaryField()),
                        ("digest", models.BinaryField()),
                        ("sent_to_tail", models.CharField(max_length=8)),
                        ("made_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("tries", models.SmallIntegerField(default=0)),
                        ("spent_at", models.DateTimeField(null=True)),
                        ("customer", models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portfolio.customer")),
                        ("made_by", PERSON),
                        ("message", models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="outbox.outboxmessage")),
                    ],
                    options={"indexes": [models.Index(fields=["customer", "purpose", "id"], name="code_of_person")]},
                ),
            ],
        ),
    ]  # fmt: skip

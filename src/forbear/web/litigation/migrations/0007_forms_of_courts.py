"""A drafted paper knows its template, the court it addresses and the agent it names."""

import django.db.models.deletion
from django.db import migrations, models

# Papers of before were printed with the form of the house, for the court and agent the matter has.
KNOWN = """
ALTER TABLE litigation_matterpaper DISABLE TRIGGER append_only;
UPDATE litigation_matterpaper p SET template = p.kind, court = m.court, agent_id = m.agent_id
FROM litigation_legalmatter m WHERE m.id = p.matter_id;
ALTER TABLE litigation_matterpaper ENABLE TRIGGER append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("litigation", "0006_hearing_judge")]
    operations = [
        migrations.AddField("matterpaper", "court", models.CharField(blank=True, default="", max_length=80), preserve_default=False),
        migrations.AddField(
            "matterpaper",
            "agent",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="litigation.agent"
            ),
        ),
        migrations.AddField("matterpaper", "template", models.CharField(default="", max_length=40), preserve_default=False),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("replies", "0001_initial"),
    ]

    operations = [
        migrations.AddField("reply", "handled_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "reply", "handled_by",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
    ]

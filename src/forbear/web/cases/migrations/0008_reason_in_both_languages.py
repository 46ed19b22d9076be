from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_asked_by_the_debtor")]

    operations = [
        migrations.AddField(
            model_name="approval",
            name="reason_words",
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]

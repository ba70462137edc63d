"""When a draft left for three months was emptied."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("demandes", "0017_langue_falc")]

    operations = [
        migrations.AddField(
            model_name="demande",
            name="purgee_le",
            field=models.DateTimeField(blank=True, null=True, verbose_name="purgée le"),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("demandes", "0018_recherche_signalements"),
    ]

    operations = [
        migrations.AddField(
            model_name="convocation",
            name="cle_agenda",
            field=models.UUIDField(editable=False, null=True),
        ),
    ]

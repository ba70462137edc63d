import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("demandes", "0017_signalements"),
    ]

    operations = [
        migrations.CreateModel(
            name="RechercheSignalements",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("faite_le", models.DateTimeField(verbose_name="faite le")),
                (
                    "prefecture",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recherche_signalements",
                        to="demandes.prefecture",
                    ),
                ),
            ],
            options={
                "verbose_name": "recherche de signalements",
                "verbose_name_plural": "recherches de signalements",
                "ordering": ["prefecture"],
            },
        ),
    ]

"""The search of a name without its accents; built without keeping writers out."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("demandes", "0003_avis_medical")]

    operations = [
        AddIndexConcurrently(
            model_name="usager",
            index=models.Index(fields=["cle_identite"], name="usager_cle_debut", opclasses=["text_pattern_ops"]),
        ),
    ]

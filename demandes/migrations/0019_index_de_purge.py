"""The drafts to empty, oldest first: the index is built without stopping the writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("demandes", "0018_purge")]

    operations = [
        AddIndexConcurrently(
            model_name="demande",
            index=models.Index(
                condition=models.Q(("etat", "brouillon"), ("purgee_le__isnull", True)),
                fields=["modifiee_le"],
                name="demande_a_purger",
            ),
        ),
    ]

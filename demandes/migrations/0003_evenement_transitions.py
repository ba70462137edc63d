"""The index of the statistics: transitions of a préfecture by nature and instant, built without stopping the writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("demandes", "0002_journal_canonique")]

    operations = [
        AddIndexConcurrently(
            model_name="evenement",
            index=models.Index(
                condition=models.Q(("vers", ""), _negated=True),
                fields=["prefecture", "nature", "le"],
                include=("demande",),
                name="evenement_transitions",
            ),
        ),
    ]

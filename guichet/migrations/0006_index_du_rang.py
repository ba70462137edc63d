"""The index of who waits follows the rank, built while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("guichet", "0005_rang"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="passage",
            index=models.Index(condition=models.Q(("etat", "arrive")), fields=["file", "rang"], name="passage_a_appeler"),
        ),
        RemoveIndexConcurrently(model_name="passage", name="passage_en_attente"),
    ]

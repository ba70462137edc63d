"""The index of the task list holds what is to be dealt with only."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from planipref.commun.operations import AddIndexConcurrentlyAgain

INDEX = models.Index(
    fields=["id"],
    condition=models.Q(
        models.Q(("etat", "echec"), ("refusee_le__isnull", False), _connector="OR"),
        ("traitee", False),
        models.Q(("modele__in", ("code_acces", "brouillon", "adresse_changee")), _negated=True),
    ),
    name="notification_a_traiter",
)


class Migration(migrations.Migration):
    atomic = False  # concurrently: messages leave meanwhile

    dependencies = [
        ("demandes", "0022_non_remises_deja_traitees"),
    ]

    operations = [
        AddIndexConcurrentlyAgain("notification", INDEX),
        RemoveIndexConcurrently("notification", "notification_non_remise"),
    ]

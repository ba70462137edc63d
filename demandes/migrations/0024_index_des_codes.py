"""The codes of access that wait: looked for before each message."""

from django.db import migrations, models

from planipref.commun.operations import AddIndexConcurrentlyAgain

INDEX = models.Index(
    fields=["prochain_essai_le", "id"],
    condition=models.Q(("etat__in", ["a_envoyer", "en_envoi"]), ("modele__in", ("code_acces", "medecin_code"))),
    name="notification_code",
)


class Migration(migrations.Migration):
    atomic = False  # concurrently: messages leave meanwhile

    dependencies = [
        ("demandes", "0023_index_non_remises"),
    ]

    operations = [AddIndexConcurrentlyAgain("notification", INDEX)]

from django.db import migrations, models

from planipref.commun.operations import AddIndexConcurrentlyAgain

INDEX = models.Index(fields=["prefecture", "etat", "-dernier_le", "-id"], name="signalement_liste")


class Migration(migrations.Migration):
    atomic = False  # concurrently: signals are looked for meanwhile

    dependencies = [
        ("demandes", "0025_seuils_des_places_cedees"),
    ]

    operations = [AddIndexConcurrentlyAgain("signalement", INDEX)]

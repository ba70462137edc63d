from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from planipref.commun.operations import AddIndexConcurrentlyAgain

INDEX = models.Index(
    condition=models.Q(("a_confirmer", True), ("confirme_le__isnull", True), ("etat", "pris")),
    fields=["creneau"],
    name="rendez_vous_a_confirmer",
)


class Migration(migrations.Migration):
    atomic = False  # concurrently: bookings go on meanwhile

    dependencies = [
        ("planning", "0036_aide_remise"),
    ]

    operations = [
        AddIndexConcurrentlyAgain(model_name="rendezvous", index=INDEX),
        ValidateConstraint(model_name="rendezvous", name="rendez_vous_confirme"),
    ]

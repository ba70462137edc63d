"""The few demandes and convocations of a family: the indexes are built without stopping the writes."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("demandes", "0022_famille")]

    operations = [
        AddIndexConcurrently(
            model_name="convocation",
            index=models.Index(
                condition=models.Q(("jointe_a__isnull", False)), fields=["jointe_a"], name="convocation_jointes"
            ),
        ),
        AddIndexConcurrently(
            model_name="demande",
            index=models.Index(
                condition=models.Q(("principale__isnull", False)), fields=["principale"], name="demande_famille"
            ),
        ),
        ValidateConstraint(model_name="demande", name="demande_lien_familial"),
    ]

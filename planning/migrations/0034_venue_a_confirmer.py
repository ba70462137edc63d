from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

CONTRAINTE = models.CheckConstraint(
    condition=models.Q(("a_confirmer", True), ("confirme_le__isnull", True), _connector="OR"),
    name="rendez_vous_confirme",
    violation_error_code="confirme_le",
    violation_error_message="Seul un rendez-vous à confirmer se confirme.",
)


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0033_reprise_unique"),
    ]

    operations = [
        migrations.AddField(
            model_name="rendezvous",
            name="a_confirmer",
            field=models.BooleanField(db_default=False, default=False, verbose_name="venue à confirmer"),
        ),
        migrations.AddField(
            model_name="rendezvous",
            name="confirme_le",
            field=models.DateTimeField(blank=True, null=True, verbose_name="venue confirmée le"),
        ),
        AddConstraintNotValid(model_name="rendezvous", constraint=CONTRAINTE),
    ]

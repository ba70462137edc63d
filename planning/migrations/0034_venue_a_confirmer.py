from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models

INDEX = models.Index(
    condition=models.Q(("a_confirmer", True), ("confirme_le__isnull", True), ("etat", "pris")),
    fields=["creneau"],
    name="rendez_vous_a_confirmer",
)
CONTRAINTE = models.CheckConstraint(
    condition=models.Q(("a_confirmer", True), ("confirme_le__isnull", True), _connector="OR"),
    name="rendez_vous_confirme",
    violation_error_code="confirme_le",
    violation_error_message="Seul un rendez-vous à confirmer se confirme.",
)


class Migration(migrations.Migration):
    atomic = False  # concurrently: bookings go on meanwhile

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
        AddIndexConcurrently(model_name="rendezvous", index=INDEX),
        AddConstraintNotValid(model_name="rendezvous", constraint=CONTRAINTE),
        ValidateConstraint(model_name="rendezvous", name="rendez_vous_confirme"),
    ]

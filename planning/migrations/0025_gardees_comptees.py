from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # bookings go on while the slots are checked

    dependencies = [
        ("planning", "0024_compter_par_quota"),
    ]

    operations = [
        AddConstraintNotValid(
            model_name="creneau",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("gardees_titre_prises__gte", 0),
                    ("gardees_vulnerable_prises__gte", 0),
                    ("gardees_accompagne_prises__gte", 0),
                ),
                name="creneau_gardees_prises",
                violation_error_code="gardees_prises",
                violation_error_message="Les places gardées qui sont prises se comptent sur les rendez-vous.",
            ),
        ),
        ValidateConstraint(model_name="creneau", name="creneau_gardees_prises"),
    ]

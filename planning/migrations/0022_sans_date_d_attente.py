from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0021_guichets_du_creneau"),
    ]

    operations = [
        # What the list waits for is the appointment held now, read when a place is offered: the date was never read.
        # The column stays for the former release, which still writes it; a later migration drops it.
        migrations.AlterField(
            model_name="inscriptionattente",
            name="avant",
            field=models.DateField(null=True),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="inscriptionattente", name="avant")],
        ),
    ]

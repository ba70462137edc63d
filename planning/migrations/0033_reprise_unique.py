from django.db import migrations, models

# An index that a failure left invalid is dropped first: the migration may be run again.
CREER = [
    "DROP INDEX CONCURRENTLY IF EXISTS reprise_unique",
    "CREATE UNIQUE INDEX CONCURRENTLY reprise_unique ON planning_retenueplace (rendu_id, creneau_id)"
    " WHERE rendu_id IS NOT NULL",
]
CONTRAINTE = models.UniqueConstraint(
    condition=models.Q(("rendu__isnull", False)), fields=("rendu", "creneau"), name="reprise_unique"
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('planning', '0032_traces_connexion'),
    ]

    operations = [
        # Concurrently: places are held and given back meanwhile.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(CREER, "DROP INDEX CONCURRENTLY IF EXISTS reprise_unique"),
            ],
            state_operations=[migrations.AddConstraint(model_name="retenueplace", constraint=CONTRAINTE)],
        ),
    ]

from django.db import migrations, models

INDEX = """
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS passage_saisie_unique ON guichet_passage (saisie)
    WHERE saisie IS NOT NULL
"""
CONTRAINTE = models.UniqueConstraint(
    condition=models.Q(("saisie__isnull", False)),
    fields=("saisie",),
    name="passage_saisie_unique",
    violation_error_code="saisie",
    violation_error_message="Ce formulaire a déjà donné un ticket.",
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("guichet", "0013_motif_et_priorite_dits"),
    ]

    operations = [
        migrations.AddField(
            model_name="passage",
            name="saisie",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        # Concurrently: arrivals go on meanwhile.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(INDEX.strip(), "DROP INDEX CONCURRENTLY IF EXISTS passage_saisie_unique"),
            ],
            state_operations=[migrations.AddConstraint(model_name="passage", constraint=CONTRAINTE)],
        ),
    ]

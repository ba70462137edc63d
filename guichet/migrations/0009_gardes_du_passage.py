"""Validates the checks of a visit, and counts who is put aside among those present, while the table is in use."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

PRESENTS = """
DROP INDEX CONCURRENTLY IF EXISTS passage_un_par_demande_ici;
CREATE UNIQUE INDEX CONCURRENTLY passage_un_par_demande_ici ON guichet_passage (demande_id)
    WHERE etat IN ('arrive', 'appele', 'recu', 'suspendu') AND demande_id IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS passage_un_par_demande;
ALTER INDEX passage_un_par_demande_ici RENAME TO passage_un_par_demande;
"""
UNIQUE = models.UniqueConstraint(
    condition=Q(etat__in=["arrive", "appele", "recu", "suspendu"]) & Q(demande__isnull=False),
    fields=("demande",),
    name="passage_un_par_demande",
    violation_error_code="deja_arrive",
    violation_error_message="Cette personne est déjà enregistrée.",
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("guichet", "0008_phases_et_mouvements")]

    operations = [
        *[ValidateConstraint("passage", nom) for nom in ("passage_appele_par", "passage_heures", "passage_transfere")],
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(PRESENTS.strip().split(";\n"), migrations.RunSQL.noop)
            ],
            state_operations=[
                migrations.RemoveConstraint("passage", "passage_un_par_demande"),
                migrations.AddConstraint("passage", UNIQUE),
            ],
        ),
    ]

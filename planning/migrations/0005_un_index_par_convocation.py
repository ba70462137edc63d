"""One index for two: the rule of the live appointment, that also serves the look-up by convocation.

Built under another name beside the writes; the swap takes an instant.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("demandes", "0006_declencheurs_infaillibles"),
        ("planning", "0004_places_comptees"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS rendez_vous_actif_unique_neuf",  # of a try cut short
                        "CREATE UNIQUE INDEX CONCURRENTLY rendez_vous_actif_unique_neuf ON planning_rendezvous "
                        "(convocation_id, (CASE WHEN etat = 'pris' THEN 0 ELSE id END))",
                        "DROP INDEX CONCURRENTLY IF EXISTS rendez_vous_actif_unique",
                        "ALTER INDEX rendez_vous_actif_unique_neuf RENAME TO rendez_vous_actif_unique",
                    ],
                    [
                        "DROP INDEX CONCURRENTLY rendez_vous_actif_unique",
                        "CREATE UNIQUE INDEX CONCURRENTLY rendez_vous_actif_unique ON planning_rendezvous "
                        "(convocation_id) WHERE etat = 'pris'",
                    ],
                )
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="rendezvous", name="rendez_vous_actif_unique"),
                migrations.AddConstraint(
                    model_name="rendezvous",
                    constraint=models.UniqueConstraint(
                        models.F("convocation"),
                        models.Case(models.When(etat="pris", then=0), default=models.F("id")),
                        name="rendez_vous_actif_unique",
                        violation_error_code="deja_pris",
                        violation_error_message="Un rendez-vous est déjà pris avec cette convocation.",
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="rendezvous",
            name="convocation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rendez_vous",
                to="demandes.convocation",
            ),
        ),
    ]

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
                        # A try cut short leaves an index half built, never one that guards.
                        """
                        DO $$ BEGIN
                          IF EXISTS (SELECT 1 FROM pg_index WHERE NOT indisvalid
                                     AND indexrelid = to_regclass('rendez_vous_actif_unique_neuf')) THEN
                            DROP INDEX rendez_vous_actif_unique_neuf;
                          END IF;
                        END $$
                        """,
                        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS rendez_vous_actif_unique_neuf "
                        "ON planning_rendezvous (convocation_id, (CASE WHEN etat = 'pris' THEN 0 ELSE id END))",
                        "DROP INDEX CONCURRENTLY IF EXISTS rendez_vous_actif_unique",
                        "ALTER INDEX rendez_vous_actif_unique_neuf RENAME TO rendez_vous_actif_unique",
                        "DROP INDEX CONCURRENTLY IF EXISTS planning_rendezvous_convocation_id_4d1a9212",
                    ],
                    [
                        "CREATE INDEX CONCURRENTLY IF NOT EXISTS planning_rendezvous_convocation_id_4d1a9212 "
                        "ON planning_rendezvous (convocation_id)",
                        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS rendez_vous_actif_unique_vieux "
                        "ON planning_rendezvous (convocation_id) WHERE etat = 'pris'",
                        "DROP INDEX CONCURRENTLY IF EXISTS rendez_vous_actif_unique",
                        "ALTER INDEX rendez_vous_actif_unique_vieux RENAME TO rendez_vous_actif_unique",
                    ],
                )
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="rendezvous", name="rendez_vous_actif_unique"),
                migrations.AddConstraint(
                    model_name="rendezvous",
                    constraint=models.UniqueConstraint(
                        models.F("convocation"),
                        models.Case(
                            models.When(etat="pris", then=0),
                            default=models.F("id"),
                            output_field=models.BigIntegerField(),
                        ),
                        name="rendez_vous_actif_unique",
                        violation_error_code="deja_pris",
                        violation_error_message="Un rendez-vous est déjà pris avec cette convocation.",
                    ),
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
            ],
        ),
    ]

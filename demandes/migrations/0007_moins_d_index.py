"""Drop the indexes of foreign keys that another index doubles: each was paid at every write.

By name: Django's own operation would check the keys again, and drop a partial unique index of the same column.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("demandes", "0006_declencheurs_infaillibles"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS demandes_demande_agent_id_8741fee5",
                    "CREATE INDEX CONCURRENTLY demandes_demande_agent_id_8741fee5 ON demandes_demande (agent_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='demande',
                    name='agent',
                    field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='demandes', to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS demandes_demande_prefecture_id_a1e5080b",
                    "CREATE INDEX CONCURRENTLY demandes_demande_prefecture_id_a1e5080b ON demandes_demande (prefecture_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='demande',
                    name='prefecture',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='demandes', to='demandes.prefecture'),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS demandes_evenement_demande_id_1d2245c4",
                    "CREATE INDEX CONCURRENTLY demandes_evenement_demande_id_1d2245c4 ON demandes_evenement (demande_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='evenement',
                    name='demande',
                    field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='evenements', to='demandes.demande'),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS demandes_evenement_prefecture_id_278ab44b",
                    "CREATE INDEX CONCURRENTLY demandes_evenement_prefecture_id_278ab44b ON demandes_evenement (prefecture_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='evenement',
                    name='prefecture',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='evenements', to='demandes.prefecture'),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS demandes_notification_demande_id_5b6befb7",
                    "CREATE INDEX CONCURRENTLY demandes_notification_demande_id_5b6befb7 ON demandes_notification (demande_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='notification',
                    name='demande',
                    field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='demandes.demande'),
                ),
            ],
        ),
    ]

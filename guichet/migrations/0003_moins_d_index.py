"""Drop the indexes of foreign keys that another index doubles: each was paid at every write.

By name: Django's own operation would check the keys again, and drop a partial unique index of the same column.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("demandes", "0007_moins_d_index"),
        ("guichet", "0002_un_passage_par_guichet"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS guichet_passage_demande_id_1fe202f5",
                    "CREATE INDEX CONCURRENTLY guichet_passage_demande_id_1fe202f5 ON guichet_passage (demande_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='passage',
                    name='demande',
                    field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='demandes.demande'),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS guichet_passage_site_id_aecca2c8",
                    "CREATE INDEX CONCURRENTLY guichet_passage_site_id_aecca2c8 ON guichet_passage (site_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='passage',
                    name='site',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='demandes.site'),
                ),
            ],
        ),
    ]

"""Drop the indexes of foreign keys that another index doubles: each was paid at every write."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0006_declencheurs_infaillibles'),
    ]

    operations = [
        migrations.AlterField(
            model_name='demande',
            name='agent',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='demandes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='demande',
            name='prefecture',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='demandes', to='demandes.prefecture'),
        ),
        migrations.AlterField(
            model_name='evenement',
            name='demande',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='evenements', to='demandes.demande'),
        ),
        migrations.AlterField(
            model_name='evenement',
            name='prefecture',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='evenements', to='demandes.prefecture'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='demande',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='demandes.demande'),
        ),
    ]

"""Which organisation took an appointment, when one did."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0011_accompagnement'),
        ('planning', '0006_moins_de_controles'),
    ]

    operations = [
        migrations.AddField(
            model_name='rendezvous',
            name='organisme',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rendez_vous', to='demandes.organisme'),
        ),
    ]

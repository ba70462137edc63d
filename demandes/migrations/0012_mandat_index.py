"""Index of the links of mandates, built while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('demandes', '0011_accompagnement'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='mandat',
            index=models.Index(condition=models.Q(('empreinte', ''), _negated=True), fields=['empreinte'], name='mandat_empreinte'),
        ),
    ]

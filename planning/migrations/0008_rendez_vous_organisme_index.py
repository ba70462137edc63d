"""Index of the appointments taken by organisations only, built while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('planning', '0007_rendez_vous_organisme'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='rendezvous',
            index=models.Index(condition=models.Q(('organisme__isnull', False)), fields=['organisme', 'etat'], name='rendez_vous_organisme'),
        ),
    ]

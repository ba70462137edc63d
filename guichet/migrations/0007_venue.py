"""The persons of a family on one visit."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0023_famille_index'),
        ('guichet', '0006_index_du_rang'),
    ]

    operations = [
        migrations.CreateModel(
            name='Venue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('etat', models.CharField(choices=[('attendue', 'Attendue'), ('recue', 'Reçue'), ('finie', 'Finie'), ('absente', 'Pas venue')], default='attendue', max_length=8, verbose_name='état')),
                ('demande', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='venues', to='demandes.demande')),
                ('passage', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='venues', to='guichet.passage')),
            ],
            options={
                'verbose_name': 'venue d’une personne de la famille',
                'verbose_name_plural': 'venues des personnes d’une famille',
                'ordering': ['passage', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('passage', 'demande'), name='venue_unique'), models.UniqueConstraint(condition=models.Q(('etat__in', ['attendue', 'recue'])), fields=('demande',), name='venue_une_par_demande', violation_error_code='deja_arrive', violation_error_message='Cette personne est déjà enregistrée.')],
            },
        ),
    ]

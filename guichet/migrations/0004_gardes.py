"""Guards behind the services: what their rules already forbid, refused by PostgreSQL too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("guichet", "0003_moins_d_index"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='passage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('etat__in', ['recu', 'termine']), _negated=True), ('recu_le__isnull', False), _connector='OR'), models.Q(models.Q(('etat', 'termine'), _negated=True), ('termine_le__isnull', False), _connector='OR')), name='passage_heures', violation_error_code='heures', violation_error_message='Un passage reçu ou terminé porte ses heures.'),
        ),
    ]

"""The letter kept on a ticket, and how early the kiosk registers somebody."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0002_personne_au_depot'),
        ('guichet', '0010_passage_rappele_le'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='regleappel',
            name='regle_appel_bornee',
        ),
        migrations.AddField(
            model_name='passage',
            name='lettre',
            field=models.CharField(blank=True, db_default='', max_length=1),
        ),
        migrations.AddField(
            model_name='regleappel',
            name='avance_max',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Avant, la borne dit à quelle heure revenir. L’accueil peut toujours enregistrer l’arrivée.', null=True, verbose_name='arrivée la plus tôt à la borne, en minutes'),
        ),
        migrations.AddConstraint(
            model_name='regleappel',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('avance_rdv__isnull', True), ('avance_rdv__lte', 240), _connector='OR'), models.Q(('tolerance_retard__isnull', True), ('tolerance_retard__lte', 240), _connector='OR'), models.Q(('avance_priorite__isnull', True), ('avance_priorite__lte', 240), _connector='OR'), models.Q(('garde_guichet__isnull', True), ('garde_guichet__lte', 240), _connector='OR'), models.Q(('avance_max__isnull', True), ('avance_max__lte', 240), _connector='OR')), name='regle_appel_bornee', violation_error_code='minutes', violation_error_message='Chaque durée est de quatre heures (240 minutes) au plus.'),
        ),
    ]

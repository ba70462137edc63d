import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('demandes', '0010_reference_des_sms'),
        ('planning', '0027_controle_de'),
    ]

    operations = [
        migrations.AddField(
            model_name='reglecreneaux',
            name='annuler_heures',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Ensuite, elle appelle : un agent peut toujours le faire. 0 : jusqu’à l’heure du rendez-vous.', null=True, verbose_name='une personne annule elle-même son rendez-vous jusqu’à ce nombre d’heures avant'),
        ),
        migrations.AddField(
            model_name='reglecreneaux',
            name='deplacer_heures',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Ensuite, elle appelle : un agent peut toujours le faire. 0 : jusqu’à l’heure du rendez-vous.', null=True, verbose_name='une personne déplace elle-même son rendez-vous jusqu’à ce nombre d’heures avant'),
        ),
        migrations.AddField(
            model_name='rendezvous',
            name='repris',
            field=models.BooleanField(db_default=False, default=False, verbose_name='repris après avoir été rendu'),
        ),
        migrations.AddField(
            model_name='retenueplace',
            name='rendu',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='retenues', to='planning.rendezvous'),
        ),
        migrations.AddField(
            model_name='retenueplace',
            name='reprise_jusqu_a',
            field=models.DateTimeField(blank=True, null=True, verbose_name='reprise possible jusqu’à'),
        ),
        migrations.AddConstraint(
            model_name='reglecreneaux',
            constraint=models.CheckConstraint(condition=models.Q(('deplacer_heures__isnull', True), models.Q(('deplacer_heures__gte', 0), ('deplacer_heures__lte', 168)), _connector='OR'), name='regle_creneaux_deplacer_heures', violation_error_code='deplacer_heures', violation_error_message='Une valeur de 0 à 168.'),
        ),
        migrations.AddConstraint(
            model_name='reglecreneaux',
            constraint=models.CheckConstraint(condition=models.Q(('annuler_heures__isnull', True), models.Q(('annuler_heures__gte', 0), ('annuler_heures__lte', 168)), _connector='OR'), name='regle_creneaux_annuler_heures', violation_error_code='annuler_heures', violation_error_message='Une valeur de 0 à 168.'),
        ),
        migrations.AddConstraint(
            model_name='retenueplace',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('rendu__isnull', True), ('reprise_jusqu_a__isnull', True)), models.Q(('offre__isnull', True), ('rendu__isnull', False), ('reprise_jusqu_a__lt', models.F('jusqu_a'))), _connector='OR'), name='retenue_reprise', violation_error_code='reprise', violation_error_message='Une place rendue est tenue pour une seule personne, jusqu’à un instant.'),
        ),
    ]

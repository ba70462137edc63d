"""Rules of the order of call, and the rank that they give, fixed at the arrival.

The version before goes on serving: what it writes takes the instant of its writing, the rank of an arrival without
appointment. Those who wait at this moment get the rank that the national rules give.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


RANGS = """
UPDATE guichet_passage p SET rang = p.arrive_le - p.priorite * interval '120 minutes'
WHERE p.etat = 'arrive' AND p.rendez_vous_id IS NULL;
UPDATE guichet_passage p
SET rang = CASE WHEN p.arrive_le <= c.debut + interval '10 minutes' THEN c.debut ELSE p.arrive_le END
         - interval '30 minutes' - p.priorite * interval '120 minutes'
FROM planning_rendezvous r JOIN planning_creneau c ON c.id = r.creneau_id
WHERE p.etat = 'arrive' AND r.id = p.rendez_vous_id;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0020_exemple_de_reponse'),
        ('guichet', '0004_gardes'),
        ('planning', '0008_rendez_vous_organisme_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='RegleAppel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('avance_rdv', models.PositiveSmallIntegerField(blank=True, help_text='Un rendez-vous passe avant ceux qui sont venus sans, sauf s’ils étaient là plus longtemps avant.', null=True, verbose_name='avance d’un rendez-vous, en minutes')),
                ('tolerance_retard', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='retard admis, en minutes')),
                ('retard', models.CharField(blank=True, choices=[('garde', 'Compte depuis son arrivée, avec l’avance d’un rendez-vous'), ('perd', 'Compte comme sans rendez-vous')], max_length=5, verbose_name='au-delà de ce retard')),
                ('avance_priorite', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='avance d’une personne prioritaire, en minutes')),
            ],
            options={
                'verbose_name': 'règle d’appel',
                'verbose_name_plural': 'règles d’appel',
                'ordering': ['site', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='passage',
            name='rang',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='rang d’appel'),
        ),
        migrations.RunSQL(RANGS, migrations.RunSQL.noop),
        migrations.AddField(
            model_name='regleappel',
            name='site',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Vide : la règle nationale.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='regles_appel', to='demandes.site'),
        ),
        migrations.AddConstraint(
            model_name='regleappel',
            constraint=models.UniqueConstraint(fields=('site',), name='regle_appel_unique', nulls_distinct=False, violation_error_code='site', violation_error_message='Ce site, ou le pays, a déjà sa règle.'),
        ),
        migrations.AddConstraint(
            model_name='regleappel',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('avance_rdv__isnull', True), ('avance_rdv__lte', 240), _connector='OR'), models.Q(('tolerance_retard__isnull', True), ('tolerance_retard__lte', 240), _connector='OR'), models.Q(('avance_priorite__isnull', True), ('avance_priorite__lte', 240), _connector='OR')), name='regle_appel_bornee', violation_error_code='minutes', violation_error_message='Chaque durée est de quatre heures (240 minutes) au plus.'),
        ),
    ]

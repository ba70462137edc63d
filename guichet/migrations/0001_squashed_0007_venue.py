"""Every table of guichet as it was on 26 November 2026: before, no préfecture used the software."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('guichet', '0001_initial'),
        ('guichet', '0002_un_passage_par_guichet'),
        ('guichet', '0003_moins_d_index'),
        ('guichet', '0004_gardes'),
        ('guichet', '0005_rang'),
        ('guichet', '0006_index_du_rang'),
        ('guichet', '0007_venue'),
    ]

    dependencies = [
        ('demandes', '0001_squashed_0024_preuve_adresse'),
        ('planning', '0001_squashed_0009_un_rendez_vous_par_famille'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Passage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jour', models.DateField()),
                ('ticket', models.PositiveIntegerField()),
                ('personnes', models.PositiveSmallIntegerField(default=1)),
                ('priorite', models.PositiveSmallIntegerField(choices=[(0, 'Normale'), (1, 'Prioritaire (handicap, grossesse, âge)')], default=0, verbose_name='priorité')),
                ('etat', models.CharField(choices=[('arrive', 'Arrivé'), ('appele', 'Appelé'), ('recu', 'Reçu'), ('termine', 'Terminé'), ('absent', 'Absent à l’appel'), ('parti', 'Parti sans être reçu')], default='arrive', max_length=8, verbose_name='état')),
                ('nb_appels', models.PositiveSmallIntegerField(default=0, verbose_name='nombre d’appels')),
                ('arrive_le', models.DateTimeField(verbose_name='arrivé le')),
                ('rang', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='rang d’appel')),
                ('appele_le', models.DateTimeField(blank=True, null=True, verbose_name='appelé le')),
                ('recu_le', models.DateTimeField(blank=True, null=True, verbose_name='reçu le')),
                ('termine_le', models.DateTimeField(blank=True, null=True, verbose_name='terminé le')),
                ('agent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='passages', to=settings.AUTH_USER_MODEL)),
                ('demande', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='demandes.demande')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='planning.fileguichet')),
                ('guichet', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='planning.guichet')),
                ('rendez_vous', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='passage', to='planning.rendezvous')),
                ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='demandes.site')),
            ],
            options={
                'verbose_name': 'passage',
                'ordering': ['site', '-jour', 'ticket'],
            },
        ),
        migrations.CreateModel(
            name='PosteAffichage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('genre', models.CharField(choices=[('affichage', 'Écran d’appel'), ('borne', 'Borne d’accueil')], max_length=10)),
                ('nom', models.CharField(max_length=80)),
                ('empreinte', models.CharField(max_length=64, unique=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='postes', to='demandes.site')),
            ],
            options={
                'verbose_name': 'poste d’affichage',
                'verbose_name_plural': 'postes d’affichage',
                'ordering': ['site', 'nom'],
            },
        ),
        migrations.CreateModel(
            name='RegleAppel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('avance_rdv', models.PositiveSmallIntegerField(blank=True, help_text='Un rendez-vous passe avant ceux qui sont venus sans, sauf s’ils étaient là plus longtemps avant.', null=True, verbose_name='avance d’un rendez-vous, en minutes')),
                ('tolerance_retard', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='retard admis, en minutes')),
                ('retard', models.CharField(blank=True, choices=[('garde', 'Compte depuis son arrivée, avec l’avance d’un rendez-vous'), ('perd', 'Compte comme sans rendez-vous')], max_length=5, verbose_name='au-delà de ce retard')),
                ('avance_priorite', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='avance d’une personne prioritaire, en minutes')),
                ('site', models.ForeignKey(blank=True, db_index=False, help_text='Vide : la règle nationale.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='regles_appel', to='demandes.site')),
            ],
            options={
                'verbose_name': 'règle d’appel',
                'verbose_name_plural': 'règles d’appel',
                'ordering': ['site', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Remise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numero_titre', models.CharField(max_length=20, verbose_name='numéro du titre')),
                ('identite_verifiee', models.BooleanField(verbose_name='identité vérifiée')),
                ('signature_nom', models.CharField(max_length=200, verbose_name='nom du signataire')),
                ('signature_image', models.TextField(blank=True, verbose_name='signature à l’écran (SVG ou PNG en base 64)')),
                ('remise_le', models.DateTimeField(verbose_name='remise le')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remises', to=settings.AUTH_USER_MODEL)),
                ('demande', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='remise_titre', to='demandes.demande')),
                ('passage', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='remises', to='guichet.passage')),
            ],
            options={
                'verbose_name': 'remise de titre',
                'verbose_name_plural': 'remises de titres',
                'ordering': ['-pk'],
            },
        ),
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
            },
        ),
        migrations.CreateModel(
            name='CompteurTicket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jour', models.DateField()),
                ('dernier', models.PositiveIntegerField(default=0)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='compteurs_tickets', to='demandes.site')),
            ],
            options={
                'verbose_name': 'compteur de tickets',
                'verbose_name_plural': 'compteurs de tickets',
                'ordering': ['site', 'jour'],
                'constraints': [models.UniqueConstraint(fields=('site', 'jour'), name='compteur_ticket_unique')],
            },
        ),
        migrations.AddIndex(
            model_name='passage',
            index=models.Index(condition=models.Q(('etat', 'arrive')), fields=['file', 'rang'], name='passage_a_appeler'),
        ),
        migrations.AddIndex(
            model_name='passage',
            index=models.Index(fields=['demande'], name='passage_demande'),
        ),
        migrations.AddConstraint(
            model_name='passage',
            constraint=models.UniqueConstraint(fields=('site', 'jour', 'ticket'), name='passage_ticket_unique'),
        ),
        migrations.AddConstraint(
            model_name='passage',
            constraint=models.UniqueConstraint(condition=models.Q(('etat__in', ['appele', 'recu'])), fields=('agent',), name='passage_un_par_agent', violation_error_code='passage_en_cours', violation_error_message='Terminez d’abord le passage en cours.'),
        ),
        migrations.AddConstraint(
            model_name='passage',
            constraint=models.UniqueConstraint(condition=models.Q(('etat__in', ['appele', 'recu'])), fields=('guichet', 'jour'), name='passage_un_par_guichet', violation_error_code='guichet_tenu', violation_error_message='Ce guichet est tenu par une autre personne.'),
        ),
        migrations.AddConstraint(
            model_name='passage',
            constraint=models.UniqueConstraint(condition=models.Q(('etat__in', ['arrive', 'appele', 'recu']), ('demande__isnull', False)), fields=('demande',), name='passage_un_par_demande', violation_error_code='deja_arrive', violation_error_message='Cette personne est déjà enregistrée.'),
        ),
        migrations.AddConstraint(
            model_name='passage',
            constraint=models.CheckConstraint(condition=models.Q(('etat__in', ['arrive', 'parti', 'absent']), models.Q(('agent__isnull', False), ('guichet__isnull', False), ('appele_le__isnull', False)), _connector='OR'), name='passage_appele_par', violation_error_code='agent', violation_error_message='Un passage appelé a son agent et son guichet.'),
        ),
        migrations.AddConstraint(
            model_name='passage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('etat__in', ['recu', 'termine']), _negated=True), ('recu_le__isnull', False), _connector='OR'), models.Q(models.Q(('etat', 'termine'), _negated=True), ('termine_le__isnull', False), _connector='OR')), name='passage_heures', violation_error_code='heures', violation_error_message='Un passage reçu ou terminé porte ses heures.'),
        ),
        migrations.AddConstraint(
            model_name='regleappel',
            constraint=models.UniqueConstraint(fields=('site',), name='regle_appel_unique', nulls_distinct=False, violation_error_code='site', violation_error_message='Ce site, ou le pays, a déjà sa règle.'),
        ),
        migrations.AddConstraint(
            model_name='regleappel',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('avance_rdv__isnull', True), ('avance_rdv__lte', 240), _connector='OR'), models.Q(('tolerance_retard__isnull', True), ('tolerance_retard__lte', 240), _connector='OR'), models.Q(('avance_priorite__isnull', True), ('avance_priorite__lte', 240), _connector='OR')), name='regle_appel_bornee', violation_error_code='minutes', violation_error_message='Chaque durée est de quatre heures (240 minutes) au plus.'),
        ),
        migrations.AddConstraint(
            model_name='remise',
            constraint=models.CheckConstraint(condition=models.Q(('identite_verifiee', True), models.Q(('signature_nom', ''), _negated=True), models.Q(('numero_titre', ''), _negated=True)), name='remise_signee', violation_error_code='signature', violation_error_message='L’identité est vérifiée et le titre signé à la remise.'),
        ),
        migrations.AddConstraint(
            model_name='venue',
            constraint=models.UniqueConstraint(fields=('passage', 'demande'), name='venue_unique'),
        ),
        migrations.AddConstraint(
            model_name='venue',
            constraint=models.UniqueConstraint(condition=models.Q(('etat__in', ['attendue', 'recue'])), fields=('demande',), name='venue_une_par_demande', violation_error_code='deja_arrive', violation_error_message='Cette personne est déjà enregistrée.'),
        ),
    ]

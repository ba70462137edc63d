"""Every table of planning as it was on 26 November 2026: before, no préfecture used the software."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
import planning.models.service
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('planning', '0001_initial'),
        ('planning', '0002_creneau_hot'),
        ('planning', '0003_declencheurs_infaillibles'),
        ('planning', '0004_places_comptees'),
        ('planning', '0005_un_index_par_convocation'),
        ('planning', '0006_moins_de_controles'),
        ('planning', '0007_rendez_vous_organisme'),
        ('planning', '0008_rendez_vous_organisme_index'),
        ('planning', '0009_un_rendez_vous_par_famille'),
    ]

    dependencies = [
        ('demandes', '0001_squashed_0024_preuve_adresse'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Fermeture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pendant', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='période')),
                ('libelle', models.CharField(max_length=120, verbose_name='libellé')),
                ('prefecture', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fermetures', to='demandes.prefecture')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='fermetures', to='demandes.site')),
            ],
            options={
                'verbose_name': 'fermeture',
                'ordering': ['prefecture', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='FileGuichet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=30)),
                ('nom', models.CharField(max_length=80)),
                ('lettre', models.CharField(max_length=1, verbose_name='lettre du ticket')),
                ('remises', models.BooleanField(default=False, verbose_name='remises de titres')),
                ('pas_minutes', models.PositiveSmallIntegerField(default=15, verbose_name='durée d’un créneau, en minutes')),
                ('actif', models.BooleanField(default=True)),
                ('motifs', models.ManyToManyField(related_name='files', to='demandes.motif')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='demandes.site')),
            ],
            options={
                'verbose_name': 'file d’attente',
                'verbose_name_plural': 'files d’attente',
                'ordering': ['site', 'lettre', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Creneau',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('debut', models.DateTimeField(verbose_name='début')),
                ('minutes', models.SmallIntegerField(verbose_name='durée en minutes')),
                ('places', models.SmallIntegerField()),
                ('prises', models.SmallIntegerField(db_default=0, default=0)),
                ('reserve', models.SmallIntegerField(db_default=0, default=0, verbose_name='réserve sans rendez-vous')),
                ('ecart', models.SmallIntegerField(db_default=0, default=0, verbose_name='sur- ou sous-réservation')),
                ('etat', models.CharField(choices=[('ouvert', 'Ouvert'), ('ferme', 'Fermé'), ('retire', 'Retiré')], db_default='ouvert', default='ouvert', max_length=8, verbose_name='état')),
                ('file', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='creneaux', to='planning.fileguichet')),
            ],
            options={
                'verbose_name': 'créneau',
                'verbose_name_plural': 'créneaux',
                'ordering': ['debut', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Guichet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numero', models.PositiveSmallIntegerField(verbose_name='numéro')),
                ('actif', models.BooleanField(default=True)),
                ('files', models.ManyToManyField(related_name='guichets', to='planning.fileguichet')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guichets', to='demandes.site')),
            ],
            options={
                'verbose_name': 'guichet',
                'ordering': ['site', 'numero'],
            },
        ),
        migrations.CreateModel(
            name='Affectation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('poste', models.CharField(choices=[('guichet', 'Guichet'), ('accueil', 'Accueil'), ('arriere', 'Arrière-guichet')], max_length=8)),
                ('pendant', django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name='période')),
                ('origine', models.CharField(choices=[('manuelle', 'Manuelle'), ('automatique', 'Automatique')], default='manuelle', max_length=12)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='affectations', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='affectations', to='demandes.site')),
                ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='affectations', to='planning.fileguichet')),
                ('guichet', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='affectations', to='planning.guichet')),
            ],
            options={
                'verbose_name': 'affectation',
                'ordering': ['agent', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Habilitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('niveau', models.PositiveSmallIntegerField(choices=[(1, 'Débutant'), (2, 'Confirmé'), (3, 'Référent')], default=2)),
                ('pendant', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='période')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='habilitations', to=settings.AUTH_USER_MODEL)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='habilitations', to='planning.fileguichet')),
            ],
            options={
                'verbose_name': 'habilitation',
                'ordering': ['file', 'agent', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='InscriptionAttente',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('avant', models.DateField()),
                ('inscrite_le', models.DateTimeField(verbose_name='inscrite le')),
                ('close_le', models.DateTimeField(blank=True, null=True, verbose_name='close le')),
                ('convocation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='inscriptions', to='demandes.convocation')),
            ],
            options={
                'verbose_name': 'inscription en liste d’attente',
                'verbose_name_plural': 'inscriptions en liste d’attente',
                'ordering': ['inscrite_le', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PlageOuverture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jour', models.PositiveSmallIntegerField(choices=[(1, 'Lundi'), (2, 'Mardi'), (3, 'Mercredi'), (4, 'Jeudi'), (5, 'Vendredi'), (6, 'Samedi')])),
                ('debut', models.TimeField(verbose_name='début')),
                ('fin', models.TimeField()),
                ('nb_guichets', models.PositiveSmallIntegerField(default=1, verbose_name='guichets ouverts')),
                ('reserve_sans_rdv', models.PositiveSmallIntegerField(default=0, verbose_name='places par créneau gardées sans rendez-vous')),
                ('pendant', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='période')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='plages', to='planning.fileguichet')),
            ],
            options={
                'verbose_name': 'plage d’ouverture',
                'verbose_name_plural': 'plages d’ouverture',
                'ordering': ['file', 'jour', 'debut', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='RendezVous',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('places', models.SmallIntegerField(db_default=1, default=1)),
                ('etat', models.CharField(choices=[('pris', 'Pris'), ('honore', 'Honoré'), ('absent', 'Absent'), ('annule', 'Annulé'), ('deplace', 'Déplacé')], db_default='pris', default='pris', max_length=8, verbose_name='état')),
                ('pris_le', models.DateTimeField(verbose_name='pris le')),
                ('termine_le', models.DateTimeField(blank=True, null=True, verbose_name='terminé le')),
                ('sequence', models.SmallIntegerField(db_default=0, default=0, verbose_name='version de l’invitation (ICS)')),
                ('convocation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rendez_vous', to='demandes.convocation')),
                ('creneau', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rendez_vous', to='planning.creneau')),
                ('organisme', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rendez_vous', to='demandes.organisme')),
            ],
            options={
                'verbose_name': 'rendez-vous',
                'verbose_name_plural': 'rendez-vous',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Prolongement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('creneau', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prolongements', to='planning.creneau')),
                ('rendez_vous', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='prolongements', to='planning.rendezvous')),
            ],
            options={
                'verbose_name': 'prolongement d’un rendez-vous',
                'verbose_name_plural': 'prolongements de rendez-vous',
                'ordering': ['rendez_vous', 'creneau'],
            },
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('genre', models.CharField(choices=[('conge', 'Congé'), ('maladie', 'Maladie'), ('formation', 'Formation'), ('autre', 'Autre')], max_length=10)),
                ('pendant', django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name='période')),
                ('source', models.CharField(default='saisie', max_length=10)),
                ('reference', models.CharField(blank=True, max_length=80, verbose_name='référence externe')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'absence',
                'ordering': ['agent', 'pk'],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('agent', '='), ('pendant', '&&')], name='absence_sans_chevauchement', violation_error_code='chevauchement', violation_error_message='Cet agent est déjà absent à ces dates.'), models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('source', 'reference'), name='absence_reference_unique')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='absence',
            trigger=pgtrigger.compiler.Trigger(name='absence_sans_affectation', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM pg_advisory_xact_lock(hashtext('agent'), NEW.agent_id::int);\n        IF EXISTS (SELECT 1 FROM planning_affectation a\n                   WHERE a.agent_id = NEW.agent_id AND a.pendant && NEW.pendant) THEN\n          RAISE EXCEPTION 'L’agent est affecté à un poste à ce moment.' USING ERRCODE = '23514', CONSTRAINT = 'absence_agent_affecte';\n        END IF;\n        RETURN NEW;\n        ", hash='5e1cb0e7da2930ac187f0bf2927590d95bc11408', operation='INSERT OR UPDATE', pgid='pgtrigger_absence_sans_affectation_8c609', table='planning_absence', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='fermeture',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('prefecture', '='), (django.db.models.functions.comparison.Coalesce('site', 0), '='), ('pendant', '&&')], name='fermeture_sans_chevauchement', violation_error_code='chevauchement', violation_error_message='Une fermeture couvre déjà ces dates.'),
        ),
        migrations.AddConstraint(
            model_name='fileguichet',
            constraint=models.UniqueConstraint(fields=('site', 'code'), name='file_code_unique'),
        ),
        migrations.AddConstraint(
            model_name='fileguichet',
            constraint=models.UniqueConstraint(fields=('site', 'lettre'), name='file_lettre_unique'),
        ),
        migrations.AddConstraint(
            model_name='fileguichet',
            constraint=models.CheckConstraint(condition=models.Q(('pas_minutes__gte', 5), ('pas_minutes__lte', 120)), name='file_pas_positif', violation_error_code='pas_minutes', violation_error_message='Un créneau dure de 5 à 120 minutes.'),
        ),
        migrations.AddConstraint(
            model_name='creneau',
            constraint=models.UniqueConstraint(fields=('file', 'debut'), name='creneau_unique'),
        ),
        migrations.AddConstraint(
            model_name='creneau',
            constraint=models.CheckConstraint(condition=models.Q(('prises__gte', 0), ('prises__lte', models.F('places'))), name='creneau_non_surreserve', violation_error_code='creneau_complet', violation_error_message='Ce créneau est complet.'),
        ),
        migrations.AddConstraint(
            model_name='creneau',
            constraint=models.CheckConstraint(condition=models.Q(('minutes__gte', 5), ('minutes__lte', 120), ('reserve__gte', 0)), name='creneau_minutes', violation_error_code='minutes', violation_error_message='Un créneau dure de 5 à 120 minutes ; sa réserve n’est pas négative.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creneau',
            trigger=pgtrigger.compiler.Trigger(name='creneau_pose', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.prises > 0)', func="RAISE EXCEPTION 'Un créneau déjà pris ne se déplace pas.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_pose';", hash='08231cd96b88da72e0dfd1ea06aa7608f10379c5', operation='UPDATE OF "debut", "file_id"', pgid='pgtrigger_creneau_pose_97af1', table='planning_creneau', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creneau',
            trigger=pgtrigger.compiler.Trigger(name='creneau_compte', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.prises <> NEW.prises AND pg_trigger_depth() = 0)', func="RAISE EXCEPTION 'Les places prises d’un créneau se comptent sur ses rendez-vous.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_compte';", hash='75162c2d1beef27c0349d420b56e0f4259ff1053', operation='UPDATE OF "prises"', pgid='pgtrigger_creneau_compte_5762f', table='planning_creneau', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creneau',
            trigger=pgtrigger.compiler.Trigger(name='creneau_neuf', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (NEW.prises <> 0)', func="RAISE EXCEPTION 'Les places prises d’un créneau se comptent sur ses rendez-vous.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_compte';", hash='deeb6c4cfb15d06f662b94768efb1c094633577e', operation='INSERT', pgid='pgtrigger_creneau_neuf_d22c0', table='planning_creneau', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='guichet',
            constraint=models.UniqueConstraint(fields=('site', 'numero'), name='guichet_numero_unique'),
        ),
        migrations.AddConstraint(
            model_name='affectation',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('agent', '='), ('pendant', '&&')], name='affectation_agent_unique', violation_error_code='deux_postes', violation_error_message='Cet agent est déjà affecté à ce moment.'),
        ),
        migrations.AddConstraint(
            model_name='affectation',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('guichet__isnull', False)), expressions=[('guichet', '='), ('pendant', '&&')], name='affectation_guichet_unique', violation_error_code='guichet_tenu', violation_error_message='Ce guichet est déjà tenu à ce moment.'),
        ),
        migrations.AddConstraint(
            model_name='affectation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('poste', 'guichet'), _negated=True), models.Q(('guichet__isnull', False), ('file__isnull', False)), _connector='OR'), name='affectation_guichet_complet', violation_error_code='guichet', violation_error_message='Un poste de guichet nomme son guichet et sa file.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='affectation',
            trigger=pgtrigger.compiler.Trigger(name='affectation_permise', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM pg_advisory_xact_lock(hashtext('agent'), NEW.agent_id::int);\n        IF EXISTS (SELECT 1 FROM planning_absence a\n                   WHERE a.agent_id = NEW.agent_id AND a.pendant && NEW.pendant) THEN\n          RAISE EXCEPTION 'L’agent est absent à ce moment.' USING ERRCODE = '23514', CONSTRAINT = 'affectation_agent_present';\n        END IF;\n        IF NEW.poste = 'guichet' AND NOT EXISTS (\n             SELECT 1 FROM planning_habilitation h\n             WHERE h.agent_id = NEW.agent_id AND h.file_id = NEW.file_id\n               AND h.pendant @> daterange(lower(NEW.pendant)::date, upper(NEW.pendant)::date, '[]')) THEN\n          RAISE EXCEPTION 'L’agent n’a pas l’habilitation de cette file.' USING ERRCODE = '23514', CONSTRAINT = 'affectation_agent_habilite';\n        END IF;\n        RETURN NEW;\n        ", hash='785cc503a9311491545ba73214bf712531299c65', operation='INSERT OR UPDATE', pgid='pgtrigger_affectation_permise_1cd80', table='planning_affectation', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='habilitation',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('agent', '='), ('file', '='), ('pendant', '&&')], name='habilitation_sans_chevauchement', violation_error_code='chevauchement', violation_error_message='Cet agent est déjà habilité à ces dates.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='habilitation',
            trigger=pgtrigger.compiler.Trigger(name='habilitation_tenue', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE tenue boolean;', func="\n        PERFORM pg_advisory_xact_lock(hashtext('agent'), OLD.agent_id::int);\n        SELECT bool_or(TG_OP = 'DELETE' OR NEW.agent_id <> OLD.agent_id OR NEW.file_id <> OLD.file_id\n                       OR NOT NEW.pendant @> j.jours) INTO tenue\n          FROM planning_affectation a,\n               LATERAL (SELECT daterange(lower(a.pendant)::date, upper(a.pendant)::date, '[]') AS jours) j\n          WHERE a.agent_id = OLD.agent_id AND a.poste = 'guichet' AND a.file_id = OLD.file_id\n            AND OLD.pendant @> j.jours;\n        IF tenue THEN\n          RAISE EXCEPTION 'L’agent tient un guichet de cette file à ces dates.' USING ERRCODE = '23514', CONSTRAINT = 'habilitation_tenue';\n        END IF;\n        IF TG_OP = 'DELETE' THEN\n          RETURN OLD;\n        END IF;\n        RETURN NEW;\n        ", hash='4a42477b7300fa710d0c15769893d6e2d2f68d89', operation='UPDATE OR DELETE', pgid='pgtrigger_habilitation_tenue_64150', table='planning_habilitation', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='inscriptionattente',
            constraint=models.UniqueConstraint(condition=models.Q(('close_le__isnull', True)), fields=('convocation',), name='inscription_ouverte_unique'),
        ),
        migrations.AddConstraint(
            model_name='plageouverture',
            constraint=models.CheckConstraint(condition=models.Q(('fin__gt', models.F('debut'))), name='plage_fin_apres_debut', violation_error_code='fin', violation_error_message='L’heure de fin vient après l’heure de début.'),
        ),
        migrations.AddConstraint(
            model_name='plageouverture',
            constraint=models.CheckConstraint(condition=models.Q(('nb_guichets__gte', 1), ('reserve_sans_rdv__lte', models.F('nb_guichets'))), name='plage_reserve_possible', violation_error_code='reserve_sans_rdv', violation_error_message='La réserve sans rendez-vous ne dépasse pas le nombre de guichets.'),
        ),
        migrations.AddConstraint(
            model_name='plageouverture',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('file', '='), ('jour', '='), (planning.models.service.MinutesDuJour(models.F('debut'), models.F('fin')), '&&'), ('pendant', '&&')], name='plage_sans_chevauchement', violation_error_code='chevauchement', violation_error_message='Une autre plage de cette file couvre déjà cet horaire.'),
        ),
        migrations.AddIndex(
            model_name='rendezvous',
            index=models.Index(condition=models.Q(('organisme__isnull', False)), fields=['organisme', 'etat'], name='rendez_vous_organisme'),
        ),
        migrations.AddConstraint(
            model_name='rendezvous',
            constraint=models.UniqueConstraint(models.F('convocation'), models.Case(models.When(etat='pris', then=0), default=models.F('id'), output_field=models.BigIntegerField()), name='rendez_vous_actif_unique', violation_error_code='deja_pris', violation_error_message='Un rendez-vous est déjà pris avec cette convocation.'),
        ),
        migrations.AddConstraint(
            model_name='rendezvous',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'pris'), ('termine_le__isnull', True)), models.Q(models.Q(('etat', 'pris'), _negated=True), ('termine_le__isnull', False)), _connector='OR'), name='rendez_vous_termine_date', violation_error_code='termine_le', violation_error_message='Un rendez-vous terminé porte sa date de fin.'),
        ),
        migrations.AddConstraint(
            model_name='rendezvous',
            constraint=models.CheckConstraint(condition=models.Q(('places', 1), ('sequence__gte', 0)), name='rendez_vous_places', violation_error_code='places', violation_error_message='Un rendez-vous prend une place ; ses prolongements prennent les suivantes.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_occupe', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (NEW.etat NOT IN ('annule', 'deplace'))", func="\n        IF NEW.etat <> 'pris' THEN\n          UPDATE planning_creneau SET prises = prises + 1 WHERE id = NEW.creneau_id;\n          RETURN NULL;\n        END IF;\n        UPDATE planning_creneau SET prises = prises + 1\n          WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now() AND prises < places AND EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND jointe_a_id IS NULL AND expire_le > now() FOR SHARE);\n        IF FOUND THEN\n          RETURN NULL;\n        END IF;\n        IF NOT EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND jointe_a_id IS NULL AND expire_le > now() FOR SHARE) THEN\n          RAISE EXCEPTION 'Cette convocation n’est plus valable.' USING ERRCODE = '23514', CONSTRAINT = 'convocation_valable';\n        END IF;\n        \n        IF EXISTS (SELECT 1 FROM planning_creneau WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now()) THEN\n          RAISE EXCEPTION 'Ce créneau est complet.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_non_surreserve';\n        END IF;\n        RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n\n        ", hash='6d0a99260cd9ac52ad4dbc391f5299192273bd86', operation='INSERT', pgid='pgtrigger_rendez_vous_occupe_36d4a', table='planning_rendezvous', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_libere', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF NEW.creneau_id <> OLD.creneau_id OR NEW.convocation_id <> OLD.convocation_id THEN\n          RAISE EXCEPTION 'Un rendez-vous ne change ni de créneau ni de convocation.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fixe';\n        END IF;\n        IF NEW.etat = OLD.etat THEN\n          RETURN NEW;\n        END IF;\n        IF OLD.etat <> 'pris' THEN\n          RAISE EXCEPTION 'Un rendez-vous terminé le reste.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fini';\n        END IF;\n        IF NEW.etat IN ('annule', 'deplace') THEN\n          UPDATE planning_creneau SET prises = prises - 1 WHERE id = NEW.creneau_id;\n          DELETE FROM planning_prolongement WHERE rendez_vous_id = NEW.id;\n        END IF;\n        RETURN NEW;\n        ", hash='ed268c067f8da0b128cd4c8a6c12f0c797dfaa35', operation='UPDATE OF "etat", "creneau_id", "convocation_id"', pgid='pgtrigger_rendez_vous_libere_eb875', table='planning_rendezvous', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_efface', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (OLD.etat NOT IN ('annule', 'deplace'))", func='\n        UPDATE planning_creneau SET prises = prises - 1 WHERE id = OLD.creneau_id;\n        RETURN OLD;\n', hash='26cba970ebe31aeb5713bd755fbf752e8f4f2539', operation='DELETE', pgid='pgtrigger_rendez_vous_efface_64ebe', table='planning_rendezvous', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='prolongement',
            constraint=models.UniqueConstraint(fields=('rendez_vous', 'creneau'), name='prolongement_unique'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prolongement',
            trigger=pgtrigger.compiler.Trigger(name='prolongement_occupe', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF NOT EXISTS (SELECT 1 FROM planning_rendezvous WHERE id = NEW.rendez_vous_id AND etat = 'pris') THEN\n          RAISE EXCEPTION 'Un rendez-vous terminé le reste.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fini';\n        END IF;\n        UPDATE planning_creneau SET prises = prises + 1 WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now() AND prises < places;\n        IF FOUND THEN\n          RETURN NULL;\n        END IF;\n        \n        IF EXISTS (SELECT 1 FROM planning_creneau WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now()) THEN\n          RAISE EXCEPTION 'Ce créneau est complet.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_non_surreserve';\n        END IF;\n        RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n\n        ", hash='0053920195482ba7dc328cacb3674e2d7b03414e', operation='INSERT', pgid='pgtrigger_prolongement_occupe_eb316', table='planning_prolongement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prolongement',
            trigger=pgtrigger.compiler.Trigger(name='prolongement_fixe', sql=planipref.commun.declencheurs.SqlDeclencheur(func="RAISE EXCEPTION 'Un prolongement ne change pas de créneau : on en prend un autre.' USING ERRCODE = '23514', CONSTRAINT = 'prolongement_fixe';", hash='6c0e0179d5d8901fb01f03f7da37e08f29ac46fd', operation='UPDATE', pgid='pgtrigger_prolongement_fixe_4f457', table='planning_prolongement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prolongement',
            trigger=pgtrigger.compiler.Trigger(name='prolongement_efface', sql=planipref.commun.declencheurs.SqlDeclencheur(func='\n        UPDATE planning_creneau SET prises = prises - 1 WHERE id = OLD.creneau_id;\n        RETURN OLD;\n', hash='06caa0c6da6631414afc071f22dab50a1b82421d', operation='DELETE', pgid='pgtrigger_prolongement_efface_a4bc3', table='planning_prolongement', when='BEFORE')),
        ),
        # Room in each page of slots, so that bookings stay HOT updates (measured: 95 % and more).
        migrations.RunSQL(
            "ALTER TABLE planning_creneau SET (fillfactor = 70)",
            "ALTER TABLE planning_creneau RESET (fillfactor)",
        ),
    ]

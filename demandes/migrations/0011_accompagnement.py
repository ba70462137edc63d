"""Organisations that help: named aidants, signed mandates with a scope, alerts against hoarding."""

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0010_pieces_jointes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Aidant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actif', models.BooleanField(default=True)),
                ('pendant', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='période')),
            ],
            options={
                'verbose_name': 'aidant',
                'ordering': ['organisme', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='AlerteOrganisme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('genre', models.CharField(choices=[('mandats', 'Mandats en cours d’un aidant'), ('brouillons', 'Demandes ouvertes dans la journée'), ('rendez_vous', 'Rendez-vous sur un site et un jour')], max_length=12)),
                ('niveau', models.CharField(choices=[('seuil', '80 % de la limite'), ('refus', 'Limite atteinte, refusé')], max_length=6)),
                ('jour', models.DateField()),
                ('nombre', models.PositiveIntegerField(default=1, verbose_name='fois')),
                ('plafond', models.PositiveIntegerField()),
                ('derniere_le', models.DateTimeField(verbose_name='dernière fois')),
            ],
            options={
                'verbose_name': 'alerte sur un organisme',
                'verbose_name_plural': 'alertes sur les organismes',
                'ordering': ['-jour', 'organisme', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='mandat',
            name='cle',
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, verbose_name='clé du lien'),
        ),
        migrations.AddField(
            model_name='mandat',
            name='cree_le',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='créé le'),
        ),
        migrations.AddField(
            model_name='mandat',
            name='empreinte',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64, verbose_name='empreinte du lien'),
        ),
        migrations.AddField(
            model_name='mandat',
            name='ouvre_la_demande',
            field=models.BooleanField(db_default=False, default=False, verbose_name='demande ouverte par l’organisme'),
        ),
        migrations.AddField(
            model_name='mandat',
            name='portee',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('deposer', 'remplir et déposer la demande'), ('completer', 'envoyer les documents demandés'), ('reserver', 'prendre, déplacer et annuler les rendez-vous'), ('suivre', 'suivre la demande et écrire au service')], max_length=12), db_default=models.Value(['suivre'], output_field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), size=None)), default=list, size=None, verbose_name='portée'),
        ),
        migrations.AddField(
            model_name='mandat',
            name='revoque_par_genre',
            field=models.CharField(blank=True, choices=[('agent', 'agent'), ('usager', 'usager'), ('organisme', 'organisme'), ('systeme', 'systeme')], db_default='', default='', max_length=10, verbose_name='révoqué par'),
        ),
        migrations.AddField(
            model_name='mandat',
            name='revoque_par_id',
            field=models.BigIntegerField(blank=True, null=True, verbose_name='identifiant de qui a révoqué'),
        ),
        migrations.AddField(
            model_name='mandat',
            name='signature',
            field=models.CharField(choices=[('electronique', 'Électronique, par un lien envoyé à la personne'), ('papier', 'Sur papier, l’original gardé par l’organisme')], db_default='electronique', default='electronique', max_length=12),
        ),
        migrations.AddField(
            model_name='mandat',
            name='signe_le',
            field=models.DateField(blank=True, help_text='Jour de la signature ; l’instant et l’auteur sont au journal.', null=True, verbose_name='signé le'),
        ),
        migrations.AddField(
            model_name='message',
            name='organisme',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='demandes.organisme'),
        ),
        migrations.AddField(
            model_name='organisme',
            name='prefectures',
            field=models.ManyToManyField(blank=True, related_name='organismes', to='demandes.prefecture', verbose_name='préfectures où il accompagne'),
        ),
        migrations.AddField(
            model_name='organisme',
            name='quota_brouillons',
            field=models.PositiveIntegerField(blank=True, help_text='Vide : la valeur nationale.', null=True, verbose_name='demandes ouvertes par jour'),
        ),
        migrations.AddField(
            model_name='organisme',
            name='quota_mandats',
            field=models.PositiveIntegerField(blank=True, help_text='Vide : la valeur nationale.', null=True, verbose_name='mandats en cours par aidant'),
        ),
        migrations.AddField(
            model_name='organisme',
            name='quota_rendez_vous',
            field=models.PositiveIntegerField(blank=True, help_text='Vide : la valeur nationale.', null=True, verbose_name='rendez-vous par site et par jour'),
        ),
        migrations.AlterField(
            model_name='organisme',
            name='actif',
            field=models.BooleanField(default=True, help_text='Suspendu, un organisme n’a plus aucun accès, tout de suite.'),
        ),
        migrations.AlterField(
            model_name='organisme',
            name='genre',
            field=models.CharField(choices=[('association', 'Association'), ('france_services', 'France Services'), ('service_civique', 'Service civique'), ('medecin', 'Médecin agréé')], max_length=16),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='attribution',
            trigger=pgtrigger.compiler.Trigger(name='attribution_sans_aidant', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM 1 FROM demandes_agent WHERE id = NEW.agent_id FOR NO KEY UPDATE;\n        IF EXISTS (SELECT 1 FROM demandes_aidant a WHERE a.agent_id = NEW.agent_id) THEN\n          RAISE EXCEPTION 'Un aidant n’a pas de rôle d’agent : il lui faut un autre compte.' USING ERRCODE = '23514', CONSTRAINT = 'aidant_sans_role';\n        END IF;\n        RETURN NEW;\n        ", hash='83fec5e5b2d0b4723060be057afa9e319d0eabe9', operation='INSERT OR UPDATE OF "agent_id"', pgid='pgtrigger_attribution_sans_aidant_3d627', table='demandes_attribution', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_titulaire_fige', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.usager_id <> NEW.usager_id)', func="\n        IF EXISTS (SELECT 1 FROM demandes_mandat m WHERE m.demande_id = NEW.id) THEN\n          RAISE EXCEPTION 'Le mandat vient de la personne à qui appartient la demande.' USING ERRCODE = '23514', CONSTRAINT = 'mandat_du_titulaire';\n        END IF;\n        RETURN NEW;\n        ", hash='474a93e701b67c5b9bb918b4d5d63676689617f9', operation='UPDATE OF "usager_id"', pgid='pgtrigger_demande_titulaire_fige_eaa7c', table='demandes_demande', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mandat',
            trigger=pgtrigger.compiler.Trigger(name='mandat_du_titulaire', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM 1 FROM demandes_demande WHERE id = NEW.demande_id AND usager_id = NEW.usager_id FOR KEY SHARE;\n        IF NOT FOUND THEN\n          RAISE EXCEPTION 'Le mandat vient de la personne à qui appartient la demande.' USING ERRCODE = '23514', CONSTRAINT = 'mandat_du_titulaire';\n        END IF;\n        RETURN NEW;\n        ", hash='625f96dacdd213842b0128daa4c14d0d1a92501d', operation='INSERT OR UPDATE OF "usager_id", "demande_id"', pgid='pgtrigger_mandat_du_titulaire_7a963', table='demandes_mandat', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mandat',
            trigger=pgtrigger.compiler.Trigger(name='mandat_fige', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF OLD.revoque_le IS NOT NULL AND (\n          NEW.revoque_le IS DISTINCT FROM OLD.revoque_le OR NEW.signe_le IS DISTINCT FROM OLD.signe_le\n        ) THEN\n          RAISE EXCEPTION 'Un mandat révoqué ne revient pas.' USING ERRCODE = '23514', CONSTRAINT = 'mandat_fige';\n        END IF;\n        IF OLD.signe_le IS NOT NULL AND\n           (OLD.organisme_id, OLD.usager_id, OLD.demande_id, OLD.portee, OLD.signature, OLD.signe_le, OLD.pendant)\n           IS DISTINCT FROM\n           (NEW.organisme_id, NEW.usager_id, NEW.demande_id, NEW.portee, NEW.signature, NEW.signe_le, NEW.pendant)\n        THEN\n          RAISE EXCEPTION 'Un mandat signé ne change plus : il se révoque.' USING ERRCODE = '23514', CONSTRAINT = 'mandat_fige';\n        END IF;\n        RETURN NEW;\n        ", hash='7651a46c2bd439d365f06f4d2a328afbc3980e25', operation='UPDATE OF "organisme_id", "usager_id", "demande_id", "portee", "signature", "signe_le", "pendant", "revoque_le"', pgid='pgtrigger_mandat_fige_4016c', table='demandes_mandat', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='aidant',
            name='agent',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='aidant', to=settings.AUTH_USER_MODEL, verbose_name='compte'),
        ),
        migrations.AddField(
            model_name='aidant',
            name='organisme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='aidants', to='demandes.organisme'),
        ),
        migrations.AddField(
            model_name='mandat',
            name='aidant',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mandats', to='demandes.aidant', verbose_name='enregistré par'),
        ),
        migrations.AddConstraint(
            model_name='mandat',
            constraint=models.CheckConstraint(condition=models.Q(('portee__contained_by', ['deposer', 'completer', 'reserver', 'suivre']), ('portee__len__gt', 0)), name='mandat_portee', violation_error_code='portee', violation_error_message='Un mandat dit ce qu’il permet : au moins une action connue.'),
        ),
        migrations.AddConstraint(
            model_name='mandat',
            constraint=models.CheckConstraint(condition=models.Q(('signe_le__isnull', True), ('pendant__startswith__gte', models.F('signe_le')), _connector='OR'), name='mandat_signe_avant_de_courir', violation_error_code='signe_le', violation_error_message='Un mandat ne commence pas avant sa signature.'),
        ),
        migrations.AddField(
            model_name='alerteorganisme',
            name='organisme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alertes', to='demandes.organisme'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='aidant',
            trigger=pgtrigger.compiler.Trigger(name='aidant_sans_role', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM 1 FROM demandes_agent WHERE id = NEW.agent_id FOR NO KEY UPDATE;\n        IF EXISTS (SELECT 1 FROM demandes_attribution a WHERE a.agent_id = NEW.agent_id)\n           OR EXISTS (SELECT 1 FROM demandes_agent c WHERE c.id = NEW.agent_id AND c.is_superuser) THEN\n          RAISE EXCEPTION 'Un aidant n’a pas de rôle d’agent : il lui faut un autre compte.' USING ERRCODE = '23514', CONSTRAINT = 'aidant_sans_role';\n        END IF;\n        RETURN NEW;\n        ", hash='d18dbfb942584ae2f7137c905490633f2ce6293a', operation='INSERT OR UPDATE OF "agent_id"', pgid='pgtrigger_aidant_sans_role_ac87d', table='demandes_aidant', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='alerteorganisme',
            constraint=models.UniqueConstraint(fields=('organisme', 'genre', 'niveau', 'jour'), name='alerte_unique_par_jour'),
        ),
    ]

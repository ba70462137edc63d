"""FranceConnect identities, merges of usagers, and the key under which duplicates meet; filled and indexed next."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0012_mandat_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='DoublonEcarte',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('le', models.DateTimeField(verbose_name='le')),
            ],
            options={
                'verbose_name': 'doublon écarté',
                'verbose_name_plural': 'doublons écartés',
                'ordering': ['premier', 'second'],
            },
        ),
        migrations.CreateModel(
            name='FusionUsager',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('le', models.DateTimeField(verbose_name='le')),
                ('instantane', models.JSONField(help_text='Fiche gardée avant et après, demandes et mandats déplacés ; la fiche absorbée reste intacte.', verbose_name='instantané')),
                ('defaite_le', models.DateTimeField(blank=True, null=True, verbose_name='défaite le')),
            ],
            options={
                'verbose_name': 'fusion d’usagers',
                'verbose_name_plural': 'fusions d’usagers',
                'ordering': ['-le', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='usager',
            name='cle_identite',
            field=models.TextField(db_default='', default='', editable=False, verbose_name='clé d’identité'),
        ),
        migrations.AddField(
            model_name='usager',
            name='fusionne_dans',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='absorbes', to='demandes.usager', verbose_name='fusionné dans'),
        ),
        migrations.AddField(
            model_name='usager',
            name='identite_certifiee_le',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='identité certifiée le'),
        ),
        migrations.AddField(
            model_name='usager',
            name='sub_franceconnect',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64, verbose_name='empreinte FranceConnect'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usager',
            trigger=pgtrigger.compiler.Trigger(name='usager_cle_identite', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE brut text;', func="\n        brut := NEW.nom || '|' || split_part(translate(btrim(NEW.prenoms), '-', ' '), ' ', 1);\n        brut := regexp_replace(normalize(brut, NFD), '[\\u0300-\\u036f]', '', 'g');\n        brut := regexp_replace(regexp_replace(lower(brut), '[Œœ]', 'oe', 'g'), '[Ææ]', 'ae', 'g');\n        brut := replace(brut, 'ß', 'ss');\n        brut := translate(brut, 'ŁłØøĐđİı -''’.', 'llooddii');\n        IF NEW.nom = '' OR NEW.prenoms = '' OR NEW.date_naissance = '' THEN\n          NEW.cle_identite := '';\n        ELSE\n          NEW.cle_identite := brut || '|' || left(NEW.date_naissance, 4);\n        END IF;\n        RETURN NEW;\n        ", hash='357f72dc084b191b2180c629262d56164657d504', operation='INSERT OR UPDATE OF "nom", "prenoms", "date_naissance"', pgid='pgtrigger_usager_cle_identite_eb7f3', table='demandes_usager', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='usager',
            constraint=models.CheckConstraint(condition=models.Q(('sub_franceconnect', ''), ('identite_certifiee_le__isnull', False), _connector='OR'), name='usager_franceconnect_certifie', violation_error_code='identite_certifiee_le', violation_error_message='Une identité FranceConnect porte la date de sa certification.'),
        ),
        migrations.AddField(
            model_name='doublonecarte',
            name='agent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='doublons_ecartes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='doublonecarte',
            name='premier',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ecartes_premiers', to='demandes.usager'),
        ),
        migrations.AddField(
            model_name='doublonecarte',
            name='second',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ecartes_seconds', to='demandes.usager'),
        ),
        migrations.AddField(
            model_name='fusionusager',
            name='absorbe',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fusions_subies', to='demandes.usager'),
        ),
        migrations.AddField(
            model_name='fusionusager',
            name='agent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fusions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fusionusager',
            name='defaite_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fusions_defaites', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fusionusager',
            name='garde',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fusions_recues', to='demandes.usager'),
        ),
        migrations.AddConstraint(
            model_name='doublonecarte',
            constraint=models.UniqueConstraint(fields=('premier', 'second'), name='doublon_ecarte_unique'),
        ),
        migrations.AddConstraint(
            model_name='doublonecarte',
            constraint=models.CheckConstraint(condition=models.Q(('premier__lt', models.F('second'))), name='doublon_ecarte_ordonne', violation_error_code='second', violation_error_message='Le premier usager est le plus ancien des deux.'),
        ),
        migrations.AddConstraint(
            model_name='fusionusager',
            constraint=models.UniqueConstraint(condition=models.Q(('defaite_le__isnull', True)), fields=('absorbe',), name='fusion_absorbe_une_fois'),
        ),
        migrations.AddConstraint(
            model_name='fusionusager',
            constraint=models.CheckConstraint(condition=models.Q(('garde', models.F('absorbe')), _negated=True), name='fusion_de_deux_usagers', violation_error_code='absorbe', violation_error_message='Une fusion réunit deux fiches.'),
        ),
    ]

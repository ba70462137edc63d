"""The demandes of a family, their common convocation, and the legal representative of a minor."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0021_reglages'),
    ]

    operations = [
        migrations.AddField(
            model_name='convocation',
            name='jointe_a',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='jointes', to='demandes.convocation', verbose_name='jointe à'),
        ),
        migrations.AddField(
            model_name='demande',
            name='lien_familial',
            field=models.CharField(blank=True, choices=[('conjoint', 'Époux, épouse ou partenaire'), ('enfant', 'Enfant'), ('parent', 'Père ou mère'), ('autre', 'Autre personne de la famille')], db_default='', default='', max_length=8, verbose_name='lien de famille'),
        ),
        migrations.AddField(
            model_name='demande',
            name='principale',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rattachees', to='demandes.demande', verbose_name='demande principale de la famille'),
        ),
        migrations.AddField(
            model_name='demande',
            name='representant',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='représentant légal'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='convocation',
            trigger=pgtrigger.compiler.Trigger(name='convocation_jointe', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (NEW.jointe_a_id IS NOT NULL)', func="\n        IF NEW.jointe_a_id = NEW.id\n           OR EXISTS (SELECT 1 FROM demandes_convocation WHERE jointe_a_id = NEW.id AND etat = 'active')\n           OR NOT EXISTS (\n             SELECT 1 FROM demandes_convocation c\n             JOIN demandes_demande t ON t.id = c.demande_id\n             JOIN demandes_demande d ON d.id = NEW.demande_id\n             WHERE c.id = NEW.jointe_a_id AND c.jointe_a_id IS NULL AND c.objet = NEW.objet AND t.id <> d.id\n               AND COALESCE(t.principale_id, t.id) = COALESCE(d.principale_id, d.id)\n           ) THEN\n          RAISE EXCEPTION 'On ne joint que les convocations d’une même famille, pour le même objet.' USING ERRCODE = '23514', CONSTRAINT = 'convocation_jointe';\n        END IF;\n        RETURN NEW;\n        ", hash='08229cdf4c6f1b7b0d60f2a5b765a1f9f3abcf05', operation='INSERT OR UPDATE OF "jointe_a_id", "demande_id", "objet"', pgid='pgtrigger_convocation_jointe_76e80', table='demandes_convocation', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_famille_permise', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (NEW.principale_id IS NOT NULL)', declare='DECLARE tete record;', func="\n        SELECT prefecture_id, principale_id INTO tete FROM demandes_demande\n          WHERE id = NEW.principale_id FOR NO KEY UPDATE;\n        IF tete.prefecture_id <> NEW.prefecture_id THEN\n          RAISE EXCEPTION 'Une famille dépose dans une seule préfecture.' USING ERRCODE = '23514', CONSTRAINT = 'demande_famille_prefecture';\n        END IF;\n        IF tete.principale_id IS NOT NULL THEN\n          RAISE EXCEPTION 'Une demande se rattache à la demande principale de la famille.' USING ERRCODE = '23514', CONSTRAINT = 'demande_famille_principale';\n        END IF;\n        IF (SELECT count(*) FROM demandes_demande WHERE principale_id = NEW.principale_id) >= 9 THEN\n          RAISE EXCEPTION 'Une famille dépose dix demandes au plus.' USING ERRCODE = '23514', CONSTRAINT = 'demande_famille_dix';\n        END IF;\n        RETURN NEW;\n        ", hash='69904290202a90c0097b78e220ea4b515caaa17c', operation='INSERT', pgid='pgtrigger_demande_famille_permise_20b4f', table='demandes_demande', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_famille_fixe', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.principale_id IS DISTINCT FROM NEW.principale_id OR OLD.prefecture_id <> NEW.prefecture_id)', func="\n        IF NEW.principale_id IS NOT NULL OR OLD.principale_id IS NULL AND EXISTS (\n          SELECT 1 FROM demandes_demande WHERE principale_id = NEW.id\n        ) THEN\n          RAISE EXCEPTION 'Une demande entre dans une famille en naissant, et n’en change pas.' USING ERRCODE = '23514', CONSTRAINT = 'demande_famille_fixe';\n        END IF;\n        IF EXISTS (\n          SELECT 1 FROM demandes_convocation c WHERE c.demande_id = NEW.id AND c.etat = 'active' AND (\n            c.jointe_a_id IS NOT NULL\n            OR EXISTS (SELECT 1 FROM demandes_convocation j WHERE j.jointe_a_id = c.id AND j.etat = 'active')\n          )\n        ) THEN\n          RAISE EXCEPTION 'Cette personne est convoquée avec sa famille.' USING ERRCODE = '23514', CONSTRAINT = 'demande_famille_convoquee';\n        END IF;\n        RETURN NEW;\n        ", hash='6aa81621e8593d8e13be92a24d84e94f62ee9124', operation='UPDATE OF "principale_id", "prefecture_id"', pgid='pgtrigger_demande_famille_fixe_68ad9', table='demandes_demande', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='demande',
            constraint=models.CheckConstraint(condition=models.Q(('principale__isnull', True), models.Q(('lien_familial', ''), _negated=True), _connector='OR'), name='demande_lien_familial', violation_error_code='lien_familial', violation_error_message='Une demande rattachée dit le lien de famille.'),
        ),
    ]

"""Triggers without the call by which a session could have them ignored."""

import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('planning', '0002_creneau_hot'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='absence',
            name='absence_sans_affectation',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='affectation',
            name='affectation_permise',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='creneau',
            name='creneau_pose',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='prolongement',
            name='prolongement_possible',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='rendezvous',
            name='rendez_vous_possible',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='absence',
            trigger=pgtrigger.compiler.Trigger(name='absence_sans_affectation', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM pg_advisory_xact_lock(hashtext('agent'), NEW.agent_id::int);\n        IF EXISTS (SELECT 1 FROM planning_affectation a\n                   WHERE a.agent_id = NEW.agent_id AND a.pendant && NEW.pendant) THEN\n          RAISE EXCEPTION 'L’agent est affecté à un poste à ce moment.' USING ERRCODE = '23514', CONSTRAINT = 'absence_agent_affecte';\n        END IF;\n        RETURN NEW;\n        ", hash='5e1cb0e7da2930ac187f0bf2927590d95bc11408', operation='INSERT OR UPDATE', pgid='pgtrigger_absence_sans_affectation_8c609', table='planning_absence', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='affectation',
            trigger=pgtrigger.compiler.Trigger(name='affectation_permise', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM pg_advisory_xact_lock(hashtext('agent'), NEW.agent_id::int);\n        IF EXISTS (SELECT 1 FROM planning_absence a\n                   WHERE a.agent_id = NEW.agent_id AND a.pendant && NEW.pendant) THEN\n          RAISE EXCEPTION 'L’agent est absent à ce moment.' USING ERRCODE = '23514', CONSTRAINT = 'affectation_agent_present';\n        END IF;\n        IF NEW.poste = 'guichet' AND NOT EXISTS (\n             SELECT 1 FROM planning_habilitation h\n             WHERE h.agent_id = NEW.agent_id AND h.file_id = NEW.file_id\n               AND h.pendant @> daterange(lower(NEW.pendant)::date, upper(NEW.pendant)::date, '[]')) THEN\n          RAISE EXCEPTION 'L’agent n’a pas l’habilitation de cette file.' USING ERRCODE = '23514', CONSTRAINT = 'affectation_agent_habilite';\n        END IF;\n        RETURN NEW;\n        ", hash='785cc503a9311491545ba73214bf712531299c65', operation='INSERT OR UPDATE', pgid='pgtrigger_affectation_permise_1cd80', table='planning_affectation', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creneau',
            trigger=pgtrigger.compiler.Trigger(name='creneau_pose', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.prises > 0)', func="RAISE EXCEPTION 'Un créneau déjà pris ne se déplace pas.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_pose';", hash='08231cd96b88da72e0dfd1ea06aa7608f10379c5', operation='UPDATE OF "debut", "file_id"', pgid='pgtrigger_creneau_pose_97af1', table='planning_creneau', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prolongement',
            trigger=pgtrigger.compiler.Trigger(name='prolongement_possible', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF NOT EXISTS (SELECT 1 FROM planning_creneau c\n                       WHERE c.id = NEW.creneau_id AND c.etat = 'ouvert' AND c.debut > now()) THEN\n          RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n        END IF;\n        RETURN NEW;\n        ", hash='7bedcf59ef14525a2eba7d44122d93ab9c651ee7', operation='INSERT', pgid='pgtrigger_prolongement_possible_e5c5f', table='planning_prolongement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_possible', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (NEW.etat = 'pris')", declare='DECLARE possible boolean;', func="\n        SELECT c.etat = 'ouvert' AND c.debut > now() INTO possible FROM planning_creneau c WHERE c.id = NEW.creneau_id;\n        IF possible IS NOT TRUE THEN\n          RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n        END IF;\n        SELECT v.etat = 'active' AND v.expire_le > now() INTO possible\n          FROM demandes_convocation v WHERE v.id = NEW.convocation_id;\n        IF possible IS NOT TRUE THEN\n          RAISE EXCEPTION 'Cette convocation n’est plus valable.' USING ERRCODE = '23514', CONSTRAINT = 'convocation_valable';\n        END IF;\n        RETURN NEW;\n        ", hash='d1e89ad3b9e4a3687baacd516c35c4b6213ceaa5', operation='INSERT OR UPDATE OF "creneau_id", "convocation_id"', pgid='pgtrigger_rendez_vous_possible_7f34a', table='planning_rendezvous', when='BEFORE')),
        ),
    ]

"""Guards behind the services: what their rules already forbid, refused by PostgreSQL too."""

import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0007_moins_d_index'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='decision',
            name='decision_quatre_yeux',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='demande',
            name='demande_completude_figee',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='decision_quatre_yeux', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM 1 FROM demandes_demande WHERE id = NEW.demande_id FOR NO KEY UPDATE;\n        IF EXISTS (\n          SELECT 1 FROM demandes_demande d JOIN demandes_motif m ON m.id = d.motif_id\n          WHERE d.id = NEW.demande_id AND m.quatre_yeux AND d.completude_par_id = NEW.agent_id\n        ) THEN\n          RAISE EXCEPTION 'La complétude et la décision reviennent à deux agents différents.' USING ERRCODE = '23514', CONSTRAINT = 'decision_quatre_yeux';\n        END IF;\n        RETURN NEW;\n        ", hash='41c8c7e9750278272791ddc0e0f5235251ee731c', operation='INSERT OR UPDATE OF "agent_id", "demande_id"', pgid='pgtrigger_decision_quatre_yeux_f5a88', table='demandes_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='decision_rendue', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF EXISTS (\n          SELECT 1 FROM demandes_demande d WHERE d.id = OLD.demande_id\n          AND d.etat IN ('accordee', 'refusee', 'a_remettre', 'remise', 'cloturee')\n        ) THEN\n          RAISE EXCEPTION 'Une décision rendue ne change plus.' USING ERRCODE = '23514', CONSTRAINT = 'decision_rendue';\n        END IF;\n        IF TG_OP = 'DELETE' THEN\n          RETURN OLD;\n        END IF;\n        RETURN NEW;\n        ", hash='d0d7f9d1d32e7f67f2700379693f7be6cba1aab6', operation='DELETE OR UPDATE OF "sens", "demande_id", "agent_id"', pgid='pgtrigger_decision_rendue_abbbc', table='demandes_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_completude_figee', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.completude_par_id IS DISTINCT FROM NEW.completude_par_id OR OLD.motif_id <> NEW.motif_id)', func="\n        IF OLD.completude_par_id IS NOT NULL AND OLD.completude_par_id IS DISTINCT FROM NEW.completude_par_id THEN\n          RAISE EXCEPTION 'L’auteur du constat de complétude ne change pas.' USING ERRCODE = '23514', CONSTRAINT = 'demande_completude_figee';\n        END IF;\n        IF EXISTS (\n          SELECT 1 FROM demandes_decision d JOIN demandes_motif m ON m.id = NEW.motif_id\n          WHERE d.demande_id = NEW.id AND m.quatre_yeux AND d.agent_id = NEW.completude_par_id\n        ) THEN\n          RAISE EXCEPTION 'La complétude et la décision reviennent à deux agents différents.' USING ERRCODE = '23514', CONSTRAINT = 'decision_quatre_yeux';\n        END IF;\n        RETURN NEW;\n        ", hash='24634e522d9f71c80a7eb46f903b80225eb5dcea', operation='UPDATE OF "completude_par_id", "motif_id"', pgid='pgtrigger_demande_completude_figee_abd75', table='demandes_demande', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_decision_presente', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (OLD.etat IS DISTINCT FROM NEW.etat AND NEW.etat IN ('accordee', 'refusee'))", constraint='CONSTRAINT', func="\n        IF NOT EXISTS (\n          SELECT 1 FROM demandes_decision d\n          WHERE d.demande_id = NEW.id AND d.sens = CASE NEW.etat WHEN 'accordee' THEN 'accord' ELSE 'refus' END\n        ) THEN\n          RAISE EXCEPTION 'Une demande accordée ou refusée porte la décision qui le dit.' USING ERRCODE = '23514', CONSTRAINT = 'demande_decision_presente';\n        END IF;\n        RETURN NULL;\n        ", hash='7b0e39a258ec16096c8c3959b9c17c91c96aaa7d', operation='UPDATE OF "etat"', pgid='pgtrigger_demande_decision_presente_5d9e7', table='demandes_demande', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evenement',
            trigger=pgtrigger.compiler.Trigger(name='evenement_vierge', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (NEW.rang IS NOT NULL OR NEW.condensat IS NOT NULL)', func="RAISE EXCEPTION 'Un événement est scellé par la base, à la validation.' USING ERRCODE = '23514', CONSTRAINT = 'evenement_vierge';", hash='ce5bfec0e4dfc1cba8b6a094c85b7003abb13b6d', operation='INSERT', pgid='pgtrigger_evenement_vierge_34227', table='demandes_evenement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notification',
            trigger=pgtrigger.compiler.Trigger(name='notification_partie', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (OLD.etat = 'envoyee' AND NEW.etat <> 'envoyee')", func="RAISE EXCEPTION 'Un message parti ne repart pas.' USING ERRCODE = '23514', CONSTRAINT = 'notification_partie';", hash='e17f44239b637cef9e0bd7cbb7b6341e90c8cbe1', operation='UPDATE OF "etat"', pgid='pgtrigger_notification_partie_c4491', table='demandes_notification', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notification',
            trigger=pgtrigger.compiler.Trigger(name='notification_gardee', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (OLD.etat = 'envoyee')", func="RAISE EXCEPTION 'Un message parti ne repart pas.' USING ERRCODE = '23514', CONSTRAINT = 'notification_partie';", hash='5174c83c4c0cb45e10296e88f0a6792f2dfd6277', operation='DELETE', pgid='pgtrigger_notification_gardee_0d687', table='demandes_notification', when='BEFORE')),
        ),
    ]

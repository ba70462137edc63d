"""Triggers without the call by which a session could have them ignored."""

import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0005_index_de_liste'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='decision',
            name='decision_quatre_yeux',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='demande',
            name='demande_etat_permis',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='demande',
            name='demande_nait_brouillon',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='demande',
            name='demande_etat_journalise',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='demande',
            name='demande_completude_figee',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='evenement',
            name='evenement_scelle',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='evenement',
            name='evenement_immuable',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='evenement',
            name='evenement_ineffacable',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='evenement',
            name='evenement_intronquable',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='decision_quatre_yeux', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF EXISTS (\n          SELECT 1 FROM demandes_demande d JOIN demandes_motif m ON m.id = d.motif_id\n          WHERE d.id = NEW.demande_id AND m.quatre_yeux AND d.completude_par_id = NEW.agent_id\n        ) THEN\n          RAISE EXCEPTION 'La complétude et la décision reviennent à deux agents différents.' USING ERRCODE = '23514', CONSTRAINT = 'decision_quatre_yeux';\n        END IF;\n        RETURN NEW;\n        ", hash='b56ec6c42f35bfa3c0f8c5788c13bbd2828f79b2', operation='INSERT OR UPDATE OF "agent_id"', pgid='pgtrigger_decision_quatre_yeux_f5a88', table='demandes_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_etat_permis', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.etat IS DISTINCT FROM NEW.etat)', func="\n        IF (OLD.etat, NEW.etat) NOT IN (('a_completer', 'complete'), ('a_completer', 'deposee'), ('a_completer', 'sans_suite'), ('a_remettre', 'remise'), ('accordee', 'a_remettre'), ('accordee', 'cloturee'), ('brouillon', 'deposee'), ('complete', 'a_remettre'), ('complete', 'convoquee'), ('complete', 'en_instruction'), ('complete', 'recue'), ('complete', 'sans_suite'), ('convoquee', 'complete'), ('convoquee', 'rdv_pris'), ('convoquee', 'recue'), ('convoquee', 'sans_suite'), ('deposee', 'a_completer'), ('deposee', 'a_remettre'), ('deposee', 'complete'), ('deposee', 'convoquee'), ('deposee', 'en_instruction'), ('deposee', 'recue'), ('deposee', 'sans_suite'), ('en_instruction', 'accordee'), ('en_instruction', 'refusee'), ('en_instruction', 'sans_suite'), ('rdv_pris', 'complete'), ('rdv_pris', 'convoquee'), ('rdv_pris', 'recue'), ('rdv_pris', 'sans_suite'), ('recue', 'a_remettre'), ('recue', 'accordee'), ('recue', 'cloturee'), ('recue', 'en_instruction'), ('recue', 'sans_suite'), ('refusee', 'cloturee'), ('remise', 'cloturee'), ('sans_suite', 'cloturee')) THEN\n          RAISE EXCEPTION 'Transition interdite par la table.' USING ERRCODE = '23514', CONSTRAINT = 'demande_etat_permis';\n        END IF;\n        RETURN NEW;\n        ", hash='a58ef486e41b08195fa9bfd43e5945a82419af05', operation='UPDATE OF "etat"', pgid='pgtrigger_demande_etat_permis_7f2b0', table='demandes_demande', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_nait_brouillon', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (NEW.etat <> 'brouillon')", func="RAISE EXCEPTION 'Une demande naît en brouillon.' USING ERRCODE = '23514', CONSTRAINT = 'demande_nait_brouillon';", hash='983a9db16151a7cc87f03a35b4d21a4efc2c03ed', operation='INSERT', pgid='pgtrigger_demande_nait_brouillon_983e4', table='demandes_demande', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_etat_journalise', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.etat IS DISTINCT FROM NEW.etat)', constraint='CONSTRAINT', func="\n        IF NOT EXISTS (\n          SELECT 1 FROM demandes_evenement e\n          WHERE e.demande_id = NEW.id AND e.transaction = pg_current_xact_id()::text::bigint\n            AND e.de = OLD.etat AND e.vers = NEW.etat\n        ) THEN\n          RAISE EXCEPTION 'Changement d’état sans événement au journal.' USING ERRCODE = '23514', CONSTRAINT = 'demande_etat_journalise';\n        END IF;\n        RETURN NULL;\n        ", hash='4c65854fd06a172a9d8816684c68f6c863bbc504', operation='UPDATE OF "etat"', pgid='pgtrigger_demande_etat_journalise_def1d', table='demandes_demande', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_completude_figee', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.completude_par_id IS NOT NULL AND OLD.completude_par_id IS DISTINCT FROM NEW.completude_par_id)', func="RAISE EXCEPTION 'L’auteur du constat de complétude ne change pas.' USING ERRCODE = '23514', CONSTRAINT = 'demande_completude_figee';", hash='f82d9410098fabe6c127d0ff7d65a832ace2596d', operation='UPDATE OF "completude_par_id"', pgid='pgtrigger_demande_completude_figee_abd75', table='demandes_demande', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evenement',
            trigger=pgtrigger.compiler.Trigger(name='evenement_scelle', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (NEW.condensat IS NULL)', constraint='CONSTRAINT', declare='DECLARE tete record; scelle bytea;', func="\n        INSERT INTO demandes_tetejournal (prefecture_id, rang, condensat)\n          VALUES (NEW.prefecture_id, 0, '\\x')\n          ON CONFLICT (prefecture_id) DO NOTHING;\n        SELECT * INTO tete FROM demandes_tetejournal WHERE prefecture_id = NEW.prefecture_id FOR UPDATE;\n        scelle := sha256(tete.condensat || convert_to(evenement_canonique(NEW, tete.rang + 1), 'UTF8'));\n        UPDATE demandes_evenement SET rang = tete.rang + 1, condensat = scelle WHERE id = NEW.id;\n        UPDATE demandes_tetejournal SET rang = tete.rang + 1, condensat = scelle\n          WHERE prefecture_id = NEW.prefecture_id;\n        RETURN NULL;\n        ", hash='462fd9b74df5443bb394e83d7de4b78a2302d2f2', operation='INSERT', pgid='pgtrigger_evenement_scelle_95773', table='demandes_evenement', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evenement',
            trigger=pgtrigger.compiler.Trigger(name='evenement_immuable', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n            IF OLD.condensat IS NULL AND NEW.condensat IS NOT NULL AND\n               to_jsonb(OLD) - 'rang' - 'condensat' = to_jsonb(NEW) - 'rang' - 'condensat' THEN\n              RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'Le journal ne se modifie pas.' USING ERRCODE = '23514', CONSTRAINT = 'evenement_immuable';\n            ", hash='91869aa927dcb5087d789e173eb471fbececd72b', operation='UPDATE', pgid='pgtrigger_evenement_immuable_6f40f', table='demandes_evenement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evenement',
            trigger=pgtrigger.compiler.Trigger(name='evenement_ineffacable', sql=planipref.commun.declencheurs.SqlDeclencheur(func="RAISE EXCEPTION 'Le journal ne se modifie pas.' USING ERRCODE = '23514', CONSTRAINT = 'evenement_immuable';", hash='2a59c8c1652d9bacccd4b84fcb5665581ca4997c', operation='DELETE', pgid='pgtrigger_evenement_ineffacable_07315', table='demandes_evenement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evenement',
            trigger=pgtrigger.compiler.Trigger(name='evenement_intronquable', sql=planipref.commun.declencheurs.SqlDeclencheur(func="RAISE EXCEPTION 'Le journal ne se modifie pas.' USING ERRCODE = '23514', CONSTRAINT = 'evenement_immuable';", hash='4141fbe2ada08661b8901f5fe9103408a0670b12', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_evenement_intronquable_07802', table='demandes_evenement', when='BEFORE')),
        ),
    ]

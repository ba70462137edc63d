"""The counter of a slot is kept by triggers of its appointments, after a last count.

Stop the web servers for this step, and before reversing it: the former version wrote the counter itself.
"""

import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("demandes", "0006_declencheurs_infaillibles"),
        ("planning", "0003_declencheurs_infaillibles"),
    ]

    operations = [
        migrations.RunSQL(
            """
            LOCK TABLE planning_rendezvous, planning_prolongement, planning_creneau IN SHARE ROW EXCLUSIVE MODE;
            WITH compte AS (
              SELECT creneau_id, count(*) AS n FROM (
                SELECT creneau_id FROM planning_rendezvous WHERE etat NOT IN ('annule', 'deplace')
                UNION ALL SELECT creneau_id FROM planning_prolongement
              ) o GROUP BY creneau_id
            )
            UPDATE planning_creneau c SET prises = coalesce(k.n, 0), places = greatest(c.places, coalesce(k.n, 0))
            FROM planning_creneau s LEFT JOIN compte k ON k.creneau_id = s.id
            WHERE s.id = c.id AND c.prises <> coalesce(k.n, 0)
            """,
            migrations.RunSQL.noop,
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
            model_name='creneau',
            trigger=pgtrigger.compiler.Trigger(name='creneau_compte', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.prises <> NEW.prises AND pg_trigger_depth() = 0)', func="RAISE EXCEPTION 'Les places prises d’un créneau se comptent sur ses rendez-vous.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_compte';", hash='75162c2d1beef27c0349d420b56e0f4259ff1053', operation='UPDATE OF "prises"', pgid='pgtrigger_creneau_compte_5762f', table='planning_creneau', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creneau',
            trigger=pgtrigger.compiler.Trigger(name='creneau_neuf', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (NEW.prises <> 0)', func="RAISE EXCEPTION 'Les places prises d’un créneau se comptent sur ses rendez-vous.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_compte';", hash='deeb6c4cfb15d06f662b94768efb1c094633577e', operation='INSERT', pgid='pgtrigger_creneau_neuf_d22c0', table='planning_creneau', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='habilitation',
            trigger=pgtrigger.compiler.Trigger(name='habilitation_tenue', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE tenue boolean;', func="\n        PERFORM pg_advisory_xact_lock(hashtext('agent'), OLD.agent_id::int);\n        SELECT bool_or(TG_OP = 'DELETE' OR NEW.agent_id <> OLD.agent_id OR NEW.file_id <> OLD.file_id\n                       OR NOT NEW.pendant @> j.jours) INTO tenue\n          FROM planning_affectation a,\n               LATERAL (SELECT daterange(lower(a.pendant)::date, upper(a.pendant)::date, '[]') AS jours) j\n          WHERE a.agent_id = OLD.agent_id AND a.poste = 'guichet' AND a.file_id = OLD.file_id\n            AND OLD.pendant @> j.jours;\n        IF tenue THEN\n          RAISE EXCEPTION 'L’agent tient un guichet de cette file à ces dates.' USING ERRCODE = '23514', CONSTRAINT = 'habilitation_tenue';\n        END IF;\n        IF TG_OP = 'DELETE' THEN\n          RETURN OLD;\n        END IF;\n        RETURN NEW;\n        ", hash='4a42477b7300fa710d0c15769893d6e2d2f68d89', operation='UPDATE OR DELETE', pgid='pgtrigger_habilitation_tenue_64150', table='planning_habilitation', when='BEFORE')),
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
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_occupe', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (NEW.etat NOT IN ('annule', 'deplace'))", func="\n        IF NEW.etat <> 'pris' THEN\n          UPDATE planning_creneau SET prises = prises + 1 WHERE id = NEW.creneau_id;\n          RETURN NULL;\n        END IF;\n        UPDATE planning_creneau SET prises = prises + 1\n          WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now() AND prises < places AND EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND expire_le > now() FOR SHARE);\n        IF FOUND THEN\n          RETURN NULL;\n        END IF;\n        IF NOT EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND expire_le > now() FOR SHARE) THEN\n          RAISE EXCEPTION 'Cette convocation n’est plus valable.' USING ERRCODE = '23514', CONSTRAINT = 'convocation_valable';\n        END IF;\n        \n        IF EXISTS (SELECT 1 FROM planning_creneau WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now()) THEN\n          RAISE EXCEPTION 'Ce créneau est complet.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_non_surreserve';\n        END IF;\n        RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n\n        ", hash='4361b4fe18d8bbf98bd9242fe7fa6f260bc95d16', operation='INSERT', pgid='pgtrigger_rendez_vous_occupe_36d4a', table='planning_rendezvous', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_libere', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF NEW.creneau_id <> OLD.creneau_id OR NEW.convocation_id <> OLD.convocation_id THEN\n          RAISE EXCEPTION 'Un rendez-vous ne change ni de créneau ni de convocation.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fixe';\n        END IF;\n        IF NEW.etat = OLD.etat THEN\n          RETURN NEW;\n        END IF;\n        IF OLD.etat <> 'pris' THEN\n          RAISE EXCEPTION 'Un rendez-vous terminé le reste.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fini';\n        END IF;\n        IF NEW.etat IN ('annule', 'deplace') THEN\n          UPDATE planning_creneau SET prises = prises - 1 WHERE id = NEW.creneau_id;\n          DELETE FROM planning_prolongement WHERE rendez_vous_id = NEW.id;\n        END IF;\n        RETURN NEW;\n        ", hash='ed268c067f8da0b128cd4c8a6c12f0c797dfaa35', operation='UPDATE OF "etat", "creneau_id", "convocation_id"', pgid='pgtrigger_rendez_vous_libere_eb875', table='planning_rendezvous', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_efface', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (OLD.etat NOT IN ('annule', 'deplace'))", func='\n        UPDATE planning_creneau SET prises = prises - 1 WHERE id = OLD.creneau_id;\n        RETURN OLD;\n', hash='26cba970ebe31aeb5713bd755fbf752e8f4f2539', operation='DELETE', pgid='pgtrigger_rendez_vous_efface_64ebe', table='planning_rendezvous', when='BEFORE')),
        ),
    ]

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import planipref.commun.declencheurs


class Migration(migrations.Migration):
    dependencies = [
        ("demandes", "0006_convocation_prioritaire"),
        ("planning", "0024_garder_par_quota"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='creneau',
            name='creneau_compte',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='creneau',
            name='creneau_neuf',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='prolongement',
            name='prolongement_occupe',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='prolongement',
            name='prolongement_efface',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='rendezvous',
            name='rendez_vous_occupe',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='rendezvous',
            name='rendez_vous_libere',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='rendezvous',
            name='rendez_vous_efface',
        ),
        # The columns stay for the former release, which still reads and writes them; a later migration drops them.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(
                    model_name='reglecreneaux',
                    name='regle_creneaux_gardees_pourcent',
                ),
                migrations.RemoveField(
                    model_name='creneau',
                    name='gardees',
                ),
                migrations.RemoveField(
                    model_name='creneau',
                    name='gardees_prises',
                ),
                migrations.RemoveField(
                    model_name='reglecreneaux',
                    name='gardees_pourcent',
                ),
                migrations.RemoveField(
                    model_name='rendezvous',
                    name='prioritaire',
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creneau',
            trigger=pgtrigger.compiler.Trigger(name='creneau_compte', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (pg_trigger_depth() = 0 AND (OLD.prises <> NEW.prises OR OLD.gardees_titre_prises <> NEW.gardees_titre_prises OR OLD.gardees_vulnerable_prises <> NEW.gardees_vulnerable_prises OR OLD.gardees_accompagne_prises <> NEW.gardees_accompagne_prises))', func="RAISE EXCEPTION 'Les places prises d’un créneau se comptent sur ses rendez-vous.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_compte';", hash='01d7eea8ea73e28370c0afe31a2a39104d370609', operation='UPDATE OF "prises", "gardees_titre_prises", "gardees_vulnerable_prises", "gardees_accompagne_prises"', pgid='pgtrigger_creneau_compte_5762f', table='planning_creneau', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creneau',
            trigger=pgtrigger.compiler.Trigger(name='creneau_neuf', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (NEW.prises <> 0 OR NEW.gardees_titre_prises <> 0 OR NEW.gardees_vulnerable_prises <> 0 OR NEW.gardees_accompagne_prises <> 0)', func="RAISE EXCEPTION 'Les places prises d’un créneau se comptent sur ses rendez-vous.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_compte';", hash='fe34602fd869867250c1908e5c8bb61267a93aae', operation='INSERT', pgid='pgtrigger_creneau_neuf_d22c0', table='planning_creneau', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prolongement',
            trigger=pgtrigger.compiler.Trigger(name='prolongement_occupe', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE premier planning_rendezvous%ROWTYPE;', func="\n        SELECT * INTO premier FROM planning_rendezvous WHERE id = NEW.rendez_vous_id AND etat = 'pris';\n        IF NOT FOUND THEN\n          RAISE EXCEPTION 'Un rendez-vous terminé le reste.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fini';\n        END IF;\n        UPDATE planning_creneau SET prises = prises + 1, gardees_titre_prises = gardees_titre_prises + ((premier.quota) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises + ((premier.quota) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises + ((premier.quota) = 'accompagne')::int\n          WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now() AND prises + CASE WHEN retenues_jusqu_a > premier.pris_le THEN retenues ELSE 0 END + CASE WHEN gardees_jusqu_a > premier.pris_le THEN CASE WHEN 'titre' = ANY(ARRAY[premier.quota]) THEN 0 ELSE GREATEST(gardees_titre - gardees_titre_prises, 0) END + CASE WHEN 'vulnerable' = ANY(ARRAY[premier.quota]) THEN 0 ELSE GREATEST(gardees_vulnerable - gardees_vulnerable_prises, 0) END + CASE WHEN 'accompagne' = ANY(ARRAY[premier.quota]) THEN 0 ELSE GREATEST(gardees_accompagne - gardees_accompagne_prises, 0) END ELSE 0 END < places;\n        IF FOUND THEN\n          RETURN NULL;\n        END IF;\n        \n        IF EXISTS (SELECT 1 FROM planning_creneau WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now()) THEN\n          RAISE EXCEPTION 'Ce créneau est complet.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_non_surreserve';\n        END IF;\n        RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n\n        ", hash='77c4da440203f6c73b0f4db039dbda9305e5229c', operation='INSERT', pgid='pgtrigger_prolongement_occupe_eb316', table='planning_prolongement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prolongement',
            trigger=pgtrigger.compiler.Trigger(name='prolongement_efface', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        UPDATE planning_creneau\n          SET prises = prises - 1, gardees_titre_prises = gardees_titre_prises - ((SELECT quota FROM planning_rendezvous WHERE id = OLD.rendez_vous_id) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises - ((SELECT quota FROM planning_rendezvous WHERE id = OLD.rendez_vous_id) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises - ((SELECT quota FROM planning_rendezvous WHERE id = OLD.rendez_vous_id) = 'accompagne')::int,\n              places = GREATEST(prises - 1, LEAST(places, COALESCE(prevues, places))),\n              surplus = LEAST(surplus, GREATEST(prises - 1 - (prevues - LEAST(ecart, 0)), 0))\n          WHERE id = OLD.creneau_id;\n RETURN OLD;", hash='948224144350099e996e60c6e71189d9ccd92cec', operation='DELETE', pgid='pgtrigger_prolongement_efface_a4bc3', table='planning_prolongement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_occupe', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (NEW.etat NOT IN ('annule', 'deplace'))", func="\n        IF NEW.etat <> 'pris' THEN\n          UPDATE planning_creneau SET prises = prises + 1, gardees_titre_prises = gardees_titre_prises + ((NEW.quota) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises + ((NEW.quota) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises + ((NEW.quota) = 'accompagne')::int WHERE id = NEW.creneau_id;\n          RETURN NULL;\n        END IF;\n        UPDATE planning_creneau SET prises = prises + 1, gardees_titre_prises = gardees_titre_prises + ((NEW.quota) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises + ((NEW.quota) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises + ((NEW.quota) = 'accompagne')::int\n          WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now() AND prises + CASE WHEN retenues_jusqu_a > NEW.pris_le THEN retenues ELSE 0 END + CASE WHEN gardees_jusqu_a > NEW.pris_le THEN CASE WHEN 'titre' = ANY(ARRAY[NEW.quota]) THEN 0 ELSE GREATEST(gardees_titre - gardees_titre_prises, 0) END + CASE WHEN 'vulnerable' = ANY(ARRAY[NEW.quota]) THEN 0 ELSE GREATEST(gardees_vulnerable - gardees_vulnerable_prises, 0) END + CASE WHEN 'accompagne' = ANY(ARRAY[NEW.quota]) THEN 0 ELSE GREATEST(gardees_accompagne - gardees_accompagne_prises, 0) END ELSE 0 END < places AND EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND jointe_a_id IS NULL AND expire_le > now() FOR SHARE);\n        IF FOUND THEN\n          RETURN NULL;\n        END IF;\n        IF NOT EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND jointe_a_id IS NULL AND expire_le > now() FOR SHARE) THEN\n          RAISE EXCEPTION 'Cette convocation n’est plus valable.' USING ERRCODE = '23514', CONSTRAINT = 'convocation_valable';\n        END IF;\n        \n        IF EXISTS (SELECT 1 FROM planning_creneau WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now()) THEN\n          RAISE EXCEPTION 'Ce créneau est complet.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_non_surreserve';\n        END IF;\n        RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n\n        ", hash='75ec93a8244554bcdbc923fca7d5191e9af7c789', operation='INSERT', pgid='pgtrigger_rendez_vous_occupe_36d4a', table='planning_rendezvous', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_libere', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF NEW.creneau_id <> OLD.creneau_id OR NEW.convocation_id <> OLD.convocation_id THEN\n          RAISE EXCEPTION 'Un rendez-vous ne change ni de créneau ni de convocation.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fixe';\n        END IF;\n        IF NEW.etat = OLD.etat THEN\n          RETURN NEW;\n        END IF;\n        IF OLD.etat <> 'pris' THEN\n          RAISE EXCEPTION 'Un rendez-vous terminé le reste.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fini';\n        END IF;\n        IF NEW.etat IN ('annule', 'deplace') THEN\n          \n        UPDATE planning_creneau\n          SET prises = prises - 1, gardees_titre_prises = gardees_titre_prises - ((OLD.quota) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises - ((OLD.quota) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises - ((OLD.quota) = 'accompagne')::int,\n              places = GREATEST(prises - 1, LEAST(places, COALESCE(prevues, places))),\n              surplus = LEAST(surplus, GREATEST(prises - 1 - (prevues - LEAST(ecart, 0)), 0))\n          WHERE id = NEW.creneau_id;\n\n          DELETE FROM planning_prolongement WHERE rendez_vous_id = NEW.id;\n        END IF;\n        RETURN NEW;\n        ", hash='2deca77a32dacd31f08d124eba0922c72ad95008', operation='UPDATE OF "etat", "creneau_id", "convocation_id"', pgid='pgtrigger_rendez_vous_libere_eb875', table='planning_rendezvous', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_efface', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (OLD.etat NOT IN ('annule', 'deplace'))", func="\n        UPDATE planning_creneau\n          SET prises = prises - 1, gardees_titre_prises = gardees_titre_prises - ((OLD.quota) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises - ((OLD.quota) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises - ((OLD.quota) = 'accompagne')::int,\n              places = GREATEST(prises - 1, LEAST(places, COALESCE(prevues, places))),\n              surplus = LEAST(surplus, GREATEST(prises - 1 - (prevues - LEAST(ecart, 0)), 0))\n          WHERE id = OLD.creneau_id;\n RETURN OLD;", hash='ea14ffb43ed61f77bb61d73333a312ea2fb659f0', operation='DELETE', pgid='pgtrigger_rendez_vous_efface_64ebe', table='planning_rendezvous', when='BEFORE')),
        ),
    ]

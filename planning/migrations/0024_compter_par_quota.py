import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import planipref.commun.declencheurs

# In the order of the bookings, before anything else: they wait, and no deadlock stops them or us. From the filling to
# the new triggers nobody books, so that what is counted stays true.
VERROUILLER = "LOCK TABLE planning_rendezvous, planning_prolongement, planning_creneau IN ACCESS EXCLUSIVE MODE"
# The pool of places kept was for all three: each takes its part of the share. At the slots already published the pool
# stays whole, for the persons that an agent names, until the next publication shares it out. What is taken of it is
# counted anew at every slot, past ones too: those appointments may still be given back.
REMPLIR = """
UPDATE planning_reglecreneaux
  SET titre_pourcent = (gardees_pourcent + 2) / 3, vulnerable_pourcent = (gardees_pourcent + 1) / 3,
      accompagne_pourcent = gardees_pourcent / 3
  WHERE gardees_pourcent IS NOT NULL;
UPDATE planning_rendezvous SET quota = 'vulnerable' WHERE prioritaire AND etat = 'pris';
ALTER TABLE planning_prolongement DISABLE TRIGGER pgtrigger_prolongement_fixe_4f457;
UPDATE planning_prolongement p SET quota = r.quota
  FROM planning_rendezvous r WHERE r.id = p.rendez_vous_id AND r.quota <> '';
ALTER TABLE planning_prolongement ENABLE TRIGGER pgtrigger_prolongement_fixe_4f457;
UPDATE planning_creneau SET gardees_vulnerable = gardees WHERE debut > now() AND gardees > 0;
WITH prises AS (
  SELECT creneau_id, quota FROM planning_rendezvous WHERE quota <> '' AND etat NOT IN ('annule', 'deplace')
  UNION ALL
  SELECT creneau_id, quota FROM planning_prolongement WHERE quota <> ''
), comptes AS (
  SELECT creneau_id, count(*) FILTER (WHERE quota = 'titre') AS titre,
    count(*) FILTER (WHERE quota = 'vulnerable') AS vulnerable,
    count(*) FILTER (WHERE quota = 'accompagne') AS accompagne
  FROM prises GROUP BY creneau_id
)
UPDATE planning_creneau c
  SET gardees_titre_prises = n.titre, gardees_vulnerable_prises = n.vulnerable,
      gardees_accompagne_prises = n.accompagne
  FROM comptes n WHERE c.id = n.creneau_id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("demandes", "0006_convocation_prioritaire"),
        ("planning", "0023_trois_quotas"),
    ]

    operations = [
        migrations.RunSQL(VERROUILLER, migrations.RunSQL.noop),
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
        migrations.RunSQL(REMPLIR, migrations.RunSQL.noop),
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
            trigger=pgtrigger.compiler.Trigger(name='prolongement_occupe', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE premier planning_rendezvous%ROWTYPE;', func="\n        SELECT * INTO premier FROM planning_rendezvous WHERE id = NEW.rendez_vous_id AND etat = 'pris';\n        IF NOT FOUND THEN\n          RAISE EXCEPTION 'Un rendez-vous terminé le reste.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fini';\n        END IF;\n        UPDATE planning_creneau SET prises = prises + 1, gardees_titre_prises = gardees_titre_prises + ((NEW.quota) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises + ((NEW.quota) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises + ((NEW.quota) = 'accompagne')::int\n          WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now() AND prises + CASE WHEN retenues_jusqu_a > premier.pris_le THEN retenues ELSE 0 END + CASE WHEN gardees_jusqu_a > premier.pris_le AND NOT (('titre' = ANY(ARRAY[NEW.quota]) AND GREATEST(gardees_titre - gardees_titre_prises, 0) > 0) OR ('vulnerable' = ANY(ARRAY[NEW.quota]) AND GREATEST(gardees_vulnerable - gardees_vulnerable_prises, 0) > 0) OR ('accompagne' = ANY(ARRAY[NEW.quota]) AND GREATEST(gardees_accompagne - gardees_accompagne_prises, 0) > 0)) THEN GREATEST(gardees_titre - gardees_titre_prises, 0) + GREATEST(gardees_vulnerable - gardees_vulnerable_prises, 0) + GREATEST(gardees_accompagne - gardees_accompagne_prises, 0) ELSE 0 END < places;\n        IF FOUND THEN\n          RETURN NULL;\n        END IF;\n        \n        IF EXISTS (SELECT 1 FROM planning_creneau WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now()) THEN\n          RAISE EXCEPTION 'Ce créneau est complet.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_non_surreserve';\n        END IF;\n        RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n\n        ", hash='035b1a8c54f0c7836b116569b63f72fc1d1e5ea9', operation='INSERT', pgid='pgtrigger_prolongement_occupe_eb316', table='planning_prolongement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prolongement',
            trigger=pgtrigger.compiler.Trigger(name='prolongement_efface', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        UPDATE planning_creneau\n          SET prises = prises - 1, gardees_titre_prises = gardees_titre_prises - ((OLD.quota) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises - ((OLD.quota) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises - ((OLD.quota) = 'accompagne')::int,\n              places = GREATEST(prises - 1, LEAST(places, COALESCE(prevues, places))),\n              surplus = LEAST(surplus, GREATEST(prises - 1 - (prevues - LEAST(ecart, 0)), 0))\n          WHERE id = OLD.creneau_id;\n RETURN OLD;", hash='f2db4616617be6dfa57b33816bd900103317fedc', operation='DELETE', pgid='pgtrigger_prolongement_efface_a4bc3', table='planning_prolongement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_occupe', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (NEW.etat NOT IN ('annule', 'deplace'))", func="\n        IF NEW.etat <> 'pris' THEN\n          UPDATE planning_creneau SET prises = prises + 1, gardees_titre_prises = gardees_titre_prises + ((NEW.quota) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises + ((NEW.quota) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises + ((NEW.quota) = 'accompagne')::int WHERE id = NEW.creneau_id;\n          RETURN NULL;\n        END IF;\n        UPDATE planning_creneau SET prises = prises + 1, gardees_titre_prises = gardees_titre_prises + ((NEW.quota) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises + ((NEW.quota) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises + ((NEW.quota) = 'accompagne')::int\n          WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now() AND prises + CASE WHEN retenues_jusqu_a > NEW.pris_le THEN retenues ELSE 0 END + CASE WHEN gardees_jusqu_a > NEW.pris_le AND NOT (('titre' = ANY(ARRAY[NEW.quota]) AND GREATEST(gardees_titre - gardees_titre_prises, 0) > 0) OR ('vulnerable' = ANY(ARRAY[NEW.quota]) AND GREATEST(gardees_vulnerable - gardees_vulnerable_prises, 0) > 0) OR ('accompagne' = ANY(ARRAY[NEW.quota]) AND GREATEST(gardees_accompagne - gardees_accompagne_prises, 0) > 0)) THEN GREATEST(gardees_titre - gardees_titre_prises, 0) + GREATEST(gardees_vulnerable - gardees_vulnerable_prises, 0) + GREATEST(gardees_accompagne - gardees_accompagne_prises, 0) ELSE 0 END < places AND EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND jointe_a_id IS NULL AND expire_le > now() FOR SHARE);\n        IF FOUND THEN\n          RETURN NULL;\n        END IF;\n        IF NOT EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND jointe_a_id IS NULL AND expire_le > now() FOR SHARE) THEN\n          RAISE EXCEPTION 'Cette convocation n’est plus valable.' USING ERRCODE = '23514', CONSTRAINT = 'convocation_valable';\n        END IF;\n        \n        IF EXISTS (SELECT 1 FROM planning_creneau WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now()) THEN\n          RAISE EXCEPTION 'Ce créneau est complet.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_non_surreserve';\n        END IF;\n        RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n\n        ", hash='5a402846b1d852f8093718675e069fe8f130f8b3', operation='INSERT', pgid='pgtrigger_rendez_vous_occupe_36d4a', table='planning_rendezvous', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_libere', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF (NEW.creneau_id, NEW.convocation_id, NEW.quota) <> (OLD.creneau_id, OLD.convocation_id, OLD.quota) THEN\n          RAISE EXCEPTION 'Un rendez-vous ne change ni de créneau, ni de convocation, ni de quota.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fixe';\n        END IF;\n        IF NEW.etat = OLD.etat THEN\n          RETURN NEW;\n        END IF;\n        IF OLD.etat <> 'pris' THEN\n          RAISE EXCEPTION 'Un rendez-vous terminé le reste.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fini';\n        END IF;\n        IF NEW.etat IN ('annule', 'deplace') THEN\n          \n        UPDATE planning_creneau\n          SET prises = prises - 1, gardees_titre_prises = gardees_titre_prises - ((OLD.quota) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises - ((OLD.quota) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises - ((OLD.quota) = 'accompagne')::int,\n              places = GREATEST(prises - 1, LEAST(places, COALESCE(prevues, places))),\n              surplus = LEAST(surplus, GREATEST(prises - 1 - (prevues - LEAST(ecart, 0)), 0))\n          WHERE id = NEW.creneau_id;\n\n          DELETE FROM planning_prolongement WHERE rendez_vous_id = NEW.id;\n        END IF;\n        RETURN NEW;\n        ", hash='f7192dd67e18d445574c211e72d11cadcf0e9dee', operation='UPDATE OF "etat", "creneau_id", "convocation_id", "quota"', pgid='pgtrigger_rendez_vous_libere_eb875', table='planning_rendezvous', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_efface', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (OLD.etat NOT IN ('annule', 'deplace'))", func="\n        UPDATE planning_creneau\n          SET prises = prises - 1, gardees_titre_prises = gardees_titre_prises - ((OLD.quota) = 'titre')::int, gardees_vulnerable_prises = gardees_vulnerable_prises - ((OLD.quota) = 'vulnerable')::int, gardees_accompagne_prises = gardees_accompagne_prises - ((OLD.quota) = 'accompagne')::int,\n              places = GREATEST(prises - 1, LEAST(places, COALESCE(prevues, places))),\n              surplus = LEAST(surplus, GREATEST(prises - 1 - (prevues - LEAST(ecart, 0)), 0))\n          WHERE id = OLD.creneau_id;\n RETURN OLD;", hash='ea14ffb43ed61f77bb61d73333a312ea2fb659f0', operation='DELETE', pgid='pgtrigger_rendez_vous_efface_64ebe', table='planning_rendezvous', when='BEFORE')),
        ),
    ]

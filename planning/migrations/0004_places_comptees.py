"""The counter of a slot is kept by triggers of its appointments; bookings wait meanwhile."""

import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0006_declencheurs_infaillibles'),
        ('planning', '0003_declencheurs_infaillibles'),
    ]

    operations = [
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
            model_name='prolongement',
            trigger=pgtrigger.compiler.Trigger(name='prolongement_occupe', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        UPDATE planning_creneau SET prises = prises + 1 WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now() AND prises < places;\n        IF FOUND THEN\n          RETURN NEW;\n        END IF;\n        \n        IF EXISTS (SELECT 1 FROM planning_creneau WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now()) THEN\n          RAISE EXCEPTION 'Ce créneau est complet.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_non_surreserve';\n        END IF;\n        RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n\n        ", hash='1d9433fe4e841621565600694aadd10bb5417855', operation='INSERT', pgid='pgtrigger_prolongement_occupe_eb316', table='planning_prolongement', when='BEFORE')),
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
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_occupe', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (NEW.etat NOT IN ('annule', 'deplace'))", func="\n        IF NEW.etat <> 'pris' THEN\n          UPDATE planning_creneau SET prises = prises + 1 WHERE id = NEW.creneau_id;\n          RETURN NEW;\n        END IF;\n        UPDATE planning_creneau SET prises = prises + 1\n          WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now() AND prises < places AND EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND expire_le > now());\n        IF FOUND THEN\n          RETURN NEW;\n        END IF;\n        IF NOT EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND expire_le > now()) THEN\n          RAISE EXCEPTION 'Cette convocation n’est plus valable.' USING ERRCODE = '23514', CONSTRAINT = 'convocation_valable';\n        END IF;\n        \n        IF EXISTS (SELECT 1 FROM planning_creneau WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now()) THEN\n          RAISE EXCEPTION 'Ce créneau est complet.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_non_surreserve';\n        END IF;\n        RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n\n        ", hash='914baac8bab70a897f4ac896f83aa3d7ff690b64', operation='INSERT', pgid='pgtrigger_rendez_vous_occupe_36d4a', table='planning_rendezvous', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_libere', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF NEW.creneau_id <> OLD.creneau_id OR NEW.convocation_id <> OLD.convocation_id THEN\n          RAISE EXCEPTION 'Un rendez-vous ne change ni de créneau ni de convocation.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fixe';\n        END IF;\n        IF NEW.etat = OLD.etat THEN\n          RETURN NEW;\n        END IF;\n        IF OLD.etat <> 'pris' THEN\n          RAISE EXCEPTION 'Un rendez-vous terminé le reste.' USING ERRCODE = '23514', CONSTRAINT = 'rendez_vous_fini';\n        END IF;\n        IF NEW.etat IN ('annule', 'deplace') THEN\n          UPDATE planning_creneau SET prises = prises - 1 WHERE id = NEW.creneau_id;\n        END IF;\n        RETURN NEW;\n        ", hash='7581bd0d42f8f01377c7897773033c2dbeff76fe', operation='UPDATE OF "etat", "creneau_id", "convocation_id"', pgid='pgtrigger_rendez_vous_libere_eb875', table='planning_rendezvous', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_efface', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (OLD.etat NOT IN ('annule', 'deplace'))", func='\n        UPDATE planning_creneau SET prises = prises - 1 WHERE id = OLD.creneau_id;\n        RETURN OLD;\n', hash='26cba970ebe31aeb5713bd755fbf752e8f4f2539', operation='DELETE', pgid='pgtrigger_rendez_vous_efface_64ebe', table='planning_rendezvous', when='BEFORE')),
        ),
    ]

"""A convocation that joined another takes no place of its own."""

import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0023_famille_index'),
        ('planning', '0008_rendez_vous_organisme_index'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='rendezvous',
            name='rendez_vous_occupe',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rendezvous',
            trigger=pgtrigger.compiler.Trigger(name='rendez_vous_occupe', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (NEW.etat NOT IN ('annule', 'deplace'))", func="\n        IF NEW.etat <> 'pris' THEN\n          UPDATE planning_creneau SET prises = prises + 1 WHERE id = NEW.creneau_id;\n          RETURN NULL;\n        END IF;\n        UPDATE planning_creneau SET prises = prises + 1\n          WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now() AND prises < places AND EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND jointe_a_id IS NULL AND expire_le > now() FOR SHARE);\n        IF FOUND THEN\n          RETURN NULL;\n        END IF;\n        IF NOT EXISTS (SELECT 1 FROM demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND jointe_a_id IS NULL AND expire_le > now() FOR SHARE) THEN\n          RAISE EXCEPTION 'Cette convocation n’est plus valable.' USING ERRCODE = '23514', CONSTRAINT = 'convocation_valable';\n        END IF;\n        \n        IF EXISTS (SELECT 1 FROM planning_creneau WHERE id = NEW.creneau_id AND etat = 'ouvert' AND debut > now()) THEN\n          RAISE EXCEPTION 'Ce créneau est complet.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_non_surreserve';\n        END IF;\n        RAISE EXCEPTION 'Ce créneau est fermé, retiré ou passé.' USING ERRCODE = '23514', CONSTRAINT = 'creneau_ouvert';\n\n        ", hash='6d0a99260cd9ac52ad4dbc391f5299192273bd86', operation='INSERT', pgid='pgtrigger_rendez_vous_occupe_36d4a', table='planning_rendezvous', when='AFTER')),
        ),
    ]

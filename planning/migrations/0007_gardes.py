"""Guards behind the services: what their rules already forbid, refused by PostgreSQL too."""

import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('planning', '0006_moins_de_controles'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='habilitation',
            trigger=pgtrigger.compiler.Trigger(name='habilitation_tenue', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE tenue boolean;', func="\n        PERFORM pg_advisory_xact_lock(hashtext('agent'), OLD.agent_id::int);\n        SELECT bool_or(TG_OP = 'DELETE' OR NEW.agent_id <> OLD.agent_id OR NEW.file_id <> OLD.file_id\n                       OR NOT NEW.pendant @> j.jours) INTO tenue\n          FROM planning_affectation a,\n               LATERAL (SELECT daterange(lower(a.pendant)::date, upper(a.pendant)::date, '[]') AS jours) j\n          WHERE a.agent_id = OLD.agent_id AND a.poste = 'guichet' AND a.file_id = OLD.file_id\n            AND OLD.pendant @> j.jours;\n        IF tenue THEN\n          RAISE EXCEPTION 'L’agent tient un guichet de cette file à ces dates.' USING ERRCODE = '23514', CONSTRAINT = 'habilitation_tenue';\n        END IF;\n        IF TG_OP = 'DELETE' THEN\n          RETURN OLD;\n        END IF;\n        RETURN NEW;\n        ", hash='4a42477b7300fa710d0c15769893d6e2d2f68d89', operation='UPDATE OR DELETE', pgid='pgtrigger_habilitation_tenue_64150', table='planning_habilitation', when='BEFORE')),
        ),
    ]

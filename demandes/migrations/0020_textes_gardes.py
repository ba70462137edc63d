import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import planipref.commun.declencheurs


class Migration(migrations.Migration):
    dependencies = [
        ("demandes", "0019_cle_agenda"),
    ]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="objet",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="notification",
            name="texte",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="notification",
            trigger=pgtrigger.compiler.Trigger(
                name="notification_dite",
                sql=planipref.commun.declencheurs.SqlDeclencheur(
                    condition="WHEN (OLD.etat = 'envoyee' AND (OLD.objet <> NEW.objet OR OLD.texte <> NEW.texte))",
                    func="\n        IF NEW.objet = '' AND NEW.texte = '' AND EXISTS (\n          SELECT 1 FROM demandes_demande d WHERE d.id = NEW.demande_id AND d.purgee_le IS NOT NULL\n        ) THEN\n          RETURN NEW;\n        END IF;\n        RAISE EXCEPTION 'Ce qu’un message parti a dit ne change pas.' USING ERRCODE = '23514', CONSTRAINT = 'notification_dite';\n        ",
                    hash="db89cdba182c45ab4dab66534f0e272e073f5fe3",
                    operation='UPDATE OF "objet", "texte"',
                    pgid="pgtrigger_notification_dite_e270f",
                    table="demandes_notification",
                    when="BEFORE",
                ),
            ),
        ),
    ]

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import planipref.commun.declencheurs


class Migration(migrations.Migration):
    dependencies = [
        ("demandes", "0020_textes_gardes"),
    ]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="traitee",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, verbose_name="non remise, traitée"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="suitenonremise",
            trigger=pgtrigger.compiler.Trigger(
                name="suite_tenue",
                sql=planipref.commun.declencheurs.SqlDeclencheur(
                    func="\n        IF TG_OP = 'INSERT' THEN\n          UPDATE demandes_notification SET traitee = true WHERE id = NEW.notification_id;\n        ELSE\n          UPDATE demandes_notification SET traitee = false WHERE id = OLD.notification_id;\n        END IF;\n        RETURN NULL;\n        ",
                    hash="ffcff917082820166e7c33da53e9efa670d76967",
                    operation="INSERT OR DELETE",
                    pgid="pgtrigger_suite_tenue_206f7",
                    table="demandes_suitenonremise",
                    when="AFTER",
                ),
            ),
        ),
    ]

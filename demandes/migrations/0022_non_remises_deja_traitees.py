"""Marks the messages not delivered that a service has dealt with: few rows, by lots; it may be run again."""

from django.db import migrations

LOT = 1_000
MARQUER = """
UPDATE demandes_notification SET traitee = true WHERE id IN (
    SELECT n.id FROM demandes_suitenonremise s JOIN demandes_notification n ON n.id = s.notification_id
    WHERE NOT n.traitee ORDER BY n.id LIMIT %s
)
"""


def marquer(apps, schema_editor):
    with schema_editor.connection.cursor() as curseur:
        curseur.execute(MARQUER, [LOT])
        while curseur.rowcount:
            curseur.execute(MARQUER, [LOT])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("demandes", "0021_non_remise_traitee"),
    ]

    operations = [migrations.RunPython(marquer, migrations.RunPython.noop)]

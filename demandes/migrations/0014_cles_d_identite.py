"""Give the usagers of before their key: their trigger writes it, batch by batch, nobody waiting."""

from django.db import migrations

LOT = 5000
_REMPLIR = """
WITH lot AS (SELECT id FROM demandes_usager WHERE id > %s ORDER BY id LIMIT %s),
faits AS (UPDATE demandes_usager u SET nom = u.nom FROM lot WHERE u.id = lot.id RETURNING u.id)
SELECT max(id) FROM faits
"""


def remplir(apps, schema_editor):
    """Touch each row once, in the order of its identifier; a second run changes nothing."""
    dernier = 0
    with schema_editor.connection.cursor() as curseur:
        while dernier is not None:
            curseur.execute(_REMPLIR, [dernier, LOT])
            dernier = curseur.fetchone()[0]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("demandes", "0013_franceconnect_et_doublons")]

    operations = [migrations.RunPython(remplir, migrations.RunPython.noop, elidable=True)]

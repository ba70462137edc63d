"""The canonical text of an event, that its hash covers. Changing it breaks every chain: add a version instead."""

from django.db import migrations

CREER = """
CREATE FUNCTION evenement_canonique(e demandes_evenement, rang bigint) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT concat_ws('|', 'v1', rang, e.prefecture_id, COALESCE(e.demande_id::text, '-'), e.nature, e.de, e.vers,
    e.acteur_genre, e.acteur_id,
    to_char(e.le AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.charge::text)
$$
"""


class Migration(migrations.Migration):
    dependencies = [("demandes", "0001_initial")]

    operations = [
        migrations.RunSQL(CREER, "DROP FUNCTION evenement_canonique(demandes_evenement, bigint)"),
    ]

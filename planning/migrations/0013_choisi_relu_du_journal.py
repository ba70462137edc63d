"""Reads in the journal which appointments an agent gave: few rows, the others keep their default."""

from django.db import migrations

DONNES = """
UPDATE planning_rendezvous r SET choisi = false
FROM demandes_evenement e JOIN demandes_convocation c ON c.demande_id = e.demande_id
WHERE e.acteur_genre = 'agent'
  AND e.nature IN ('transition:reserver', 'rendez_vous:pris', 'rendez_vous:deplace')
  AND r.convocation_id = c.id
  AND r.pris_le = e.le
  AND r.creneau_id = (e.charge ->> 'creneau_id')::bigint
  AND r.choisi
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0012_surreservation"), ("demandes", "0004_cle_de_recherche")]

    operations = [migrations.RunSQL(DONNES, migrations.RunSQL.noop)]

from django.db import migrations

# The pool of places kept was for all three: each takes its part of the share. At the slots already published the pool
# stays whole, for the persons that an agent names, until the next publication shares it out.
REMPLIR = """
UPDATE planning_reglecreneaux
  SET titre_pourcent = (gardees_pourcent + 2) / 3, vulnerable_pourcent = (gardees_pourcent + 1) / 3,
      accompagne_pourcent = gardees_pourcent / 3
  WHERE gardees_pourcent IS NOT NULL;
UPDATE planning_rendezvous SET quota = 'vulnerable' WHERE prioritaire AND etat = 'pris';
UPDATE planning_creneau SET gardees_vulnerable = gardees, gardees_vulnerable_prises = gardees_prises
  WHERE debut > now() AND (gardees > 0 OR gardees_prises > 0);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0023_trois_quotas"),
    ]

    operations = [migrations.RunSQL(REMPLIR, migrations.RunSQL.noop)]

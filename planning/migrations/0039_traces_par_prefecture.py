from django.db import migrations, models

from planipref.commun.operations import AddIndexConcurrentlyAgain

# At most thirty days of traces, which nothing else changes.
REMPLIR = """
UPDATE planning_traceconnexion t SET prefecture_id = d.prefecture_id
FROM demandes_convocation c JOIN demandes_demande d ON d.id = c.demande_id
WHERE c.id = t.convocation_id AND t.prefecture_id IS NULL
"""
INDEX = models.Index(fields=["prefecture", "le"], name="trace_prefecture")


class Migration(migrations.Migration):
    atomic = False  # concurrently: places are taken and given back meanwhile

    dependencies = [
        ("planning", "0038_prefecture_des_traces"),
    ]

    operations = [
        migrations.RunSQL(REMPLIR.strip(), migrations.RunSQL.noop),
        AddIndexConcurrentlyAgain("traceconnexion", INDEX),
    ]

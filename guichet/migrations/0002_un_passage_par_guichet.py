from django.db import migrations, models


class Migration(migrations.Migration):
    """One visit under way per counter and day: the index is built without stopping the counters."""

    atomic = False

    dependencies = [
        ('guichet', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    sql="CREATE UNIQUE INDEX CONCURRENTLY passage_un_par_guichet ON guichet_passage (guichet_id, jour) WHERE etat IN ('appele', 'recu')",
                    reverse_sql="DROP INDEX CONCURRENTLY IF EXISTS passage_un_par_guichet",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name='passage',
                    constraint=models.UniqueConstraint(condition=models.Q(('etat__in', ['appele', 'recu'])), fields=('guichet', 'jour'), name='passage_un_par_guichet', violation_error_code='guichet_tenu', violation_error_message='Ce guichet est tenu par une autre personne.'),
                ),
            ],
        ),
    ]

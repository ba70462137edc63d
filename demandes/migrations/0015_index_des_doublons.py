"""Indexes of the search of duplicates, and one usager by FranceConnect identity, built without stopping the writes."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("demandes", "0014_cles_d_identite")]

    operations = [
        ValidateConstraint(model_name="usager", name="usager_franceconnect_certifie"),
        AddIndexConcurrently(
            model_name='usager',
            index=models.Index(condition=models.Q(('fusionne_dans__isnull', True), models.Q(('cle_identite', ''), _negated=True)), fields=['cle_identite', 'id'], name='usager_doublon_identite'),
        ),
        AddIndexConcurrently(
            model_name='usager',
            index=models.Index(condition=models.Q(('fusionne_dans__isnull', True), models.Q(('numero_etranger', ''), _negated=True)), fields=['numero_etranger', 'id'], name='usager_doublon_numero'),
        ),
        AddIndexConcurrently(
            model_name='usager',
            index=models.Index(condition=models.Q(('fusionne_dans__isnull', False)), fields=['fusionne_dans'], name='usager_absorbe'),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY usager_franceconnect_unique ON demandes_usager"
                    " (sub_franceconnect) WHERE NOT (sub_franceconnect = '')",
                    "DROP INDEX CONCURRENTLY IF EXISTS usager_franceconnect_unique",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="usager",
                    constraint=models.UniqueConstraint(condition=models.Q(('sub_franceconnect', ''), _negated=True), fields=('sub_franceconnect',), name='usager_franceconnect_unique', violation_error_code='franceconnect', violation_error_message='Cette identité FranceConnect a déjà une fiche.'),
                ),
            ],
        ),
    ]

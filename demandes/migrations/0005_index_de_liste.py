"""Indexes of the worklist's order and of the search by name, built without stopping the writes."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

EN_COURS = ["deposee", "a_completer", "complete", "convoquee", "rdv_pris", "recue", "en_instruction"]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("demandes", "0004_langue_choisie")]

    operations = [
        AddIndexConcurrently(
            model_name="demande",
            index=models.Index(
                models.F("prefecture"),
                models.Case(
                    models.When(etat__in=EN_COURS, then=models.F("echeance")), output_field=models.DateField()
                ),
                models.Case(
                    models.When(etat="recue", then=models.Value(0)),
                    models.When(etat="deposee", then=models.Value(1)),
                    models.When(etat="complete", then=models.Value(2)),
                    models.When(etat="en_instruction", then=models.Value(3)),
                    models.When(etat="accordee", then=models.Value(4)),
                    models.When(etat="a_remettre", then=models.Value(5)),
                    default=models.Value(9),
                ),
                models.F("id"),
                condition=models.Q(("etat__in", [*EN_COURS, "accordee", "a_remettre"])),
                name="demande_ordre",
            ),
        ),
        AddIndexConcurrently(
            model_name="usager",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("nom"), name="text_pattern_ops"
                ),
                name="usager_nom_debut",
            ),
        ),
        AddIndexConcurrently(
            model_name="usager",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("nom_usage"), name="text_pattern_ops"
                ),
                name="usager_nom_usage_debut",
            ),
        ),
    ]

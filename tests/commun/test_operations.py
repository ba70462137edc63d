"""A migration that failed midway is run again."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.state import ProjectState

from planipref.commun.operations import AddIndexConcurrentlyAgain

INDEX = models.Index(fields=["modele"], name="essai_refaisable")


def valide() -> bool | None:
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('essai_refaisable')",
        )
        ligne = curseur.fetchone()
    return ligne and ligne[0]


@pytest.mark.django_db(transaction=True)
def test_index_that_an_interrupted_run_left_is_made_again():
    avant, apres = (ProjectState.from_apps(apps) for _ in range(2))
    operation = AddIndexConcurrentlyAgain("notification", INDEX)
    operation.state_forwards("demandes", apres)
    try:
        for _ in range(2):
            with connection.schema_editor(atomic=False) as editeur:
                operation.database_forwards("demandes", editeur, avant, apres)
            assert valide() is True
    finally:
        with connection.schema_editor(atomic=False) as editeur:
            editeur.execute("DROP INDEX CONCURRENTLY IF EXISTS essai_refaisable")

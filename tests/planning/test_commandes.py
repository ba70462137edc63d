"""What the worker runs can be run by hand too, with its facts as JSON, and again without a second effect."""

import json

import pytest
from django.core.management import call_command

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]

COMMANDES = (
    "calculer_dossiers",
    "calculer_plans",
    "convoquer_lots",
    "proposer_places",
    "reprendre_les_rendez_vous",
    "signaler",
)


@pytest.mark.parametrize("commande", COMMANDES)
def test_task_is_run_by_hand(commande, capsys):
    for _ in range(2):
        call_command(commande, json=True)
        assert not any(json.loads(capsys.readouterr().out).values())

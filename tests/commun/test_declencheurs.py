"""Our triggers guard the law: no setting of a session lifts them."""

import pgtrigger
import pytest
from django.apps import apps
from django.db import connection

from demandes.models import Evenement
from planipref.commun.declencheurs import Declencheur
from tests.contraintes import refuse_par
from tests.demandes.factories import DemandeFactory
from tests.parcours import amener_a

pytestmark = pytest.mark.django_db


def test_trigger_holds_while_django_pgtrigger_is_told_to_ignore_it():
    demande = amener_a(DemandeFactory(), "deposee")
    with pgtrigger.ignore("demandes.Evenement:evenement_ineffacable"), refuse_par("evenement_immuable"):
        Evenement.objects.filter(demande=demande).delete()


def test_no_installed_trigger_has_a_way_out():
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT count(*), count(*) FILTER (WHERE p.prosrc LIKE '%%ignore%%') FROM pg_trigger t "
            "JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
        )
        assert curseur.fetchone() == (len(_declares()), 0)


def test_every_trigger_of_a_model_is_one_of_ours():
    assert all(isinstance(t, Declencheur) for t in _declares())


def _declares() -> list[pgtrigger.Trigger]:
    return [t for modele in apps.get_models() for t in getattr(modele._meta, "triggers", [])]

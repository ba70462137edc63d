"""The move from one pool of kept places to three quotas, over appointments that were taken before."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from demandes.cycle import Etat
from demandes.models import Convocation
from planning.models import Creneau, RegleCreneaux, RendezVous
from planning.services import reservation
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory
from tests.parcours import acteur, amener_a, equipe
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]

AVANT = [("planning", "0022_sans_date_d_attente")]


def migrer(cibles):
    MigrationExecutor(connection).migrate(cibles)


@pytest.fixture
def dernieres():
    """Give the last migrations, and go back to them whatever happens."""
    cibles = MigrationExecutor(connection).loader.graph.leaf_nodes()
    yield cibles
    migrer(cibles)


def comptes():
    champs = ("prises", "gardees_titre_prises", "gardees_vulnerable", "gardees_vulnerable_prises")
    return list(Creneau.objects.order_by("debut").values_list(*champs))


def test_kept_places_taken_before_are_counted_again_and_may_be_given_back(dernieres):
    demande = amener_a(DemandeFactory(motif=MotifFactory(pieces=0, guichet_minutes=30)), Etat.CONVOQUEE)
    convocation = Convocation.objects.avec_page().get(demande=demande)
    un, deux = CreneauFactory.create_batch(2, file=equipe(demande).file)
    pris = reservation.reserver(convocation, un, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    assert pris.prolongements.get().creneau_id == deux.pk
    RegleCreneaux.objects.create(site=None)
    migrer(AVANT)
    with connection.cursor() as curseur:
        curseur.execute("UPDATE planning_rendezvous SET prioritaire = true")
        curseur.execute("UPDATE planning_reglecreneaux SET gardees_pourcent = 20")
        # The first slot keeps none any more: a publication has made fewer of them since.
        curseur.execute("UPDATE planning_creneau SET gardees = 1 WHERE id = %s", [deux.pk])
    migrer(dernieres)
    assert comptes() == [(1, 0, 0, 1), (1, 0, 1, 1)]
    regle = RegleCreneaux.objects.get()
    assert (regle.titre_pourcent, regle.vulnerable_pourcent, regle.accompagne_pourcent) == (7, 7, 6)
    fraiche = Convocation.objects.avec_page().get(pk=convocation.pk)
    reservation.annuler(fraiche, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    assert comptes() == [(0, 0, 0, 0), (0, 0, 1, 0)]
    assert not RendezVous.objects.actifs().exists()

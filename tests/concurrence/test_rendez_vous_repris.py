"""Taking back an appointment under real threads: against its end, another booker and the waiting list."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from demandes.acteur import acteur_usager
from demandes.models import Convocation
from planning.models import Creneau, OffreAttente, RendezVous, RetenuePlace
from planning.services import attente, reservation
from planning.services.limites import REPRISE
from planning.services.reprise import reprendre
from tests.concurrence.test_courses import convoquees, liens, reserver, verifier_le_compte
from tests.demandes.factories import INSTANT
from tests.parcours import equipe
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]

A_TEMPS = INSTANT + REPRISE - timedelta(seconds=1)
APRES = INSTANT + REPRISE + timedelta(seconds=1)


def usager(convocation: Convocation):
    return acteur_usager(convocation.demande.usager_id)


def rendue(nombre: int, jour: int = 12):
    """Give a place back; return who gave it back, the others, and the slot."""
    rend, *autres = liens(convoquees(nombre))
    creneau = CreneauFactory(file=equipe(rend.demande).file, debut=datetime(2030, 3, jour, 9, tzinfo=UTC), places=1)
    reserver(rend, creneau)()
    reservation.annuler(rend, par=usager(rend), maintenant=INSTANT)
    return rend, autres, creneau


def revenir(convocation: Convocation, instant=A_TEMPS):
    return lambda: reprendre(convocation, par=usager(convocation), maintenant=instant) and "reprise"


def test_place_given_up_goes_back_to_its_person_whoever_else_presses(courir):
    rend, autres, creneau = rendue(16)
    issues = Counter(courir([*[revenir(rend)] * 4, *(reserver(c, creneau) for c in autres)]))
    assert issues["reprise"] == 1
    assert issues["creneau_complet"] == 15
    assert RendezVous.objects.actifs().get().convocation_id == rend.pk
    verifier_le_compte()


def test_place_taken_back_or_offered_is_one_of_the_two(courir):
    for jour in (12, 13, 14):
        rend, (attend,), creneau = rendue(2, jour)
        attente.inscrire(attend, par=usager(attend), maintenant=INSTANT)
        issues = courir([revenir(rend), *[partial(attente.proposer_places, maintenant=APRES)] * 4])
        pris = RendezVous.objects.actifs().filter(creneau=creneau).count()
        assert pris + OffreAttente.objects.filter(creneau=creneau, etat="proposee").count() == 1
        assert (issues[0] == "reprise") == (pris == 1)
        creneau.refresh_from_db()
        assert (creneau.places, creneau.prises + creneau.retenues) == (1, 1)


def test_place_taken_back_while_all_are_given_up_for_another_counts_right(courir):
    """The same link cancels, takes back, moves and books at once, in ten threads: one appointment at most, one hold."""
    rend, _, creneau = rendue(1)
    autre = CreneauFactory(file=creneau.file, debut=datetime(2030, 3, 13, 9, tzinfo=UTC), places=1)

    def annuler():
        return reservation.annuler(rend, par=usager(rend), maintenant=A_TEMPS) and "annulé"

    courir([*[revenir(rend)] * 3, *[annuler] * 3, *[reserver(rend, autre)] * 4])
    assert RendezVous.objects.actifs().count() <= 1
    assert RetenuePlace.objects.filter(rendu__isnull=False).count() <= 1
    for place in Creneau.objects.all():
        assert place.prises + place.retenues <= place.places
    verifier_le_compte()

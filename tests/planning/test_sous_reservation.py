"""Under-booking: a place not offered is no counter less, and what the counters give is read back exactly."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from django.db.models import F

from demandes.models import Agent
from planning.models import Creneau, FileGuichet, PlageOuverture, PlanSemaine
from planning.services import surreservation
from planning.services.publication import Bilan, publier
from tests.demandes.factories import INSTANT
from tests.parcours import acteur, occuper
from tests.planning.aide_presence import MARDI, apprendre
from tests.planning.factories import FileGuichetFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

NEUF_HEURES = datetime(2030, 3, 5, 8, tzinfo=UTC)


@pytest.fixture
def file(denis: Agent) -> FileGuichet:
    """A queue of two counters on Tuesday from nine to ten, under-booked by one place at each slot."""
    prefecture = denis.attributions.get().prefecture
    ouverte: FileGuichet = FileGuichetFactory(site__prefecture=prefecture, site__code="67-sous")
    PlageOuvertureFactory(file=ouverte, debut=time(9), fin=time(10), nb_guichets=2)
    publier(prefecture, maintenant=INSTANT)
    Creneau.objects.filter(file=ouverte).update(ecart=-1, places=F("places") - 1, prevues=F("prevues") - 1)
    return ouverte


def creneau(file: FileGuichet) -> Creneau:
    return Creneau.objects.get(file=file, debut=NEUF_HEURES)


def republier(file: FileGuichet) -> Bilan:
    return publier(file.site.prefecture, maintenant=INSTANT)


def test_place_taken_at_a_counter_that_stays_is_no_conflict(file: FileGuichet) -> None:
    occuper(creneau(file))
    PlageOuverture.objects.update(nb_guichets=1)
    assert republier(file).conflits == 0
    lu = creneau(file)
    assert (lu.places, lu.prises, lu.en_trop) == (1, 1, 0)
    PlageOuverture.objects.update(nb_guichets=2)
    republier(file)
    assert creneau(file).places == 1


def test_place_taken_where_no_counter_is_left_is_one(file: FileGuichet) -> None:
    occuper(creneau(file))
    PlanSemaine.objects.create(site=file.site, lundi="2030-03-04", nom="Vide", etat="publie", cree_le=INSTANT)
    assert republier(file).conflits == 1
    assert creneau(file).en_trop == 1
    PlanSemaine.objects.all().delete()
    PlageOuverture.objects.all().delete()
    assert republier(file).conflits == 1
    assert creneau(file).en_trop == 1


def test_slot_without_a_counter_is_offered_none_when_under_booking_is_taken_back(
    denis: Agent, file: FileGuichet
) -> None:
    PlanSemaine.objects.create(site=file.site, lundi="2030-03-04", nom="Vide", etat="publie", cree_le=INSTANT)
    republier(file)
    apprendre(file)
    assert surreservation.journee(file, MARDI, maintenant=INSTANT).creneaux == []
    surreservation.retirer(file, MARDI, par=acteur(denis), maintenant=INSTANT)
    assert {c.places for c in Creneau.objects.filter(file=file).du_jour(MARDI, "Europe/Paris")} == {0}

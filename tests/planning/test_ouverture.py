"""An opening of places: announced, then shown to each at their turn; what is taken meanwhile is said."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from demandes.acteur import acteur_usager
from demandes.cycle import Etat
from demandes.models import Convocation
from planipref.commun.erreurs import ErreurMetier
from planning.calculs.tour import Foule
from planning.models import Creneau, RendezVous
from planning.selectors_tour import _foule, ouvertures_de, retard_de
from planning.services import reservation
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.parcours import acteur, amener_a, convocation_active, creneau_libre, equipe
from tests.planning.test_views_lien import adresse, ouvrir, texte

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
OUVRE = INSTANT + timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _sans_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def convocation():
    return convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))


@pytest.fixture
def creneau(convocation):
    """The only slot, that opens in an hour."""
    creneau = creneau_libre(convocation.demande)
    Creneau.objects.exclude(pk=creneau.pk).delete()
    Creneau.objects.update(ouvre_le=OUVRE)
    creneau.refresh_from_db()
    return creneau


@pytest.fixture
def foule(monkeypatch):
    """Wait among ten thousand: the turn of the convocation comes 100 seconds after the opening."""
    monkeypatch.setattr("planning.selectors_tour._foule", lambda *_: Foule(10_000, 5_000, 40))
    monkeypatch.setattr("planning.calculs.tour.tirer", lambda cle, jour, *, secret: 0.4)
    return timedelta(seconds=100)


def prendre(convocation, creneau, instant, par=None):
    par = par or acteur_usager(convocation.demande.usager_id)
    return reservation.reserver(convocation, creneau, par=par, maintenant=instant)


def test_lien_announces_the_opening_and_asks_again_at_the_turn(client, convocation, creneau, foule):
    page = texte(client.get(ouvrir(client, convocation)))
    assert "De nouvelles places ouvrent le lundi 4 mars" in page
    assert "tiré au sort" in page
    assert 'data-reste="1900001"' in page
    assert "data-creneau=" not in page


def test_lien_shows_the_places_at_the_turn_and_no_sooner(client, convocation, creneau, foule):
    ouvrir(client, convocation)
    with time_machine.travel(OUVRE + foule - timedelta(seconds=1), tick=False):
        avant = texte(client.get(adresse(convocation)))
    with time_machine.travel(OUVRE + foule, tick=False):
        apres = texte(client.get(adresse(convocation)))
    assert "data-creneau=" not in avant
    assert 'data-reste="1001"' in avant
    assert f'data-creneau="{creneau.pk}"' in apres
    assert "data-ouverture" not in apres


def test_lien_with_no_opening_planned_announces_none(client, convocation):
    creneau_libre(convocation.demande)
    assert "data-ouverture" not in texte(client.get(ouvrir(client, convocation)))


def test_reserver_before_the_turn_is_refused_and_at_it_taken(convocation, creneau, foule):
    for attente in (timedelta(0), foule - timedelta(seconds=1)):
        with pytest.raises(ErreurMetier) as refus:
            prendre(convocation, creneau, OUVRE + attente)
        assert refus.value.code == "pas_son_tour"
    assert not RendezVous.objects.exists()
    assert prendre(convocation, creneau, OUVRE + foule).creneau_id == creneau.pk


def test_deplacer_before_the_turn_is_refused(convocation, creneau, foule):
    autre = creneau_libre(convocation.demande)
    Creneau.objects.filter(pk=autre.pk).update(ouvre_le=None)
    autre.refresh_from_db()
    prendre(convocation, autre, INSTANT)
    with pytest.raises(ErreurMetier, match="tour"):
        reservation.deplacer(
            convocation, creneau, par=acteur_usager(convocation.demande.usager_id), maintenant=OUVRE + foule / 2
        )


@pytest.fixture
def longue(convocation):
    """A visit of two slots, whose second one opens later than the first."""
    premier = creneau_libre(convocation.demande)
    second = creneau_libre(convocation.demande)
    Creneau.objects.filter(pk=premier.pk).update(ouvre_le=None)
    Creneau.objects.filter(pk=second.pk).update(ouvre_le=OUVRE)
    Convocation.objects.filter(pk=convocation.pk).update(personnes=2)
    premier.refresh_from_db()
    return convocation_active(convocation.demande), premier


def test_reserver_waits_for_the_turn_of_every_slot_of_a_visit(longue, foule):
    convocation, premier = longue
    with pytest.raises(ErreurMetier) as refus:
        prendre(convocation, premier, OUVRE + foule / 2)
    assert refus.value.code == "pas_son_tour"
    assert not RendezVous.objects.exists()
    assert prendre(convocation, premier, OUVRE + foule).prolongements.count() == 1


def test_deplacer_waits_for_the_turn_of_every_slot_of_a_visit(longue, foule):
    convocation, premier = longue
    ailleurs = [creneau_libre(convocation.demande) for _ in range(2)]
    pris = prendre(convocation, ailleurs[0], INSTANT)
    usager = acteur_usager(convocation.demande.usager_id)
    with pytest.raises(ErreurMetier) as refus:
        reservation.deplacer(convocation, premier, par=usager, maintenant=OUVRE + foule / 2)
    assert refus.value.code == "pas_son_tour"
    assert RendezVous.objects.actifs().get() == pris


def test_reserver_by_an_agent_waits_for_no_turn(convocation, creneau, foule):
    prendre(convocation, creneau, OUVRE, par=acteur(equipe(convocation.demande).chloe))


def test_retard_is_nothing_when_few_wait(convocation, creneau):
    assert retard_de(convocation, OUVRE, maintenant=INSTANT) == timedelta(0)
    assert prendre(convocation, creneau, OUVRE).creneau_id == creneau.pk


def test_ouverture_later_than_the_link_lives_is_not_announced(convocation, creneau):
    Creneau.objects.update(debut=convocation.expire_le + timedelta(days=1))
    assert ouvertures_de(convocation, [creneau.file], maintenant=INSTANT).a_venir is None


def test_ouvertures_cost_one_query(convocation, creneau, django_assert_num_queries, foule):
    files = [creneau.file]
    with django_assert_num_queries(1):
        ouvertures = ouvertures_de(convocation, files, maintenant=INSTANT)
    ouverture = ouvertures.a_venir
    assert ouverture is not None
    assert not ouvertures.en_cours
    assert ouverture.le == OUVRE
    assert ouverture.tour_le == OUVRE + foule


def test_search_of_a_crowd_is_made_once_a_second(client, convocation, creneau, foule):
    """While places open, whoever needs the same is answered by one search; a refusal is answered by a new one."""
    adresse_lien = ouvrir(client, convocation)
    with time_machine.travel(OUVRE + foule, tick=False):
        with CaptureQueriesContext(connection) as requetes:
            premiere = texte(client.get(adresse_lien))
            cherchees = len(requetes)
        Creneau.objects.update(places=0)
        with CaptureQueriesContext(connection) as requetes:
            partagee = texte(client.get(adresse_lien))
            partagees = len(requetes)
        refusee = client.post(adresse(convocation, "reserver"), {"creneau": creneau.pk})
    assert f'data-creneau="{creneau.pk}"' in premiere
    assert partagees == cherchees - 3  # the soonest, in two, and the week
    assert f'data-creneau="{creneau.pk}"' in partagee
    assert refusee.status_code == 409
    assert "data-creneau=" not in texte(refusee)


def test_search_of_nobody_else_is_always_new(client, convocation, creneau):
    Creneau.objects.update(ouvre_le=None)
    assert f'data-creneau="{creneau.pk}"' in texte(client.get(ouvrir(client, convocation)))
    Creneau.objects.update(etat="ferme")
    assert "data-creneau=" not in texte(client.get(adresse(convocation)))


def test_turn_once_said_moves_no_more_when_others_book_or_come(convocation, creneau, settings):
    settings.PLANIPREF_OUVERTURE_PAR_SECONDE = 0.01
    autres = [convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE)) for _ in range(3)]
    prefecture = convocation.demande.prefecture_id
    assert {_foule(prefecture, OUVRE, i).attendent for i in (INSTANT, OUVRE)} == {4}
    assert _foule(prefecture, OUVRE, OUVRE).places == creneau.places
    dit = retard_de(convocation, OUVRE, maintenant=OUVRE)
    with time_machine.travel(OUVRE + timedelta(minutes=1), tick=False):
        prendre(autres[0], creneau, OUVRE + timedelta(minutes=1), par=acteur(equipe(autres[0].demande).chloe))
        amener_a(DemandeFactory(), Etat.CONVOQUEE)
    cache.clear()
    assert _foule(prefecture, OUVRE, OUVRE + timedelta(minutes=2)).attendent == 4
    assert retard_de(convocation, OUVRE, maintenant=OUVRE + timedelta(minutes=2)) == dit


def test_another_link_to_the_same_demande_has_the_same_turn(convocation, monkeypatch):
    monkeypatch.setattr("planning.selectors_tour._foule", lambda *_: Foule(10_000, 5_000, 8))
    autre = Convocation(pk=convocation.pk + 1, demande=convocation.demande)
    assert retard_de(autre, OUVRE, maintenant=OUVRE) == retard_de(convocation, OUVRE, maintenant=OUVRE) > timedelta(0)


# --- What is still free -----------------------------------------------------------------------------


def question(client, convocation):
    return re.findall(r'data-libres="([^"]+)"', texte(client.get(ouvrir(client, convocation))))[0]


def test_libres_says_what_is_gone_to_whoever_holds_the_page(client, convocation, django_assert_num_queries):
    creneau = creneau_libre(convocation.demande)
    Creneau.objects.update(places=1)
    demandee = question(client, convocation)
    client.cookies.clear()
    with django_assert_num_queries(1):
        assert creneau.pk in client.get(demandee).json()["libres"]
    with django_assert_num_queries(0):  # within the second, whoever asks
        client.get(demandee)
    prendre(convocation, creneau, INSTANT)
    cache.clear()
    reponse = client.get(demandee)
    assert creneau.pk not in reponse.json()["libres"]
    assert reponse["Cache-Control"] == "no-store"
    assert not reponse.cookies


def test_libres_is_the_same_question_for_two_persons_of_one_motif(client, convocation):
    creneau_libre(convocation.demande)
    demande = convocation.demande
    autre = convocation_active(
        amener_a(DemandeFactory(motif=demande.motif, prefecture=demande.prefecture), Etat.CONVOQUEE)
    )
    assert question(client, convocation) == question(client, autre)


@pytest.mark.parametrize("autre", ["x", "eyJmaWxlcyI6W119:faux", "a:b:c"])
def test_libres_of_a_question_that_no_page_asked_is_404(client, autre):
    assert client.get(reverse("planning:libres", args=[autre])).status_code == 404

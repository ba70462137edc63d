from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from demandes.models import Demande, ParametrageMotif
from planipref.commun.horloge import maintenant
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, PieceRequiseFactory, PrefectureFactory
from tests.demandes.outils_depot import motif_ouvert
from tests.parcours import amener_a

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _lundi():
    with time_machine.travel(INSTANT, tick=False):
        yield


@pytest.mark.parametrize("adresse", ["/", "/accessibilite/", "/donnees-personnelles/", "/verifier/", "/suivi/"])
def test_public_page_opens_without_account(client, adresse):
    reponse = client.get(adresse)
    assert reponse.status_code == 200
    assert "<h1" in reponse.content.decode()


def test_search_forgives_accents_and_filters_by_service(client):
    MotifFactory(code="A-1", libelle="Titre de séjour")
    MotifFactory(code="B-1", libelle="Permis de conduire", genre_service="reglementation_routiere")
    MotifFactory(code="C-1", libelle="Séjour fermé", actif=False)
    page = client.get("/demarches/", {"q": "TITRE sejour"}).content.decode()
    assert 'data-motif="A-1"' in page
    assert "B-1" not in page
    assert 'data-motif="C-1"' not in page
    page = client.get("/demarches/", {"service": "reglementation_routiere"}).content.decode()
    assert 'data-motif="B-1"' in page
    assert 'data-motif="A-1"' not in page
    assert "Aucune démarche ne correspond" in client.get("/demarches/", {"q": "zzz"}).content.decode()


def test_search_box_escapes_what_was_typed(client):
    assert "<script>alert" not in client.get("/demarches/", {"q": "<script>alert(1)</script>"}).content.decode()


def test_demarche_says_what_it_needs_and_how_long(client):
    motif = motif_ouvert(fiche="F123", taxe={"libelle": "Timbre fiscal", "montant_euros": 225, "moment": "remise"})
    PieceRequiseFactory(motif=motif, code="orig", au_guichet=True, libelle="L’original du passeport")
    page = client.get(f"/demarches/{motif.code}/").content.decode()
    assert "Pièce piece-0" in page
    assert "À montrer sur place seulement" in page
    assert "225 €" in page
    assert "4 mois" in page
    assert "https://www.service-public.gouv.fr/particuliers/vosdroits/F123" in page
    assert 'data-action="commencer"' in page
    assert "Internet n’est pas obligatoire" in page
    assert "data-delai" not in page


def test_observed_delay_appears_from_five_decisions_on(client):
    motif = motif_ouvert(etapes=[1, 3], titre_remis=False, pieces=0)
    for jours in (1, 2, 3, 40, 50):
        with time_machine.travel(INSTANT - timedelta(days=jours), tick=False):
            demande = amener_a(DemandeFactory(motif=motif), "deposee")
        if jours == 50:
            assert "data-delai" not in client.get(f"/demarches/{motif.code}/").content.decode()
        amener_a(demande, "accordee")
    assert 'data-delai="3" data-delai-p90="46"' in client.get(f"/demarches/{motif.code}/").content.decode()


def test_demarche_unknown_or_inactive_is_404(client):
    assert client.get("/demarches/INCONNU/").status_code == 404
    assert client.get(f"/demarches/{MotifFactory(actif=False).code}/").status_code == 404


def test_offline_demarche_shows_where_to_go_and_cannot_be_begun(client):
    motif = motif_ouvert(hors_ligne=True, orientation="Allez sur le site de l’ANEF.")
    page = client.get(f"/demarches/{motif.code}/").content.decode()
    assert "Allez sur le site de l’ANEF." in page
    assert 'data-action="commencer"' not in page
    assert client.post(f"/demarches/{motif.code}/commencer/", {"prefecture": "67"}).status_code == 422


def test_demarche_that_no_prefecture_takes_offers_nothing_to_begin(client):
    motif = MotifFactory()
    page = client.get(f"/demarches/{motif.code}/").content.decode()
    assert "data-nulle-part" in page
    assert 'data-action="commencer"' not in page


def test_begin_opens_a_draft_of_this_session_only(client):
    motif = motif_ouvert()
    reponse = client.post(f"/demarches/{motif.code}/commencer/", {"prefecture": "67"})
    assert reponse.status_code == 303
    demande = Demande.objects.get()
    assert reponse.url == f"/depot/{demande.cle}/"
    assert client.get(reponse.url).url.endswith("/identite/")
    assert Client().get(f"/depot/{demande.cle}/identite/").status_code == 404


@pytest.mark.parametrize("prefecture", ["", "99", "x' OR 1=1"])
def test_begin_without_an_open_prefecture_is_refused(client, prefecture):
    motif = motif_ouvert()
    reponse = client.post(f"/demarches/{motif.code}/commencer/", {"prefecture": prefecture})
    assert reponse.status_code == 422
    assert "Choisissez votre préfecture" in reponse.content.decode()
    assert not Demande.objects.exists()


def test_prefecture_that_switched_the_motif_off_is_not_offered(client):
    motif = motif_ouvert()
    ParametrageMotif.objects.create(prefecture=PrefectureFactory(), motif=motif, actif=False)
    assert '<option value="67"' not in client.get(f"/demarches/{motif.code}/").content.decode()
    assert client.post(f"/demarches/{motif.code}/commencer/", {"prefecture": "67"}).status_code == 422


def test_begin_opened_again_leads_to_the_demarche_and_begins_nothing(client):
    motif = motif_ouvert()
    reponse = client.get(f"/demarches/{motif.code}/commencer/")
    assert (reponse.status_code, reponse["Location"]) == (303, f"/demarches/{motif.code}/")
    assert not Demande.objects.exists()
    assert maintenant() == INSTANT

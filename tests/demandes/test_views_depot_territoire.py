"""An address of another département is told, with a way out; the deposit stays possible."""

from __future__ import annotations

import pytest

from tests.demandes.factories import PrefectureFactory, ServiceFactory
from tests.demandes.outils_depot import COORDONNEES, IDENTITE, commencer, motif_ouvert

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
AVIS = 'data-avis="territoire"'


def recapitulatif(client, motif, code_postal):
    demande = commencer(client, motif)
    base = f"/depot/{demande.cle}/"
    client.post(f"{base}identite/", IDENTITE)
    client.post(f"{base}coordonnees/", COORDONNEES | {"code_postal": code_postal})
    return client.get(f"{base}recapitulatif/").content.decode()


def test_address_here_says_nothing(client):
    assert AVIS not in recapitulatif(client, motif_ouvert(pieces=0), "67000")


def test_address_elsewhere_names_the_prefecture_that_takes_the_motif(client):
    motif = motif_ouvert(pieces=0)
    autre = PrefectureFactory(departement="93", nom="Préfecture de la Seine-Saint-Denis")
    ServiceFactory(prefecture=autre, genre=motif.genre_service)
    page = recapitulatif(client, motif, "93200")
    assert AVIS in page
    assert "Votre préfecture semble être : Préfecture de la Seine-Saint-Denis." in page
    assert f"/demarches/{motif.code}/?prefecture=93" in page
    assert 'data-action="deposer"' in page


def test_address_where_nobody_takes_it_names_the_departement_only(client):
    page = recapitulatif(client, motif_ouvert(pieces=0), "75011")
    assert "Votre adresse est dans le département 75." in page
    assert "semble être" not in page


@pytest.mark.parametrize(
    ("fenetre", "phrase"),
    [
        ({"avant_expiration_mois_max": 2, "question": "date_expiration"}, "dans les 2 mois avant la fin"),
        ({"avant_expiration_mois_max": None, "question": "date_expiration"}, "entre 120 et 60 jours avant la fin"),
        ({"avant_expiration_mois_max": None, "question": "date_manifestation"}, ""),
    ],
)
def test_window_of_a_renewal_is_told_before_anything_is_typed(client, fenetre, phrase):
    regle = {"avant_expiration_jours_max": 120, "avant_expiration_jours_min": 60, "jours_francs": False} | fenetre
    page = client.get(f"/demarches/{motif_ouvert(fenetre_depot=regle).code}/").content.decode()
    assert phrase in page
    assert ("data-fenetre" in page) == bool(phrase)

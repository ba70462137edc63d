"""The statement that no slot is offered to someone asked to come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from demandes.models import Acte, Evenement
from planipref.commun.jetons import deriver
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.demandes.outils_depot import motif_ouvert
from tests.parcours import amener_a, convocation_active, equipe
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
NAISSANCE = {"date_naissance": "17/05/1980"}
BOUTON = 'data-action="attester"'


@pytest.fixture
def lien(client):
    """Someone convened who has passed the second check, and finds nothing."""
    demande = amener_a(DemandeFactory(motif=motif_ouvert()), "convoquee")
    convocation = convocation_active(demande)
    adresse = f"/rdv/{deriver('convocation', str(convocation.cle))}/"
    assert client.post(adresse, NAISSANCE).status_code == 303
    return demande, adresse


def test_who_finds_nothing_gets_a_dated_act_once_a_day(client, lien, temps_fige):
    demande, adresse = lien
    assert BOUTON in client.get(adresse).content.decode()
    for _ in range(2):
        reponse = client.post(f"{adresse}attestation/")
        assert b"".join(reponse.streaming_content).startswith(b"%PDF-")
    acte = demande.actes.get(genre=Acte.Genre.SANS_CRENEAU)
    assert acte.contenu["constate_le"] == "04/03/2030 à 09 h 00"
    assert acte.contenu["lieux"]
    assert Evenement.objects.filter(demande=demande, nature="creneau:attestation").count() == 1
    temps_fige.move_to(INSTANT + timedelta(days=1))
    client.post(adresse, NAISSANCE)  # the session is over
    client.post(f"{adresse}attestation/")
    assert demande.actes.filter(genre=Acte.Genre.SANS_CRENEAU).count() == 2


@pytest.mark.parametrize("jours", [1, 20])
def test_who_could_book_gets_none(client, lien, jours):
    demande, adresse = lien
    CreneauFactory(file=equipe(demande).file, debut=INSTANT + timedelta(days=jours))
    assert BOUTON not in client.get(adresse).content.decode()
    assert client.post(f"{adresse}attestation/").status_code == 303
    assert not demande.actes.filter(genre=Acte.Genre.SANS_CRENEAU).exists()


def test_second_check_comes_first(lien):
    demande, adresse = lien
    assert Client().post(f"{adresse}attestation/").status_code == 303
    assert not demande.actes.filter(genre=Acte.Genre.SANS_CRENEAU).exists()

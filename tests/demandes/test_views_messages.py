"""Messages with a file, seen from both sides."""

from __future__ import annotations

import io
import uuid

import pytest
from django.test import Client

from demandes.models import PieceJointe
from demandes.services.analyse import rendre_verdict
from planipref.commun.antivirus import Verdict
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.demandes.outils_depot import motif_ouvert, ouvrir_session, pdf, photo
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
BONJOUR = {"corps": "Voici mon nouveau contrat."}


@pytest.fixture
def demande(client):
    deposee = amener_a(DemandeFactory(motif=motif_ouvert()), "deposee")
    ouvrir_session(client, deposee)
    return deposee


@pytest.fixture
def agent(chloe):
    """Chloé in her browser."""
    navigateur = Client()
    navigateur.force_login(chloe)
    return navigateur


def ecrire(client, demande, **donnees):
    return client.post(f"/suivi/{demande.numero}/message/", BONJOUR | donnees)


def lire(client, adresse):
    reponse = client.get(adresse)
    assert reponse.status_code == 200
    return reponse.content.decode()


def test_joined_photos_reach_the_service_as_one_document(client, agent, demande):
    assert ecrire(client, demande, fichiers=[photo(), pdf()]).status_code == 303
    jointe = PieceJointe.objects.get()
    assert (jointe.extension, jointe.nb_pages) == ("pdf", 2)
    adresse = f"/pieces/{jointe.cle}/"
    assert adresse in lire(client, f"/suivi/{demande.numero}/")
    assert adresse in lire(agent, f"/agent/demandes/{demande.numero}/")
    servie = agent.get(f"{adresse}?apercu=1")
    assert servie.status_code == 200
    assert b"".join(servie.streaming_content).startswith(b"%PDF-")
    assert client.get(adresse).status_code == 200


def test_joined_file_is_nobody_else_s(client, demande, etienne):
    ecrire(client, demande, fichiers=[photo()])
    adresse = f"/pieces/{PieceJointe.objects.get().cle}/"
    etranger = Client()
    ouvrir_session(etranger, DemandeFactory())
    ailleurs = Client()
    ailleurs.force_login(etienne)
    assert [c.get(adresse).status_code for c in (Client(), etranger, ailleurs)] == [404, 404, 404]
    assert client.get(f"/pieces/{uuid.uuid4()}/").status_code == 404


def test_bad_file_is_said_beside_the_field_and_the_text_stays(client, demande):
    faux = photo("faux.png")
    faux.file, faux.size = io.BytesIO(b"MZ un programme"), 15
    reponse = ecrire(client, demande, fichiers=[faux])
    assert reponse.status_code == 422
    page = reponse.content.decode()
    assert "Ce type de fichier n’est pas accepté" in page
    assert BONJOUR["corps"] in page
    assert not demande.messages.exists()


def test_infected_file_is_erased_and_the_message_stays(client, demande):
    ecrire(client, demande, fichiers=[photo()])
    jointe = PieceJointe.objects.select_related("demande").get()
    PieceJointe.objects.update(scan="en_attente")
    assert client.get(f"/pieces/{jointe.cle}/").status_code == 404
    assert "vérification en cours" in lire(client, f"/suivi/{demande.numero}/")
    rendre_verdict(jointe, Verdict.INFECTE, maintenant=INSTANT)
    jointe.refresh_from_db()
    assert (jointe.scan, str(jointe.fichier)) == ("infectee", "")
    assert "Document joint effacé" in lire(client, f"/suivi/{demande.numero}/")


def test_each_side_sees_what_the_other_has_read(client, agent, demande):
    ecrire(client, demande)
    assert "Pas encore lu par le service" in lire(client, f"/suivi/{demande.numero}/")
    dossier = f"/agent/demandes/{demande.numero}/"
    lire(agent, dossier)
    assert "Lu par le service" in lire(client, f"/suivi/{demande.numero}/")
    assert agent.post(f"{dossier}ecrire/", {"corps": "Bien reçu.", "fichiers": [pdf()]}).status_code == 303
    assert "Pas encore lu par l’usager" in lire(agent, dossier)
    lire(client, f"/suivi/{demande.numero}/")
    assert "Lu par l’usager" in lire(agent, dossier)

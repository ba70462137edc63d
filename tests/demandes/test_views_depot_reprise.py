"""The mailed link of a draft: sent once to each address given, it tells nothing and opens nothing by itself."""

from __future__ import annotations

import pytest
from django.test import Client

from demandes.models import Notification
from demandes.services.courriels import composer
from demandes.services.depot import REPRISES_PAR_ADRESSE, REPRISES_PAR_BROUILLON
from tests.demandes.outils_depot import COORDONNEES, IDENTITE, commencer, motif_ouvert

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]  # 4 March 2030


def donner(client, demande, courriel):
    assert client.post(f"/depot/{demande.cle}/coordonnees/", {**COORDONNEES, "courriel": courriel}).status_code == 303


def envoyees():
    return list(Notification.objects.filter(modele="brouillon").order_by("pk").values_list("destinataire", flat=True))


def test_first_address_given_gets_the_link_once(client):
    demande = commencer(client, motif_ouvert())
    client.post(f"/depot/{demande.cle}/identite/", IDENTITE)
    assert envoyees() == []
    donner(client, demande, "amina@example.org")
    donner(client, demande, "amina@example.org")
    assert envoyees() == ["amina@example.org"]


def test_corrected_address_gets_the_link_too_but_not_a_list_of_them(client):
    demande = commencer(client, motif_ouvert())
    adresses = [f"amina{i}@example.org" for i in range(REPRISES_PAR_BROUILLON + 2)]
    for adresse in adresses:
        donner(client, demande, adresse)
    assert envoyees() == adresses[:REPRISES_PAR_BROUILLON]


def test_many_drafts_do_not_flood_one_address(client):
    motif = motif_ouvert()
    for i in range(REPRISES_PAR_ADRESSE + 2):
        donner(client, commencer(client, motif), "victime@example.org" if i % 2 else "Victime@example.org")
    assert len(envoyees()) == REPRISES_PAR_ADRESSE


def test_mail_names_neither_the_person_nor_what_is_asked_for(client):
    demande = commencer(client, motif_ouvert(libelle="Demande d’asile"))
    client.post(f"/depot/{demande.cle}/identite/", IDENTITE)
    donner(client, demande, "amina@example.org")
    courriel = composer(Notification.objects.get(modele="brouillon"))
    for secret in ("asile", demande.service.nom, "Ben Ali", "Amina", "1980"):
        assert secret not in courriel.objet + courriel.texte + courriel.html.replace("amina@example.org", "")


def test_link_of_the_mail_asks_for_the_birth_date_then_a_code(client):
    demande = commencer(client, motif_ouvert())
    client.post(f"/depot/{demande.cle}/identite/", IDENTITE)
    donner(client, demande, "amina@example.org")
    texte = composer(Notification.objects.get(modele="brouillon")).texte
    chemin = f"/depot/{demande.cle}/"
    assert chemin in texte
    autre = Client()
    assert "Ben Ali" not in autre.get(chemin).content.decode()
    assert autre.get(f"{chemin}identite/").status_code == 404
    assert autre.post(chemin, {"date_naissance": "17/05/1980"})["Location"] == "/suivi/code/"
    assert demande.codes_acces.count() == 1
    assert f'href="{chemin}">recommencez' in autre.get("/suivi/code/").content.decode()

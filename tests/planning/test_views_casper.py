"""Pages about CASPER: a file shown then written, words changed, and nothing of another préfecture."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from demandes.models import Agent
from planning.models import Absence, AgentCasper, CodeCasper, ReglagesCasper

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]


def fichier(*lignes: str, entete: str = "agent;code;debut;fin") -> dict[str, SimpleUploadedFile]:
    """What the form sends."""
    return {"fichier": SimpleUploadedFile("casper.csv", "\n".join([entete, *lignes]).encode(), "text/csv")}


def test_file_is_shown_then_written(client: Client, denis: Agent, chloe: Agent) -> None:
    client.force_login(denis)
    envoi = fichier(f"{chloe.username};conge;12/03/2030;13/03/2030", "9;conge;12/03/2030;13/03/2030")
    reponse = client.post("/planning/casper/", envoi)
    page = reponse.content.decode()
    assert "Enregistrer 1 changement" in page
    assert "mardi 12 mars 2030" in page
    assert 'data-ligne="3"' in page
    assert not Absence.objects.exists()
    contenu = reponse.context["form"]["contenu"].value()
    fait = client.post("/planning/casper/confirmer/?prefecture=67", {"contenu": contenu}).content.decode()
    assert "1 changement enregistré" in fait
    assert "Importée de CASPER" in client.get("/planning/absences/").content.decode()
    assert "Enregistrer" not in client.post("/planning/casper/", envoi | fichier()).content.decode()
    client.post("/planning/casper/confirmer/", {"contenu": contenu})
    assert Absence.objects.count() == 1


@pytest.mark.parametrize("entete", ["agent;code;debut", ""])
def test_file_of_the_wrong_columns_is_refused_beside_the_field(client: Client, denis: Agent, entete: str) -> None:
    client.force_login(denis)
    reponse = client.post("/planning/casper/", fichier("x;y;z", entete=entete))
    assert reponse.status_code == 422
    assert reponse.context["form"].errors["fichier"]
    sans = client.post("/planning/casper/confirmer/", {"contenu": "agent\n1"}, follow=True)
    assert "Il manque des colonnes" in sans.content.decode()
    assert client.post("/planning/casper/confirmer/", {}).status_code == 303


def test_address_that_is_not_set_is_said(client: Client, denis: Agent) -> None:
    client.force_login(denis)
    reponse = client.post("/planning/casper/", {"en_ligne": "1"})
    assert reponse.status_code == 422
    assert "pas configurée" in reponse.content.decode()


def test_words_are_changed_and_forgotten(client: Client, denis: Agent, chloe: Agent) -> None:
    client.force_login(denis)
    colonnes = {f"colonne_{c}": c for c in ("agent", "code", "debut", "fin")}
    pareilles = client.post("/planning/casper/colonnes/", colonnes | {"colonne_code": "Début"})
    assert pareilles.status_code == 422
    assert list(pareilles.context["form"].errors) == ["colonne_debut"]
    client.post("/planning/casper/colonnes/", colonnes | {"colonne_agent": "Matricule", "complet": "on"})
    reglages = ReglagesCasper.objects.get()
    assert (reglages.colonnes["agent"], reglages.complet) == ("Matricule", True)
    for genre in ("maladie", "aucune"):
        client.post("/planning/casper/codes/ajouter/", {"code": "RTT", "genre": genre})
    assert CodeCasper.objects.get().genre == ""
    saisie = {"identifiant": "00123", "agent": chloe.pk}
    client.post("/planning/casper/agents/ajouter/", saisie)
    assert client.post("/planning/casper/agents/ajouter/", saisie).status_code == 422
    page = client.get("/planning/casper/correspondances/").content.decode()
    assert all(mot in page for mot in ("Matricule", "RTT", "Pas une absence", "00123", "retirées"))
    client.post(f"/planning/casper/codes/{CodeCasper.objects.get().pk}/supprimer/")
    client.post(f"/planning/casper/agents/{AgentCasper.objects.get().pk}/supprimer/")
    assert not CodeCasper.objects.exists()
    assert not AgentCasper.objects.exists()


def test_nothing_of_another_prefecture_is_seen_or_changed(
    client: Client, etienne: Agent, denis: Agent, chloe: Agent
) -> None:
    client.force_login(etienne)
    assert client.get("/planning/casper/?prefecture=67").status_code in (403, 404)
    client.force_login(denis)
    assert client.get("/planning/casper/?prefecture=93").status_code == 404
    refus = client.post("/planning/casper/agents/ajouter/", {"identifiant": "1", "agent": etienne.pk})
    assert refus.status_code == 422

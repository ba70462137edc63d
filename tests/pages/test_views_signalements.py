"""The worklist of signals and the thresholds: who sees them, what may be done, and that nobody is harmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from demandes.models import AdresseConnue, Evenement, Modification, RegleSignalements, Signalement
from demandes.services.signalements import signaler
from planipref.commun.transactions import acte
from planning.services.signalements import signaler_partout
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, MotifFactory, PrefectureFactory
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def signalement() -> Signalement:
    """Six persons from one connection, one of them followed here."""
    demande = amener_a(DemandeFactory(motif=MotifFactory(pieces=0)), "deposee")
    return acte(signaler)(
        demande.prefecture_id,
        "connexion",
        "empreinte",
        nombre=6,
        demandes=[demande.pk],
        premier_le=INSTANT,
        dernier_le=INSTANT,
    )


def test_list_shows_what_when_and_how_many_and_names_nobody(client: Client, signalement: Signalement) -> None:
    client.force_login(AgentFactory(instructeur=True))
    page = client.get("/agent/signalements/").content.decode()
    assert f'data-signalement="{signalement.pk}"' in page
    assert "6 personnes en une heure" in page
    assert signalement.demandes.get().usager.nom not in page
    assert "data-signalement" not in client.get("/agent/signalements/?etat=ecarte").content.decode()


def test_list_says_that_it_is_looked_for_hourly_and_when_it_last_was(
    client: Client, signalement: Signalement, temps_fige: Any
) -> None:
    agent = AgentFactory(instructeur=True)
    client.force_login(agent)
    assert "elle n’a pas encore eu lieu" in client.get("/agent/signalements/").content.decode()
    signaler_partout(maintenant=INSTANT)
    page = " ".join(client.get("/agent/signalements/").content.decode().split())
    assert "La recherche se fait toutes les heures : dernière le 04/03/2030 à 09:00." in page
    PrefectureFactory(departement="93")  # not theirs, and not looked into yet
    assert "dernière le" in client.get("/agent/signalements/").content.decode()


def test_two_signals_alike_are_told_apart(client: Client, signalement: Signalement) -> None:
    faits: dict[str, Any] = {"nombre": 6, "premier_le": INSTANT, "dernier_le": INSTANT}
    demandes = [signalement.demandes.get().pk]
    autre = acte(signaler)(signalement.prefecture_id, "connexion", "autre", demandes=demandes, **faits)
    client.force_login(AgentFactory(instructeur=True))
    page = client.get("/agent/signalements/").content.decode()
    for lu in (signalement, autre):
        assert f"n° {lu.pk}<" in page
        assert f"signalement n° {lu.pk}" in client.get(f"/agent/signalements/{lu.pk}/").content.decode()


@pytest.mark.parametrize(("decision", "etat"), [("ecarter", "ecarte"), ("confirmer", "confirme")])
def test_agent_judges(client: Client, signalement: Signalement, decision: str, etat: str) -> None:
    client.force_login(AgentFactory(instructeur=True))
    adresse = f"/agent/signalements/{signalement.pk}/"
    assert "aucun droit n’est retiré" in client.get(adresse).content.decode()
    assert client.post(adresse, {"decision": decision, "note": "Vu."}).status_code == 303
    signalement.refresh_from_db()
    assert signalement.etat == etat
    assert "« Vu. »" in client.get(adresse).content.decode()
    assert client.post(adresse, {"decision": decision, "note": "Vu."}).status_code == 409
    assert Evenement.objects.filter(nature=f"signalement:{etat}").count() == 1


def test_confirming_without_saying_why_is_refused(client: Client, signalement: Signalement) -> None:
    client.force_login(AgentFactory(instructeur=True))
    adresse = f"/agent/signalements/{signalement.pk}/"
    reponse = client.post(adresse, {"decision": "confirmer", "note": ""})
    assert reponse.status_code == 422
    assert "Dites ce que vous avez constaté." in reponse.content.decode()


def test_shared_connection_is_declared(client: Client, signalement: Signalement) -> None:
    client.force_login(AgentFactory(instructeur=True))
    adresse = f"/agent/signalements/{signalement.pk}/"
    jour = INSTANT.date() + timedelta(days=60)
    champs = {"decision": "connue", "raison": "France Services", "jusqu_au": f"{jour:%d/%m/%Y}"}
    assert client.post(adresse, champs | {"raison": ""}).status_code == 422
    assert client.post(adresse, champs).status_code == 303
    assert AdresseConnue.objects.get().jusqu_au == jour


def test_others_see_nothing(client: Client, signalement: Signalement) -> None:
    adresse = f"/agent/signalements/{signalement.pk}/"
    client.force_login(AgentFactory(instructeur=True, prefecture=PrefectureFactory(departement="93")))
    assert client.get(adresse).status_code == 404
    client.force_login(AgentFactory(accueil=True))
    assert client.get("/agent/signalements/").status_code == 403


def test_thresholds_are_set_bounded_and_kept_in_the_history(client: Client) -> None:
    client.force_login(AgentFactory(webmestre=True))
    adresse = "/parametrage/67/signalements/"
    assert "la valeur nationale, 4" in client.get(adresse).content.decode()
    assert client.post(adresse, {"contacts": "1"}).status_code == 422
    assert client.post(adresse, {"contacts": "3"}).status_code == 303
    regle = RegleSignalements.objects.get(prefecture__departement="67")
    assert (regle.contacts, regle.personnes) == (3, None)
    assert Modification.objects.filter(modele="reglesignalements").count() == 1
    assert "Seuils des signalements" in client.get("/parametrage/67/historique/").content.decode()
    client.post(adresse, {"contacts": ""})
    assert not RegleSignalements.objects.exists()

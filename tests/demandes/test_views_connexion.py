"""Login of agents: first page by right, tries limited, no open redirect."""

from __future__ import annotations

import pytest
from django.test import Client

from demandes.models import Agent
from demandes.views.connexion import ESSAIS_PAR_COMPTE
from tests.demandes.factories import MOT_DE_PASSE, AgentFactory

pytestmark = pytest.mark.django_db


def entrer(client: Client, username: str, password: str = MOT_DE_PASSE, **reste: str):
    return client.post("/connexion/", {"username": username, "password": password, **reste})


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("instructeur", "/agent/"),
        ("chef_service", "/agent/"),
        ("accueil", "/guichet/accueil/"),
        ("webmestre", "/statistiques/"),
    ],
)
def test_connexion_leads_to_the_first_page_of_the_role(client: Client, role: str, page: str, monkeypatch) -> None:
    monkeypatch.setattr("demandes.views.connexion.is_valid_path", lambda _: True)
    agent = AgentFactory(role=role)
    reponse = entrer(client, agent.username)
    assert (reponse.status_code, reponse["Location"]) == (303, page)


def test_connexion_with_a_wrong_password_is_422_and_keeps_the_account(client: Client, chloe: Agent) -> None:
    reponse = entrer(client, "chloe", "faux")
    assert reponse.status_code == 422
    assert "Identifiant ou mot de passe incorrect." in reponse.content.decode()
    assert 'value="chloe"' in reponse.content.decode()


def test_connexion_without_password_is_422_in_french(client: Client, chloe: Agent) -> None:
    reponse = entrer(client, "chloe", "")
    assert reponse.status_code == 422
    assert "Écrivez votre mot de passe." in reponse.content.decode()


def test_connexion_after_too_many_failures_is_429_even_with_the_right_password(client: Client, chloe: Agent) -> None:
    for _ in range(ESSAIS_PAR_COMPTE):
        assert entrer(client, "chloe", "faux").status_code == 422
    assert entrer(client, "chloe").status_code == 429
    assert entrer(client, "CHLOE").status_code == 429


def test_connexion_that_succeeds_costs_no_try(client: Client, chloe: Agent) -> None:
    for _ in range(ESSAIS_PAR_COMPTE + 2):
        assert entrer(client, "chloe").status_code == 303
        client.post("/deconnexion/")


@pytest.mark.parametrize("suite", ["https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)"])
def test_connexion_with_a_foreign_next_ignores_it(client: Client, chloe: Agent, suite: str) -> None:
    assert entrer(client, "chloe", next=suite)["Location"] == "/agent/"


def test_connexion_with_our_next_goes_there(client: Client, chloe: Agent) -> None:
    assert entrer(client, "chloe", next="/agent/?etat=tous")["Location"] == "/agent/?etat=tous"


def test_agent_page_without_login_asks_for_it(client: Client) -> None:
    reponse = client.get("/agent/")
    assert (reponse.status_code, reponse["Location"]) == (302, "/connexion/?next=/agent/")


def test_deconnexion_by_post_ends_the_session(client: Client, chloe: Agent) -> None:
    client.force_login(chloe)
    assert client.get("/deconnexion/").status_code == 405
    assert client.post("/deconnexion/").status_code == 303
    assert client.get("/agent/").status_code == 302


def test_admin_login_is_ours_and_refuses_who_is_no_superuser(client: Client, chloe: Agent) -> None:
    assert client.get("/admin/login/")["Location"] == "/connexion/?next=%2Fadmin%2F"
    chloe.is_staff = True
    chloe.save()
    client.force_login(chloe)
    reponse = client.get("/admin/", follow=True)
    assert reponse.status_code == 403

"""`comptes_demo`: what it lists really logs in, each role is there, and nothing outside the demonstration."""

import json
from random import Random

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command
from django.test import Client

from demandes.droits import LIBELLES_ROLES, Role
from demandes.models import Agent, Attribution, Delegation
from demandes.services.catalogue import charger_catalogue, charger_prefectures
from planipref.pages.peuplement.accompagnement import nommer_aidants
from planipref.pages.peuplement.organisation import monter, mot_de_passe, nommer_administrateur
from tests.demandes.factories import INSTANT, AgentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def demonstration() -> None:
    """Two préfectures with their agents, as `peupler` makes them, without the demandes."""
    charger_catalogue()
    prefectures = charger_prefectures(["56", "67"])
    condensat = mot_de_passe()
    nommer_administrateur(prefectures, condensat)
    for prefecture in prefectures:
        monter(prefecture, alea=Random(42), maintenant=INSTANT, condensat=condensat)
        nommer_aidants(prefecture, condensat)


def lister(capsys) -> list[dict[str, str]]:
    call_command("comptes_demo", "--json")
    return json.loads(capsys.readouterr().out)


def test_comptes_demo_lists_each_role_in_each_prefecture(demonstration, capsys):
    comptes = lister(capsys)
    assert all(set(c) == {"identifiant", "mot_de_passe", "role", "prefecture"} for c in comptes)
    assert {(c["role"], c["prefecture"]) for c in comptes} == {
        (role.value, d) for role in Role if role is not Role.ADMINISTRATEUR for d in ("56", "67")
    } | {("administrateur", "")} | {("aidant", d) for d in ("56", "67")}
    assert len({c["identifiant"] for c in comptes}) == len(comptes) == 2 * (len(Role) - 1) + 2 * 2 + 1


def test_comptes_demo_each_account_logs_in_with_its_role_and_no_other(demonstration, capsys):
    for compte in lister(capsys):
        client = Client()
        saisie = {"username": compte["identifiant"], "password": compte["mot_de_passe"]}
        reponse = client.post("/connexion/", saisie, follow=True)
        assert reponse.redirect_chain[0][1] == 303, compte
        assert reponse.status_code == 200, compte
        agent = Agent.objects.get(pk=client.session["_auth_user_id"])
        assert agent.username == compte["identifiant"]
        if compte["role"] == "aidant":
            assert reponse.redirect_chain[0][0] == "/accompagnement/"
            assert not agent.attributions.exists()
            continue
        roles = set(Attribution.objects.en_vigueur().filter(agent=agent).values_list("role", "prefecture__departement"))
        attendus = {compte["prefecture"]} if compte["prefecture"] else {"56", "67"}
        assert roles == {(compte["role"], d) for d in attendus}


def test_comptes_demo_who_decides_holds_a_delegation(demonstration, capsys):
    decideurs = {c["identifiant"] for c in lister(capsys) if c["role"] in ("signataire", "chef_service")}
    assert decideurs <= set(Delegation.objects.values_list("agent__username", flat=True))


def test_comptes_demo_leaves_out_what_no_longer_logs_in(demonstration, capsys):
    Agent.objects.filter(username="accueil56").update(is_active=False)
    Agent.objects.filter(username="chef56").update(password=make_password("un-secret-bien-a-moi"))
    Attribution.objects.filter(agent__username="webmestre56").delete()
    AgentFactory(username="accueil93", role="accueil")  # somebody's account that peupler did not make
    identifiants = {c["identifiant"] for c in lister(capsys)}
    assert not identifiants & {"accueil56", "chef56", "webmestre56", "accueil93"}
    assert {"instructeur56", "signataire56", "accueil67"} <= identifiants


def test_comptes_demo_in_text_is_a_table_people_read(demonstration, capsys):
    call_command("comptes_demo")
    titres, *lignes = capsys.readouterr().out.splitlines()
    assert titres.split() == ["Identifiant", "Mot", "de", "passe", "Rôle", "Préfecture"]
    colonne = titres.index("Rôle")
    assert {ligne[colonne : titres.index("Préfecture")].strip() for ligne in lignes} == {
        *LIBELLES_ROLES.values(),
        "Aidant d’un organisme",
    }


def test_comptes_demo_on_an_empty_base_is_an_empty_list(capsys):
    assert lister(capsys) == []
    call_command("comptes_demo")
    assert "peupler" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_comptes_demo_outside_the_demonstration_is_refused(demonstration, settings, options, capsys):
    settings.PLANIPREF_DEMO = False
    with pytest.raises(CommandError, match="démonstration"):
        call_command("comptes_demo", *options)
    assert capsys.readouterr().out == ""

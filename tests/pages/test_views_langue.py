"""The language of the pages: chosen, kept, and never imposed on an agent."""

from __future__ import annotations

import pytest
from django.test import Client

from demandes.models import Usager
from planipref.commun.langues import LANGUES, NOMS
from tests.demandes.factories import DemandeFactory
from tests.demandes.outils_depot import commencer, motif_ouvert, ouvrir_session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def choisir(client, langue, suite="/demarches/"):
    return client.post("/langue/", {"langue": langue, "suite": suite})


def page(client, adresse="/", **entetes):
    return client.get(adresse, headers=entetes).content.decode()


def test_every_language_is_one_that_an_usager_may_have():
    assert set(LANGUES) == set(NOMS) == set(Usager.Langue.values)


@pytest.mark.parametrize("langue", [code for code in LANGUES if code != "fr"])
def test_chosen_language_is_spoken_everywhere_after(client, langue):
    francais = page(client, "/suivi/")
    reponse = choisir(client, langue)
    assert (reponse.status_code, reponse["Location"]) == (303, "/demarches/")
    traduite = page(client, "/suivi/")
    assert f'lang="{LANGUES[langue]}"' in traduite
    assert ('dir="rtl"' in traduite) == (langue == "ar")
    assert traduite != francais
    assert client.get("/suivi/").headers["Content-Language"] == LANGUES[langue]


def test_nothing_is_guessed_but_the_language_of_the_browser_is_proposed(client):
    accueil = page(client, accept_language="tr-TR,tr;q=0.9,fr;q=0.5")
    assert 'lang="fr"' in accueil
    assert "Bu sayfaları Türkçe okuyun" in accueil
    assert "Bu sayfaları" not in page(client, accept_language="fr-FR,tr;q=0.9")
    assert "Bu sayfaları" not in page(client, accept_language="sw")
    choisir(client, "fr")
    assert "Bu sayfaları" not in page(client, accept_language="tr")


def test_demande_and_mails_keep_the_language(client):
    choisir(client, "es")
    demande = commencer(client, motif_ouvert())
    assert demande.usager.langue == "es"
    autre = DemandeFactory()
    ouvrir_session(client, demande)
    choisir(client, "falc")
    demande.usager.refresh_from_db()
    autre.usager.refresh_from_db()
    assert (demande.usager.langue, autre.usager.langue) == ("falc", "fr")


def test_page_to_come_back_to_is_never_in_an_address(client):
    demande = commencer(client, motif_ouvert())
    contenu = page(client, f"/depot/{demande.cle}/identite/")
    assert f'name="suite" value="/depot/{demande.cle}/identite/"' in contenu
    assert "suite=" not in contenu


@pytest.mark.parametrize("suite", ["https://mechant.example/", "//mechant.example", "javascript:alert(1)", ""])
def test_choice_leads_nowhere_else(client, suite):
    assert choisir(client, "en", suite)["Location"] == "/"


def test_unknown_language_is_422_and_a_forged_cookie_is_french(client):
    assert choisir(client, "xx").status_code == 422
    client.cookies["langue"] = "../../etc"
    assert 'lang="fr"' in page(client)


def test_agents_work_in_french(chloe):
    navigateur = Client()
    navigateur.force_login(chloe)
    navigateur.cookies["langue"] = "ar"
    assert 'lang="fr"' in page(navigateur, "/agent/")

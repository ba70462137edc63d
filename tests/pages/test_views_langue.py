"""The language of the pages: chosen, kept, else that of the person or of the browser, and never imposed on an agent."""

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


@pytest.mark.parametrize(
    ("annonce", "langue"),
    [
        ("ar", "ar"),
        ("tr-TR,tr;q=0.9,fr;q=0.5", "tr"),
        ("zh-CN,en;q=0.5", "zh-hans"),
        ("fr-FR,tr;q=0.9", "fr"),
        ("sw,ru;q=0.5", "ru"),
        ("sw", "fr"),
        ("", "fr"),
    ],
)
def test_browser_that_chose_nothing_is_answered_in_what_it_reads(client, annonce, langue):
    reponse = client.get("/", headers={"accept-language": annonce})
    assert f'<html lang="{langue}"' in reponse.content.decode()
    assert "Accept-Language" in reponse["Vary"]
    choisir(client, "fr")
    assert '<html lang="fr"' in page(client, accept_language=annonce)


def test_demande_begun_in_the_language_of_the_browser_keeps_it():
    navigateur = Client(headers={"accept-language": "pt-BR"})
    assert commencer(navigateur, motif_ouvert()).usager.langue == "pt"


def test_language_switch_is_understood_without_reading_the_page(client):
    assert '<bdi lang="en">Language</bdi>' in page(client)
    assert '<bdi lang="fr">Langue</bdi>' in page(client, accept_language="en")


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
    assert '<html lang="fr"' in page(navigateur, "/agent/", accept_language="ar")
    navigateur.cookies["langue"] = "ar"
    assert '<html lang="fr"' in page(navigateur, "/agent/")

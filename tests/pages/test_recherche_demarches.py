"""The search of démarches by their public, among those of the real catalogue, in every language."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.demandes.factories import MotifFactory

pytestmark = pytest.mark.django_db

MOTIFS = Path(__file__).parents[2] / "demandes" / "donnees" / "motifs"
CARTES = {"ETR-RES10-REN", "ETR-VPF-REN", "ETR-SAL-REN"}
PERMIS = {"RTE-ECHG", "RTE-PERTE", "RTE-RESTIT"}


@pytest.fixture
def catalogue():
    for fichier in MOTIFS.glob("*.json"):
        lu = json.loads(fichier.read_text())
        textes = {champ: lu[champ] for champ in ("code", "libelle", "libelle_court", "description")}
        MotifFactory(genre_service=lu["service"], **textes)


def vue(client, q, langue="fr", service=""):
    client.cookies["langue"] = langue
    return client.get("/demarches/", {"q": q, "service": service}).content.decode()


def chercher(client, q, langue="fr"):
    return re.findall(r'data-motif="([^"]+)"', vue(client, q, langue))


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("langue", "q", "attendus"),
    [
        ("fr", "renouveler carte sejour", CARTES),
        ("fr", "renouveler mon titre de séjour", CARTES),
        ("fr", "renouvellement titre de séjour", CARTES),
        ("fr", "titre de séjour", CARTES | {"ETR-1DEM", "ETR-REMISE"}),
        ("fr", "renouveler", CARTES | {"ETR-ALG10-REN"}),
        ("fr", "carte grise", {"RTE-SIV"}),
        ("fr", "permis", PERMIS),
        ("fr", "nationalité française", {"ETR-NAT"}),
        ("falc", "titre de séjour", CARTES),
        ("en", "residence permit", CARTES),
        ("en", "residence card", CARTES),
        ("en", "renew", CARTES),
        ("en", "driving licence", PERMIS),
        ("en", "titre de séjour", CARTES),
        ("ru", "продление", CARTES),
        ("ru", "вид на жительство", CARTES),
        ("ar", "بطاقة إقامة", CARTES),
        ("es", "permiso de residencia", CARTES),
        ("pt", "renovar autorização de residência", CARTES),
        ("tr", "oturma izni", CARTES),
        ("tr", "EHLİYET", PERMIS),
        ("zh", "居留证", CARTES),
    ],
)
def test_what_people_ask_for_is_found_in_their_words(client, langue, q, attendus):
    assert attendus <= set(chercher(client, q, langue))


@pytest.mark.usefixtures("catalogue")
def test_what_was_asked_for_comes_first_and_nothing_else_with_it(client):
    assert chercher(client, "permis")[0].startswith("RTE-")
    assert not [code for code in chercher(client, "permis") if code.startswith("ETR")]
    assert set(chercher(client, "renouveler carte de séjour")[:2]) == {"ETR-VPF-REN", "ETR-SAL-REN"}
    assert set(chercher(client, "renouveler")) == set(chercher(client, "renouvellement"))


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("exemple", ["titre de séjour", "permis", "carte grise"])
@pytest.mark.parametrize("langue", ["fr", "falc", "en", "ar", "es", "pt", "ru", "tr", "zh"])
def test_examples_of_the_field_find_something(client, langue, exemple):
    indice = vue(client, "", langue).partition('id="q-aide">')[2].partition("<")[0]
    for dit in re.split(r"[,،、，]", re.split(r"[:：]", indice, maxsplit=1)[-1]):
        assert chercher(client, dit, langue), dit
    assert chercher(client, exemple, langue)


@pytest.mark.usefixtures("catalogue")
def test_search_reads_the_catalogue_once(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/demarches/", {"q": "renouveler titre de séjour"})


@pytest.mark.parametrize(
    ("langue", "service", "description"),
    [
        ("ar", "الأجانب", "لديكم بطاقة مقيم"),
        ("ru", "Иностранные граждане", "У вас есть карта резидента"),
        ("en", "Foreign nationals", "You have a resident card"),
    ],
)
@pytest.mark.usefixtures("catalogue")
def test_cards_and_their_service_are_translated(client, langue, service, description):
    page = vue(client, "carte de résident 10 ans", langue)
    assert f'<h2 class="fr-h5">{service}</h2>' in page
    assert description in page
    assert "Vous avez une carte de résident valable" not in page
    assert 'class="fr-text--sm" lang="fr"' not in page


def test_text_that_nobody_has_translated_keeps_its_language_and_its_order(client):
    MotifFactory(libelle="Visite du préfet (67)", description="Sur place.")
    page = vue(client, "", "ar")
    assert 'lang="fr" dir="ltr">Visite du préfet (67)</a>' in page
    assert '<p class="fr-text--sm" lang="fr" dir="ltr">Sur place.</p>' in page
    assert 'dir="ltr">Visite' not in vue(client, "", "falc")


def test_nothing_found_says_what_is_left_to_try(client):
    MotifFactory(genre_service="etrangers")
    partout = vue(client, "zzz")
    assert "Tous les services\u00a0»" not in partout
    assert "Voir toutes les démarches" in partout
    assert "choisissez «\u00a0Tous les services" in vue(client, "zzz", service="etrangers")

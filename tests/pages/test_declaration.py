"""The accessibility statement: the figures shown are those measured, and a file that lacks some is refused."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from outils.accessibilite import ATTENDUS, Faits, Incomplet, chiffres, fusionner, ramasser
from planipref.pages.declaration import NOMS, Declaration, DeclarationIllisible, declaration, lire
from tests.demandes.factories import PrefectureFactory
from tests.navigateur.visites import pages_attendues

JUSTE = {
    "le": "2030-03-04",
    "axe": "4.10.2",
    "pages": 90,
    "ecrans": 300,
    "langues": 3,
    "regles": 60,
    "fautes": 0,
    "a_voir": 12,
    "parcours_clavier": 2,
}


def ecrire(dossier, **changes):
    fichier = dossier / "accessibilite.json"
    fichier.write_text(json.dumps(JUSTE | changes), encoding="utf-8")
    return fichier


# --- The page ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_page_shows_every_figure_of_the_file_and_claims_no_conformity(client):
    page = client.get("/accessibilite/").content.decode()
    mesure = asdict(declaration())
    for nom in set(NOMS) - {"le", "axe"}:
        assert f'<td data-chiffre="{nom}">{mesure[nom]}</td>' in page
    assert f"axe-core {mesure['axe']}" in page
    assert "PlaniPref est non conforme" in page
    assert "partiellement" not in page
    assert "%" not in page.split("<main", 1)[1].split("</main>", 1)[0]
    for recours in ("https://formulaire.defenseurdesdroits.fr/", "39\u00a028", "Libre réponse 71120"):
        assert recours in page


@pytest.mark.django_db
def test_page_says_whom_to_write_to_in_each_prefecture(client):
    prefectures = [PrefectureFactory(), PrefectureFactory(departement="93")]
    page = client.get("/accessibilite/").content.decode()
    for prefecture in prefectures:
        assert f'{prefecture.nom}\u00a0: <a href="mailto:{prefecture.courriel}">' in page


def test_figures_are_those_of_about_the_site_of_today():
    aujourd_hui = len(pages_attendues())
    assert 0.9 * aujourd_hui <= declaration().pages, "Des pages sont nouvelles : lancez « make accessibilite »."
    assert declaration().parcours_clavier == sum(nom.startswith("clavier") for nom in ATTENDUS)


# --- The file ---------------------------------------------------------------------------------------


def test_file_is_read_into_a_declaration(tmp_path):
    assert isinstance(lire(ecrire(tmp_path)), Declaration)


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"pages": "90"}, "« pages » doit être un nombre entier, pas '90'"),
        ({"fautes": -1}, "« fautes » doit être un nombre entier, pas -1"),
        ({"ecrans": True}, "« ecrans » doit être un nombre entier, pas True"),
        ({"le": "4 mars"}, "« le » doit être un jour, pas '4 mars'"),
        ({"le": None}, "« le » doit être un jour, pas None"),
        ({"taux": 99}, "doit donner : le, axe, pages"),
    ],
)
def test_wrong_figure_is_refused_and_named(tmp_path, changes, phrase):
    with pytest.raises(DeclarationIllisible, match=phrase):
        lire(ecrire(tmp_path, **changes))


@pytest.mark.parametrize("texte", ["", "{", "[]", '{"le": "2030-03-04"}'])
def test_broken_file_is_refused(tmp_path, texte):
    fichier = tmp_path / "accessibilite.json"
    fichier.write_text(texte, encoding="utf-8")
    with pytest.raises(DeclarationIllisible, match=r"accessibilite\.json"):
        lire(fichier)


def test_missing_file_says_what_to_run(tmp_path):
    with pytest.raises(DeclarationIllisible, match="make accessibilite"):
        lire(tmp_path / "accessibilite.json")


# --- Who writes it ----------------------------------------------------------------------------------


def test_facts_of_two_tests_make_one_set_of_figures(tmp_path):
    ecran = ["pages:accueil", "ouverte", "anonyme", "fr"]
    agents = Faits(
        le=["2030-03-04"], axe=["4.10.2"], pages=["a", "b"], ecrans=[ecran], langues=["fr"], regles=["r1", "r2"]
    )
    public = Faits(
        le=["2030-03-05"],
        axe=["4.10.2"],
        pages=["b", "c"],
        ecrans=[ecran, ecran],
        langues=["ar", "fr"],
        regles=["r2"],
        fautes=["une"],
        a_voir=["contraste", "contraste"],
    )
    clavier = Faits(le=["2030-03-05"], parcours_clavier=["usager"])
    obtenus = chiffres(fusionner([agents, public, clavier]))
    assert obtenus == {
        "le": "2030-03-05",
        "axe": "4.10.2",
        "pages": 3,
        "ecrans": 3,
        "langues": 2,
        "regles": 2,
        "fautes": 1,
        "a_voir": 2,
        "parcours_clavier": 1,
    }
    assert lire(ecrire(tmp_path, **obtenus))


def test_figures_wait_for_the_facts_of_every_test(tmp_path):
    for nom in ATTENDUS - {"public"}:
        (tmp_path / f"{nom}.json").write_text(json.dumps(asdict(Faits(le=["2030-03-04"]))), encoding="utf-8")
    with pytest.raises(Incomplet, match="il manque les faits de public"):
        ramasser(tmp_path)
    (tmp_path / "public.json").write_text(json.dumps(asdict(Faits(le=["2030-03-04"]))), encoding="utf-8")
    assert len(ramasser(tmp_path)) == len(ATTENDUS)

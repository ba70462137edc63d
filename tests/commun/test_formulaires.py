from __future__ import annotations

import re

import pytest
from django import forms

from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import (
    ChampDateNaissance,
    ChampFichier,
    ChampNom,
    FormulaireDsfr,
    appliquer_erreur,
)


class Formulaire(FormulaireDsfr):
    nom = ChampNom(label="Quel est votre nom ?", autocomplete="family-name")
    naissance = ChampDateNaissance(label="Quelle est votre date de naissance ?")
    motif = forms.ChoiceField(
        label="Pourquoi ?", choices=[("a", "Raison A")], widget=forms.RadioSelect, help_text="Une seule"
    )
    pays = forms.ChoiceField(label="Pays", choices=[("", ""), ("fr", "France")])
    accord = forms.BooleanField(label="Je suis d’accord")
    piece = ChampFichier(label="Passeport", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def elements(html, motif):
    return re.findall(motif, html)


def test_rendering_with_errors_links_each_field_to_its_hint_and_error():
    html = str(Formulaire({"nom": "R2", "naissance": "x"}))
    identifiants = set(elements(html, r'\bid="([^"]+)"'))
    decrits = elements(html, r'aria-describedby="([^"]+)"')
    assert "id_naissance_helptext id_naissance_error" in decrits
    assert "id_motif_helptext id_motif_error" in decrits
    assert {ident for decrit in decrits for ident in decrit.split()} <= identifiants
    assert set(elements(html, r'<a href="#([^"]+)"')) <= identifiants
    assert elements(html, r'<a href="#([^"]+)"') == [
        "id_nom",
        "id_naissance",
        "id_motif_0",
        "id_pays",
        "id_accord",
    ]
    assert 'role="alert"' in html
    assert html.count('aria-invalid="true"') == 5


def test_rendering_with_errors_keeps_what_was_typed():
    html = str(Formulaire({"nom": "R2", "naissance": "31/02/1980", "motif": "a"}))
    assert 'value="R2"' in html
    assert 'value="31/02/1980"' in html
    assert re.search(r'value="a"[^>]*checked', html)


def test_rendering_without_data_has_no_error_and_says_what_is_optional():
    html = str(Formulaire())
    assert "fr-error-text" not in html
    assert "aria-invalid" not in html
    assert html.count("(facultatif)") == 1
    assert 'autocomplete="family-name"' in html
    assert 'autocomplete="bday"' in html
    assert 'inputmode="numeric"' in html


def test_rendering_has_no_inline_style_nor_script():
    html = str(Formulaire({}))
    assert not elements(html, r"style=|<script|\son\w+=")


def test_initial_values_are_shown_in_french():
    assert 'value="05/03/1980"' in str(Formulaire(initial={"naissance": "1980-03-05"})["naissance"])
    assert 'value="00/00/1980"' in str(Formulaire(initial={"naissance": "1980-00-00"})["naissance"])


def test_field_added_after_construction_gets_the_design():
    formulaire = Formulaire({})
    formulaire.fields["ajout"] = forms.CharField(label="Ajout", help_text="aide")
    html = formulaire["ajout"].as_field_group()
    assert 'class="fr-input"' in html
    assert 'aria-describedby="id_ajout_helptext id_ajout_error"' in html


def test_label_and_error_are_escaped():
    formulaire = Formulaire({"nom": "<b>x</b>", "naissance": "x"})
    appliquer_erreur(formulaire, ErreurMetier("x", "<script>"))
    assert "<script>" not in str(formulaire)
    assert "<b>" not in str(formulaire)


@pytest.fixture
def valide():
    formulaire = Formulaire(
        {"nom": "Benali", "naissance": "5/3/1980", "motif": "a", "pays": "fr", "accord": "on", "secret": "s"}
    )
    assert formulaire.is_valid(), formulaire.errors
    return formulaire


def test_refused_act_about_a_field_becomes_its_error(valide):
    appliquer_erreur(valide, ErreurMetier("doublon", "Ce nom existe déjà.", champ="nom"))
    assert valide.errors == {"nom": ["Ce nom existe déjà."]}
    assert valide.has_error("nom", "doublon")


@pytest.mark.parametrize("champ", [None, "inconnu"])
def test_refused_act_about_no_field_becomes_an_error_of_the_form(valide, champ):
    appliquer_erreur(valide, ErreurMetier("complet", "Ce créneau est pris.", champ=champ))
    assert valide.non_field_errors() == ["Ce créneau est pris."]
    assert "Ce créneau est pris." in str(valide)
    assert 'value="Benali"' in str(valide)

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from planipref.commun.champs import (
    ChampCourriel,
    ChampDate,
    ChampDateNaissance,
    ChampFichier,
    ChampNom,
    ChampTelephone,
)

pytestmark = pytest.mark.usefixtures("_lundi")


@pytest.fixture
def _lundi():
    with time_machine.travel("2030-03-04T09:00:00+01:00", tick=False):
        yield


def code(champ, valeur):
    with pytest.raises(ValidationError) as erreur:
        champ.clean(valeur)
    return erreur.value.code


@pytest.mark.parametrize(
    "saisie",
    [
        "5/3/1980",
        "05/03/1980",
        " 05.03.1980 ",
        "05-03-1980",
        "05 03 1980",
        "05031980",
        "1980-03-05",
        "5 / 3 / 1980",
    ],
)
def test_birth_date_in_each_usual_writing_is_the_same_date(saisie):
    assert ChampDateNaissance().clean(saisie) == "1980-03-05"
    assert ChampDate().clean(saisie) == date(1980, 3, 5)


@pytest.mark.parametrize(
    ("saisie", "attendue"),
    [("00/00/1980", "1980-00-00"), ("00/03/1980", "1980-03-00"), ("1980-00-00", "1980-00-00")],
)
def test_birth_date_partly_unknown_to_etat_civil_is_kept(saisie, attendue):
    assert ChampDateNaissance().clean(saisie) == attendue


@pytest.mark.parametrize(
    ("saisie", "attendu"),
    [
        ("05/00/1980", "inexistante"),
        ("31/02/1980", "inexistante"),
        ("29/02/1981", "inexistante"),
        ("00/13/1980", "inexistante"),
        ("5/3/80", "annee"),
        ("mars 1980", "format"),
        ("05/03/2030", "futur"),
        ("00/00/2031", "futur"),
        ("01/01/1899", "trop_ancienne"),
        ("01/01/0000", "inexistante"),
        ("", "required"),
    ],
)
def test_birth_date_that_cannot_be_is_refused_with_its_reason(saisie, attendu):
    assert code(ChampDateNaissance(), saisie) == attendu


def test_birth_date_of_today_and_of_this_year_are_accepted():
    assert ChampDateNaissance().clean("04/03/2030") == "2030-03-04"
    assert ChampDateNaissance().clean("00/00/2030") == "2030-00-00"


def test_unknown_day_is_refused_for_an_ordinary_date():
    assert code(ChampDate(), "00/03/2030") == "inexistante"


def test_date_out_of_its_limits_is_refused():
    champ = ChampDate(minimum=date(2030, 3, 4), maximum=date(2030, 12, 31))
    assert champ.clean("4/3/2030") == date(2030, 3, 4)
    assert code(champ, "3/3/2030") == "trop_tot"
    assert code(champ, "1/1/2031") == "trop_tard"


def test_optional_dates_left_empty_are_empty():
    assert ChampDate(required=False).clean(" ") is None
    assert ChampDateNaissance(required=False).clean("") == ""


@pytest.mark.parametrize(
    ("saisie", "attendu"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("03.88.21.67.68", "+33388216768"),
        ("0692 12 34 56", "+262692123456"),
        ("0690 30 12 34", "+590690301234"),
        ("0696 20 12 34", "+596696201234"),
        ("0694 20 12 34", "+594694201234"),
        ("0639 01 23 45", "+262639012345"),
        ("+213 551 23 45 67", "+213551234567"),
        ("+44 7400 123456", "+447400123456"),
    ],
)
def test_telephone_becomes_e164(saisie, attendu):
    assert ChampTelephone().clean(saisie) == attendu


@pytest.mark.parametrize("saisie", ["123", "06 12 34 56", "téléphone", "+33 1", "0612345678900"])
def test_telephone_that_cannot_ring_is_refused(saisie):
    assert code(ChampTelephone(), saisie) == "invalid"


def test_stored_telephone_is_shown_as_people_write_it():
    assert ChampTelephone().prepare_value("+33612345678") == "06 12 34 56 78"
    assert ChampTelephone().prepare_value("+262692123456") == "0692 12 34 56"
    assert ChampTelephone().prepare_value("+213551234567") == "+213 551 23 45 67"
    assert ChampTelephone().prepare_value("+99") == "+99"


@pytest.mark.parametrize(
    ("saisie", "attendu"),
    [
        ("  Benali  ", "Benali"),
        ("de  La\u00a0Tour", "de La Tour"),
        ("O’Neill", "O’Neill"),
        ("D'Arc-Dupré", "D'Arc-Dupré"),
        ("E\u0301lodie", "Élodie"),
        ("نجاة بنت علي", "نجاة بنت علي"),
        ("李小龍", "李小龍"),
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
    ],
)
def test_name_of_any_script_is_kept_normalised(saisie, attendu):
    assert ChampNom().clean(saisie) == attendu


@pytest.mark.parametrize(
    ("saisie", "attendu"),
    [
        ("R2D2", "chiffre"),
        ("٣", "chiffre"),
        ("<b>", "caractere"),
        ("A\u202eB", "caractere"),
        ("A\x00B", "caractere"),
        ("A\x07B", "caractere"),
        ("😀", "caractere"),
        ("   ", "required"),
        ("a" * 101, "max_length"),
    ],
)
def test_name_with_what_no_name_holds_is_refused(saisie, attendu):
    with pytest.raises(ValidationError) as erreur:
        ChampNom().clean(saisie)
    assert attendu in {e.code for e in erreur.value.error_list}


def fichier(nom, octets=b"contenu"):
    return SimpleUploadedFile(nom, octets)


def test_file_accepted_by_extension_whatever_its_case():
    assert ChampFichier().clean(fichier("PASSEPORT.PDF")).name == "PASSEPORT.PDF"


@pytest.mark.parametrize(
    ("envoye", "attendu"),
    [
        (fichier("virus.exe"), "format"),
        (fichier("sans_extension"), "format"),
        (fichier("vide.pdf", b""), "empty"),
        (fichier("gros.pdf", b"x" * 1025), "taille"),
        (None, "required"),
    ],
)
def test_file_out_of_the_rules_is_refused(envoye, attendu):
    assert code(ChampFichier(taille_maximale=1024), envoye) == attendu


def test_wrong_mail_address_shows_an_example():
    with pytest.raises(ValidationError, match=r"nom@exemple\.fr"):
        ChampCourriel().clean("amina@")

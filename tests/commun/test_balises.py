from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from django.template import Context, Template

from planipref.commun.nombres import nombre
from planipref.commun.templatetags.planipref import (
    COULEURS_ETAT,
    attente,
    avant_deux_points,
    date_civile,
    etiquette_etat,
    heure,
    jour_et_mois,
    jour_long,
    minutes,
    pluriel,
    telephone,
)


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        ("1980-03-05", "5 mars 1980"),
        ("1980-03-01", "1er mars 1980"),
        ("1980-03-00", "mars 1980 (jour inconnu)"),
        ("1980-00-00", "1980 (jour et mois inconnus)"),
        (date(2030, 3, 4), "4 mars 2030"),
        ("", ""),
        (None, ""),
    ],
)
def test_civil_date_is_said_with_what_is_known(valeur, attendu):
    assert date_civile(valeur) == attendu


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (datetime(2030, 3, 4, 8, 5, tzinfo=UTC), "9\u00a0h\u00a005"),
        (datetime(2030, 7, 4, 8, 0, tzinfo=UTC), "10\u00a0h"),
        (time(14, 30), "14\u00a0h\u00a030"),
        (None, ""),
    ],
)
def test_time_is_said_in_the_local_timezone(valeur, attendu):
    assert heure(valeur) == attendu


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (date(2030, 3, 4), "lundi 4 mars 2030"),
        (date(2030, 3, 1), "vendredi 1er mars 2030"),
        (datetime(2030, 3, 3, 23, 30, tzinfo=UTC), "lundi 4 mars 2030"),
        (None, ""),
    ],
)
def test_day_is_said_with_its_name(valeur, attendu):
    assert jour_long(valeur) == attendu


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [(0, "0\u00a0min"), (59.4, "59\u00a0min"), (60, "1\u00a0h"), (65, "1\u00a0h\u00a005"), (None, "")],
)
def test_duration_is_said_in_hours_and_minutes(valeur, attendu):
    assert minutes(valeur) == attendu


@pytest.mark.parametrize(("n", "attendu"), [(0, ""), (1, ""), (1.5, ""), (2, "s"), (12, "s")])
def test_zero_and_one_are_singular(n, attendu):
    assert pluriel(n) == attendu


def test_ceiling_of_a_count_is_said():
    assert nombre(0, "dossier", "dossiers") == "0 dossier"
    assert nombre(1000, "dossier", "dossiers", plafond=1000) == "1000 dossiers"
    assert nombre(1001, "dossier", "dossiers", plafond=1000) == "plus de 1000 dossiers"


def test_near_day_is_said_without_its_year():
    assert jour_et_mois(datetime(2030, 11, 30, 23, 30, tzinfo=UTC)) == "1er décembre"
    assert jour_et_mois(date(2030, 11, 30)) == "30 novembre"


def test_wait_of_no_minute_is_an_arrival():
    assert attente(0) == "vient d’arriver"
    assert attente(12) == "attend depuis 12\u00a0min"


@pytest.mark.parametrize(
    ("libelle", "attendu"), [("Nom", "Nom\u00a0:"), ("Où habitez-vous ?", "Où habitez-vous ?"), ("Signez.", "Signez.")]
)
def test_label_that_ends_with_punctuation_gets_no_colon(libelle, attendu):
    assert avant_deux_points(libelle) == attendu


@pytest.mark.parametrize(
    ("numero", "attendu"),
    [
        ("+33388216768", "03 88 21 67 68"),
        ("+33199001234", "01 99 00 12 34"),
        ("+33700000000", "07 00 00 00 00"),
        ("", ""),
    ],
)
def test_telephone_not_given_out_is_grouped_too(numero, attendu):
    assert telephone(numero) == attendu


@pytest.mark.parametrize("code", [*COULEURS_ETAT, "inconnu"])
def test_state_badge_always_has_its_words(code):
    assert "À &lt;voir&gt;</span>" in etiquette_etat(code, "À <voir>")


def test_menu_holds_only_pages_that_exist(rf, settings):
    settings.ROOT_URLCONF = "tests.commun.adresses"
    modele = Template(
        "{% load planipref %}{% navigation_usager as liens %}"
        "{% for lien in liens %}{{ lien.url }}{% if lien.actif %}*{% endif %} {% endfor %}"
    )
    assert modele.render(Context({"request": rf.get("/suivi/67-2030-000123/")})).split() == ["/", "/suivi/*"]

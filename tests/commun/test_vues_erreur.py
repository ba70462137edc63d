from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client
from django.views.decorators.csrf import csrf_protect

from planipref.commun.vues_erreur import STATUTS, csrf_failure, page_erreur


@pytest.fixture
def navigateur(settings):
    settings.ROOT_URLCONF = "tests.commun.adresses"
    settings.MIDDLEWARE = ["planipref.commun.vues_erreur.ErreurMetierMiddleware"]
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("statut", sorted(STATUTS))
def test_each_status_has_a_french_page_saying_what_to_do(statut):
    reponse = page_erreur(statut)
    html = reponse.content.decode()
    assert reponse.status_code == statut
    assert f"Erreur {statut}" in html
    assert '<html lang="fr"' in html
    assert 'href="/"' in html
    assert "style=" not in html
    assert "<script" not in html


@pytest.mark.parametrize(("statut", "modele"), [(418, 422), (502, 500)])
def test_status_without_a_page_keeps_its_number(statut, modele):
    reponse = page_erreur(statut)
    assert reponse.status_code == statut
    assert f"Erreur {modele}" in reponse.content.decode()


@pytest.mark.parametrize("statut", [403, 404, 409, 410, 422, 429])
def test_refusal_that_a_view_lets_through_becomes_its_page(navigateur, statut):
    reponse = navigateur.get(f"/refus/{statut}/")
    assert reponse.status_code == statut
    assert "Ce lien a &lt;expiré&gt;." in reponse.content.decode()


def test_too_many_tries_says_when_to_come_back(navigateur):
    assert navigateur.get("/refus/429/")["Retry-After"] == "60"


def test_locked_row_is_a_page_to_try_again(navigateur):
    reponse = navigateur.get("/occupee/")
    assert reponse.status_code == 503
    assert reponse["Retry-After"] == "5"
    assert "réessayez" in reponse.content.decode()


def test_absent_database_is_a_503_shown_without_a_query(navigateur):
    assert navigateur.get("/absente/").status_code == 503


def test_other_database_failures_stay_errors_of_ours(navigateur):
    assert navigateur.get("/plein/").status_code == 500


def test_unknown_address_is_a_404_page(navigateur):
    reponse = navigateur.get("/inconnue/")
    assert reponse.status_code == 404
    assert "Page introuvable" in reponse.content.decode()
    assert "inconnue" not in reponse.content.decode()


def test_expired_form_says_so_in_french(rf):
    reponse = csrf_failure(rf.post("/"), reason="CSRF token missing")
    assert reponse.status_code == 403
    assert "Votre page a expiré" in reponse.content.decode()
    assert "CSRF" not in reponse.content.decode()


def test_form_without_its_token_reaches_that_page(rf, settings):
    settings.CSRF_FAILURE_VIEW = "planipref.commun.vues_erreur.csrf_failure"
    vue = csrf_protect(lambda _: HttpResponse())
    requete = rf.post("/")
    requete._dont_enforce_csrf_checks = False
    assert vue(requete).status_code == 403

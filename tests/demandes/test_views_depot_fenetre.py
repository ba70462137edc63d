"""The warning of a renewal deposited too early or too late; never a refusal."""

from __future__ import annotations

import pytest
from django.test import Client

from demandes.models import Question
from tests.demandes.factories import QuestionFactory
from tests.demandes.outils_depot import COORDONNEES, IDENTITE, commencer, motif_ouvert

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]  # 4 March 2030
FENETRE = {
    "avant_expiration_jours_max": 120,
    "avant_expiration_jours_min": 60,
    "avant_expiration_mois_max": None,
    "question": "expiration",
    "jours_francs": False,
    "retard": {"libelle": "Droit de visa de régularisation", "montant_euros": 180},
    "fondement": "CESEDA R431-5",
}
ATTENTION = 'data-avis="fenetre"'


def page(client, expiration, *, etape="recapitulatif", pieces=0, fenetre=FENETRE):
    motif = motif_ouvert(pieces=pieces, fenetre_depot=fenetre)
    QuestionFactory(motif=motif, code="expiration", genre=Question.Genre.DATE, obligatoire=False)
    base = f"/depot/{commencer(client, motif).cle}/"
    client.post(f"{base}identite/", IDENTITE)
    client.post(f"{base}coordonnees/", COORDONNEES)
    assert client.post(f"{base}questions/expiration/", {"expiration": expiration}).status_code == 303
    return base, client.get(f"{base}{etape}/").content.decode()


def test_early_deposit_is_told_its_first_day_and_passes(client):
    base, vue = page(client, "03/07/2030")
    assert "à partir du mardi 5 mars 2030" in vue
    assert client.post(f"{base}recapitulatif/", {"sincerite": "on"}).url.endswith("/confirmation/")


def test_late_deposit_is_told_what_it_may_cost_and_passes(client):
    base, vue = page(client, "02/05/2030")
    assert "au plus tard le dimanche 3 mars 2030" in vue
    assert "Droit de visa de régularisation</bdi> (" in vue
    assert '<bdi dir="ltr">180 €</bdi>' in vue
    assert client.post(f"{base}recapitulatif/", {"sincerite": "on"}).url.endswith("/confirmation/")


def test_late_deposit_is_told_on_the_page_of_documents_too(client):
    assert ATTENTION in page(client, "02/05/2030", etape="pieces", pieces=1)[1]


def test_what_late_deposit_may_cost_is_said_in_arabic_and_what_is_french_stays_in_its_order(client):
    client.cookies["langue"] = "ar"
    vue = page(client, "02/05/2030")[1]
    assert "رسم تأشيرة التسوية" in vue
    assert '<bdi dir="ltr">180 €</bdi>' in vue
    ajoute = FENETRE | {"retard": {"libelle": "Droit local", "montant_euros": 20}}
    autre = Client()
    autre.cookies["langue"] = "ar"
    assert '<bdi lang="fr" dir="ltr">Droit local</bdi>' in page(autre, "02/05/2030", fenetre=ajoute)[1]


@pytest.mark.parametrize("expiration", ["02/07/2030", "03/05/2030", ""])
def test_deposit_in_its_window_or_without_a_date_is_told_nothing(client, expiration):
    assert ATTENTION not in page(client, expiration)[1]


def test_motif_without_a_window_is_told_nothing(client):
    assert ATTENTION not in page(client, "02/05/2020", fenetre=None)[1]

"""The statistics page in a real Chromium: no horizontal scroll, the keyboard, and without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from demandes.models import Demande, Prefecture
from planipref.commun.horloge import aujourdhui, maintenant
from tests.demandes.factories import DemandeFactory, MotifFactory
from tests.navigateur.monde import creer_monde
from tests.navigateur.personne import Personne
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-saisies")]
ETATS = ("deposee", "complete", "convoquee", "rdv_pris", "en_instruction", "accordee")


@pytest.fixture
def prefecture(transactional_db: None) -> Prefecture:
    """The Bas-Rhin with a demande in each of several states, deposited on different days."""
    prefecture = creer_monde().prefecture
    motifs = [MotifFactory(pieces=0) for _ in range(3)]
    for rang, etat in enumerate(ETATS):
        with time_machine.travel(maintenant() - timedelta(days=2 * rang), tick=False):
            demande: Demande = DemandeFactory(prefecture=prefecture, motif=motifs[rang % len(motifs)])
            demande = amener_a(demande, "complete" if etat != "deposee" else "deposee")
        amener_a(demande, etat)
    return prefecture


@pytest.mark.parametrize(
    ("largeur", "scripts"),
    [(320, True), (1280, False)],
    ids=["telephone", "bureau-sans-javascript"],
)
def test_the_page_is_read_filtered_and_unfolded(
    browser: Browser, live_server: LiveServer, prefecture: Prefecture, *, largeur: int, scripts: bool
) -> None:
    denis = Personne(browser, live_server.url, largeur=largeur, scripts=scripts)
    try:
        denis.se_connecte("denis")
        denis.va("/statistiques/?periode=90j")
        assert denis.page.locator('[data-indicateur="recues"] .pp-indicateur__nombre').inner_text() == "6"
        resume = denis.page.locator("summary")
        resume.focus()
        denis.page.keyboard.press("Enter")
        assert denis.page.locator("caption", has_text="Flux de la période").is_visible()
        denis.regarder()

        denis.remplit(du=f"{aujourdhui(prefecture.fuseau):%d/%m/%Y}")
        denis.fait("filtrer")
        assert denis.page.locator('[data-indicateur="recues"] .pp-indicateur__nombre').inner_text() == "1"
        denis.remplit(du="32/01/2026")
        denis.fait("filtrer")
        assert denis.page.locator("#id_du_error").inner_text().startswith("Cette date n’existe pas")
        assert [p for p in denis.plaintes if "422" not in p] == []
    finally:
        denis.contexte.close()

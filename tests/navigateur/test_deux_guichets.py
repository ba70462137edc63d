"""Two counters side by side: both screens show one order, soon after each arrival and each call."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page

from demandes.models import Agent
from guichet.models import Passage
from guichet.services import accueil
from guichet.services import guichet as services
from planipref.commun.horloge import maintenant
from planning.models import Guichet
from tests.boucle import hors_boucle
from tests.navigateur.monde import Monde
from tests.navigateur.personne import Entrer
from tests.parcours import acteur
from tests.planning.factories import GuichetFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-affichage")]

DELAI = 3.0


def ordre(page: Page) -> list[str]:
    """Return the tickets of the queue, as the screen shows them at one instant (the list may be replaced meanwhile)."""
    lignes: list[str] = page.locator("#file [data-ticket]").evaluate_all("ls => ls.map((l) => l.dataset.ticket)")
    return lignes


def test_two_screens_show_the_same_order_within_three_seconds(monde: Monde, entrer: Entrer) -> None:
    par = acteur(Agent.objects.get(username="bruno"))
    premier = Guichet.objects.get(site=monde.site, numero=1)
    second = GuichetFactory(site=monde.site, numero=2, files=[monde.file])
    ecrans = []
    for identifiant, guichet in (("chloe", premier), ("denis", second)):
        agent = entrer(identifiant, largeur=1280, scripts=True)
        agent.va("/guichet/poste/")
        agent.remplit(guichet=guichet.pk)
        agent.fait("choisir-guichet")
        ecrans.append(agent)

    def attendre_le_meme_ordre() -> None:
        with hors_boucle():
            attendu = [p.numero_ticket for p in Passage.objects.en_attente().select_related("file")]
        limite = time.monotonic() + DELAI
        while [ordre(e.page) for e in ecrans] != [attendu, attendu]:
            assert time.monotonic() < limite, ([ordre(e.page) for e in ecrans], attendu)
            ecrans[0].page.wait_for_timeout(100)

    for priorite in (0, 1, 0):
        with hors_boucle():
            accueil.enregistrer_sans_rdv(monde.file, par=par, maintenant=maintenant(), priorite=priorite)
        attendre_le_meme_ordre()
    ecrans[0].fait("appeler")
    attendre_le_meme_ordre()
    with hors_boucle():
        appele = Passage.objects.get(etat="appele")
        services.recevoir(appele, par=acteur(Agent.objects.get(username="chloe")), maintenant=maintenant())
    assert appele.priorite == 1
    attendre_le_meme_ordre()

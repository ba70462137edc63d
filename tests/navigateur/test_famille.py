"""A mother and her son in a real Chromium: two demandes, one link, one appointment, one ticket, two decisions."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from demandes.models import Motif
from planning.models import Creneau
from tests.boucle import hors_boucle
from tests.demandes.factories import DemandeFactory
from tests.navigateur.monde import Monde, creneau_du_jour
from tests.navigateur.personne import IDENTITE, Entrer, Personne, lien, lire_boite
from tests.navigateur.test_parcours import (
    _choisir,
    _choisir_le_site,
    _conformes,
    _ouvrir_le_guichet,
    _ouvrir_le_lien,
)
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-famille")]
FILS = {**IDENTITE, "prenoms": "Yanis", "date_naissance": "02/04/2004"}


def _capture(qui: Personne, nom: str, largeur: int) -> None:
    """Keep an image of the page where `CAPTURES` says, to look at it."""
    if dossier := os.environ.get("CAPTURES"):
        qui.page.screenshot(path=Path(dossier) / f"famille-{nom}-{largeur}.png", full_page=True)


@pytest.mark.parametrize(("largeur", "scripts"), [(390, True), (1280, False)])
def test_a_family_comes_once(entrer: Entrer, monde: Monde, *, largeur: int, scripts: bool) -> None:
    amina, chloe, bruno, denis = (
        entrer(qui, largeur=largeur, scripts=scripts) for qui in ("", "chloe", "bruno", "denis")
    )
    mere = _ouvrir_sa_demande(amina, monde)
    fils = _deposer_pour_le_fils(amina, largeur)
    amina.va(f"/suivi/{mere}/")
    _capture(amina, "suivi", largeur)
    assert amina.page.locator(f'[data-proche="{fils}"]').count() == 1
    for numero in (mere, fils):
        chloe.va(f"/agent/demandes/{numero}/")
        _conformes(chloe)
        chloe.fait("constater-completude")
    chloe.va(f"/agent/demandes/{mere}/")
    _capture(chloe, "convoquer", largeur)
    assert chloe.page.locator('[name="avec"]').is_checked()
    chloe.fait("convoquer")
    assert chloe.etat == "convoquee"
    premier = _aujourdhui(monde)
    _ouvrir_le_lien(amina)
    _capture(amina, "creneaux", largeur)
    amina.va(f"{amina.page.url}?semaine={premier.debut:%G-W%V}")
    _choisir(amina, premier.pk)
    assert amina.page.locator("[data-personne]").count() == 2
    _capture(amina, "rendez-vous", largeur)
    bruno.va("/guichet/accueil/")
    _choisir_le_site(bruno)
    bruno.remplit(q=fils)
    bruno.fait("rechercher")
    bruno.fait("arrivee", dans="section")
    _capture(bruno, "ticket", largeur)
    _ouvrir_le_guichet(denis)
    denis.fait("appeler")
    _capture(denis, "appele", largeur)
    denis.fait("recevoir")
    _capture(denis, "recu", largeur)
    assert denis.page.locator("section[data-numero]").count() == 2
    denis.fait("accorder", dans=f'[data-numero="{fils}"]')
    denis.fait("finir-personne", dans=f'[data-numero="{mere}"]')
    denis.fait("terminer")
    amina.va(f"/suivi/{fils}/")
    assert amina.etat == "accordee"
    for qui in (amina, chloe, bruno, denis):
        assert qui.plaintes == []


def _ouvrir_sa_demande(amina: Personne, monde: Monde) -> str:
    """Follow the receipt of a demande that the services deposited: test_parcours.py goes through its pages."""
    with hors_boucle():
        motif = Motif.objects.get(code="ETR-RES10-REN")
        amener_a(DemandeFactory(motif=motif, prefecture=monde.prefecture), "deposee")
    accuse = lire_boite(amina, lambda m: "déposée" in m["objet"])
    amina.va(lien(accuse, "/suivi/lien/", amina.base))
    return amina.numero


def _deposer_pour_le_fils(amina: Personne, largeur: int) -> str:
    amina.fait("famille")
    _capture(amina, "commencer", largeur)
    amina.remplit(lien="enfant")
    amina.fait("commencer")
    _capture(amina, "identite", largeur)
    amina.avance(identite=FILS)
    amina.remplit(sincerite=True)
    amina.fait("deposer")
    assert amina.etat == "deposee"
    _capture(amina, "depose", largeur)
    return amina.numero


def _aujourdhui(monde: Monde) -> Creneau:
    """Open slots in a row later today, enough for two visits."""
    premier = creneau_du_jour(monde)
    for rang in range(1, 6):
        Creneau.objects.create(
            file=monde.file, debut=premier.debut + timedelta(minutes=15 * rang), minutes=15, places=2
        )
    return premier

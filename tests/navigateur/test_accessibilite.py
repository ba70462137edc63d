"""Every page of the site, in every state that matters, looked at by axe and measured."""

from __future__ import annotations

import os
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser

from tests.demandes.factories import INSTANT
from tests.navigateur import (
    visites_agents,
    visites_ancien_module,
    visites_convocations,
    visites_courrier,
    visites_medical,
    visites_public,
)
from tests.navigateur.audit import Auditeur, Releve
from tests.navigateur.faits import laisser
from tests.navigateur.site_partage import site_partage
from tests.navigateur.visites import Visites, pages_attendues

pytestmark = pytest.mark.django_db

# Two worlds, visited side by side: every address as it opens with the pages of agents, and the ways of the public.
AGENTS = (
    Visites.chaque_adresse,
    visites_agents.travailler,
    visites_agents.comparer,
    visites_agents.surveiller,
    visites_agents.planifier,
    visites_agents.surreserver,
    visites_agents.tenir_les_fiches,
    visites_agents.confier_des_dossiers,
    visites_courrier.poster_des_lettres,
    visites_convocations.convoquer_en_nombre,
    visites_convocations.juger_un_signalement,
    visites_agents.echanger_des_demi_journees,
    visites_agents.importer_de_casper,
    visites_ancien_module.reprendre_l_ancien_module,
    visites_ancien_module.basculer,
    visites_agents.tenir_le_guichet,
    visites_agents.garder_les_titres,
    visites_agents.tenir_l_accueil,
    visites_agents.appeler,
    visites_agents.presenter,
    visites_agents.refuser,
    visites_agents.parametrer,
    visites_medical.agreer,
    visites_medical.examiner,
)
PUBLIC = (
    visites_public.chercher,
    visites_public.identifier,
    visites_public.deposer,
    visites_public.suivre,
    visites_public.prendre_rendez_vous,
    visites_ancien_module.suivre_une_ancienne_adresse,
    visites_ancien_module.dire_que_l_on_vient,
    visites_public.mandater,
    visites_public.en_famille,
    visites_public.en_arabe,
    visites_public.en_francais_facile,
)
# Pages that need more than the world of the test of rights: the ways of the public, and who reads their file beside
# them, show these.
PAR_LE_PUBLIC = {
    "demandes:depot_confirmation",
    "demandes:depot_etape",
    "demandes:depot_question",
    "demandes:famille",
    "pages:accompagnement_mandat",
    "pages:action_accorder",
    "pages:action_classer-incomplete",
    "pages:action_completer",
    "pages:action_constater-completude",
    "pages:action_convoquer",
    "pages:action_instruire",
    "pages:action_refuser",
    "pages:action_terminer",
    "pages:action_titre-pret",
    "pages:demo_message",
    "pages:suivi_acces_propre",
    "pages:suivi_code",
    "pages:suivi_demandes",
    "pages:suivi_dossier",
    "pages:suivi_retirer",
    "planning:annuler",
    "planning:besoins",
    "planning:carte",
    "planning:deplacer",
}


def auditer(browser: Browser, groupes: tuple[Any, ...]) -> Releve:
    """Visit the site, in a world of Monday 4 March 2030 that one transaction holds; return what was seen."""
    with time_machine.travel(INSTANT, tick=True), site_partage() as site:
        auditeur = Auditeur(browser, site)
        try:
            visites = Visites(auditeur)
            for visiter in groupes:
                visiter(visites)
        finally:
            auditeur.contexte.close()
    return auditeur.releve


@pytest.mark.parametrize(
    "groupes",
    [
        pytest.param(AGENTS, id="agents", marks=pytest.mark.xdist_group("navigateur-accessibilite-agents")),
        pytest.param(PUBLIC, id="public", marks=pytest.mark.xdist_group("navigateur-accessibilite-public")),
    ],
)
def test_every_page_in_every_state_is_accessible(browser: Browser, db: Any, groupes: tuple[Any, ...]) -> None:
    """No fault; no page without a visit, no two pages with one title.

    In the environment, `VISITES` names the only visits to make, and `AUDIT` a folder for what was seen.
    """
    seuls = os.environ.get("VISITES", "").split()
    releve = auditer(browser, tuple(g for g in groupes if not seuls or g.__name__ in seuls))
    if not seuls:
        laisser("agents" if groupes is AGENTS else "public", **releve.faits())
    fautes = releve.resume()
    assert not fautes, "\n".join(fautes)
    assert {titre: noms for titre, noms in releve.titres.items() if len(noms) > 1} == {}
    if not seuls:
        attendues = pages_attendues() - PAR_LE_PUBLIC if groupes is AGENTS else PAR_LE_PUBLIC
        assert attendues - releve.montrees == set()

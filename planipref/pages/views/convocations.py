"""Many convoked at once: who, why, where, how many fit; then how far the lot has gone."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.selectors import acteur_agent
from demandes.views.agents import agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planipref.pages.convocations import PageLot, demandes_choisies, page_lot
from planipref.pages.listes import parametres_avec
from planning.selectors_convocations import LotLu, lignes_a_expliquer, lot_visible
from planning.services.lots import IMMEDIAT_MAX, LOT_MAX, convoquer_lot, preparer_lot
from planning.views.demandes_ouverture import demander_des_places

RIEN_DE_CHOISI = "Cochez au moins un dossier à convoquer."
CONVOQUER, DEMANDER = "convoquer", "demander"


@droit(Droit.CONVOQUER)
@never_cache
@require_POST
def convoquer(request: HttpRequest) -> HttpResponse:
    """Show what convoking the files ticked would do; do it, or ask for the places that are missing."""
    agent, instant = agent_de(request), maintenant()
    par = acteur_agent(agent)
    pks = demandes_choisies(agent, request.POST, request.GET)
    if not pks:
        messages.error(request, RIEN_DE_CHOISI)
        return vers(_liste(request))
    page = page_lot(pks, request.POST, par, maintenant=instant)
    etape, statut = request.POST.get("etape", ""), 422 if page.form.errors else 200
    if etape == CONVOQUER and page.form.is_valid():
        try:
            return _envoyer(page, pks, par)
        except DroitRefuse:
            raise
        except ErreurMetier as erreur:
            appliquer_erreur(page.form, erreur)
            statut = erreur.statut
    elif etape == DEMANDER and not page.form.errors:
        _demander(request, page)
    contexte = page.contexte(maintenant=instant)
    contexte |= {"retour": _liste(request), "parametres": parametres_avec(request.GET), "max": LOT_MAX}
    return render(request, "pages/convocations.html", contexte, status=statut)


def _envoyer(page: PageLot, pks: list[int], par: Acteur) -> HttpResponse:
    motivation = page.form.cleaned_data["motivation"]
    lot = preparer_lot(pks, motivation=motivation, sites=page.sites, par=par, maintenant=maintenant())
    if len(page.projet.retenues) <= IMMEDIAT_MAX:
        convoquer_lot(lot)
    return vers("pages:lot", lot.pk)


def _demander(request: HttpRequest, page: PageLot) -> None:
    """Ask the managers for what is missing, and say so on the same page."""
    prefecture, bilan = page.projet.tri.prefecture, page.projet.bilan
    if prefecture is not None and bilan is not None:
        demander_des_places(request, prefecture, bilan.manques)


@droit(Droit.CONVOQUER)
@never_cache
@require_safe
def lot(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a lot has gone, who was not convoked and why."""
    lu = _lu(request, pk)
    contexte = {"lu": lu, "restees": lignes_a_expliquer(lu.lot, agent_de(request))}
    return render(request, "pages/lot.html", contexte)


@droit(Droit.CONVOQUER)
@never_cache
@require_safe
def lot_etat(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how far a lot has gone; once it is done, the page loads itself again."""
    lu = _lu(request, pk)
    reponse = render(request, "pages/_lot_avancement.html", {"lu": lu})
    if not lu.reste:
        reponse["HX-Refresh"] = "true"
    return reponse


def _lu(request: HttpRequest, pk: int) -> LotLu:
    lu = lot_visible(agent_de(request), pk)
    if lu is None:
        raise Http404
    return lu


def _liste(request: HttpRequest) -> str:
    """Address of the list, its filters kept."""
    parametres = parametres_avec(request.GET)
    return f"{reverse('pages:agent')}?{parametres}" if parametres else reverse("pages:agent")
